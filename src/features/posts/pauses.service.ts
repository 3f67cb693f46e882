import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { connectors } from '../../connectors/registry.js';
import type { Caller } from '../../infra/http/access.js';
import type { Page } from '../../infra/http/page.js';
import { problems } from '../../infra/http/problem.js';
import { AuditService } from '../workspaces/audit.service.js';
import type { NewPause, Pause, PauseEnd } from './pause.schema.js';

const fail = problems({
  'client-not-found': { status: 404, en: 'There is no such client in this workspace. Choose one from the list of clients.', it: 'In questo workspace non c’è questo cliente. Sceglilo dall’elenco dei clienti.' },
  'pause-of-nothing': { status: 422, en: 'There is no platform “{connectorId}”, so this would pause nothing. Write one of: {known}.', it: 'La piattaforma “{connectorId}” non esiste, quindi non si metterebbe in pausa niente. Scrivi una di queste: {known}.' },
  'pause-in-the-past': { status: 422, en: 'This pause would be over already. Choose a later end, or none.', it: 'Questa pausa sarebbe già finita. Scegli una fine successiva, o nessuna.' },
  'pause-not-found': { status: 404, en: 'There is no such pause in force. It may have ended already.', it: 'Questa pausa non è in vigore. Forse è già finita.' },
});

const columns = `id, client_id AS "clientId", connector_id AS "connectorId", reason, nullif(until, 'infinity') AS until, resume, created_by AS "createdBy", created_at AS "createdAt"`;

type Row = Omit<Pause, 'until' | 'createdAt'> & { readonly until: Date | null; readonly createdAt: Date };
const toPause = (row: Row): Pause => ({ ...row, until: row.until?.toISOString() ?? null, createdAt: row.createdAt.toISOString() });

/** Pauses of a workspace, a client or a platform: a flag of its own that every claim asks (DESIGN §8). */
@Injectable()
export class PausesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  async inForce(caller: Caller): Promise<Page<Pause>> {
    const rows = await this.dataSource.query<Row[]>(
      `SELECT ${columns} FROM pauses WHERE workspace_id = $1 AND ended_at IS NULL AND until > now() ORDER BY created_at LIMIT 1000`,
      [caller.workspaceId],
    );
    return { items: rows.map(toPause), next: null };
  }

  /** @throws DomainError pause-of-nothing, client-not-found, pause-in-the-past */
  async begin(caller: Caller, pause: NewPause): Promise<Pause> {
    const { connectorId } = pause;
    if (connectorId !== null && !connectors.some(({ id }) => id === connectorId)) {
      throw fail('pause-of-nothing', { connectorId, known: connectors.map(({ id }) => id).join(', ') });
    }
    return this.dataSource.transaction(async (manager) => {
      if (pause.clientId !== null) {
        const known = await manager.query<unknown[]>('SELECT 1 FROM clients WHERE workspace_id = $1 AND id = $2', [caller.workspaceId, pause.clientId]);
        if (known.length === 0) throw fail('client-not-found');
      }
      const [row] = await manager.query<Row[]>(
        `INSERT INTO pauses (id, workspace_id, client_id, connector_id, reason, until, created_by, resume)
         SELECT $1, $2, $3, $4, $5, coalesce($6::timestamptz, 'infinity'), $7, $8 WHERE coalesce($6::timestamptz, 'infinity') > now()
         RETURNING ${columns}`,
        [uuid(), caller.workspaceId, pause.clientId, pause.connectorId, pause.reason, pause.until, JSON.stringify(caller.actor), pause.resume],
      );
      if (!row) throw fail('pause-in-the-past');
      await this.audit.record(manager, {
        workspaceId: caller.workspaceId, actor: caller.actor, action: 'pause.begin', subject: 'pause', subjectId: row.id, details: { ...pause },
      });
      return toPause(row);
    });
  }

  /** What becomes of what it held the next sweep sees to: pause-ends.service.ts. */
  async end(caller: Caller, id: string, { resume }: PauseEnd = {}): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[{ resume: string }[], number]>(
        `UPDATE pauses SET ended_at = now(), resume = coalesce($3, resume) WHERE id = $1 AND workspace_id = $2 AND ended_at IS NULL AND until > now() RETURNING resume`,
        [id, caller.workspaceId, resume ?? null],
      );
      const [ended] = rows;
      if (!ended) throw fail('pause-not-found');
      await this.audit.record(manager, { workspaceId: caller.workspaceId, actor: caller.actor, action: 'pause.end', subject: 'pause', subjectId: id, details: { resume: ended.resume } });
    });
  }
}
