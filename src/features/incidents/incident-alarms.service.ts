import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Actor } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { IncidentFacts } from './incident-facts.service.js';
import { fail } from './incident-problems.js';
import { IncidentWrites } from './incident-writes.service.js';

/** The operator's word that nothing was wrong: stands in the story, and nothing joins such an incident any more. */
@Injectable()
export class IncidentAlarms {
  constructor(
    private readonly database: DataSource,
    private readonly writes: IncidentWrites,
    private readonly facts: IncidentFacts,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError incident-unknown (404), incident-open (409): while it holds posts back, a word is not enough */
  async say(actor: Actor, incidentId: string, reason: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      await this.closed(manager, incidentId);
      await manager.query(
        `UPDATE incidents SET false_alarm = jsonb_build_object('by', $2::text, 'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'reason', $3::text) WHERE id = $1`,
        [incidentId, actor.name, reason],
      );
      await this.record(manager, actor, incidentId, { kind: 'false-alarm', payload: { by: actor.name, reason } });
    });
  }

  /** It was an outage after all. @throws DomainError incident-unknown (404), incident-open (409) */
  async takeBack(actor: Actor, incidentId: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      await this.closed(manager, incidentId);
      const [rows] = await manager.query<[unknown[], number]>('UPDATE incidents SET false_alarm = NULL WHERE id = $1 AND false_alarm IS NOT NULL RETURNING 1', [incidentId]);
      if (rows.length > 0) await this.record(manager, actor, incidentId, { kind: 'no-false-alarm', payload: { by: actor.name } });
    });
  }

  private async closed(manager: EntityManager, incidentId: string): Promise<void> {
    const [row] = await manager.query<{ state: string }[]>(`SELECT state FROM incidents WHERE id = $1 AND kind IN ('outage', 'maintenance') FOR NO KEY UPDATE`, [incidentId]);
    if (!row) throw fail('incident-unknown');
    if (row.state !== 'closed') throw fail('incident-open');
  }

  private async record(manager: EntityManager, actor: Actor, incidentId: string, event: { readonly kind: string; readonly payload: Readonly<Record<string, unknown>> }): Promise<void> {
    const [row] = await manager.query<{ now: Date }[]>('SELECT now() AS now');
    if (row) await this.writes.note(manager, incidentId, { at: row.now, componentId: null, ...event });
    await this.audit.record(manager, { workspaceId: null, actor, action: `incident.${event.kind}`, subject: 'incident', subjectId: incidentId, details: event.payload });
    await this.facts.tellChanged(manager, incidentId);
  }
}
