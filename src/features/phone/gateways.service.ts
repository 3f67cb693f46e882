import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { componentId } from '../../core/component.js';
import { segmentMinor } from '../../core/sms.js';
import type { Verdict } from '../../core/verdict.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { Outgoing } from '../../infra/http/outgoing.js';
import { Loop } from '../../infra/loop.js';
import type { PhoneFound, PhoneGateway, PhoneProbe, PhoneResult } from '../../infra/phone/gateway.js';
import { HttpGateway } from '../../infra/phone/http-gateway.js';
import { TwilioGateway } from '../../infra/phone/twilio-gateway.js';
import { Seal } from '../../infra/seal.js';
import { HealthService } from '../health/health.service.js';
import { OutletsService } from '../health/outlets.service.js';
import { accountOf, callbackUrl, GATEWAY_COLUMNS, type GatewayRow, isTold } from './gateway-row.js';

/** How often other processes' new gateways are heard of. */
const everyMs = 30_000;

type Known = Pick<GatewayRow, 'workspaceId' | 'kind' | 'host'>;

/** Twilio is one for all; a gateway of one's own is judged for its workspace alone: another's address, or token, on the same host says nothing of it. */
const connectorOf = ({ kind, workspaceId }: Known): string => (kind === 'twilio' ? 'twilio' : `sms-http.${workspaceId}`);

/** A workspace's way to telephones. What it answers is told to health by itself. */
export interface OpenGateway {
  readonly gateway: PhoneGateway;
  readonly componentId: string;
  /** ISO 4217; all prices are hundredths of it. */
  readonly currency: string;
  /** Of one segment of an SMS to this number. */
  segmentMinor(to: string): number;
  readonly callMinor: number;
  /** It writes from a number, unless a name is given: who gets it can answer. */
  readonly hasNumber: boolean;
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
    this.known({ kind: 'twilio', host: 'api.twilio.com', workspaceId: '' });
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
      gateway: this.watched(row, id), componentId: id, currency: row.currency, segmentMinor: (to) => segmentMinor(row, to), callMinor: row.voicePriceMinor, hasNumber: row.kind === 'twilio' || row.fromNumber !== null,
      isTold: isTold(this.config), trouble: row.trouble, isDown: () => ['down', 'maintenance'].includes(this.health.verdict(id).state),
    };
  }

  /** How the gateway of a workspace stands. */
  state(gateway: Known): Verdict['state'] {
    return this.health.verdict(this.known(gateway)).state;
  }

  /** Gateways that other processes were given. */
  async hear(): Promise<void> {
    const rows = await this.database.query<Known[]>(`SELECT workspace_id AS "workspaceId", kind, host FROM phone_gateways`);
    for (const row of rows) this.known(row);
  }

  /** The id of its component, which is judged from now on. */
  private known(gateway: Known): string {
    const { kind, host } = gateway;
    const connectorId = connectorOf(gateway);
    const id = componentId(connectorId, 'publish', host);
    if (this.outlets.has(id)) return id;
    // Nor does it fall together with the others on its host.
    const infraGroup = kind === 'twilio' ? null : connectorId;
    return this.outlets.register({
      connectorId, name: kind === 'twilio' ? 'Twilio' : `SMS by ${host}`, host, infraGroup,
      probe: (signal) => this.probe(gateway, signal), isWanted: () => this.isWanted(gateway), isOf: (workspaceId) => this.isOf(gateway, workspaceId),
    });
  }

  private async probe({ kind, host, workspaceId }: Known, signal: AbortSignal): Promise<PhoneProbe> {
    const [row] = await this.database.query<GatewayRow[]>(`SELECT ${GATEWAY_COLUMNS} FROM phone_gateways g WHERE ${ofIt} ORDER BY g.workspace_id LIMIT 1`, [kind, host, workspaceId]);
    return row ? this.made(row).probe(signal) : { kind: 'local', detail: 'No workspace has this gateway any more.' };
  }

  private async isWanted({ kind, host, workspaceId }: Known): Promise<boolean> {
    const [row] = await this.database.query<{ wanted: boolean }[]>(
      `SELECT EXISTS (SELECT FROM phone_gateways g WHERE ${ofIt} AND (
         EXISTS (SELECT FROM sms_rounds r WHERE r.workspace_id = g.workspace_id AND r.state IN ('frozen', 'sending'))
         OR EXISTS (SELECT FROM phone_calls c WHERE c.workspace_id = g.workspace_id AND c.state = 'waiting')
         OR EXISTS (SELECT FROM deliveries d WHERE d.workspace_id = g.workspace_id AND d.connector_id = 'sms' AND d.state IN ('scheduled', 'held') AND d.ready_at < now() + interval '1 day'))) AS wanted`,
      [kind, host, workspaceId]);
    return row?.wanted ?? false;
  }

  private async isOf({ kind, host, workspaceId }: Known, asking: string): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(`SELECT 1 FROM phone_gateways g WHERE ${ofIt} AND g.workspace_id = $4`, [kind, host, workspaceId, asking]);
    return rows.length > 0;
  }

  private made(row: GatewayRow): PhoneGateway {
    const account = accountOf(this.seal, row);
    const now = (): number => this.clock.now();
    if (account.kind === 'http') return new HttpGateway({ ...account, number: row.fromNumber }, this.outgoing, now);
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
      if (!signal.aborted || isTimeout(signal.reason)) this.tell(row, id, { result, at });
      await this.note(row, result).catch(() => undefined); // seen again with the next one
      return result;
    };
    const find = inner.find?.bind(inner);
    const call = inner.call?.bind(inner);
    return {
      kind: inner.kind, host: inner.host,
      send: (sms, signal, ageMs) => seen(() => inner.send(sms, signal, ageMs), signal),
      ...(find && { find: (sms, since, signal) => (since < row.accountAt.getTime() ? Promise.resolve(otherAccount) : find(sms, since, signal)) }),
      ...(call && { call: (one, signal, ageMs) => seen(() => call(one, signal, ageMs), signal) }),
      probe: (signal) => inner.probe(signal),
    };
  }

  /**
   * Of a gateway of one's own as a probe: it may stand beside us, and says nothing of our way to the platforms. Of one that all
   * share as one account's word: what a single account meets brings nobody else's down.
   */
  private tell({ kind: gateway, workspaceId }: GatewayRow, id: string, { result: { kind }, at }: { readonly result: PhoneResult; readonly at: number }): void {
    const ok = ['accepted', 'opted-out', 'refused'].includes(kind);
    if (!ok && kind !== 'unavailable' && kind !== 'uncertain') return;
    const seen = { at, process: this.heartbeat.workerId };
    this.health.report(id, gateway === 'http' ? { kind: 'probe', ...seen, ok } : {
      kind: 'write', ...seen, account: workspaceId, client: workspaceId, workspace: workspaceId, app: null,
      outcome: kind === 'unavailable' || kind === 'uncertain' ? kind : 'delivered', media: false, healthy: true, latencyMs: null,
    });
  }

  private async note({ workspaceId, version, accountAt }: GatewayRow, { kind, ...said }: PhoneResult): Promise<void> {
    if (kind === 'account') await this.database.query('UPDATE phone_gateways SET trouble = $2, trouble_at = now() WHERE workspace_id = $1 AND version = $3', [workspaceId, 'detail' in said ? said.detail : '', version]);
    if (kind === 'accepted') await this.database.query(
      `UPDATE phone_gateways SET trouble = NULL, trouble_at = NULL, checked_at = now() WHERE workspace_id = $1 AND (trouble IS NOT NULL OR checked_at IS NULL OR checked_at < now() - interval '1 hour')`, [workspaceId]);
    // The account was changed while this one was under way by the one before.
    if (kind === 'uncertain') await this.database.query('UPDATE phone_gateways SET account_at = now() WHERE workspace_id = $1 AND account_at > $2', [workspaceId, new Date(accountAt.getTime() + 1)]);
  }
}

/** Of a component: the kind, the host, and of a gateway of one's own whose it is. */
const ofIt = `g.kind = $1 AND g.host = $2 AND (g.kind = 'twilio' OR g.workspace_id::text = $3)`;
const otherAccount: PhoneFound = { kind: 'unclear', detail: 'It was sent by another account than the one there is now.' };
const isTimeout = (reason: unknown): boolean => reason instanceof Error && reason.name === 'TimeoutError';
