import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { againAfterDeadlock } from '../../infra/database/deadlock.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import type { IncidentCommitment, TaskTick } from './incident-commitment.schema.js';
import { IncidentCommitments } from './incident-commitments.service.js';
import { fail } from './incident-problems.js';
import { IncidentsService } from './incidents.service.js';

/** What is to be done for commitments once an incident is over: a person ticks it off. */
@Injectable()
export class IncidentTasks {
  constructor(
    private readonly database: DataSource,
    private readonly incidents: IncidentsService,
    private readonly commitments: IncidentCommitments,
    private readonly audit: AuditService,
  ) {}

  /** What is so already changes nothing. @throws DomainError incident-unknown, incident-task-unknown (404) */
  async tick({ workspaceId, actor, language }: Caller, incidentId: string, { commitmentId, code, connectorId, done }: TaskTick): Promise<readonly IncidentCommitment[]> {
    const incident = await this.incidents.one(workspaceId, incidentId);
    return againAfterDeadlock(() => this.database.transaction(async (manager) => {
      const known = (await this.commitments.of(workspaceId, incident, { language, manager })).find((one) => one.commitmentId === commitmentId);
      const task = known?.tasks.find((one) => one.code === code && one.connectorId === connectorId);
      if (!task) throw fail('incident-task-unknown');
      if ((task.done !== null) !== done) {
        const key = [incidentId, workspaceId, commitmentId, code, connectorId ?? ''];
        await (done
          ? manager.query(
              `INSERT INTO incident_tasks (incident_id, workspace_id, commitment_id, code, connector_id, done_by) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (incident_id, commitment_id, code, connector_id) DO UPDATE SET done_by = excluded.done_by, done_at = excluded.done_at`,
              [...key, JSON.stringify(actor)],
            )
          : manager.query('DELETE FROM incident_tasks WHERE incident_id = $1 AND workspace_id = $2 AND commitment_id = $3 AND code = $4 AND connector_id = $5', key));
        await this.audit.record(manager, { workspaceId, actor, action: done ? 'incident.task-done' : 'incident.task-undone', subject: 'incident', subjectId: incidentId, details: { commitmentId, code, connectorId } });
      }
      return this.commitments.of(workspaceId, incident, { language, manager });
    }));
  }
}
