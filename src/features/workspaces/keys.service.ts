import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Actor, RoleName, ScopeName } from '../../infra/http/access.js';
import { problems } from '../../infra/http/problem.js';
import { AuditService } from './audit.service.js';
import type { ApiKey, MadeApiKey, NewApiKey } from './key.schema.js';
import { hashToken, makeToken } from './tokens.js';

const fail = problems({
  'api-key-unknown': { status: 404, en: 'There is no such key in this workspace, or it is revoked already.', it: 'In questo workspace non c’è questa chiave, o è già revocata.' },
  'scope-above-you': {
    status: 403,
    en: 'Only an owner makes a key that may change the workspace itself (workspace:write). Leave this scope out, or ask an owner.',
    it: 'Solo un proprietario crea una chiave che può modificare il workspace stesso (workspace:write). Togli questo ambito, o chiedi a un proprietario.',
  },
});

/** Who makes a key: a member, or the operator at the command line (then as an owner). */
export interface KeyMaker {
  readonly workspaceId: string;
  readonly actor: Actor;
  /** The person in whose name it is made. */
  readonly userId: string;
  readonly role: RoleName | null;
}

const columns = 'id, name, hint, scopes, created_at, used_at, revoked_at';

/** Keys for programs: `pk_` and 256 random bits, of which only a hash is kept. */
@Injectable()
export class KeysService {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError scope-above-you (403) */
  async make({ workspaceId, actor, userId, role }: KeyMaker, { name, scopes }: NewApiKey): Promise<MadeApiKey> {
    if (scopes.includes('workspace:write') && role !== 'owner') throw fail('scope-above-you');
    const token = `pk_${makeToken()}`;
    return this.database.transaction(async (manager) => {
      const rows: KeyRow[] = await manager.query(
        `INSERT INTO api_keys (id, workspace_id, name, token_hash, hint, scopes, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${columns}`,
        [uuid(), workspaceId, name, hashToken(token), token.slice(-4), scopes, userId],
      );
      const [key] = rows.map(shape);
      if (!key) throw new Error('The key was not written.');
      await this.audit.record(manager, { workspaceId, actor, action: 'key.created', subject: 'key', subjectId: key.id, details: { name, scopes } });
      return { key, token };
    });
  }

  /** Revoked ones too, newest first. */
  async list(workspaceId: string): Promise<readonly ApiKey[]> {
    const rows: KeyRow[] = await this.database.query(`SELECT ${columns} FROM api_keys WHERE workspace_id = $1 ORDER BY id DESC LIMIT 500`, [workspaceId]);
    return rows.map(shape);
  }

  /** Works from this moment on. @throws DomainError api-key-unknown (404) */
  async revoke({ workspaceId, actor }: Pick<KeyMaker, 'workspaceId' | 'actor'>, id: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[{ name: string }[], number]>(
        `UPDATE api_keys SET revoked_at = now() WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING name`, [workspaceId, id]);
      if (!rows[0]) throw fail('api-key-unknown');
      await this.audit.record(manager, { workspaceId, actor, action: 'key.revoked', subject: 'key', subjectId: id, details: rows[0] });
    });
  }
}

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly scopes: ScopeName[];
  readonly created_at: Date;
  readonly used_at: Date | null;
  readonly revoked_at: Date | null;
}

function shape(row: KeyRow): ApiKey {
  return {
    id: row.id, name: row.name, hint: row.hint, scopes: row.scopes, createdAt: row.created_at.toISOString(),
    usedAt: row.used_at?.toISOString() ?? null, revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}
