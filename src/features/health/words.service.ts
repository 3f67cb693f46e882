import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Instant } from '../../core/instant.js';
import type { VerdictState } from '../../core/verdict.js';
import type { Actor } from '../../infra/http/access.js';
import { problems } from '../../infra/http/problem.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ComponentUses } from './component-uses.service.js';
import type { NewWord, Word } from './component.schema.js';

const fail = problems({
  'word-not-said': { status: 404, en: 'Nothing is said of this component: there is nothing to take back.', it: 'Di questo componente non è stato detto niente: non c’è nulla da ritirare.' },
});

/** What the operator says of a component: wins over all that is measured, has a reason and an end, and stands in the audit log (DESIGN §7). */
@Injectable()
export class WordsService {
  constructor(
    private readonly database: DataSource,
    private readonly uses: ComponentUses,
    private readonly audit: AuditService,
  ) {}

  async inForce(): Promise<ReadonlyMap<string, { readonly state: VerdictState; readonly until: Instant }>> {
    const rows = await this.database.query<{ id: string; state: VerdictState; until: number }[]>(
      `SELECT component_id AS id, state, (extract(epoch FROM until) * 1000)::float8 AS until FROM operator_words WHERE ended_at IS NULL AND until > now()`,
    );
    return new Map(rows.map(({ id, state, until }) => [id, { state, until }]));
  }

  /** The newer word takes the older one's place. @throws DomainError component-unknown (404) */
  async say(actor: Actor, componentId: string, { state, reason, hours }: NewWord): Promise<Word> {
    return this.database.transaction(async (manager) => {
      await this.uses.assertUsed(manager, componentId);
      await manager.query('UPDATE operator_words SET ended_at = now() WHERE component_id = $1 AND ended_at IS NULL', [componentId]);
      const [row] = await manager.query<{ until: Date }[]>(
        `INSERT INTO operator_words (id, component_id, state, reason, until, said_by) VALUES ($1, $2, $3, $4, now() + $5::float8 * interval '1 hour', $6) RETURNING until`,
        [uuid(), componentId, state, reason, hours, JSON.stringify(actor)],
      );
      if (!row) throw new Error('The word was not written.');
      await this.audit.record(manager, { workspaceId: null, actor, action: 'component.word-said', subject: 'component', subjectId: componentId, details: { state, reason, hours } });
      return { state, reason, until: row.until.toISOString(), saidBy: actor.name };
    });
  }

  /** What was measured counts again. @throws DomainError word-not-said (404) */
  async takeBack(actor: Actor, componentId: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[unknown[], number]>('UPDATE operator_words SET ended_at = now() WHERE component_id = $1 AND ended_at IS NULL AND until > now() RETURNING 1', [componentId]);
      if (rows.length === 0) throw fail('word-not-said');
      await this.audit.record(manager, { workspaceId: null, actor, action: 'component.word-taken-back', subject: 'component', subjectId: componentId });
    });
  }
}
