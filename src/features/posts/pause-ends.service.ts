import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { timeWordIn } from '../../core/time-words.js';
import { againAfterDeadlock } from '../../infra/database/deadlock.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import type { Actor } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { BellsService } from './bells.service.js';
import { deliveryFact, type Flight } from './flight.schema.js';
import { pauseOf } from './flight-columns.js';
import type { Resume } from './pause.schema.js';
import { type Movable, SlotMoves } from './slot-moves.service.js';

interface Over {
  readonly id: string;
  readonly workspaceId: string;
  readonly resume: Resume;
}

const ROWS_AT_MOST = 500;
const MOVES_AT_MOST = 50;
/** A bell that read the pause while it was in force may hold one more: until then it is not done with. */
const STRAGGLERS = `interval '1 minute'`;

const itself: Actor = { kind: 'system', id: 'pause', name: 'Postern' };

/** What this pause alone still holds: what another one covers is that one's, what began or was released goes on. */
const held = `d.state = 'held' AND d.hold_reason = 'pause' AND d.pause_id = $1 AND NOT d.released AND ${pauseOf('d')} IS NULL
  AND NOT EXISTS (SELECT 1 FROM parts q WHERE q.delivery_id = d.id AND q.published_at IS NOT NULL)`;
const timed = `(SELECT q.time_word FROM parts q WHERE q.delivery_id = d.id AND q.time_word IS NOT NULL ORDER BY q.position LIMIT 1)`;
const columns = `d.id, d.post_id AS "postId", d.channel_id AS "channelId", d.client_id AS "clientId", d.workspace_id AS "workspaceId"`;

type Row = Pick<Flight, 'id' | 'postId' | 'channelId' | 'clientId' | 'workspaceId'>;

/**
 * What becomes of what a pause held, once it is over: as it was said when it began (DESIGN §8). The rows say what is still
 * to do, so whoever sweeps next goes on where a process died; each delivery leaves the pause's hands in one step.
 */
@Injectable()
export class PauseEnds {
  constructor(
    private readonly dataSource: DataSource,
    private readonly slots: SlotMoves,
    private readonly bells: BellsService,
    private readonly facts: FactWriter,
    private readonly audit: AuditService,
  ) {}

  /** Some of what is to do. @returns of how many deliveries; 0 = nothing is to do now */
  async settle(): Promise<number> {
    const over = await this.dataSource.query<Over[]>(
      `SELECT id, workspace_id AS "workspaceId", resume FROM pauses WHERE settled_at IS NULL AND (ended_at IS NOT NULL OR until <= now()) ORDER BY until, id LIMIT 100`,
    );
    let count = 0;
    for (const pause of over) {
      await this.handOver(pause);
      count += await this.letGo(pause);
      await this.close(pause);
    }
    return count;
  }

  private letGo(pause: Over): Promise<number> {
    switch (pause.resume) {
      case 'paced':
        return Promise.resolve(0); // its gate is open: what is late leaves in its turn
      case 'drop':
        return this.end(pause, `state = 'skipped', hold_reason = NULL, reason = '{"code":"dropped-after-pause"}', ended_at = now()`, 'delivery.skipped');
      case 'review':
        return this.readWords(pause).then(() => this.toReview(pause, 'true'));
      case 'to-slots':
        return this.readWords(pause).then(() => this.toSlots(pause));
    }
  }

  /** Words of time in what was written before they were looked for. */
  private async readWords({ id }: Over): Promise<void> {
    for (let unread = ROWS_AT_MOST; unread === ROWS_AT_MOST; ) {
      const parts = await this.dataSource.query<{ id: string; text: string | null }[]>(
        `SELECT q.id, q.content ->> 'text' AS text FROM deliveries d JOIN parts q ON q.delivery_id = d.id WHERE ${held} AND NOT q.words_read ORDER BY q.id LIMIT ${ROWS_AT_MOST}`,
        [id],
      );
      unread = parts.length;
      await this.dataSource.query(
        `UPDATE parts q SET words_read = true, time_word = coalesce(q.time_word, w.word) FROM unnest($1::uuid[], $2::text[]) AS w (id, word) WHERE q.id = w.id`,
        [parts.map((part) => part.id), parts.map(({ text }) => timeWordIn(text ?? ''))],
      );
    }
  }

  private toReview(pause: Over, which: string): Promise<number> {
    return this.end(
      pause,
      `hold_reason = 'late', ready_at = 'infinity', held_told = 'late/' || w.code, reason = jsonb_build_object('code', w.code) || CASE WHEN w.word IS NULL THEN '{}' ELSE jsonb_build_object('detail', w.word) END`,
      'delivery.held',
      which,
    );
  }

  /** What speaks of its time would speak wrongly in a slot, and without one there is nowhere to go: a person decides. */
  private async toSlots(pause: Over): Promise<number> {
    const rows = await this.dataSource.query<Movable[]>(
      `SELECT ${columns}, d.version, d.choice FROM deliveries d WHERE ${held} AND ${timed} IS NULL ORDER BY d.due_at, d.id LIMIT ${MOVES_AT_MOST}`,
      [pause.id],
    );
    const moved: string[] = [];
    const stuck: string[] = [];
    for (const row of rows) {
      const how = await againAfterDeadlock(() => this.dataSource.transaction(async (manager) => {
        const done = await this.slots.moveWithin(manager, row, 'by-itself');
        if (done === 'moved') await this.record(manager, pause, { deliveryId: row.id });
        return done;
      }));
      if (how === 'moved') moved.push(row.id);
      if (how === 'no-slot') stuck.push(row.id);
    }
    await this.bells.ring(moved);
    const reviewed = await this.toReview(pause, `(${timed} IS NOT NULL OR d.id = ANY(ARRAY[${stuck.map((id) => `'${id}'`).join(', ')}]::uuid[]))`);
    return moved.length + reviewed;
  }

  private end(pause: Over, set: string, fact: 'delivery.skipped' | 'delivery.held', which = 'true'): Promise<number> {
    return againAfterDeadlock(() => this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[(Row & { readonly reason: { readonly code: string } })[], number]>(
        `WITH w AS MATERIALIZED (
           SELECT d.id, x.word, CASE WHEN x.word IS NULL THEN 'pause-over' ELSE 'words-of-time' END AS code FROM deliveries d CROSS JOIN LATERAL (SELECT ${timed} AS word) x
            WHERE ${held} AND ${which} ORDER BY d.id LIMIT ${ROWS_AT_MOST} FOR UPDATE OF d SKIP LOCKED)
         UPDATE deliveries d SET ${set}, pause_id = NULL, version = d.version + 1, ring = d.ring + 1, rung_until = NULL FROM w
          WHERE d.id = w.id RETURNING ${columns}, d.reason`,
        [pause.id],
      );
      await this.facts.write(manager, rows.map(({ reason, ...row }) => ({ kind: fact, workspaceId: row.workspaceId, subjectId: row.id, payload: deliveryFact(row, { reason }) })));
      if (rows.length > 0) await this.record(manager, pause, { count: rows.length });
      return rows.length;
    }));
  }

  /** What another pause covers waits for that one, and becomes what that one says. */
  private async handOver({ id }: Over): Promise<void> {
    await this.dataSource.query(
      `UPDATE deliveries d SET pause_id = ${pauseOf('d')} WHERE d.state = 'held' AND d.hold_reason = 'pause' AND d.pause_id = $1 AND ${pauseOf('d')} IS NOT NULL`,
      [id],
    );
  }

  /** It is done with, once nothing is left and nothing can come any more. */
  private async close(pause: Over): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[unknown[], number]>(
        `UPDATE pauses p SET settled_at = now()
          WHERE p.id = $1 AND p.settled_at IS NULL AND coalesce(p.ended_at, p.until) < now() - ${STRAGGLERS}
            AND (p.resume = 'paced' OR NOT EXISTS (SELECT 1 FROM deliveries d WHERE ${held})) RETURNING 1`,
        [pause.id],
      );
      if (rows.length > 0) await this.audit.record(manager, { workspaceId: pause.workspaceId, actor: itself, action: 'pause.settled', subject: 'pause', subjectId: pause.id, details: { resume: pause.resume } });
    });
  }

  private record(manager: EntityManager, { id, workspaceId, resume }: Over, details: Readonly<Record<string, unknown>>): Promise<void> {
    return this.audit.record(manager, { workspaceId, actor: itself, action: 'pause.resumed', subject: 'pause', subjectId: id, details: { resume, ...details } });
  }
}
