import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { problems } from '../../infra/http/problem.js';
import { SESSION_DAYS } from '../../infra/http/session-cookie.js';
import { hashToken, makeToken } from './tokens.js';
import type { Session } from './user.schema.js';

const fail = problems({
  'session-unknown': { status: 404, en: 'This session has ended already, or is not yours.', it: 'Questa sessione è già terminata, o non è tua.' },
});

interface SessionRow {
  readonly token_hash: Buffer;
  readonly agent: string;
  readonly created_at: Date;
  readonly seen_at: Date;
  readonly expires_at: Date;
}

/** Signed-in browsers. Only the hash of a token is kept; its hex is the session's id, of use to nobody else. */
@Injectable()
export class SessionsService {
  constructor(private readonly database: DataSource) {}

  /** Starts a session and gives its token, for the cookie. */
  async open(manager: EntityManager, userId: string, { by, agent }: { by: 'password' | 'link'; agent: string }): Promise<string> {
    const token = makeToken();
    await manager.query(
      `INSERT INTO sessions (token_hash, user_id, by, agent, expires_at) VALUES ($1, $2, $3, $4, now() + make_interval(days => $5))`,
      [hashToken(token), userId, by, agent.slice(0, 200), SESSION_DAYS],
    );
    await manager.query(`DELETE FROM sessions WHERE expires_at < now()`);
    return token;
  }

  async list(userId: string, token: string | null): Promise<readonly Session[]> {
    const current = token === null ? null : hashToken(token);
    const rows: SessionRow[] = await this.database.query(
      `SELECT token_hash, agent, created_at, seen_at, expires_at FROM sessions
        WHERE user_id = $1 AND expires_at > now() ORDER BY seen_at DESC LIMIT 200`,
      [userId],
    );
    return rows.map((row) => ({
      id: row.token_hash.toString('hex'), agent: row.agent, createdAt: row.created_at.toISOString(), seenAt: row.seen_at.toISOString(),
      expiresAt: row.expires_at.toISOString(), current: current !== null && row.token_hash.equals(current),
    }));
  }

  /** @throws DomainError session-unknown (404) */
  async end(userId: string, id: string): Promise<void> {
    const [, count] = await this.database.query<[unknown, number]>(`DELETE FROM sessions WHERE user_id = $1 AND token_hash = $2`, [userId, Buffer.from(id, 'hex')]);
    if (count === 0) throw fail('session-unknown');
  }

  async signOut(token: string): Promise<void> {
    await this.database.query(`DELETE FROM sessions WHERE token_hash = $1`, [hashToken(token)]);
  }

  /** Signed in by a one-time link within the last 15 minutes: then a forgotten password may be set without the old one. */
  async isFreshFromLink(token: string): Promise<boolean> {
    const rows: unknown[] = await this.database.query(
      `SELECT 1 FROM sessions WHERE token_hash = $1 AND by = 'link' AND created_at > now() - interval '15 minutes'`, [hashToken(token)]);
    return rows.length > 0;
  }
}
