import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Actor } from '../../infra/http/access.js';
import { MembersService } from './members.service.js';
import { SignInLinksService } from './sign-in-links.service.js';
import { UsersService } from './users.service.js';
import { WorkspacesService } from './workspaces.service.js';

const setup: Actor = { kind: 'system', id: 'setup', name: 'Postern' };
/** Starts at the same moment go one after the other. Any number, the same everywhere. */
const LOCK = 7_305_671_004;

/** The first start: somebody has to be let in. */
@Injectable()
export class FirstOwnerService {
  constructor(
    private readonly database: DataSource,
    private readonly users: UsersService,
    private readonly members: MembersService,
    private readonly workspaces: WorkspacesService,
    private readonly links: SignInLinksService,
  ) {}

  /**
   * Makes the first owner (also the installation's operator) and a first workspace if there is nobody at all, and gives
   * a one-time link to sign in with. As long as nobody has ever signed in each start gives a new one; after that null.
   */
  async ensureFirstOwner(): Promise<{ link: string } | null> {
    return this.database.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      const seen = await this.look(manager);
      if (seen.kind === 'settled') return null;
      const userId = seen.kind === 'waiting' ? seen.userId : await this.settle(manager);
      await manager.query(`UPDATE sign_in_links SET expires_at = now() WHERE user_id = $1 AND used_at IS NULL AND expires_at > now()`, [userId]);
      return { link: await this.links.make(manager, userId, 'sign-in') };
    });
  }

  private async settle(manager: EntityManager): Promise<string> {
    const userId = await this.users.createFirst(manager);
    const workspace = await this.workspaces.make(manager, setup, { name: 'My agency', language: 'en', kind: 'live' });
    await this.members.join(manager, workspace.id, userId, 'owner');
    return userId;
  }

  private async look(manager: EntityManager): Promise<{ kind: 'empty' } | { kind: 'settled' } | { kind: 'waiting'; userId: string }> {
    const [row]: { users: number; entered: boolean; operator: string | null }[] = await manager.query(
      `SELECT count(*)::int AS users, (min(id::text) FILTER (WHERE operator)) AS operator,
              bool_or(password_hash IS NOT NULL) OR EXISTS (SELECT 1 FROM sessions) OR EXISTS (SELECT 1 FROM sign_in_links WHERE used_at IS NOT NULL) AS entered
         FROM users`,
    );
    if (!row || row.users === 0) return { kind: 'empty' };
    return row.entered || row.operator === null ? { kind: 'settled' } : { kind: 'waiting', userId: row.operator };
  }
}
