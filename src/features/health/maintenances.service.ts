import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { DAY_MS, type Instant } from '../../core/instant.js';
import type { Actor } from '../../infra/http/access.js';
import { problems } from '../../infra/http/problem.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ComponentUses } from './component-uses.service.js';
import type { Maintenance, NewMaintenance } from './maintenance.schema.js';
import { OutletsService } from './outlets.service.js';

const fail = problems({
  'maintenance-unknown': {
    status: 404,
    en: 'There is no such maintenance to come, or it was taken back already. GET /api/v1/maintenances lists them.',
    it: 'Non c’è una manutenzione in programma con questo id, oppure è già stata ritirata. GET /api/v1/maintenances le elenca.',
  },
  'maintenance-over': {
    status: 422,
    en: 'This maintenance would be over already: give an end that lies ahead, or leave it out.',
    it: 'Questa manutenzione sarebbe già finita: indica una fine nel futuro, oppure non indicarla.',
  },
});

/** An announced maintenance without an end counts for a day at most. */
const OPEN_END_MS = DAY_MS;
/** For so long after its end the detector still knows when it was to end: what is broken then is down soon, not at once. */
const AFTER = `interval '15 minutes'`;

/** Its end, also of one that names none. */
export const endOf = (m: string): string => `coalesce(${m}.to_at, ${m}.from_at + interval '${OPEN_END_MS / 1_000} seconds')`;

const columns = `m.id, m.component_id AS "componentId", m.source, m.from_at AS "from", m.to_at AS "to", m.reason, m.url, m.said_by ->> 'name' AS "saidBy"`;
type Row = Omit<Maintenance, 'from' | 'to'> & { readonly from: Date; readonly to: Date | null };

/** Work that platforms announce, by their own page or by the operator's hand (DESIGN §7: maintenance). */
@Injectable()
export class MaintenancesService {
  constructor(
    private readonly database: DataSource,
    private readonly uses: ComponentUses,
    private readonly outlets: OutletsService,
    private readonly audit: AuditService,
  ) {}

  /** What is to come or going on, on the components a workspace has channels on and on the outlets of all; the nearest first. */
  async list(workspaceId: string): Promise<readonly Maintenance[]> {
    const rows = await this.database.query<Row[]>(
      `SELECT ${columns} FROM maintenances m
        WHERE m.cancelled_at IS NULL AND ${endOf('m')} > now()
          AND (m.component_id IN (SELECT component_id FROM channels WHERE workspace_id = $1 AND archived_at IS NULL) OR m.component_id = ANY($2::text[]))
        ORDER BY m.from_at, m.id`,
      [workspaceId, this.outlets.list().map(({ id }) => id)],
    );
    return rows.map(shape);
  }

  /** Of each component the one that matters now: going on, else just over, else the next. */
  async planned(): Promise<ReadonlyMap<string, { readonly from: Instant; readonly to: Instant }>> {
    const rows = await this.database.query<{ id: string; from: number; to: number }[]>(
      `SELECT DISTINCT ON (m.component_id) m.component_id AS id,
              (extract(epoch FROM m.from_at) * 1000)::float8 AS "from", (extract(epoch FROM ${endOf('m')}) * 1000)::float8 AS "to"
         FROM maintenances m WHERE m.cancelled_at IS NULL AND ${endOf('m')} > now() - ${AFTER}
        ORDER BY m.component_id, (m.from_at <= now() AND ${endOf('m')} > now()) DESC, m.from_at <= now() DESC, m.from_at`,
    );
    return new Map(rows.map(({ id, from, to }) => [id, { from, to }]));
  }

  /** @throws DomainError component-unknown (404), maintenance-over (422) */
  async plan(actor: Actor, { componentId, from, to, reason, url }: NewMaintenance): Promise<Maintenance> {
    return this.database.transaction(async (manager) => {
      await this.uses.assertUsed(manager, componentId);
      const id = uuid();
      const [row] = await manager.query<Row[]>(
        `INSERT INTO maintenances AS m (id, component_id, source, key, from_at, to_at, reason, url, said_by)
         SELECT $1::uuid, $2, 'operator', $1, $3::timestamptz, $4::timestamptz, $5, $6, $7::jsonb
          WHERE coalesce($4::timestamptz, $3::timestamptz + interval '${OPEN_END_MS / 1_000} seconds') > now() RETURNING ${columns}`,
        [id, componentId, from, to, reason, url, JSON.stringify(actor)],
      );
      if (!row) throw fail('maintenance-over');
      await this.audit.record(manager, { workspaceId: null, actor, action: 'maintenance.planned', subject: 'maintenance', subjectId: id, details: { componentId, from, to, reason } });
      return shape(row);
    });
  }

  /** One that its page announces as well: its page does not bring it back. @throws DomainError maintenance-unknown (404) */
  async takeBack(actor: Actor, id: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[unknown[], number]>(
        `UPDATE maintenances m SET cancelled_at = now(), cancelled_by = $2, updated_at = now() WHERE m.id = $1 AND m.cancelled_at IS NULL AND ${endOf('m')} > now() RETURNING 1`,
        [id, JSON.stringify(actor)],
      );
      if (rows.length === 0) throw fail('maintenance-unknown');
      await this.audit.record(manager, { workspaceId: null, actor, action: 'maintenance.taken-back', subject: 'maintenance', subjectId: id });
    });
  }

  /**
   * What a component's pages announce now. What they announce no more is called off; if it has begun and has no end, it ends.
   * @param isWhole false: a page did not answer, or not all of it could be read, and what is missing may still be announced
   */
  async announced(manager: EntityManager, componentId: string, { list, isWhole }: { readonly list: readonly AnnouncedWork[]; readonly isWhole: boolean }): Promise<void> {
    const rows = [...new Map(list.map((one) => [keyOf(one), { ...one, id: uuid(), key: keyOf(one) }])).values()];
    await manager.query(
      `INSERT INTO maintenances AS m (id, component_id, source, key, from_at, to_at, reason, url)
       SELECT id, $2, 'page', key, to_timestamp("from" / 1000), to_timestamp("to" / 1000), title, url
         FROM jsonb_to_recordset($1::jsonb) AS a (id uuid, key text, "from" float8, "to" float8, title text, url text)
       ON CONFLICT (component_id, source, key) DO UPDATE SET to_at = excluded.to_at, url = excluded.url, updated_at = now(), cancelled_at = NULL
        WHERE m.cancelled_by IS NULL AND (m.to_at IS DISTINCT FROM excluded.to_at OR m.url IS DISTINCT FROM excluded.url OR m.cancelled_at IS NOT NULL)`,
      [JSON.stringify(rows), componentId],
    );
    if (!isWhole) return;
    await manager.query(
      `UPDATE maintenances SET updated_at = now(), cancelled_at = CASE WHEN from_at > now() THEN now() END, to_at = CASE WHEN from_at > now() THEN to_at ELSE now() END
        WHERE component_id = $1 AND source = 'page' AND cancelled_at IS NULL AND (from_at > now() OR to_at IS NULL) AND key <> ALL($2::text[])`,
      [componentId, rows.map(({ key }) => key)],
    );
  }
}

export interface AnnouncedWork {
  readonly title: string;
  readonly from: Instant;
  readonly to: Instant | null;
  readonly url: string;
}

/** Pages name them by title; a shifted one is another. */
function keyOf({ title, from }: AnnouncedWork): string {
  return `${new Date(from).toISOString()} ${title}`;
}

function shape({ from, to, ...row }: Row): Maintenance {
  return { ...row, from: from.toISOString(), to: to?.toISOString() ?? null };
}
