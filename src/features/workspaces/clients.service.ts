import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { editedMeanwhile, problems } from '../../infra/http/problem.js';
import { AuditService } from './audit.service.js';
import { type Client, type ClientChange, type ClientQuery, Contacts, LatePace, type NewClient } from './client.schema.js';

const fail = problems({
  'client-unknown': { status: 404, en: 'There is no such client in this workspace. Check the id.', it: 'In questo workspace non c’è questo cliente. Controlla l’id.' },
  ...editedMeanwhile,
});

/** Refuses to put a client away while something of it still matters; throws the reason. */
export type ArchiveCheck = (manager: EntityManager, workspaceId: string, clientId: string) => Promise<void>;

const columns = `id, name, zone, language, to_char(day_from, 'HH24:MI') AS day_from,
  CASE day_to WHEN '24:00' THEN '24:00' ELSE to_char(day_to, 'HH24:MI') END AS day_to, contacts, late_pace, version, created_at, archived_at, lower(name) AS sort_name`;

/** The brands of a workspace. */
@Injectable()
export class ClientsService {
  private readonly checks: ArchiveCheck[] = [];

  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditService,
  ) {}

  /** For rooms to the right: what they hold may forbid putting a client away. */
  beforeArchive(check: ArchiveCheck): void {
    this.checks.push(check);
  }

  async list(workspaceId: string, { limit, cursor, archived }: ClientQuery): Promise<Page<Client>> {
    const after = decodeCursor(cursor, z.tuple([z.string(), z.uuid()]));
    const rows: ClientRow[] = await this.database.query(
      `SELECT ${columns} FROM clients
        WHERE workspace_id = $1 AND ($2 OR archived_at IS NULL) AND ($3::text IS NULL OR (lower(name), id) > ($3, $4::uuid))
        ORDER BY lower(name), id LIMIT $5`,
      [workspaceId, archived, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, (row) => [row.sort_name, row.id]);
    return { items: items.map(shape), next };
  }

  /** Archived ones too. @throws DomainError client-unknown (404) */
  async read(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<Client> {
    const rows: ClientRow[] = await manager.query(`SELECT ${columns} FROM clients WHERE workspace_id = $1 AND id = $2`, [workspaceId, id]);
    if (!rows[0]) throw fail('client-unknown');
    return shape(rows[0]);
  }

  async create({ workspaceId, actor }: Caller, client: NewClient): Promise<Client> {
    return this.database.transaction(async (manager) => {
      const rows: ClientRow[] = await manager.query(
        `INSERT INTO clients (id, workspace_id, name, zone, language, day_from, day_to, contacts, late_pace)
         SELECT $1, w.id, $3, $4, coalesce($5, w.language), $6, $7, $8, $9 FROM workspaces w WHERE w.id = $2 RETURNING ${columns}`,
        [uuid(), workspaceId, client.name, client.zone, client.language ?? null, client.day.from, client.day.to, JSON.stringify(client.contacts), JSON.stringify(client.latePace)],
      );
      const made = shape(first(rows));
      await this.audit.record(manager, { workspaceId, actor, action: 'client.created', subject: 'client', subjectId: made.id, details: { name: made.name } });
      return made;
    });
  }

  /** Posts keep the zone they were planned in. @throws DomainError client-unknown (404), edited-meanwhile (409) */
  async change({ workspaceId, actor }: Caller, id: string, { version, ...change }: ClientChange): Promise<Client> {
    return this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[ClientRow[], number]>(
        `UPDATE clients SET name = coalesce($4, name), zone = coalesce($5, zone), language = coalesce($6, language),
                day_from = coalesce($7, day_from), day_to = coalesce($8, day_to), contacts = coalesce($9, contacts), late_pace = coalesce($10, late_pace),
                version = version + 1
          WHERE workspace_id = $1 AND id = $2 AND version = $3 AND archived_at IS NULL RETURNING ${columns}`,
        [workspaceId, id, version, change.name ?? null, change.zone ?? null, change.language ?? null, change.day?.from ?? null, change.day?.to ?? null,
          change.contacts ? JSON.stringify(change.contacts) : null, change.latePace ? JSON.stringify(change.latePace) : null],
      );
      if (!rows[0]) throw await this.whyNot(manager, workspaceId, id);
      await this.audit.record(manager, { workspaceId, actor, action: 'client.changed', subject: 'client', subjectId: id, details: change });
      return shape(rows[0]);
    });
  }

  /** Puts a client away; nothing of it is deleted. @throws DomainError client-unknown (404), edited-meanwhile (409), or a room's own refusal */
  async archive({ workspaceId, actor }: Caller, id: string, version: number): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[unknown[], number]>(
        `UPDATE clients SET archived_at = now(), version = version + 1
          WHERE workspace_id = $1 AND id = $2 AND version = $3 AND archived_at IS NULL RETURNING id`,
        [workspaceId, id, version],
      );
      if (rows.length === 0) throw await this.whyNot(manager, workspaceId, id);
      for (const check of this.checks) await check(manager, workspaceId, id);
      await this.audit.record(manager, { workspaceId, actor, action: 'client.archived', subject: 'client', subjectId: id });
    });
  }

  private async whyNot(manager: EntityManager, workspaceId: string, id: string): Promise<Error> {
    await this.read(workspaceId, id, manager);
    return fail('edited-meanwhile');
  }
}

interface ClientRow {
  readonly id: string;
  readonly name: string;
  readonly sort_name: string;
  readonly zone: string;
  readonly language: 'en' | 'it';
  readonly day_from: string;
  readonly day_to: string;
  readonly contacts: unknown;
  readonly late_pace: unknown;
  readonly version: number;
  readonly created_at: Date;
  readonly archived_at: Date | null;
}

function shape(row: ClientRow): Client {
  return {
    id: row.id, name: row.name, zone: row.zone, language: row.language, day: { from: row.day_from, to: row.day_to },
    contacts: Contacts.parse(row.contacts), latePace: LatePace.parse(row.late_pace), version: row.version,
    createdAt: row.created_at.toISOString(), archivedAt: row.archived_at?.toISOString() ?? null,
  };
}

function first<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (!row) throw new Error('The workspace of this caller is gone.');
  return row;
}
