import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ScopeName } from '../../infra/http/access.js';
import { Doorkeeper, type KeyVisitor, type UserVisitor } from '../../infra/http/doorkeeper.js';
import type { Language } from '../../infra/http/problem.js';
import { SESSION_DAYS } from '../../infra/http/session-cookie.js';
import { hashToken } from './tokens.js';

interface SessionRow extends Pick<UserVisitor, 'name' | 'operator' | 'language' | 'memberships'> {
  readonly user_id: string;
  readonly stale: boolean;
}

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly workspace_id: string;
  readonly scopes: ScopeName[];
  readonly language: Language;
  readonly stale: boolean;
}

/** Reads sessions and keys afresh at every request: what was revoked or changed counts from the next one on. */
@Injectable()
export class HouseDoorkeeper extends Doorkeeper {
  constructor(private readonly database: DataSource) {
    super();
  }

  async bySession(token: string): Promise<UserVisitor | null> {
    const hash = hashToken(token);
    const rows: SessionRow[] = await this.database.query(
      `SELECT s.user_id, u.name, u.operator, u.language, s.seen_at < now() - interval '1 hour' AS stale,
              coalesce((SELECT json_agg(json_build_object('workspaceId', w.id, 'name', w.name, 'role', m.role) ORDER BY m.created_at, w.id)
                 FROM members m JOIN workspaces w ON w.id = m.workspace_id WHERE m.user_id = u.id), '[]') AS memberships
         FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.token_hash = $1 AND s.expires_at > now() AND u.disabled_at IS NULL`,
      [hash],
    );
    const [row] = rows;
    if (!row) return null;
    if (row.stale) {
      await this.database.query(
        `UPDATE sessions SET seen_at = now(), expires_at = now() + make_interval(days => $2) WHERE token_hash = $1`, [hash, SESSION_DAYS]);
    }
    const { user_id: userId, name, operator, language, memberships, stale: prolonged } = row;
    return { kind: 'user', userId, name, operator, language, memberships, prolonged };
  }

  async byKey(token: string): Promise<KeyVisitor | null> {
    const rows: KeyRow[] = await this.database.query(
      `SELECT k.id, k.name, k.workspace_id, k.scopes, w.language, k.used_at IS NULL OR k.used_at < now() - interval '1 minute' AS stale
         FROM api_keys k JOIN workspaces w ON w.id = k.workspace_id WHERE k.token_hash = $1 AND k.revoked_at IS NULL`,
      [hashToken(token)],
    );
    const [row] = rows;
    if (!row) return null;
    // At most once a minute, and never waiting for another request that writes the same.
    if (row.stale) {
      await this.database.query(
        `UPDATE api_keys SET used_at = now() WHERE id = (SELECT id FROM api_keys WHERE id = $1 FOR UPDATE SKIP LOCKED)`, [row.id]);
    }
    const { id: keyId, name, workspace_id: workspaceId, scopes, language } = row;
    return { kind: 'key', keyId, name, workspaceId, scopes, language };
  }
}
