import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { keyOf } from './address.js';
import { fail } from './audience-problems.js';
import { countryOf } from './country.js';
import { ErasedAddresses } from './erased-addresses.service.js';
import { SuppressionRows } from './suppression-rows.service.js';
import type { NewSuppressionBody, Suppression, SuppressionQuery } from './suppression.schema.js';

const columns = `x.id, x.client_id AS "clientId", x.kind, CASE WHEN x.address_key LIKE 'erased:%' THEN NULL ELSE x.address_key END AS address, x.reason, x.detail, x.at`;

/** Who gets nothing, as people see and change it. */
@Injectable()
export class SuppressionsService {
  constructor(
    private readonly database: DataSource,
    private readonly rows: SuppressionRows,
    private readonly erased: ErasedAddresses,
    private readonly clients: ClientsService,
    private readonly audit: AuditService,
  ) {}

  /** Newest first. */
  async list(workspaceId: string, { limit, cursor, clientId, reason, address }: SuppressionQuery): Promise<Page<Suppression>> {
    const after = decodeCursor(cursor, z.tuple([z.uuid()]));
    const rows = await this.database.query<Row[]>(
      `SELECT ${columns} FROM suppressions x
        WHERE x.workspace_id = $1 AND ($2::uuid IS NULL OR x.client_id = $2 OR x.client_id IS NULL) AND ($3::text IS NULL OR x.reason = $3)
          AND ($4::text[] IS NULL OR x.address_key = ANY($4)) AND ($5::uuid IS NULL OR x.id < $5)
        ORDER BY x.id DESC LIMIT $6`,
      [workspaceId, clientId ?? null, reason ?? null, address === undefined ? null : await this.keysOf(workspaceId, address), after?.[0] ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, ({ id }) => [id]);
    return { items: items.map(shape), next };
  }

  /** @throws DomainError client-unknown (404), email-invalid, phone-invalid (422) */
  async add({ workspaceId, actor }: Caller, { clientId, kind, address, why }: NewSuppressionBody): Promise<Suppression> {
    return this.database.transaction(async (manager) => {
      const client = clientId === null ? null : await this.clients.read(workspaceId, clientId, manager);
      const addressKey = keyOf({ kind, text: address, country: client && countryOf(client) });
      if (addressKey === null) throw fail(kind === 'email' ? 'email-invalid' : 'phone-invalid', { value: address.slice(0, 80) });
      const id = await this.rows.add(manager, { workspaceId, clientId, kind, addressKey, reason: 'person', detail: why });
      await this.audit.record(manager, { workspaceId, actor, action: 'suppression.added', subject: 'suppression', subjectId: id, details: { clientId, kind, why } });
      const [row] = await manager.query<Row[]>(`SELECT ${columns} FROM suppressions x WHERE x.workspace_id = $1 AND x.id = $2`, [workspaceId, id]);
      if (!row) throw new Error('A row just written is not there.');
      return shape(row);
    });
  }

  /** They may be written to again, as far as their subscriptions go; who left a list is not on it again. @throws DomainError suppression-unknown (404) */
  async lift({ workspaceId, actor }: Caller, id: string, why: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [[gone]] = await manager.query<[{ clientId: string | null; kind: string; reason: string }[], number]>(
        'DELETE FROM suppressions WHERE workspace_id = $1 AND id = $2 RETURNING client_id AS "clientId", kind, reason',
        [workspaceId, id],
      );
      if (!gone) throw fail('suppression-unknown');
      await this.audit.record(manager, { workspaceId, actor, action: 'suppression.lifted', subject: 'suppression', subjectId: id, details: { ...gone, why } });
    });
  }

  /** Under which keys an address may stand, written as it may be. */
  private async keysOf(workspaceId: string, address: string): Promise<readonly string[]> {
    const mark = await this.erased.mark(this.database.manager, workspaceId);
    return (['email', 'phone'] as const).flatMap((kind) => {
      const key = keyOf({ kind, text: address, country: null });
      if (key === null) return [];
      return mark ? [key, mark(kind, key)] : [key];
    });
  }
}

type Row = Omit<Suppression, 'at'> & { readonly at: Date };
const shape = (row: Row): Suppression => ({ ...row, at: row.at.toISOString() });
