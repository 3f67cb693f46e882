import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Caller, RoleName } from '../../infra/http/access.js';
import { isAtLeast } from '../../infra/http/admit.js';
import { problems } from '../../infra/http/problem.js';
import { AuditService } from './audit.service.js';
import type { Invitation, Invited, Member } from './member.schema.js';
import { SignInLinksService } from './sign-in-links.service.js';
import { UsersService } from './users.service.js';

const fail = problems({
  'member-unknown': { status: 404, en: 'This person is not a member of the workspace. Check the id.', it: 'Questa persona non è membro del workspace. Controlla l’id.' },
  'member-already': { status: 409, en: 'This person is a member already. Change the role instead.', it: 'Questa persona è già membro. Cambia invece il ruolo.' },
  'member-above-you': {
    status: 403,
    en: 'Managers invite, change and remove editors and viewers only. Ask an owner.',
    it: 'I gestori invitano, modificano e rimuovono solo redattori e lettori. Chiedi a un proprietario.',
  },
  'member-yourself': { status: 403, en: 'Nobody raises their own role. Ask an owner.', it: 'Nessuno può alzare il proprio ruolo. Chiedi a un proprietario.' },
  'last-owner': {
    status: 409,
    en: 'This is the last owner. Make somebody else an owner first.',
    it: 'È l’ultimo proprietario. Prima rendi proprietario qualcun altro.',
  },
  'member-joined': {
    status: 409,
    en: 'This person has an account in use, so only they or the operator may make a sign-in link for it.',
    it: 'Questa persona ha già un account in uso: solo lei o l’operatore può creare un link di accesso.',
  },
});

const joined = `(u.password_hash IS NOT NULL OR EXISTS (SELECT 1 FROM sign_in_links l WHERE l.user_id = u.id AND l.used_at IS NOT NULL))`;

/** Who belongs to a workspace, and as what. */
@Injectable()
export class MembersService {
  constructor(
    private readonly database: DataSource,
    private readonly users: UsersService,
    private readonly links: SignInLinksService,
    private readonly audit: AuditService,
  ) {}

  async list(workspaceId: string): Promise<readonly Member[]> {
    return this.select(this.database.manager, workspaceId, null);
  }

  /**
   * Adds a person; makes an account, and a link to sign in with, for who has none yet. Of an account that exists no link
   * is ever given: who invites must not be able to step into it.
   * @throws DomainError member-already (409), member-above-you (403)
   */
  async invite({ workspaceId, actor, role }: Caller, invitation: Invitation): Promise<Invited> {
    if (!mayManage(role, invitation.role)) throw fail('member-above-you');
    return this.database.transaction((manager) => this.add(manager, { workspaceId, actor }, invitation));
  }

  /** The same without asking who may: for the operator, and for what sets itself up. */
  async add(manager: EntityManager, { workspaceId, actor }: Pick<Caller, 'workspaceId' | 'actor'>, { email, name, role, language }: Invitation): Promise<Invited> {
    const known = await this.users.idOf(email, manager);
    const userId = known ?? (await this.users.create(manager, { email, name, language: language ?? 'en', operator: false }));
    await this.join(manager, workspaceId, userId, role);
    await this.audit.record(manager, { workspaceId, actor, action: 'member.invited', subject: 'member', subjectId: userId, details: { email, role } });
    const link = known === null ? await this.links.make(manager, userId, 'invitation') : null;
    const [member] = await this.select(manager, workspaceId, userId);
    if (!member) throw fail('member-unknown');
    return { member, link };
  }

  /** @throws DomainError member-already (409) */
  async join(manager: EntityManager, workspaceId: string, userId: string, role: RoleName): Promise<void> {
    const rows: unknown[] = await manager.query(
      `INSERT INTO members (workspace_id, user_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING user_id`, [workspaceId, userId, role]);
    if (rows.length === 0) throw fail('member-already');
  }

  /** A new link for an invitation that was lost. @throws DomainError member-unknown (404), member-joined (409), member-above-you (403) */
  async renewLink({ workspaceId, actor, role }: Caller, userId: string): Promise<Invited> {
    return this.database.transaction(async (manager) => {
      const [member] = await this.select(manager, workspaceId, userId);
      if (!member) throw fail('member-unknown');
      if (!mayManage(role, member.role)) throw fail('member-above-you');
      const elsewhere: unknown[] = await manager.query(
        `SELECT 1 FROM members WHERE user_id = $1 AND workspace_id <> $2 UNION ALL SELECT 1 FROM users WHERE id = $1 AND operator`, [userId, workspaceId]);
      if (member.joined || elsewhere.length > 0) throw fail('member-joined');
      await manager.query(`UPDATE sign_in_links SET expires_at = now() WHERE user_id = $1 AND used_at IS NULL`, [userId]);
      const link = await this.links.make(manager, userId, 'invitation');
      await this.audit.record(manager, { workspaceId, actor, action: 'member.link-renewed', subject: 'member', subjectId: userId });
      return { member, link };
    });
  }

  /** @throws DomainError member-unknown (404), member-above-you, member-yourself (403), last-owner (409) */
  async changeRole({ workspaceId, actor, role: mine }: Caller, userId: string, role: RoleName): Promise<Member> {
    return this.database.transaction(async (manager) => {
      const before = await this.lock(manager, workspaceId, userId);
      if (actor.id === userId && !isAtLeast(before.role, role)) throw fail('member-yourself');
      if (!mayManage(mine, before.role) || !mayManage(mine, role)) throw fail('member-above-you');
      if (before.isLastOwner && role !== 'owner') throw fail('last-owner');
      await manager.query(`UPDATE members SET role = $3 WHERE workspace_id = $1 AND user_id = $2`, [workspaceId, userId, role]);
      await this.audit.record(manager, { workspaceId, actor, action: 'member.role-changed', subject: 'member', subjectId: userId, details: { from: before.role, to: role } });
      const [member] = await this.select(manager, workspaceId, userId);
      if (!member) throw fail('member-unknown');
      return member;
    });
  }

  /** Anybody may leave. @throws DomainError member-unknown (404), member-above-you (403), last-owner (409) */
  async remove({ workspaceId, actor, role: mine }: Caller, userId: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const before = await this.lock(manager, workspaceId, userId);
      if (actor.id !== userId && !mayManage(mine, before.role)) throw fail('member-above-you');
      if (before.isLastOwner) throw fail('last-owner');
      await manager.query(`DELETE FROM members WHERE workspace_id = $1 AND user_id = $2`, [workspaceId, userId]);
      await this.audit.record(manager, { workspaceId, actor, action: 'member.removed', subject: 'member', subjectId: userId, details: { role: before.role } });
    });
  }

  /** Locks every owner and this member, in one order, so that two owners cannot demote each other at once. */
  private async lock(manager: EntityManager, workspaceId: string, userId: string): Promise<{ role: RoleName; isLastOwner: boolean }> {
    const rows: { user_id: string; role: RoleName }[] = await manager.query(
      `SELECT user_id, role FROM members WHERE workspace_id = $1 AND (role = 'owner' OR user_id = $2) ORDER BY user_id FOR UPDATE`, [workspaceId, userId]);
    const member = rows.find((row) => row.user_id === userId);
    if (!member) throw fail('member-unknown');
    return { role: member.role, isLastOwner: member.role === 'owner' && rows.filter((row) => row.role === 'owner').length === 1 };
  }

  private async select(manager: EntityManager, workspaceId: string, userId: string | null): Promise<Member[]> {
    const rows: (Omit<Member, 'createdAt' | 'awayUntil'> & { readonly createdAt: Date; readonly awayUntil: Date | null })[] = await manager.query(
      `SELECT u.id AS "userId", u.email, u.name, m.role, m.created_at AS "createdAt", m.away_until AS "awayUntil", ${joined} AS joined
         FROM members m JOIN users u ON u.id = m.user_id
        WHERE m.workspace_id = $1 AND ($2::uuid IS NULL OR u.id = $2) ORDER BY lower(u.name), u.id`,
      [workspaceId, userId],
    );
    return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString(), awayUntil: row.awayUntil?.toISOString() ?? null }));
  }
}

/** Owners manage everybody; managers only editors and viewers. A key (no role) manages nobody. */
function mayManage(mine: RoleName | null, other: RoleName): boolean {
  return mine === 'owner' || (mine === 'manager' && !isAtLeast(other, 'manager'));
}
