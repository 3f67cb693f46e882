import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { fail } from './broadcast-problems.js';
import { defaultTemplate } from './default-template.js';
import { type Issue, render } from './issue.js';
import type { TemplateFault } from './mjml.js';
import type { NewTemplate, Template, TemplateChange } from './template.schema.js';

const columns = `id, client_id AS "clientId", name, mjml, version, created_at AS "createdAt"`;
type Row = Omit<Template, 'createdAt'> & { readonly createdAt: Date };

/** What newsletters look like. One that does not compile is not kept. */
@Injectable()
export class TemplatesService {
  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly audit: AuditService,
  ) {}

  async list(workspaceId: string, clientId: string | null): Promise<readonly Template[]> {
    const rows: Row[] = await this.database.query(
      `SELECT ${columns} FROM templates WHERE workspace_id = $1 AND ($2::uuid IS NULL OR client_id = $2) AND archived_at IS NULL ORDER BY lower(name), id LIMIT 500`, [workspaceId, clientId]);
    return rows.map(shape);
  }

  /** @throws DomainError template-unknown (404) */
  async read(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<Template> {
    const [row]: Row[] = await manager.query(`SELECT ${columns} FROM templates WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL`, [workspaceId, id]);
    if (!row) throw fail('template-unknown');
    return shape(row);
  }

  /** Its MJML; ours, when a newsletter names none or one that is gone or another client's. */
  async mjmlOf(manager: EntityManager, { workspaceId, clientId }: { readonly workspaceId: string; readonly clientId: string }, id: string | null): Promise<string> {
    const [row]: { mjml: string }[] = id === null ? [] : await manager.query('SELECT mjml FROM templates WHERE workspace_id = $1 AND client_id = $2 AND id = $3 AND archived_at IS NULL', [workspaceId, clientId, id]);
    return row?.mjml ?? defaultTemplate;
  }

  /** @throws DomainError client-unknown (404), template-faulty (422) with every fault in `faults` */
  async create(caller: Caller, { clientId, name, mjml }: NewTemplate): Promise<Template> {
    await this.clients.read(caller.workspaceId, clientId);
    await refuseFaulty(mjml);
    const id = uuid();
    return this.database.transaction(async (manager) => {
      await manager.query('INSERT INTO templates (id, workspace_id, client_id, name, mjml) VALUES ($1, $2, $3, $4, $5)', [id, caller.workspaceId, clientId, name, mjml]);
      await this.note(manager, caller, { action: 'template.made', id, details: { name } });
      return this.read(caller.workspaceId, id, manager);
    });
  }

  /** What was approved with it as it was is approved no more. @throws DomainError template-unknown (404), edited-meanwhile (409), template-faulty (422) */
  async change(caller: Caller, id: string, { version, name, mjml }: TemplateChange): Promise<Template> {
    await this.read(caller.workspaceId, id);
    if (mjml !== undefined) await refuseFaulty(mjml);
    return this.database.transaction(async (manager) => {
      const [, changed]: [unknown, number] = await manager.query(
        `UPDATE templates SET name = coalesce($4, name), mjml = coalesce($5, mjml), version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $3 AND archived_at IS NULL`,
        [caller.workspaceId, id, version, name ?? null, mjml ?? null]);
      if (changed === 0) throw fail('edited-meanwhile');
      await this.note(manager, caller, { action: 'template.changed', id, details: { ...(name !== undefined && { name }), mjml: mjml !== undefined } });
      return this.read(caller.workspaceId, id, manager);
    });
  }

  /** Puts it away; newsletters that name it take ours. */
  async archive(caller: Caller, id: string, version: number): Promise<void> {
    await this.read(caller.workspaceId, id);
    await this.database.transaction(async (manager) => {
      const [, changed]: [unknown, number] = await manager.query(
        'UPDATE templates SET archived_at = now(), version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $3 AND archived_at IS NULL', [caller.workspaceId, id, version]);
      if (changed === 0) throw fail('edited-meanwhile');
      await this.note(manager, caller, { action: 'template.archived', id });
    });
  }

  private async note(manager: EntityManager, { workspaceId, actor }: Caller, { action, id, details = {} }: { action: string; id: string; details?: Record<string, unknown> }): Promise<void> {
    await this.audit.record(manager, { workspaceId, actor, action, subject: 'template', subjectId: id, details });
  }
}

/** A newsletter of everything there is, to try a template with. */
const sample: Omit<Issue, 'mjml'> = {
  language: 'en', brand: 'Brand', subject: 'Subject', preheader: 'Preheader', imprint: 'Imprint', id: 'trial', utm: null, webUrl: 'https://example.com/', pictureUrl: () => 'https://example.com/picture.png',
  content: { text: 'Text', media: [{ mediaId: '', mime: 'image/png', alt: 'Picture' }], link: { url: 'https://example.com/', title: 'Link' } },
};

async function refuseFaulty(mjml: string): Promise<void> {
  const rendered = await render({ ...sample, mjml });
  if ('faults' in rendered) throw fail('template-faulty', faultParams(rendered.faults), { faults: rendered.faults });
}

/** The first of them, for a sentence. */
export const faultParams = ([first]: readonly TemplateFault[]): { readonly line: string; readonly detail: string } => ({ line: String(first?.line ?? '?'), detail: first?.detail ?? '' });

const shape = (row: Row): Template => ({ ...row, createdAt: row.createdAt.toISOString() });
