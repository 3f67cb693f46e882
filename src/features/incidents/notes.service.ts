import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import type { PageQuery } from '../../infra/http/page.schema.js';
import type { NewNote, Note } from './incident.schema.js';
import { IncidentsService } from './incidents.service.js';

type Row = Omit<Note, 'createdAt'> & { readonly createdAt: Date };

const columns = `id, text, written_by ->> 'name' AS "writtenBy", created_at AS "createdAt"`;
const Cursor = z.tuple([z.uuid()]);

/** What a workspace writes down of an incident, for itself. */
@Injectable()
export class NotesService {
  constructor(
    private readonly database: DataSource,
    private readonly incidents: IncidentsService,
  ) {}

  /** Oldest first. @throws DomainError incident-unknown (404) */
  async list({ workspaceId }: Pick<Caller, 'workspaceId'>, incidentId: string, { limit, cursor }: PageQuery): Promise<Page<Note>> {
    await this.incidents.one(workspaceId, incidentId);
    const after = decodeCursor(cursor, Cursor);
    const rows = await this.database.query<Row[]>(
      `SELECT ${columns} FROM incident_notes WHERE incident_id = $1 AND workspace_id = $2 AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4`,
      [incidentId, workspaceId, after?.[0] ?? null, limit + 1],
    );
    return toPage(rows.map(noteOf), limit, ({ id }) => [id]);
  }

  /** @throws DomainError incident-unknown (404) */
  async write({ workspaceId, actor }: Pick<Caller, 'workspaceId' | 'actor'>, incidentId: string, { text }: NewNote): Promise<Note> {
    await this.incidents.one(workspaceId, incidentId);
    const [row] = await this.database.query<Row[]>(
      `INSERT INTO incident_notes (id, incident_id, workspace_id, text, written_by) VALUES ($1, $2, $3, $4, $5) RETURNING ${columns}`,
      [uuid(), incidentId, workspaceId, text, JSON.stringify(actor)],
    );
    if (!row) throw new Error('The note was not written.');
    return noteOf(row);
  }
}

function noteOf({ createdAt, ...row }: Row): Note {
  return { ...row, createdAt: createdAt.toISOString() };
}
