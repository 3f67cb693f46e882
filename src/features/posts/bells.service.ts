import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { connectorById } from '../../connectors/registry.js';
import { Clock } from '../../infra/clock.js';
import { type Bell, CommandBus } from '../../infra/queue/command-bus.js';
import { interval } from './flight-columns.js';

/** Due within this: rung now, as a delayed job (DESIGN §6.1). */
export const HORIZON_MS = 15 * 60_000;
/** Rows a statement takes at most (§6.1): of these a tick stays under 20 ms, and no lock is held for long. */
export const ROWS_AT_MOST = 100;
/** A bell that should have led to something by now is rung again (§6.6). */
const UNANSWERED_MS = 5_000;
/** After the sweeper rang again, it leaves the row alone for this long: the queue may be long. */
const PATIENCE_MS = 30_000;
/** How long the answer to what is saved already waits for its bell. The queue may be away for good. */
const ANSWER_WAITS_MS = 2_000;
/** Of it, for the queue; the rest is for taking back what it did not take. */
const QUEUE_WAITS_MS = 1_500;

interface Rung {
  readonly id: string;
  readonly ring: number;
  readonly connectorId: string;
  readonly delayMs: number;
}

const RUNG = `d.id, d.ring, d.connector_id AS "connectorId", greatest(0, extract(epoch FROM d.ready_at - now()) * 1000)::float8 AS "delayMs"`;

/** Rings for what is due. The queue only rings: what it loses is rung again from these rows. */
@Injectable()
export class BellsService {
  private readonly logger = new Logger('Bells');

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CommandBus) private readonly bus: CommandBus,
    private readonly clock: Clock,
  ) {}

  /** The planner's statement: unrung rows due within the horizon, a few at a time. @returns how many were rung. */
  async plan(): Promise<number> {
    const [rows] = await this.dataSource.query<[Rung[], number]>(
      `WITH due AS MATERIALIZED (
         SELECT id FROM deliveries
          WHERE state IN ('scheduled', 'held') AND rung_until IS NULL AND ready_at < now() + ${interval('$1')}
          ORDER BY ready_at LIMIT ${ROWS_AT_MOST} FOR UPDATE SKIP LOCKED)
       UPDATE deliveries d SET rung_until = greatest(d.ready_at, now()) + ${interval('$2')} FROM due
        WHERE d.id = due.id
       RETURNING ${RUNG}`,
      [HORIZON_MS, PATIENCE_MS],
    );
    try {
      return await this.send(rows);
    } catch (error) {
      await this.unring(rows); // else they would count as rung until well after they are due
      throw error;
    }
  }

  /** The sweeper's statement: due, rung, and nothing came of it. */
  async ringUnanswered(): Promise<number> {
    const [rows] = await this.dataSource.query<[Rung[], number]>(
      `WITH due AS MATERIALIZED (
         SELECT id FROM deliveries
          WHERE state IN ('scheduled', 'held') AND ready_at < now() - ${interval('$1')} AND rung_until < now()
          ORDER BY ready_at LIMIT ${ROWS_AT_MOST} FOR UPDATE SKIP LOCKED)
       UPDATE deliveries d SET rung_until = now() + ${interval('$2')} FROM due
        WHERE d.id = due.id
       RETURNING ${RUNG}`,
      [UNANSWERED_MS, PATIENCE_MS],
    );
    return this.send(rows, 'again');
  }

  /** After a wipe of the queue: every bell it held is gone, so all are unrung. What waits for its turn has none. */
  async forgetAll(): Promise<void> {
    await this.dataSource.query(
      `UPDATE deliveries SET rung_until = NULL WHERE state IN ('scheduled', 'held') AND isfinite(rung_until) AND ready_at < now() + ${interval('$1')}`,
      [HORIZON_MS],
    );
  }

  /**
   * Rings at once for changes inside the horizon; others wait for the planner. Call it after the commit. Never throws, and
   * never takes longer than about 2 s: what is saved is saved, and whoever asked must not be told otherwise because the
   * queue refuses or is away. What could not be rung is left to the planner.
   */
  async ring(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const rung = new AbortController();
    const work = this.ringOrLeave(ids).finally(() => rung.abort());
    await Promise.race([work, this.clock.sleep(ANSWER_WAITS_MS, rung.signal)]);
  }

  /** Never rejects; may outlast the one who waits for it. */
  private async ringOrLeave(ids: readonly string[]): Promise<void> {
    try {
      const [rows] = await this.dataSource.query<[Rung[], number]>(
        `UPDATE deliveries d SET rung_until = greatest(d.ready_at, now()) + ${interval('$3')}
          WHERE d.id = ANY($1::uuid[]) AND d.state IN ('scheduled', 'held') AND d.rung_until IS NULL AND d.ready_at < now() + ${interval('$2')}
         RETURNING ${RUNG}`,
        [ids, HORIZON_MS, PATIENCE_MS],
      );
      const trouble = await this.troubleIn(this.send(rows));
      if (trouble === null) return;
      this.logger.warn(`The queue did not take ${rows.length} bells; the planner rings them: ${trouble}`);
      await this.unring(rows);
    } catch (error) {
      this.logger.warn(`What was just saved could not be rung; planner and sweeper do: ${String(error)}`);
    }
  }

  /** The queue did not take them: the planner's next round does. Not those rung anew meanwhile. */
  private async unring(rows: readonly Rung[]): Promise<void> {
    await this.dataSource.query(
      `UPDATE deliveries d SET rung_until = NULL FROM unnest($1::uuid[], $2::int[]) AS w (id, ring)
        WHERE d.id = w.id AND d.ring = w.ring AND d.state IN ('scheduled', 'held')`,
      [rows.map(({ id }) => id), rows.map(({ ring }) => ring)],
    );
  }

  /** What kept the bells from being taken, a refusal or silence; null = they are. A late refusal is nobody's any more. */
  private async troubleIn(sending: Promise<unknown>): Promise<string | null> {
    const sent = new AbortController();
    const outcome = sending.then(() => null, (error: unknown) => String(error)).finally(() => sent.abort());
    return Promise.race([outcome, this.clock.sleep(QUEUE_WAITS_MS, sent.signal).then(() => (sent.signal.aborted ? outcome : 'no answer'))]);
  }

  /** @param how 'again' = the bell may still lie in the queue */
  private async send(rows: readonly Rung[], how: 'first' | 'again' = 'first'): Promise<number> {
    if (rows.length === 0) return 0;
    const bells = rows.map((row): Bell<'deliver'> => ({ lane: row.connectorId, key: `d-${row.id}-${row.ring}`, payload: { id: row.id, ring: row.ring }, delayMs: row.delayMs }));
    await (how === 'first' ? this.bus.ring('deliver', bells) : this.bus.ringAgain('deliver', bells));
    const early = rows.flatMap((row): Bell<'prepare'>[] => {
      const lead = connectorById(row.connectorId).leadMs;
      if (lead === 0 || row.delayMs === 0) return [];
      return [{ lane: row.connectorId, key: `p-${row.id}-${row.ring}`, payload: { id: row.id, ring: row.ring }, delayMs: Math.max(0, row.delayMs - lead) }];
    });
    if (early.length > 0) await this.bus.ring('prepare', early);
    return rows.length;
  }
}
