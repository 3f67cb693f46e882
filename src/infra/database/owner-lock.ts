import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';

/** Any number, the same everywhere: held in the embedded Postgres for as long as the Postern that started it lives. */
const OWNER_LOCK = 7_305_671_002;
const application = 'postern-owner';

/**
 * Says "this Postgres has a living Postern" without process numbers, which lie after a crash and in containers: a lock
 * of a database session goes away with the process that held it.
 */
export class OwnerLock {
  private client: pg.Client | null = null;
  private released = false;

  private constructor(private readonly url: string) {}

  /** @returns null when another living process holds it */
  static async take(url: string): Promise<OwnerLock | null> {
    const lock = new OwnerLock(url);
    return (await lock.tryTake()) ? lock : null;
  }

  async release(): Promise<void> {
    this.released = true;
    const client = this.client;
    this.client = null;
    await client?.end().catch(() => undefined);
  }

  private async tryTake(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url, application_name: application, keepAlive: true });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [OWNER_LOCK]);
    if (!rows[0]?.mine || this.released) {
      await client.end();
      return false;
    }
    this.client = client;
    // Postgres was restarted under us: hold it again.
    client.once('end', () => void this.retake());
    return true;
  }

  private async retake(): Promise<void> {
    while (!this.released) {
      await sleep(500, undefined, { ref: false });
      if (!this.released && (await this.tryTake().catch(() => false))) return;
    }
  }
}
