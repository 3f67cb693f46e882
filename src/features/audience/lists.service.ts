import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { CONFIG, type Config } from '../../infra/config.js';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { siteLink } from '../../infra/http/site.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { isCountry } from './address.js';
import { fail } from './audience-problems.js';
import { countryOf } from './country.js';
import type { ConsentTexts, CountedList, List, ListChange, ListQuery, NewList } from './list.schema.js';
import { listColumns, type ListRow } from './list-rows.js';
import { confirmedCount, reachableCount } from './reachable-sql.js';
import { linkToken } from './tokens.js';

/** Refuses to put a list away while something hangs on it; throws the reason. */
export type ListArchiveCheck = (manager: EntityManager, workspaceId: string, listId: string) => Promise<void>;

/** The lists of a workspace's clients, and what people agree to on them. */
@Injectable()
export class ListsService implements OnModuleInit {
  private readonly checks: ListArchiveCheck[] = [];

  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly audit: AuditService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.clients.beforeArchive(async (manager, _, clientId) => {
      await manager.query('UPDATE lists SET signup_open = false, version = version + 1 WHERE client_id = $1 AND signup_open', [clientId]);
    });
  }

  /** For rooms to the right: what they hold may forbid putting a list away. */
  beforeArchive(check: ListArchiveCheck): void {
    this.checks.push(check);
  }

  /** By name. */
  async list(workspaceId: string, { limit, cursor, clientId, archived }: ListQuery): Promise<Page<List>> {
    const after = decodeCursor(cursor, z.tuple([z.string(), z.uuid()]));
    const rows = await this.database.query<(ListRow & { sortName: string })[]>(
      `SELECT ${listColumns}, lower(l.name) AS "sortName" FROM lists l
        WHERE l.workspace_id = $1 AND ($2::uuid IS NULL OR l.client_id = $2) AND ($3 OR l.archived_at IS NULL)
          AND ($4::text IS NULL OR (lower(l.name), l.id) > ($4, $5::uuid))
        ORDER BY lower(l.name), l.id LIMIT $6`,
      [workspaceId, clientId ?? null, archived, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, (row) => [row.sortName, row.id]);
    return { items: items.map((row) => this.shape(row)), next };
  }

  /** @throws DomainError list-unknown (404) */
  async read(workspaceId: string, id: string): Promise<CountedList> {
    const row = await this.row(this.database.manager, workspaceId, id);
    const [counts] = await this.database.query<CountedList['counts'][]>(
      `SELECT (SELECT count(*)::int FROM subscriptions s WHERE s.list_id = l.id AND s.state = 'pending') AS pending, ${confirmedCount} AS confirmed,
              (SELECT count(*)::int FROM subscriptions s WHERE s.list_id = l.id AND s.state = 'unsubscribed') AS unsubscribed, ${reachableCount} AS reachable
         FROM lists l WHERE l.workspace_id = $1 AND l.id = $2`,
      [workspaceId, id],
    );
    return { ...this.shape(row), counts: counts ?? { pending: 0, confirmed: 0, unsubscribed: 0, reachable: 0 } };
  }

  /** Those put away too. @throws DomainError list-unknown (404) */
  async row(manager: EntityManager, workspaceId: string, id: string): Promise<ListRow> {
    const [row] = await manager.query<ListRow[]>(`SELECT ${listColumns} FROM lists l WHERE l.workspace_id = $1 AND l.id = $2`, [workspaceId, id]);
    if (!row) throw fail('list-unknown');
    return row;
  }

  /** One that people can be written onto. @throws DomainError list-unknown (404), list-archived (409) */
  async openRow(manager: EntityManager, workspaceId: string, id: string): Promise<ListRow> {
    const row = await this.row(manager, workspaceId, id);
    if (row.archivedAt) throw fail('list-archived');
    return row;
  }

  /** Newest first. @throws DomainError list-unknown (404) */
  async texts(workspaceId: string, id: string): Promise<ConsentTexts> {
    await this.row(this.database.manager, workspaceId, id);
    const rows = await this.database.query<(Omit<ConsentTexts['items'][number], 'createdAt'> & { createdAt: Date })[]>(
      `SELECT version, language, text, purpose, covers_fallback AS "coversFallback", created_at AS "createdAt" FROM consent_texts WHERE list_id = $1 ORDER BY version DESC`,
      [id],
    );
    return { items: rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() })) };
  }

  /** @throws DomainError client-unknown (404), country-unknown (422) */
  async create({ workspaceId, actor }: Caller, list: NewList): Promise<List> {
    return this.database.transaction(async (manager) => {
      const client = await this.clients.read(workspaceId, list.clientId, manager);
      const country = checkedCountry(list.country === undefined ? countryOf(client) : list.country);
      const [row] = await manager.query<ListRow[]>(
        `INSERT INTO lists AS l (id, workspace_id, client_id, kind, name, language, purpose, consent_text, covers_fallback, double_opt_in, signup_open, country, signup_token)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING ${listColumns}`,
        [uuid(), workspaceId, client.id, list.kind, list.name, list.language ?? client.language, list.purpose, list.consentText, list.coversFallback, list.doubleOptIn, list.signUpOpen, country, linkToken()],
      );
      if (!row) throw new Error('An insert answered no row.');
      await this.writeText(manager, row.id);
      await this.audit.record(manager, { workspaceId, actor, action: 'list.created', subject: 'list', subjectId: row.id, details: { clientId: client.id, name: row.name, kind: row.kind } });
      return this.shape(row);
    });
  }

  /** @throws DomainError list-unknown (404), edited-meanwhile (409), country-unknown (422) */
  async change({ workspaceId, actor }: Caller, id: string, { version, ...change }: ListChange): Promise<List> {
    return this.database.transaction(async (manager) => {
      const before = await this.row(manager, workspaceId, id);
      const wanted = { ...before, ...(Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<ListRow>) };
      const isNewText = (['language', 'purpose', 'consentText', 'coversFallback'] as const).some((field) => wanted[field] !== before[field]);
      const [rows] = await manager.query<[ListRow[], number]>(
        `UPDATE lists AS l SET name = $4, language = $5, purpose = $6, consent_text = $7, covers_fallback = $8, double_opt_in = $9, signup_open = $10, country = $11,
                consent_version = consent_version + $12, version = version + 1
          WHERE l.workspace_id = $1 AND l.id = $2 AND l.version = $3 AND l.archived_at IS NULL RETURNING ${listColumns}`,
        [workspaceId, id, version, wanted.name, wanted.language, wanted.purpose, wanted.consentText, wanted.coversFallback, wanted.doubleOptIn, wanted.signUpOpen, checkedCountry(wanted.country), isNewText ? 1 : 0],
      );
      if (!rows[0]) throw fail('edited-meanwhile');
      if (isNewText) await this.writeText(manager, id);
      await this.audit.record(manager, { workspaceId, actor, action: 'list.changed', subject: 'list', subjectId: id, details: { ...change, consentVersion: rows[0].consentVersion } });
      return this.shape(rows[0]);
    });
  }

  /** Puts a list away: nobody is added, nothing goes out to it. @throws DomainError list-unknown (404), edited-meanwhile (409), or a room's own refusal */
  async archive({ workspaceId, actor }: Caller, id: string, version: number): Promise<void> {
    await this.database.transaction(async (manager) => {
      await this.row(manager, workspaceId, id);
      const [, count] = await manager.query<[unknown[], number]>(
        'UPDATE lists SET archived_at = now(), version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $3 AND archived_at IS NULL',
        [workspaceId, id, version],
      );
      if (count === 0) throw fail('edited-meanwhile');
      for (const check of this.checks) await check(manager, workspaceId, id);
      await this.audit.record(manager, { workspaceId, actor, action: 'list.archived', subject: 'list', subjectId: id });
    });
  }

  private async writeText(manager: EntityManager, listId: string): Promise<void> {
    await manager.query(
      'INSERT INTO consent_texts (list_id, version, language, text, purpose, covers_fallback) SELECT id, consent_version, language, consent_text, purpose, covers_fallback FROM lists WHERE id = $1',
      [listId],
    );
  }

  private shape({ signUpToken, createdAt, archivedAt, ...row }: ListRow): List {
    return { ...row, signUpOpen: row.signUpOpen && row.kind === 'email', signUpLink: siteLink(this.config, `/join/${signUpToken}`), createdAt: createdAt.toISOString(), archivedAt: archivedAt?.toISOString() ?? null };
  }
}

function checkedCountry(country: string | null): string | null {
  if (country !== null && !isCountry(country)) throw fail('country-unknown', { value: country });
  return country;
}
