import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Instant } from '../../core/instant.js';
import type { Caller } from '../../infra/http/access.js';
import { problems } from '../../infra/http/problem.js';
import { IncidentsService, type TouchedClient } from '../incidents/incidents.service.js';
import { AuditService } from '../workspaces/audit.service.js';
import type { Ask } from './ask.schema.js';

const fail = problems({
  'ask-unknown': {
    status: 404,
    en: 'Of one of these clients nobody was asked in this incident. `GET /incidents/:id/asks` lists those of whom somebody was.',
    it: 'Per uno di questi clienti non è stato chiesto nulla a nessuno in questo incidente. `GET /incidents/:id/asks` elenca quelli per cui è stato chiesto.',
  },
});

/** Whose a client's posts in an incident are: one is asked after the other, until one answers. */
@Injectable()
export class AsksService {
  constructor(
    private readonly database: DataSource,
    private readonly incidents: IncidentsService,
    private readonly audit: AuditService,
  ) {}

  /** An ask for each touched client that has none yet; the first is asked at once. */
  async begin(incidentId: string, touched: readonly Pick<TouchedClient, 'workspaceId' | 'clientId'>[], now: Instant): Promise<void> {
    if (touched.length === 0) return;
    await this.database.query(
      `INSERT INTO incident_asks (incident_id, workspace_id, client_id, next_at, created_at, deeds_from)
       SELECT $1, t."workspaceId", t."clientId", to_timestamp($3 / 1000.0), to_timestamp($3 / 1000.0),
              coalesce((SELECT max(id) FROM audit_log a WHERE a.workspace_id = t."workspaceId"), 0)
         FROM jsonb_to_recordset($2::jsonb) AS t ("workspaceId" uuid, "clientId" uuid)
        WHERE NOT EXISTS (SELECT 1 FROM incident_asks k WHERE k.incident_id = $1 AND k.client_id = t."clientId")
        ORDER BY t."clientId"
       ON CONFLICT DO NOTHING`,
      [incidentId, JSON.stringify(touched.map(({ workspaceId, clientId }) => ({ workspaceId, clientId }))), now],
    );
  }

  /** Clients of whom nobody is to be asked any more, over all workspaces: somebody has answered, or everybody was asked. */
  async over(incidentId: string): Promise<readonly string[]> {
    const rows = await this.database.query<{ id: string }[]>(`SELECT client_id AS id FROM incident_asks WHERE incident_id = $1 AND (answered_at IS NOT NULL OR next_at = 'infinity')`, [incidentId]);
    return rows.map(({ id }) => id);
  }

  /** Fell again after it was over: nobody is called silent for the time in between, and who was asked has their patience anew. */
  async beginAgain(incidentId: string, patience: readonly { readonly clientId: string; readonly patienceMs: number }[]): Promise<void> {
    await this.database.query(
      `UPDATE incident_asks k SET next_at = e.at + p."patienceMs" * interval '1 millisecond'
         FROM (SELECT max(at) AS at FROM incident_events WHERE incident_id = $1 AND kind = 'reopened') e,
              jsonb_to_recordset($2::jsonb) AS p ("clientId" uuid, "patienceMs" float8)
        WHERE k.incident_id = $1 AND k.client_id = p."clientId" AND k.answered_at IS NULL AND k.asked <> '[]'
          AND isfinite(k.next_at) AND k.next_at < e.at + p."patienceMs" * interval '1 millisecond'`,
      [incidentId, JSON.stringify(patience)],
    );
  }

  /**
   * Who acts on a post of the incident has answered for its client: released, dropped, spoken for, edited, moved or cancelled it. So has who
   * ticked off what was to do for something promised, or changed that while it lives on what is down.
   */
  async settleByDeeds(incidentId: string): Promise<void> {
    await this.database.query(
      `UPDATE incident_asks k SET answered_by = l.user_id, answered_at = l.at
         FROM (SELECT DISTINCT ON (o.client_id) o.client_id, (a.actor ->> 'id')::uuid AS user_id, a.at
                 FROM incident_asks o JOIN audit_log a ON a.workspace_id = o.workspace_id AND a.id > o.deeds_from
                WHERE o.incident_id = $1 AND o.answered_at IS NULL AND a.actor ->> 'kind' = 'user' AND (
                  (a.subject IN ('delivery', 'post') AND (a.action LIKE 'delivery.%' OR a.action IN ('post.changed', 'post.cancelled'))
                    AND EXISTS (SELECT 1 FROM incident_deliveries g JOIN deliveries d ON d.id = g.delivery_id
                                 WHERE g.incident_id = $1 AND g.client_id = o.client_id AND a.subject_id IN (d.id::text, d.post_id::text)))
                  OR (a.action = 'incident.task-done' AND a.subject_id = o.incident_id::text
                    AND EXISTS (SELECT 1 FROM commitments m WHERE m.client_id = o.client_id AND m.id::text = a.details ->> 'commitmentId'))
                  OR (a.action IN ('commitment.changed', 'commitment.archived')
                    AND EXISTS (SELECT 1 FROM commitments m JOIN incident_components ic ON ic.incident_id = $1 AND ic.connector_id = ANY(m.connector_ids) WHERE m.client_id = o.client_id AND m.id::text = a.subject_id))
                  OR (a.action ~ '^(delivery|posts)\\.bulk-' AND a.details #>> '{filter,clientId}' = o.client_id::text))
                ORDER BY o.client_id, a.id) l
        WHERE k.incident_id = $1 AND k.client_id = l.client_id AND k.answered_at IS NULL`,
      [incidentId],
    );
  }

  /** Whose each client's posts are. @throws DomainError incident-unknown (404) */
  async list(workspaceId: string, incidentId: string, manager: EntityManager = this.database.manager): Promise<readonly Ask[]> {
    await this.incidents.one(workspaceId, incidentId);
    const rows = await manager.query<AskRow[]>(
      `SELECT k.client_id AS "clientId", c.name AS "clientName",
              CASE WHEN k.answered_at IS NULL AND isfinite(k.next_at) THEN k.next_at END AS "nextAt", k.answered_at AS "answeredAt",
              CASE WHEN u.id IS NOT NULL THEN jsonb_build_object('userId', u.id, 'name', u.name) END AS "answeredBy",
              coalesce((SELECT jsonb_agg(jsonb_build_object('userId', p.id, 'name', p.name, 'role', m.role) ORDER BY a.nr)
                          FROM jsonb_array_elements_text(k.asked) WITH ORDINALITY AS a (id, nr) JOIN users p ON p.id = a.id::uuid
                          LEFT JOIN members m ON m.workspace_id = k.workspace_id AND m.user_id = p.id), '[]') AS asked
         FROM incident_asks k JOIN clients c ON c.id = k.client_id LEFT JOIN users u ON u.id = k.answered_by
        WHERE k.incident_id = $1 AND k.workspace_id = $2 ORDER BY lower(c.name), c.id`,
      [incidentId, workspaceId],
    );
    return rows.map((row) => ({ ...row, nextAt: row.nextAt?.toISOString() ?? null, answeredAt: row.answeredAt?.toISOString() ?? null }));
  }

  /**
   * “I take care of it.” The first answer stands: another one changes nothing.
   * @param clientIds left out: all that nobody has taken. @throws DomainError incident-unknown, ask-unknown (404)
   */
  async answer({ workspaceId, actor }: Caller, incidentId: string, clientIds?: readonly string[]): Promise<readonly Ask[]> {
    await this.incidents.one(workspaceId, incidentId);
    return this.database.transaction(async (manager) => {
      const known = await manager.query<{ id: string; isOpen: boolean }[]>(
        `SELECT client_id AS id, answered_at IS NULL AS "isOpen" FROM incident_asks
          WHERE incident_id = $1 AND workspace_id = $2 AND ($3::uuid[] IS NULL OR client_id = ANY($3)) ORDER BY client_id FOR UPDATE`,
        [incidentId, workspaceId, clientIds ?? null],
      );
      if (clientIds && known.length < new Set(clientIds).size) throw fail('ask-unknown');
      const open = known.filter(({ isOpen }) => isOpen).map(({ id }) => id);
      if (open.length > 0) {
        await manager.query(
          'UPDATE incident_asks SET answered_by = $4, answered_at = now() WHERE incident_id = $1 AND workspace_id = $2 AND client_id = ANY($3::uuid[])',
          [incidentId, workspaceId, open, actor.id],
        );
        await this.audit.record(manager, { workspaceId, actor, action: 'incident.answered', subject: 'incident', subjectId: incidentId, details: { clientIds: open } });
      }
      return this.list(workspaceId, incidentId, manager);
    });
  }
}

interface AskRow extends Omit<Ask, 'nextAt' | 'answeredAt'> {
  readonly nextAt: Date | null;
  readonly answeredAt: Date | null;
}
