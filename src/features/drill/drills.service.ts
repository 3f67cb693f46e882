import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { defaultTimes, TIMES, type Times } from '../../core/times.js';
import { SECOND_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { storable } from '../../infra/facts/fact-writer.js';
import type { Actor, Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { Loop } from '../../infra/loop.js';
import { AuditService } from '../workspaces/audit.service.js';
import type { Frame } from './drill-cast.js';
import { DrillRun } from './drill-run.service.js';
import { sayStep } from './drill-words.js';
import type { Drill, DrillDetail, DrillQuery, DrillStart, DrillTally, StoredStep } from './drill.schema.js';
import { fail } from './drills-problems.js';
import { StageEnds } from './stage-ends.service.js';

/** Between two words of the process that plays a drill; after this many of them without one it is taken for gone. */
const SEEN_EVERY_MS = 5 * SECOND_MS;
const GONE_AFTER_S = 60;
/** In real time: minutes, by the protocol's own minute. */
const minutesOf = (times: Times, minutes: number): number => minutes * times.lateMs * (60_000 / defaultTimes.lateMs);

const columns = `id, workspace_id AS "workspaceId", stage_id AS "stageId", state, scenarios, tally, started_by AS "startedBy", started_at AS "startedAt", ended_at AS "endedAt"`;
const Cursor = z.tuple([z.iso.datetime(), z.uuid()]);

interface Row extends Pick<Drill, 'id' | 'stageId' | 'state' | 'scenarios' | 'tally'> {
  readonly workspaceId: string;
  readonly startedBy: Actor;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

/** Drills in real time, on a running installation: each in a workspace of its own that reaches nobody, one at a time per workspace. */
@Injectable()
export class DrillsService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('drill');
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private readonly seen: Loop;
  private readonly mine = new Set<string>();

  constructor(
    private readonly database: DataSource,
    private readonly run: DrillRun,
    private readonly ends: StageEnds,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ROLES'>,
    @Inject(TIMES) private readonly times: Times,
  ) {
    this.seen = new Loop('Drills', SEEN_EVERY_MS, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('api')) this.seen.start();
  }

  /** What plays here is broken off: nobody would play on. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
    await this.seen.stop();
  }

  /** @throws DomainError drill-running, drill-within-drill, drill-needs-worker (409) */
  async start(caller: Caller, { scenarios }: DrillStart): Promise<DrillDetail> {
    await this.breakOff();
    const id = uuid();
    await this.database.transaction(async (manager) => {
      const [about] = await manager.query<{ isDrill: boolean; works: boolean }[]>(
        `SELECT is_drill AS "isDrill", (SELECT count(DISTINCT role) = 2 FROM workers, unnest(roles) AS role WHERE role IN ('worker', 'watch') AND heartbeat_at > now() - interval '1 minute' AND stopped_at IS NULL) AS works
           FROM workspaces WHERE id = $1`, [caller.workspaceId]);
      if (about?.isDrill === true) throw fail('drill-within-drill');
      if (about?.works === false) throw fail('drill-needs-worker');
      const made = await manager.query<unknown[]>(
        `INSERT INTO drills (id, workspace_id, scenarios, started_by) VALUES ($1, $2, $3, $4) ON CONFLICT (workspace_id) WHERE state = 'running' DO NOTHING RETURNING 1`,
        [id, caller.workspaceId, [...new Set(scenarios)], JSON.stringify(caller.actor)]);
      if (made.length === 0) throw fail('drill-running');
      await this.audit.record(manager, { workspaceId: caller.workspaceId, actor: caller.actor, action: 'drill.started', subject: 'drill', subjectId: id, details: { scenarios } });
    });
    this.mine.add(id);
    const playing = this.play(id, caller, scenarios).finally(() => {
      this.mine.delete(id);
      this.running.delete(playing);
    });
    this.running.add(playing);
    return this.one(caller, id);
  }

  async list({ workspaceId }: Caller, { limit, cursor }: DrillQuery): Promise<Page<Drill>> {
    await this.breakOff();
    const after = decodeCursor(cursor, Cursor);
    const rows = await this.database.query<Row[]>(
      `SELECT ${columns} FROM drills WHERE workspace_id = $1 AND ($2::timestamptz IS NULL OR (date_trunc('milliseconds', started_at), id) < ($2, $3::uuid))
        ORDER BY date_trunc('milliseconds', started_at) DESC, id DESC LIMIT $4`, [workspaceId, after?.[0] ?? null, after?.[1] ?? null, limit + 1]);
    return toPage(rows.map(shape), limit, ({ startedAt, id }) => [startedAt, id]);
  }

  /** With its timeline so far. @throws DomainError drill-unknown (404) */
  async one({ workspaceId, language }: Pick<Caller, 'workspaceId' | 'language'>, id: string): Promise<DrillDetail> {
    await this.breakOff();
    const [row] = await this.database.query<(Row & { readonly timeline: readonly StoredStep[] })[]>(`SELECT ${columns}, timeline FROM drills WHERE workspace_id = $1 AND id = $2`, [workspaceId, id]);
    if (!row) throw fail('drill-unknown');
    const { timeline, ...head } = row;
    return { ...shape(head), timeline: timeline.map((step) => ({ ...step, sentence: sayStep(step, language) })) };
  }

  private async play(id: string, { actor }: Caller, scenarios: DrillStart['scenarios']): Promise<void> {
    try {
      const tally = await this.run.play({
        id, kind: 'demo', scenarios, frame: (now) => this.frame(now), watcherId: actor.kind === 'user' ? actor.id : null, broken: [], signal: this.stopping.signal, arrived: null,
        pass: async (_how, mostMs) => this.clock.sleep(Math.min(mostMs, Math.max(100, this.times.lateMs / 60)), this.stopping.signal),
        tell: (steps) => this.tell(id, steps),
        staged: async (workspaceId) => void (await this.database.query('UPDATE drills SET stage_id = $2 WHERE id = $1', [id, workspaceId])),
      });
      await this.end(id, tally.troubles.length === 0 ? 'passed' : 'failed', tally);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!this.stopping.signal.aborted) this.logger.warn(`A drill broke off: ${why}`);
      await this.tell(id, [{ at: new Date(this.clock.now()).toISOString(), code: 'cut-short', params: { why } }]).catch(() => undefined);
      await this.end(id, 'broken-off', null).catch(() => undefined); // without a database its silence says so
    }
  }

  /** In minutes: an outage of twenty, for of what is late by less than fifteen nothing is looked up, and no night is kept. Five posts that wait leave no account with two to let out: the second would take twenty minutes more. */
  private frame(now: number): Frame {
    return {
      fallsAt: now + Math.max(20 * SECOND_MS, minutesOf(this.times, 1)), downMs: minutesOf(this.times, 20), firstAt: 0.13, waits: { from: 0.13, to: 0.16 }, held: 5, seesMorning: false,
      patience: { back: minutesOf(this.times, 10), drain: minutesOf(this.times, 15) },
      day: { from: '08:00', to: '21:00' }, policy: { onOutage: 'reroute-now', lateLimitMinutes: 30 },
    };
  }

  private async tell(id: string, steps: readonly StoredStep[]): Promise<void> {
    if (steps.length > 0) await this.database.query('UPDATE drills SET timeline = timeline || $2::jsonb, seen_at = now() WHERE id = $1', [id, storable(steps)]);
  }

  /** Put away first: whoever reads that it is over finds nothing that goes on. */
  private async end(id: string, state: Exclude<Drill['state'], 'running'>, tally: DrillTally | null): Promise<void> {
    const [row] = await this.database.query<{ stageId: string | null }[]>(`SELECT stage_id AS "stageId" FROM drills WHERE id = $1 AND state = 'running'`, [id]);
    if (row && row.stageId !== null) await this.ends.clear(row.stageId);
    await this.database.query(`UPDATE drills SET state = $2, tally = $3, ended_at = now() WHERE id = $1 AND state = 'running'`, [id, state, tally === null ? null : storable(tally)]);
  }

  private async round(): Promise<void> {
    if (this.mine.size > 0) await this.database.query('UPDATE drills SET seen_at = now() WHERE id = ANY($1::uuid[])', [[...this.mine]]);
    await this.breakOff();
  }

  /** Whose process is gone: nobody plays on, and what still waits there is put away. */
  private async breakOff(): Promise<void> {
    const gone = await this.database.query<{ id: string }[]>(`SELECT id FROM drills WHERE state = 'running' AND seen_at < now() - make_interval(secs => $1)`, [GONE_AFTER_S]);
    for (const { id } of gone) await this.end(id, 'broken-off', null);
  }
}

function shape({ workspaceId: _mine, startedBy, startedAt, endedAt, ...row }: Row): Drill {
  return { ...row, startedBy: startedBy.name, startedAt: startedAt.toISOString(), endedAt: endedAt?.toISOString() ?? null };
}
