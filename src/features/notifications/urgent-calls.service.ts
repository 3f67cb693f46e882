import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { patience } from '../../core/asking.js';
import { type Instant, MINUTE_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import type { Actor } from '../../infra/http/access.js';
import type { Language } from '../../infra/http/problem.js';
import { Loop } from '../../infra/loop.js';
import { IncidentsService } from '../incidents/incidents.service.js';
import type { UrgentCall } from '../phone/call-rows.service.js';
import { CallsService } from '../phone/calls.service.js';
import { partNames } from './incident-words.js';
import { urgentCallText } from './urgent-call-text.js';

const everyMs = 10_000;
/** A call that could not be made within so long would come in the middle of the next one's turn. */
const worthMs = 5 * MINUTE_MS;
const by: Actor = { kind: 'system', id: 'escalation', name: 'Postern' };

interface OpenAsk {
  readonly workspaceId: string;
  readonly workspace: string;
  readonly clientId: string;
  readonly client: string;
  readonly zone: string;
  readonly userId: string;
  readonly phone: string;
  readonly language: Language;
  /** Of the next post whose hour counts. */
  readonly dueAt: Date;
  readonly isDue: boolean;
}

/**
 * Calls the person who was asked last, where an hour counts and the letter stays without an answer: once per incident, and only
 * who entered a number of their own and said yes.
 */
@Injectable()
export class UrgentCalls implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Urgent calls');
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly incidents: IncidentsService,
    private readonly calls: CallsService,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.loop = new Loop('Urgent calls', everyMs, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Answers how many calls were asked for. */
  async round(): Promise<number> {
    const now = this.clock.now();
    const [snapshot] = await this.database.query<{ at: Date }[]>('SELECT now() AS at');
    const open = (await this.incidents.open()).filter(({ state, kind }) => state === 'open' && kind === 'outage');
    const byIncident = await Promise.all(open.map(async ({ id }) => ({ id, asks: await this.openAsks(id, now) })));
    // Somebody has answered, or the platform is back: what was not made yet would say what is no longer so.
    if (snapshot) await this.settle(byIncident, snapshot.at);
    let count = 0;
    for (const { id, asks } of byIncident) {
      const due = new Map(asks.filter(({ isDue }) => isDue).map((one) => [`${one.workspaceId} ${one.userId}`, one]));
      for (const { workspaceId, userId } of due.values()) {
        const mine = asks.filter((one) => one.workspaceId === workspaceId && one.userId === userId);
        count += await this.ask(id, mine, now).catch((error: unknown) => {
          this.logger.warn(`Somebody could not be called for incident ${id}; tried again in ${everyMs / 1_000} s: ${String(error)}`);
          return 0;
        });
      }
    }
    return count;
  }

  private async settle(byIncident: readonly { readonly id: string; readonly asks: readonly OpenAsk[] }[], asOf: Date): Promise<void> {
    for (const call of await this.calls.waiting(asOf)) {
      const incident = byIncident.find(({ id }) => onceOf(id, call.userId) === call.once);
      if (incident?.asks.some(({ workspaceId, userId }) => workspaceId === call.workspaceId && userId === call.userId)) continue;
      await this.calls.drop(call, incident ? await this.whyNot(incident.id, call) : 'settled');
    }
  }

  /** Why somebody is not to be called any more. */
  private async whyNot(incidentId: string, { workspaceId, userId }: UrgentCall): Promise<'settled' | 'not-wanted' | 'next-asked' | 'too-late'> {
    const [open] = await this.database.query<{ isLast: boolean | null; isWanted: boolean | null }[]>(
      `SELECT bool_or(k.asked ->> -1 = $3::text) AS "isLast", bool_or(u.call_me <> 'never' AND u.phone IS NOT NULL AND u.disabled_at IS NULL) AS "isWanted"
         FROM incident_asks k JOIN users u ON u.id = $3::uuid WHERE k.incident_id = $1 AND k.workspace_id = $2 AND k.answered_at IS NULL AND k.asked ? $3::text`, [incidentId, workspaceId, userId]);
    if (typeof open?.isLast !== 'boolean') return 'settled';
    if (open.isWanted !== true) return 'not-wanted';
    return open.isLast ? 'too-late' : 'next-asked'; // still theirs, and the hour has passed
  }

  /** Whom a letter waits for, of those who may be called; the earliest hour first. */
  private async openAsks(incidentId: string, now: Instant): Promise<readonly OpenAsk[]> {
    return this.database.query(
      `SELECT k.workspace_id AS "workspaceId", w.name AS workspace, k.client_id AS "clientId", c.name AS client, c.zone, u.id AS "userId", u.phone, u.language, h.due_at AS "dueAt",
              k.next_at - $3 * CASE u.call_me WHEN 'at-once' THEN 1 ELSE 0.5 END * interval '1 millisecond' <= to_timestamp($2 / 1000.0) AS "isDue"
         FROM incident_asks k JOIN workspaces w ON w.id = k.workspace_id JOIN clients c ON c.id = k.client_id
         JOIN users u ON u.id = (k.asked ->> -1)::uuid AND u.disabled_at IS NULL AND u.phone IS NOT NULL AND u.call_me <> 'never'
         JOIN members m ON m.workspace_id = k.workspace_id AND m.user_id = u.id
         JOIN LATERAL (
           SELECT min(d.due_at) AS due_at FROM incident_deliveries g JOIN deliveries d ON d.id = g.delivery_id
            WHERE g.incident_id = k.incident_id AND g.client_id = k.client_id AND d.choice = 'hour-counts' AND d.state IN ('scheduled', 'held')
              AND d.due_at > to_timestamp($2 / 1000.0) AND d.due_at < to_timestamp($2 / 1000.0) + interval '24 hours') h ON h.due_at IS NOT NULL
        WHERE k.incident_id = $1 AND k.answered_at IS NULL AND isfinite(k.next_at)
        ORDER BY h.due_at, k.client_id`,
      [incidentId, now, patience.urgentMs]);
  }

  private async ask(incidentId: string, mine: readonly OpenAsk[], now: Instant): Promise<number> {
    const [first] = mine;
    if (!first) return 0;
    const { workspaceId, workspace, client, zone, userId, phone, language, dueAt } = first;
    const incident = await this.incidents.one(workspaceId, incidentId);
    const platforms = partNames(incident.components.filter(({ backAt }) => backAt === null), language);
    const text = urgentCallText({ workspace, platforms, client, dueAt, zone, others: mine.length - 1 }, language);
    const all = mine.map((ask) => ask.clientId);
    const able = await this.calls.withRoom(workspaceId, all);
    const [payer = first.clientId, ...others] = [...able, ...all.filter((one) => !able.includes(one))];
    const once = onceOf(incidentId, userId);
    return this.database.transaction(async (manager) => {
      // Where no limit has room that is told once, and it is asked for again as soon as one has.
      if (able.length === 0 && (await this.calls.metLimit(manager, workspaceId, once))) return 0;
      const id = await this.calls.request(manager, {
        workspaceId, payers: [payer, ...others], userId, once, reason: 'urgent', to: phone, text, language, by,
        worthMs: Math.min(worthMs, dueAt.getTime() - now),
      });
      return id === null ? 0 : 1;
    });
  }
}

const onceOf = (incidentId: string, userId: string): string => `incident:${incidentId}:${userId}`;
