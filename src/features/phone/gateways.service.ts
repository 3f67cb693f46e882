import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { componentId } from '../../core/component.js';
import type { Verdict } from '../../core/verdict.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { Outgoing } from '../../infra/http/outgoing.js';
import { Loop } from '../../infra/loop.js';
import type { PhoneGateway, PhoneProbe, PhoneResult } from '../../infra/phone/gateway.js';
import { HttpGateway } from '../../infra/phone/http-gateway.js';
import { TwilioGateway } from '../../infra/phone/twilio-gateway.js';
import { Seal } from '../../infra/seal.js';
import { HealthService } from '../health/health.service.js';
import { OutletsService } from '../health/outlets.service.js';
import { accountOf, callbackUrl, GATEWAY_COLUMNS, type GatewayRow, isTold, segmentMinor } from './gateway-row.js';

/** How often other processes' new gateways are heard of. */
const everyMs = 30_000;
const connectorIds = { twilio: 'twilio', http: 'sms-http' } as const;

/** A workspace's way to telephones. What it answers is told to health by itself. */
export interface OpenGateway {
  readonly gateway: PhoneGateway;
  readonly componentId: string;
  /** ISO 4217; all prices are hundredths of it. */
  readonly currency: string;
  /** Of one segment of an SMS to this number. */
  segmentMinor(to: string): number;
  readonly callMinor: number;
  /** What people answer, and what becomes of a message, can be handed to us. */
  readonly isTold: boolean;
  /** Why it let us not in the last time. */
  readonly trouble: string | null;
  /** Nothing goes by it now. */
  isDown(): boolean;
}

/** Opens the way to telephones, and has each judged as the platforms are. */
@Injectable()
export class Gateways implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly seal: Seal,
    private readonly outgoing: Outgoing,
    private readonly outlets: OutletsService,
    private readonly health: HealthService,
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.loop = new Loop('Phone gateways', everyMs, clock, () => this.hear());
  }

  onModuleInit(): void {
    this.known({ kind: 'twilio', host: 'api.twilio.com' });
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('watch')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** null = the workspace has none, or is a demo: of that nothing ever leaves. @throws SealError */
  async open(workspaceId: string, manager: EntityManager = this.database.manager): Promise<OpenGateway | null> {
    const [row] = await manager.query<GatewayRow[]>(
      `SELECT ${GATEWAY_COLUMNS} FROM phone_gateways g JOIN workspaces w ON w.id = g.workspace_id AND w.kind = 'live' WHERE g.workspace_id = $1`, [workspaceId]);
    if (!row) return null;
    const id = this.known(row);
    return {
      gateway: this.watched(row, id), componentId: id, currency: row.currency, segmentMinor: (to) => segmentMinor(row, to), callMinor: row.voicePriceMinor,
      isTold: isTold(this.config), trouble: row.trouble, isDown: () => ['down', 'maintenance'].includes(this.health.verdict(id).state),
    };
  }

  /** How the gateway of a workspace stands. */
  state(gateway: Pick<GatewayRow, 'kind' | 'host'>): Verdict['state'] {
    return this.health.verdict(this.known(gateway)).state;
  }

  /** Gateways that other processes were given. */
  async hear(): Promise<void> {
    const rows = await this.database.query<Pick<GatewayRow, 'kind' | 'host'>[]>('SELECT DISTINCT kind, host FROM phone_gateways');
    for (const row of rows) this.known(row);
  }

  /** The id of its component, which is judged from now on. */
  private known({ kind, host }: Pick<GatewayRow, 'kind' | 'host'>): string {
    const id = componentId(connectorIds[kind], 'publish', host);
    if (this.outlets.has(id)) return id;
    return this.outlets.register({
      connectorId: connectorIds[kind], name: kind === 'twilio' ? 'Twilio' : `SMS by ${host}`, host, infraGroup: null,
      probe: (signal) => this.probe(host, signal), isWanted: () => this.isWanted(host), isOf: (workspaceId) => this.isOf(host, workspaceId),
    });
  }

  private async probe(host: string, signal: AbortSignal): Promise<PhoneProbe> {
    const [row] = await this.database.query<GatewayRow[]>(`SELECT ${GATEWAY_COLUMNS} FROM phone_gateways g WHERE g.host = $1 ORDER BY g.workspace_id LIMIT 1`, [host]);
    return row ? this.made(row).probe(signal) : { kind: 'local', detail: 'No workspace has this gateway any more.' };
  }

  private async isWanted(host: string): Promise<boolean> {
    const [row] = await this.database.query<{ wanted: boolean }[]>(
      `SELECT EXISTS (SELECT FROM phone_gateways g WHERE g.host = $1 AND (
         EXISTS (SELECT FROM sms_rounds r WHERE r.workspace_id = g.workspace_id AND r.state IN ('frozen', 'sending'))
         OR EXISTS (SELECT FROM phone_calls c WHERE c.workspace_id = g.workspace_id AND c.state = 'waiting')
         OR EXISTS (SELECT FROM deliveries d WHERE d.workspace_id = g.workspace_id AND d.connector_id = 'sms' AND d.state IN ('scheduled', 'held') AND d.ready_at < now() + interval '1 day'))) AS wanted`,
      [host]);
    return row?.wanted ?? false;
  }

  private async isOf(host: string, workspaceId: string): Promise<boolean> {
    const rows = await this.database.query<unknown[]>('SELECT 1 FROM phone_gateways WHERE workspace_id = $1 AND host = $2', [workspaceId, host]);
    return rows.length > 0;
  }

  private made(row: GatewayRow): PhoneGateway {
    const account = accountOf(this.seal, row);
    const now = (): number => this.clock.now();
    if (account.kind === 'http') return new HttpGateway(account, this.outgoing, now);
    const statusUrl = (ref: string): string | null => (isTold(this.config) ? `${callbackUrl(this.config, row.callbackToken, 'status')}?ref=${encodeURIComponent(ref)}` : null);
    return new TwilioGateway({ ...account, number: row.fromNumber }, { way: this.outgoing, now, statusUrl });
  }

  /** The same, and what it answers is told to health and kept with its settings. */
  private watched(row: GatewayRow, id: string): PhoneGateway {
    const inner = this.made(row);
    const seen = async (ask: () => Promise<PhoneResult>, signal: AbortSignal): Promise<PhoneResult> => {
      const at = this.clock.now();
      const result = await ask();
      // Given up because this process stops it says nothing of the gateway; because nothing came, it does.
      if (!signal.aborted || isTimeout(signal.reason)) this.tell(id, result, at);
      await this.note(row, result).catch(() => undefined); // seen again with the next one
      return result;
    };
    const find = inner.find?.bind(inner);
    const call = inner.call?.bind(inner);
    return {
      kind: inner.kind, host: inner.host,
      send: (sms, signal, ageMs) => seen(() => inner.send(sms, signal, ageMs), signal),
      ...(find && { find }),
      ...(call && { call: (one, signal, ageMs) => seen(() => call(one, signal, ageMs), signal) }),
      probe: (signal) => inner.probe(signal),
    };
  }

  /** As a probe, not as a write: the gateway may be our own, and says nothing of our way to the platforms. */
  private tell(id: string, { kind }: PhoneResult, at: number): void {
    const ok = ['accepted', 'opted-out', 'refused'].includes(kind);
    if (ok || kind === 'unavailable' || kind === 'uncertain') this.health.report(id, { kind: 'probe', at, process: this.heartbeat.workerId, ok });
  }

  private async note({ workspaceId, version }: GatewayRow, result: PhoneResult): Promise<void> {
    if (result.kind === 'account') await this.database.query('UPDATE phone_gateways SET trouble = $2, trouble_at = now() WHERE workspace_id = $1 AND version = $3', [workspaceId, result.detail, version]);
    if (result.kind === 'accepted') await this.database.query(
      `UPDATE phone_gateways SET trouble = NULL, trouble_at = NULL, checked_at = now() WHERE workspace_id = $1 AND (trouble IS NOT NULL OR checked_at IS NULL OR checked_at < now() - interval '1 hour')`, [workspaceId]);
  }
}

const isTimeout = (reason: unknown): boolean => reason instanceof Error && reason.name === 'TimeoutError';
