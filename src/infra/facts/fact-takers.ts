import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type Fact, type FactKind, type Taker, facts as takersByKind } from './facts.js';

/** A fact as it is handed to a taker. */
export interface TakenFact extends Fact {
  readonly id: string;
  readonly at: Date;
}

/**
 * Takes a batch of facts inside the transaction that removes their claims: writing through `manager` and taking happen
 * together or not at all. If it throws, its writes are undone and the facts are handed in again one by one; the one
 * that still throws waits (1 s … 1 h) while the others go on. Called again for the same fact only if it never committed.
 */
export type FactHandler = (facts: readonly TakenFact[], manager: EntityManager) => Promise<void>;

interface Claim {
  readonly id: string;
  readonly tries: number;
  /** null: the event is older than the events kept. */
  readonly at: Date | null;
  readonly kind: FactKind;
  readonly workspace_id: string | null;
  readonly subject_id: string | null;
  readonly payload: Fact['payload'];
}

const batch = 200;

/** The takers of facts. Each feature registers in `onModuleInit`; the start fails if one is missing. */
@Injectable()
export class FactTakers implements OnApplicationBootstrap {
  private readonly logger = new Logger(FactTakers.name);
  private readonly handlers = new Map<Taker, FactHandler>();

  constructor(private readonly database: DataSource) {}

  register(taker: Taker, handler: FactHandler): void {
    if (this.handlers.has(taker)) throw new Error(`Two handlers want the facts of '${taker}': a taker has exactly one.`);
    this.handlers.set(taker, handler);
  }

  /** Whatever roles this process runs: a fact nobody takes is a mistake in the code, to be seen at the first start. */
  onApplicationBootstrap(): void {
    for (const [kind, takers] of Object.entries(takersByKind)) {
      for (const taker of takers) {
        if (!this.handlers.has(taker)) {
          throw new Error(`The fact '${kind}' is meant for '${taker}', but nothing there takes it: call FactTakers.register('${taker}', …) in its onModuleInit.`);
        }
      }
    }
  }

  get takers(): readonly Taker[] {
    return [...this.handlers.keys()];
  }

  /** Takes everything that is there for one taker now. Answers how many facts were taken. */
  async take(taker: Taker): Promise<number> {
    let taken = 0;
    for (;;) {
      const round = await this.takeBatch(taker);
      taken += round.taken;
      if (round.claimed < batch) return taken;
    }
  }

  private async takeBatch(taker: Taker): Promise<{ claimed: number; taken: number }> {
    const handler = this.handlers.get(taker);
    if (!handler) throw new Error(`Nothing takes the facts of '${taker}'.`);
    return this.database.transaction(async (manager) => {
      const claims: Claim[] = await manager.query(
        `SELECT c.event_id AS id, c.tries, e.at, e.kind, e.workspace_id, e.subject_id, e.payload
         FROM event_claims c LEFT JOIN events e ON e.id = c.event_id AND e.at = c.event_at
         WHERE c.taker = $1 AND c.after <= now()
         ORDER BY c.after, c.event_id LIMIT $2
         FOR UPDATE OF c SKIP LOCKED`,
        [taker, batch],
      );
      const facts = claims.flatMap((claim) => toFact(claim) ?? []);
      if (facts.length < claims.length) this.logger.warn(`${claims.length - facts.length} facts for '${taker}' were older than the facts kept, and were dropped.`);
      const failed = new Map((await this.hand(handler, facts, manager)).map((failure) => [failure.id, failure.error]));
      await manager.query(`DELETE FROM event_claims WHERE taker = $1 AND event_id = ANY($2)`, [
        taker,
        claims.filter((claim) => !failed.has(claim.id)).map((claim) => claim.id),
      ]);
      if (failed.size > 0) await this.postpone(taker, failed, manager);
      return { claimed: claims.length, taken: facts.length - failed.size };
    });
  }

  /** Hands over all at once, and one by one if that fails, each in its own savepoint. Answers those that failed. */
  private async hand(handler: FactHandler, facts: readonly TakenFact[], manager: EntityManager): Promise<{ id: string; error: unknown }[]> {
    if (facts.length === 0) return [];
    const error = await attempt(handler, facts, manager);
    if (error === null) return [];
    const [only, ...rest] = facts;
    if (only && rest.length === 0) return [{ id: only.id, error }];
    const failed = [];
    for (const fact of facts) {
      const failure = await attempt(handler, [fact], manager);
      if (failure !== null) failed.push({ id: fact.id, error: failure });
    }
    return failed;
  }

  /** Tried again after 1, 2, 4 … s, at most an hour; by then the event itself is gone after 7 days. */
  private async postpone(taker: Taker, failed: ReadonlyMap<string, unknown>, manager: EntityManager): Promise<void> {
    const rows: unknown[] = await manager.query(
      `WITH later AS (
         UPDATE event_claims SET tries = tries + 1, after = clock_timestamp() + make_interval(secs => least(3600, power(2, least(tries, 12))))
         WHERE taker = $1 AND event_id = ANY($2) RETURNING event_id AS id, tries
       ) SELECT id, tries FROM later`,
      [taker, [...failed.keys()]],
    );
    for (const row of rows as { id: string; tries: number }[]) {
      const say = row.tries === 5 ? 'error' : 'warn'; // by the fifth time a person should look; saying it each time helps nobody
      this.logger[say](`'${taker}' could not take the fact ${row.id} (try ${row.tries}); it is tried again later: ${String(failed.get(row.id))}`);
    }
  }
}

function toFact(claim: Claim): TakenFact | null {
  if (claim.at === null) return null;
  return { id: claim.id, at: claim.at, kind: claim.kind, workspaceId: claim.workspace_id, subjectId: claim.subject_id, payload: claim.payload };
}

/** null when it went well, else what was thrown. A lost connection is thrown on: it is nobody's fact's fault. */
async function attempt(handler: FactHandler, facts: readonly TakenFact[], manager: EntityManager): Promise<unknown> {
  await manager.query('SAVEPOINT hand_over');
  try {
    await handler(facts, manager);
  } catch (error) {
    await manager.query('ROLLBACK TO SAVEPOINT hand_over');
    return error ?? new Error('nothing was thrown');
  }
  await manager.query('RELEASE SAVEPOINT hand_over');
  return null;
}
