import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import { isAtLeast } from '../../infra/http/admit.js';
import { problems } from '../../infra/http/problem.js';
import { AuditService } from '../workspaces/audit.service.js';
import type { AwayState } from './duty.schema.js';

const fail = problems({
  'away-unknown': { status: 404, en: 'This person is not a member of the workspace. Check the id.', it: 'Questa persona non è membro del workspace. Controlla l’id.' },
  'away-others': {
    status: 403,
    en: 'Only managers say of others that they are away. Ask a manager.',
    it: 'Solo i gestori possono segnare come assenti altre persone. Chiedi a un gestore.',
  },
});

/** Who is away is on no duty. */
@Injectable()
export class AwayService {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
  ) {}

  /** @param until ISO instant; null = back. @throws DomainError away-unknown (404), away-others (403) */
  async set({ workspaceId, actor, role }: Caller, userId: string, until: string | null): Promise<AwayState> {
    if (actor.id !== userId && (role === null || !isAtLeast(role, 'manager'))) throw fail('away-others');
    return this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[{ awayUntil: Date | null }[], number]>(
        'UPDATE members SET away_until = $3 WHERE workspace_id = $1 AND user_id = $2 RETURNING away_until AS "awayUntil"',
        [workspaceId, userId, until],
      );
      if (!rows[0]) throw fail('away-unknown');
      await this.audit.record(manager, { workspaceId, actor, action: 'member.away-set', subject: 'member', subjectId: userId, details: { until } });
      return { userId, awayUntil: rows[0].awayUntil?.toISOString() ?? null };
    });
  }
}
