import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { patience, turnOf } from '../../core/asking.js';
import { type Instant, MINUTE_MS, SECOND_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Loop } from '../../infra/loop.js';
import { IncidentCommitments } from '../incidents/incident-commitments.service.js';
import { IncidentsService, type TouchedClient } from '../incidents/incidents.service.js';
import { AsksService } from './asks.service.js';
import { DutiesService, type PersonOnDuty } from './duties.service.js';
import { NoticesService } from './notices.service.js';
import { TeamLettersService } from './team-letters.service.js';

const everyMs = 10_000;
/** What falls by one cause is judged within seconds of each other: so long a first letter waits for what is still suspect, to name all of it. */
const togetherMs = 30 * SECOND_MS;
/** Of workspace $2: something it uses may be in this incident in a moment, being suspect or judged down and not taken in yet. */
const mayGrow = `EXISTS (SELECT FROM components s JOIN channels c ON c.component_id = s.id AND c.archived_at IS NULL WHERE c.workspace_id = $2
  AND (s.state = 'suspect' OR s.state = 'down' AND NOT EXISTS (SELECT FROM incident_components ic JOIN incidents i ON i.id = ic.incident_id AND i.closed_at IS NULL WHERE ic.component_id = s.id)))`;

interface Due {
  readonly clientId: string;
  readonly asked: readonly string[];
}

interface Turn extends Due {
  readonly person: PersonOnDuty;
  readonly silent: readonly string[];
  readonly patienceMs: number;
  readonly isLast: boolean;
}

/** Asks one person after the other whose a client's posts are, while something of it is in danger. */
@Injectable()
export class EscalationService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(EscalationService.name);
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly incidents: IncidentsService,
    private readonly commitments: IncidentCommitments,
    private readonly asks: AsksService,
    private readonly duties: DutiesService,
    private readonly letters: TeamLettersService,
    private readonly notices: NoticesService,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.loop = new Loop('Asks of incidents', everyMs, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** An incident has opened: the first are asked now. */
  ring(): void {
    this.loop.ring();
  }

  /** While it recovers nobody else is asked: its posts are on their way. Answers how many people were asked. */
  async round(): Promise<number> {
    const now = this.clock.now();
    let count = 0;
    for (const { id } of (await this.incidents.open()).filter(({ state }) => state === 'open')) {
      count += await this.orLater(`incident ${id}`, () => this.ofIncident(id, now));
    }
    return count;
  }

  private async ofIncident(id: string, now: Instant): Promise<number> {
    const ofPosts = await this.incidents.touched(id);
    const ofPromises = (await this.commitments.clients(id, await this.asks.over(id))).filter(({ clientId }) => !ofPosts.some((client) => client.clientId === clientId));
    const touched = [...ofPosts, ...ofPromises];
    await this.asks.begin(id, touched, now);
    await this.asks.beginAgain(id, touched.map((client) => ({ clientId: client.clientId, patienceMs: patienceOf(client) })));
    await this.asks.settleByDeeds(id);
    let count = 0;
    for (const workspaceId of new Set(touched.map((client) => client.workspaceId))) {
      const place = { incidentId: id, workspaceId, touched: touched.filter((client) => client.workspaceId === workspaceId), now };
      count += await this.orLater(`workspace ${workspaceId}`, () => this.askNext(place));
    }
    return count;
  }

  /** What cannot be asked of one keeps nobody else from being asked. */
  private async orLater(whose: string, ask: () => Promise<number>): Promise<number> {
    return ask().catch((error: unknown) => {
      this.logger.warn(`The people of ${whose} could not be asked; tried again in ${everyMs / 1_000} s: ${String(error)}`);
      return 0;
    });
  }

  /** One workspace, one transaction: whoever is told of several clients gets one letter. */
  private async askNext({ incidentId, workspaceId, touched, now }: Place): Promise<number> {
    return this.database.transaction(async (manager) => {
      const due = await manager.query<Due[]>(
        `SELECT client_id AS "clientId", asked FROM incident_asks
          WHERE incident_id = $1 AND workspace_id = $2 AND client_id = ANY($3::uuid[]) AND answered_at IS NULL AND next_at <= to_timestamp($4 / 1000.0)
            AND NOT (created_at > to_timestamp(($4 - ${togetherMs}) / 1000.0) AND ${mayGrow})
          ORDER BY client_id FOR UPDATE SKIP LOCKED`,
        [incidentId, workspaceId, touched.map(({ clientId }) => clientId), now],
      );
      if (due.length === 0) return 0;
      const orders = await this.duties.order(manager, { workspaceId, clientIds: due.map(({ clientId }) => clientId), now });
      const turns = due.flatMap((ask) => nextOf(ask, orders.get(ask.clientId) ?? [], touched) ?? []);
      const spent = due.filter(({ clientId }) => !turns.some((turn) => turn.clientId === clientId));
      await this.note(manager, incidentId, [...turns.map((turn) => ({ ...turn, userId: turn.person.userId, at: now + turn.patienceMs })), ...spent.map((ask) => ({ ...ask, userId: null, at: null }))]);
      const people = new Map(turns.map(({ person }) => [person.userId, person]));
      // In one order for all processes: two that write to the same two people wait for each other only one way.
      for (const person of [...people.values()].toSorted((a, b) => (a.userId < b.userId ? -1 : 1))) {
        const mine = turns.filter((turn) => turn.person.userId === person.userId);
        const clientIds = await this.openOf(manager, incidentId, workspaceId, person.userId);
        const isTold = await this.letters.opened(manager, {
          incidentId, workspaceId, person, clientIds, silent: [...new Set(mine.flatMap(({ silent }) => silent))],
          minutes: mine.every(({ isLast }) => isLast) ? null : Math.min(...mine.map((turn) => turn.patienceMs)) / MINUTE_MS,
        }, now);
        if (!isTold) await this.notices.raise(manager, workspaceId, `incident-opened:${incidentId}`);
      }
      return people.size;
    });
  }

  /** Whoever was asked is written down; where nobody is left, nobody is asked any more. */
  private async note(manager: EntityManager, incidentId: string, asked: readonly { readonly clientId: string; readonly userId: string | null; readonly at: Instant | null }[]): Promise<void> {
    await manager.query(
      `UPDATE incident_asks k SET asked = CASE WHEN a."userId" IS NULL THEN k.asked ELSE k.asked || to_jsonb(a."userId") END,
              next_at = coalesce(to_timestamp(a.at / 1000.0), 'infinity')
         FROM jsonb_to_recordset($2::jsonb) AS a ("clientId" uuid, "userId" text, at float8) WHERE k.incident_id = $1 AND k.client_id = a."clientId"`,
      [incidentId, JSON.stringify(asked.map(({ clientId, userId, at }) => ({ clientId, userId, at })))],
    );
  }

  private async openOf(manager: EntityManager, incidentId: string, workspaceId: string, userId: string): Promise<readonly string[]> {
    const rows = await manager.query<{ id: string }[]>(
      'SELECT client_id AS id FROM incident_asks WHERE incident_id = $1 AND workspace_id = $2 AND answered_at IS NULL AND asked ? $3', [incidentId, workspaceId, userId]);
    return rows.map(({ id }) => id);
  }
}

interface Place {
  readonly incidentId: string;
  readonly workspaceId: string;
  readonly touched: readonly TouchedClient[];
  readonly now: Instant;
}

/** Whose turn it is, and how long they have; null when everybody was asked. */
function nextOf(ask: Due, order: readonly PersonOnDuty[], touched: readonly TouchedClient[]): Turn | null {
  const turn = turnOf(ask.asked, order);
  if (!turn) return null;
  const isUrgent = touched.some(({ clientId, hourCounts }) => clientId === ask.clientId && hourCounts);
  return { ...ask, ...turn, silent: turn.silent.map(({ name }) => name), patienceMs: patienceOf({ hourCounts: isUrgent }) };
}

const patienceOf = ({ hourCounts }: Pick<TouchedClient, 'hourCounts'>): number => (hourCounts ? patience.urgentMs : patience.incidentMs);
