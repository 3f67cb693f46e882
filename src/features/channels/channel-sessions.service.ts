import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { SessionStore } from '../../connectors/connector.js';
import { Clock } from '../../infra/clock.js';
import { AccountSeal } from './account-seal.js';

/** Longer than the slowest renewal (two requests under half a delivery's lease each); a crashed holder blocks no longer. */
export const SESSION_LEASE_MS = 60_000;
const POLL_MS = 150;
/** Sessions kept opened in this process; the rest is read again when used. */
const MOST_KEPT = 3_000;
/** A renewed session exists nowhere but here until it is stored: worth waiting for a database that is gone for a moment. */
const STORE_TRIES = 6;

interface SessionOwner {
  readonly id: string;
  readonly workspaceId: string;
  /** As of the last `open`: a kept session older than this is read again. */
  readonly sessionVersion: number;
}

interface Session {
  readonly version: number;
  readonly text: string | null;
}

type Make = (current: string | null) => Promise<string>;

/** Sessions of channels: sealed in the row, renewed by one at a time over all processes. */
@Injectable()
export class ChannelSessionsService {
  readonly #kept = new Map<string, Session>();

  constructor(
    private readonly database: DataSource,
    private readonly accounts: AccountSeal,
    private readonly clock: Clock,
  ) {}

  /** What a connector gets as `world.session`. Costs nothing until it is read. */
  storeFor(channel: SessionOwner, signal: AbortSignal): SessionStore {
    let seen: number | null = null;
    const show = (session: Session): string | null => {
      seen = session.version;
      return session.text;
    };
    return {
      read: async () => show(await this.#read(channel)),
      renew: async (make) => {
        const session = await this.#renew(channel, { seen, make, signal });
        show(session);
        return session.text ?? '';
      },
    };
  }

  async #read(channel: SessionOwner): Promise<Session> {
    const kept = this.#kept.get(channel.id);
    return kept && kept.version >= channel.sessionVersion ? kept : this.#fetch(channel);
  }

  /**
   * Takes the lease, or waits for who has it. A session newer than the one the caller saw is what it wanted:
   * it is returned as it is, and nothing is renewed twice.
   */
  async #renew(channel: SessionOwner, { seen, make, signal }: { seen: number | null; make: Make; signal: AbortSignal }): Promise<Session> {
    const holder = uuid();
    const isNews = (session: Session): boolean => seen !== null && session.version > seen && session.text !== null;
    for (;;) {
      signal.throwIfAborted();
      const taken = await this.#take(channel, holder);
      if (taken) {
        if (!isNews(taken)) return this.#make(channel, { holder, current: taken, make });
        await this.#release(channel, holder);
        return taken;
      }
      const current = await this.#fetch(channel);
      if (isNews(current)) return current;
      await this.clock.sleep(POLL_MS, signal);
    }
  }

  async #make(channel: SessionOwner, { holder, current, make }: { holder: string; current: Session; make: Make }): Promise<Session> {
    let text: string;
    try {
      text = await make(current.text);
    } catch (error) {
      await this.#release(channel, holder);
      throw error;
    }
    if (text === current.text) {
      await this.#release(channel, holder);
      return current;
    }
    return this.#store(channel, { holder, text, over: current.version });
  }

  /** The row as it stands once the lease is ours; null while another holds it. */
  async #take(channel: SessionOwner, holder: string): Promise<Session | null> {
    const [rows]: [SessionRow[], number] = await this.database.query(
      `UPDATE channels SET session_lock_by = $3, session_lock_until = clock_timestamp() + $4 * interval '1 millisecond'
        WHERE id = $1 AND workspace_id = $2 AND (session_lock_until IS NULL OR session_lock_until <= clock_timestamp())
        RETURNING session_version, sealed_session`,
      [channel.id, channel.workspaceId, holder, SESSION_LEASE_MS],
    );
    return rows[0] ? this.#keep(channel, rows[0]) : null;
  }

  async #release(channel: SessionOwner, holder: string): Promise<void> {
    await this.database.query(
      `UPDATE channels SET session_lock_by = NULL, session_lock_until = NULL WHERE id = $1 AND workspace_id = $2 AND session_lock_by = $3`,
      [channel.id, channel.workspaceId, holder],
    );
  }

  /** Guarded by the version, not by the lease: a slow renewal is still the newest session unless somebody stored a newer one. */
  async #store(channel: SessionOwner, { holder, text, over }: { holder: string; text: string; over: number }): Promise<Session> {
    const sealed = this.accounts.sealSession(channel, text);
    const [rows] = await this.#retried(() =>
      this.database.query<[SessionRow[], number]>(
        `UPDATE channels SET sealed_session = $3, session_version = session_version + 1,
                session_lock_by = CASE WHEN session_lock_by = $5 THEN NULL ELSE session_lock_by END,
                session_lock_until = CASE WHEN session_lock_by = $5 THEN NULL ELSE session_lock_until END
          WHERE id = $1 AND workspace_id = $2 AND session_version = $4
          RETURNING session_version, sealed_session`,
        [channel.id, channel.workspaceId, sealed, over, holder],
      ),
    );
    const row = rows[0];
    if (!row) throw new Error('The channel got a new session or new credentials while this one was being renewed.');
    return this.#keep(channel, row);
  }

  async #retried<T>(run: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await run();
      } catch (error) {
        if (tries === STORE_TRIES) throw error;
        await this.clock.sleep(250 * 2 ** tries);
      }
    }
  }

  async #fetch(channel: SessionOwner): Promise<Session> {
    const rows: SessionRow[] = await this.database.query(
      `SELECT session_version, sealed_session FROM channels WHERE id = $1 AND workspace_id = $2`,
      [channel.id, channel.workspaceId],
    );
    if (!rows[0]) throw new Error(`There is no channel ${channel.id} any more.`);
    return this.#keep(channel, rows[0]);
  }

  #keep(channel: SessionOwner, row: SessionRow): Session {
    const known = this.#kept.get(channel.id);
    if (known && known.version === row.session_version) return known;
    const session = {
      version: row.session_version,
      text: row.sealed_session === null ? null : this.accounts.openSession(channel, row.sealed_session),
    };
    this.#kept.delete(channel.id);
    this.#kept.set(channel.id, session);
    if (this.#kept.size > MOST_KEPT) for (const oldest of this.#kept.keys()) return (this.#kept.delete(oldest), session);
    return session;
  }
}

interface SessionRow {
  readonly session_version: number;
  readonly sealed_session: string | null;
}
