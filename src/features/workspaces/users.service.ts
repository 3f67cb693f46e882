import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Actor } from '../../infra/http/access.js';
import { problems, type Language } from '../../infra/http/problem.js';
import { AuditService } from './audit.service.js';
import { hashPassword, isPassword } from './passwords.js';
import type { Me, MeChange } from './user.schema.js';

const fail = problems({
  'user-unknown': { status: 404, en: 'There is no such person here. Check the id or the e-mail.', it: 'Questa persona qui non esiste. Controlla l’id o l’e-mail.' },
  'email-taken': {
    status: 409,
    en: 'Somebody here has this e-mail already. Take another.',
    it: 'Qui qualcuno ha già questa e-mail. Scegline un’altra.',
  },
  'password-wrong': { status: 403, en: 'This is not your present password. Enter it again.', it: 'Questa non è la tua password attuale. Inseriscila di nuovo.' },
});

/** Stands for an e-mail until its owner enters one; no mail can reach it. */
const placeholder = 'owner@localhost';

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly language: Language;
  readonly operator: boolean;
}

interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly language: Language;
  readonly operator: boolean;
  readonly password_hash: string | null;
  readonly workspaces: Me['workspaces'];
}

/** People, whatever workspaces they are members of. */
@Injectable()
export class UsersService {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError email-taken (409) */
  async create(manager: EntityManager, user: NewUser): Promise<string> {
    const rows: { id: string }[] = await manager.query(
      `INSERT INTO users (id, email, name, language, operator) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (lower(email)) DO NOTHING RETURNING id`,
      [uuid(), user.email, user.name, user.language, user.operator],
    );
    if (!rows[0]) throw fail('email-taken');
    return rows[0].id;
  }

  /** The first owner of a fresh installation, without an e-mail yet. */
  async createFirst(manager: EntityManager): Promise<string> {
    return this.create(manager, { email: placeholder, name: 'Owner', language: 'en', operator: true });
  }

  async idOf(email: string, manager: EntityManager = this.database.manager): Promise<string | null> {
    const rows: { id: string }[] = await manager.query(`SELECT id FROM users WHERE lower(email) = lower($1)`, [email]);
    return rows[0]?.id ?? null;
  }

  /** Ids of the installation's operators. */
  async operators(manager: EntityManager = this.database.manager): Promise<readonly string[]> {
    const rows: { id: string }[] = await manager.query(`SELECT id FROM users WHERE operator AND disabled_at IS NULL ORDER BY id`);
    return rows.map(({ id }) => id);
  }

  /** @throws DomainError user-unknown (404) */
  async me(userId: string): Promise<Me> {
    const { id, email, name, language, operator, password_hash, workspaces } = await this.read(userId);
    return { id, email, name, language, operator, hasPassword: password_hash !== null, workspaces };
  }

  /** @throws DomainError email-taken (409), password-wrong (403) */
  async change(userId: string, { name, language, email, password }: MeChange): Promise<Me> {
    if (email !== undefined && !isPlaceholder((await this.read(userId)).email)) await this.demandPassword(userId, password);
    await this.database.transaction(async (manager) => {
      if (email !== undefined) {
        const other = await this.idOf(email, manager);
        if (other !== null && other !== userId) throw fail('email-taken');
      }
      await manager.query(
        `UPDATE users SET name = coalesce($2, name), language = coalesce($3, language), email = coalesce($4, email) WHERE id = $1`,
        [userId, name ?? null, language ?? null, email ?? null],
      );
      const changed = Object.entries({ name, language, email }).filter(([, value]) => value !== undefined).map(([key]) => key);
      await this.audit.record(manager, { workspaceId: null, actor: await this.actor(userId, manager), action: 'user.changed', subject: 'user', subjectId: userId, details: { changed } });
    });
    return this.me(userId);
  }

  /** Sets the password and ends every other session: who changes it may do so because somebody else knew the old one. */
  async setPassword(userId: string, next: string, keep: Buffer | null): Promise<void> {
    const hash = await hashPassword(next);
    await this.database.transaction(async (manager) => {
      await manager.query(`UPDATE users SET password_hash = $2 WHERE id = $1`, [userId, hash]);
      await manager.query(`DELETE FROM sessions WHERE user_id = $1 AND token_hash IS DISTINCT FROM $2`, [userId, keep]);
      await manager.query(`UPDATE sign_in_links SET used_at = now() WHERE user_id = $1 AND used_at IS NULL`, [userId]);
      await this.audit.record(manager, { workspaceId: null, actor: await this.actor(userId, manager), action: 'user.password-set', subject: 'user', subjectId: userId });
    });
  }

  /** Passes if no password is set yet. @throws DomainError password-wrong (403) */
  async demandPassword(userId: string, given: string | undefined): Promise<void> {
    const { password_hash: stored } = await this.read(userId);
    if (stored !== null && !(await isPassword(given ?? '', stored))) throw fail('password-wrong');
  }

  /** Makes somebody the installation's operator, or takes that right. */
  async setOperator(actor: Actor, userId: string, operator: boolean): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[unknown[], number]>(`UPDATE users SET operator = $2 WHERE id = $1 RETURNING id`, [userId, operator]);
      if (rows.length === 0) throw fail('user-unknown');
      await this.audit.record(manager, { workspaceId: null, actor, action: operator ? 'user.made-operator' : 'user.no-longer-operator', subject: 'user', subjectId: userId });
    });
  }

  /** Shuts somebody out of everything at once, or lets them in again. Their keys go on: those belong to the workspace. */
  async setDisabled(actor: Actor, userId: string, disabled: boolean): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[unknown[], number]>(
        `UPDATE users SET disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, now()) END WHERE id = $1 RETURNING id`, [userId, disabled]);
      if (rows.length === 0) throw fail('user-unknown');
      if (disabled) await manager.query(`DELETE FROM sessions WHERE user_id = $1`, [userId]);
      await this.audit.record(manager, { workspaceId: null, actor, action: disabled ? 'user.disabled' : 'user.enabled', subject: 'user', subjectId: userId });
    });
  }

  private async actor(userId: string, manager: EntityManager): Promise<Actor> {
    const [row]: { name: string }[] = await manager.query(`SELECT name FROM users WHERE id = $1`, [userId]);
    return { kind: 'user', id: userId, name: row?.name ?? '' };
  }

  private async read(userId: string): Promise<UserRow> {
    const rows: UserRow[] = await this.database.query(
      `SELECT u.id, u.email, u.name, u.language, u.operator, u.password_hash,
              coalesce((SELECT json_agg(json_build_object('workspaceId', w.id, 'name', w.name, 'kind', w.kind, 'role', m.role) ORDER BY m.created_at, w.id)
                 FROM members m JOIN workspaces w ON w.id = m.workspace_id WHERE m.user_id = u.id), '[]') AS workspaces
         FROM users u WHERE u.id = $1`,
      [userId],
    );
    if (!rows[0]) throw fail('user-unknown');
    return rows[0];
  }
}

/** True while nobody has given this account an e-mail of its own. */
export function isPlaceholder(email: string): boolean {
  return email === placeholder;
}
