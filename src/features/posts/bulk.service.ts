import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { lateLimit } from '../../core/policy.js';
import { shiftWall } from '../../core/wall-time.js';
import { Clock } from '../../infra/clock.js';
import { againAfterDeadlock } from '../../infra/database/deadlock.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import type { FactKind } from '../../infra/facts/facts.js';
import type { Caller } from '../../infra/http/access.js';
import { DomainError } from '../../infra/http/problem.js';
import { AuditService } from '../workspaces/audit.service.js';
import { BellsService } from './bells.service.js';
import type { BulkAct, BulkFilter, BulkMove, BulkResult } from './bulk.schema.js';
import { type BulkRow, BulkRows } from './bulk-rows.service.js';
import { PostDeliveries } from './post-deliveries.service.js';
import { isInFlight } from './post-locks.service.js';
import { fail } from './post-problems.js';
import { type Timed, timeChosen } from './post-timing.js';

type Act = 'move' | 'cancel' | 'retry';

/** Posts whose trouble is named at most, when a move is refused. */
const NAMED = 100;

/** What is done to many deliveries at once, by filter: "everything that failed on this platform today". */
@Injectable()
export class BulkService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly rows: BulkRows,
    private readonly deliveries: PostDeliveries,
    private readonly facts: FactWriter,
    private readonly audit: AuditService,
    private readonly bells: BellsService,
    private readonly clock: Clock,
  ) {}

  /** Tries again, now, what failed or was missed; parts that are out stay out. The filter alone says which. */
  retry(caller: Caller, { filter, dryRun }: BulkAct): Promise<BulkResult> {
    return this.act(caller, 'retry', { filter, dryRun }, async (manager, matched) => {
      const rows = matched.filter(isRetryable);
      if (!dryRun) await this.deliveries.rearm(manager, rows.map((row) => this.retryTerms(row)));
      return rows;
    });
  }

  /** Ends deliveries that have not begun; a post of which nothing is left counts as cancelled. */
  cancel(caller: Caller, { filter, dryRun }: BulkAct): Promise<BulkResult> {
    return this.act(caller, 'cancel', { filter, dryRun }, async (manager, matched) => {
      const rows = matched.filter(isWaiting);
      if (dryRun) return rows;
      await this.deliveries.cancel(manager, rows.map(({ id }) => id), caller.actor.name);
      const [posts] = await manager.query<[{ id: string; clientId: string }[], number]>(
        `UPDATE posts p SET version = version + 1, updated_at = now(), detached = series_id IS NOT NULL,
                cancelled_at = CASE WHEN EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = p.id AND d.state NOT IN ('cancelled', 'rerouted')) THEN NULL ELSE now() END
          WHERE p.id = ANY($1::uuid[]) RETURNING p.id, p.client_id AS "clientId"`,
        [postsOf(rows)],
      );
      await this.tell(manager, caller, 'post.cancelled', posts);
      return rows;
    });
  }

  /**
   * Moves whole posts (the filter finds them by their deliveries) by days and minutes of the wall; all or nothing.
   * @throws DomainError move-not-possible with the posts that would fall into a gap or the past
   */
  move(caller: Caller, { filter, dryRun, by }: BulkMove): Promise<BulkResult> {
    return this.act(caller, 'move', { filter, dryRun }, async (manager, matched) => {
      const found = new Set(postsOf(matched.filter(isMovable)));
      const siblings = await this.rows.lockPosts(manager, [...found]);
      const busy = new Set(postsOf(siblings.filter(isInFlight)));
      const rows = siblings.filter((row) => isMovable(row) && !busy.has(row.postId));
      const times = this.timesOf(rows, by);
      if (dryRun) return rows;
      await this.deliveries.place(manager, rows.map((row) => {
        const dueAt = times.get(row.postId)?.dueAt ?? row.dueAt;
        return { id: row.id, choice: row.choice, approved: row.editing === 'ready', dueAt, deadlineAt: lateLimit(row.choice, row.policy, dueAt, row.day), moved: true };
      }));
      const [posts] = await manager.query<[{ id: string; clientId: string }[], number]>(
        `UPDATE posts p SET wall_at = w.wall, due_at = to_timestamp(w.due / 1000), version = version + 1, updated_at = now(), detached = series_id IS NOT NULL
           FROM unnest($1::uuid[], $2::timestamp[], $3::float8[]) AS w (id, wall, due) WHERE p.id = w.id RETURNING p.id, p.client_id AS "clientId"`,
        [[...times.keys()], [...times.values()].map(({ wallAt }) => wallAt), [...times.values()].map(({ dueAt }) => dueAt)],
      );
      await this.tell(manager, caller, 'post.changed', posts);
      return rows;
    });
  }

  /** Late limit of a retry: as if it had been planned for now. */
  retryTerms(row: BulkRow): { readonly id: string; readonly deadlineAt: number } {
    return { id: row.id, deadlineAt: lateLimit(row.choice, row.policy, this.clock.now(), row.day) };
  }

  /** Finds, locks, acts and counts in one transaction; rings afterwards. */
  private async act(
    caller: Caller,
    act: Act,
    { filter, dryRun }: { readonly filter: BulkFilter; readonly dryRun: boolean },
    change: (manager: EntityManager, matched: readonly BulkRow[]) => Promise<readonly BulkRow[]>,
  ): Promise<BulkResult> {
    const { result, ids } = await againAfterDeadlock(() => this.dataSource.transaction(async (manager) => {
      const first = await this.rows.find(manager, caller.workspaceId, filter);
      const found = new Set(first.map(({ id }) => id));
      const matched = (await this.rows.lockPosts(manager, postsOf(first))).filter((row) => found.has(row.id) && (filter.state === undefined || filter.state === row.state || isInFlight(row)));
      const rows = await change(manager, matched);
      const changed = new Set(rows.map(({ id }) => id));
      const inFlight = matched.filter(isInFlight).length;
      const counts: BulkResult = {
        matched: matched.length, posts: new Set(postsOf(matched)).size, changed: rows.length, inFlight,
        leftOut: matched.filter((row) => !changed.has(row.id) && !isInFlight(row)).length, dryRun,
      };
      if (!dryRun && rows.length > 0) {
        await this.audit.record(manager, { workspaceId: caller.workspaceId, actor: caller.actor, action: `posts.bulk-${act}`, subject: 'workspace', subjectId: caller.workspaceId, details: { filter, ...counts } });
      }
      return { result: counts, ids: dryRun ? [] : [...changed] };
    }));
    await this.bells.ring(ids);
    return result;
  }

  private timesOf(rows: readonly BulkRow[], by: BulkMove['by']): ReadonlyMap<string, Timed> {
    const times = new Map<string, Timed>();
    const refused: { postId: string; code: string; sentence: DomainError['sentence'] }[] = [];
    for (const { postId, wallAt, zone } of new Map(rows.map((row) => [row.postId, row])).values()) {
      try {
        times.set(postId, timeChosen(shiftWall(wallAt, by), zone, this.clock.now()));
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        refused.push({ postId, code: error.code, sentence: error.sentence });
      }
    }
    if (refused.length > 0) throw fail('move-not-possible', {}, { count: refused.length, posts: refused.slice(0, NAMED) });
    return times;
  }

  private tell(manager: EntityManager, { workspaceId }: Caller, kind: FactKind, posts: readonly { readonly id: string; readonly clientId: string }[]): Promise<void> {
    return this.facts.write(manager, posts.map(({ id, clientId }) => ({ kind, workspaceId, subjectId: id, payload: { postId: id, clientId } })));
  }
}

export function isRetryable({ state, out, parts }: BulkRow): boolean {
  return (state === 'failed' || state === 'missed') && out < parts;
}

function isWaiting({ state, out }: BulkRow): boolean {
  return (state === 'scheduled' || state === 'held') && out === 0;
}

function isMovable(row: BulkRow): boolean {
  return row.out === 0 && (isWaiting(row) || isRetryable(row));
}

function postsOf(rows: readonly BulkRow[]): readonly string[] {
  return rows.map(({ postId }) => postId);
}
