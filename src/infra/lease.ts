import type { DataSource, EntityManager } from 'typeorm';

/** How long a lease holds without renewal, by the database's clock (DESIGN §7): a stopped leader is replaced within it. */
export const LEASE_MS = 10_000;
/** How often its holder renews it (§7). */
export const RENEW_EVERY_MS = 3_000;
/**
 * A leader stopped in the middle of its transaction would hold the row, and keep the next one waiting for as long as it
 * is stopped: after this long without a word the database ends the transaction.
 */
const SILENT_MS = LEASE_MS / 2;

/** Somebody else leads by now: what was about to be written is not. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/**
 * One leader among many processes: a row of `leases`, whose epoch rises with every change of hands. A leader that was
 * stopped and wakes finds its epoch gone, whatever it believes itself.
 */
export class Lease {
  private epoch: string | null = null;

  constructor(
    private readonly database: DataSource,
    private readonly name: string,
    private readonly holder: string,
  ) {}

  /** Takes the lease if nobody has it, or renews it. @returns its epoch, the same as before unless it ran out meanwhile; null = another's */
  async take(): Promise<string | null> {
    const rows = await this.database.query<{ epoch: string }[]>(
      `INSERT INTO leases AS l (name, holder, until) VALUES ($1, $2, now() + $3 * interval '1 ms')
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until,
         epoch = l.epoch + CASE WHEN l.holder = excluded.holder AND l.until > now() THEN 0 ELSE 1 END
       WHERE l.holder = excluded.holder OR l.until <= now()
       RETURNING epoch`,
      [this.name, this.holder, LEASE_MS],
    );
    this.epoch = rows[0]?.epoch ?? null;
    return this.epoch;
  }

  /** The change of hands waits for the transaction of a leader that still leads; one that does not writes nothing. @throws LeaseLostError */
  async guard(manager: EntityManager): Promise<void> {
    const rows = await manager.query<unknown[]>(
      `SELECT set_config('idle_in_transaction_session_timeout', $4, true) FROM leases
        WHERE name = $1 AND holder = $2 AND epoch = $3 AND until > now() FOR SHARE`,
      [this.name, this.holder, this.epoch, String(SILENT_MS)],
    );
    if (rows.length > 0) return;
    this.epoch = null;
    throw new LeaseLostError(`The lease '${this.name}' is another process's by now.`);
  }

  /** So that the next one need not wait. */
  async giveBack(): Promise<void> {
    await this.database.query('UPDATE leases SET until = now() WHERE name = $1 AND holder = $2', [this.name, this.holder]);
    this.epoch = null;
  }
}
