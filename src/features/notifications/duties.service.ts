import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Instant } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import type { Caller, RoleName } from '../../infra/http/access.js';
import { type Language, problems } from '../../infra/http/problem.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import type { Duties } from './duty.schema.js';

const fail = problems({
  'duty-not-member': {
    status: 404,
    en: 'Only members of this workspace can be on duty. `GET /members` lists them.',
    it: 'Solo i membri di questo workspace possono essere di turno. `GET /members` li elenca.',
  },
});

/** Somebody who is asked. */
export interface PersonOnDuty {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly language: Language;
  readonly role: RoleName;
  readonly awayUntil: Date | null;
  /** Has signed in once: who has not can answer nothing. */
  readonly joined: boolean;
}

/** Who is asked when something of a client is in danger. */
@Injectable()
export class DutiesService {
  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError client-unknown (404) */
  async read(workspaceId: string, clientId: string, manager: EntityManager = this.database.manager): Promise<Duties> {
    await this.clients.read(workspaceId, clientId, manager);
    const set = await manager.query<{ userId: string }[]>(
      `SELECT d.user_id AS "userId" FROM duties d JOIN members m ON m.workspace_id = d.workspace_id AND m.user_id = d.user_id
        WHERE d.workspace_id = $1 AND d.client_id = $2 ORDER BY d.position`,
      [workspaceId, clientId],
    );
    const order = (await this.order(manager, { workspaceId, clientIds: [clientId], now: this.clock.now() })).get(clientId) ?? [];
    return {
      userIds: set.map(({ userId }) => userId),
      order: order.map(({ userId, name, role, awayUntil }) => ({ userId, name, role, awayUntil: awayUntil?.toISOString() ?? null })),
    };
  }

  /** Sets the whole list. @throws DomainError client-unknown, duty-not-member (404) */
  async set({ workspaceId, actor }: Caller, clientId: string, userIds: readonly string[]): Promise<Duties> {
    return this.database.transaction(async (manager) => {
      await this.clients.read(workspaceId, clientId, manager);
      await manager.query('SELECT 1 FROM clients WHERE workspace_id = $1 AND id = $2 FOR UPDATE', [workspaceId, clientId]); // two lists at once: one after the other
      const members = await manager.query<unknown[]>('SELECT 1 FROM members WHERE workspace_id = $1 AND user_id = ANY($2::uuid[]) FOR SHARE', [workspaceId, userIds]);
      if (members.length < userIds.length) throw fail('duty-not-member');
      await manager.query('DELETE FROM duties WHERE workspace_id = $1 AND client_id = $2', [workspaceId, clientId]);
      await manager.query(
        `INSERT INTO duties (workspace_id, client_id, user_id, position) SELECT $1, $2, u.id, u.nr FROM unnest($3::uuid[]) WITH ORDINALITY AS u (id, nr)`,
        [workspaceId, clientId, userIds],
      );
      await this.audit.record(manager, { workspaceId, actor, action: 'client.duties-set', subject: 'client', subjectId: clientId, details: { userIds } });
      return this.read(workspaceId, clientId, manager);
    });
  }

  /**
   * Who is asked, by client: those set, in their order; where nobody is set, the managers by date of joining. Owners who
   * are not set come last. Who never signed in comes after those who did. Who is away or disabled
   * is passed over; if that leaves nobody, the owners are asked although away.
   */
  async order(
    manager: EntityManager,
    { workspaceId, clientIds, now }: { readonly workspaceId: string; readonly clientIds: readonly string[]; readonly now: Instant },
  ): Promise<ReadonlyMap<string, readonly PersonOnDuty[]>> {
    const rows = await manager.query<(PersonOnDuty & { readonly clientId: string })[]>(
      `SELECT c.id AS "clientId", u.id AS "userId", u.name, u.email, u.language, m.role, m.away_until AS "awayUntil",
              u.password_hash IS NOT NULL OR EXISTS (SELECT 1 FROM sign_in_links s WHERE s.user_id = u.id AND s.used_at IS NOT NULL) AS joined
         FROM clients c JOIN members m ON m.workspace_id = c.workspace_id JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL
         LEFT JOIN duties d ON d.client_id = c.id AND d.user_id = m.user_id
        WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[])
          AND (d.position IS NOT NULL OR m.role = 'owner' OR (m.role = 'manager' AND NOT EXISTS (
            SELECT 1 FROM duties x JOIN members y ON y.workspace_id = x.workspace_id AND y.user_id = x.user_id WHERE x.client_id = c.id)))
        ORDER BY c.id, d.position NULLS LAST, m.role = 'owner', m.created_at, u.id`,
      [workspaceId, clientIds],
    );
    const isThere = ({ awayUntil }: PersonOnDuty): boolean => awayUntil === null || awayUntil.getTime() <= now;
    return new Map(clientIds.map((id) => {
      const all = rows.filter(({ clientId }) => clientId === id);
      const there = all.filter(isThere).toSorted((one, other) => Number(other.joined) - Number(one.joined));
      return [id, there.length > 0 ? there : all.filter(({ role }) => role === 'owner')];
    }));
  }
}
