import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { connectors } from '../../connectors/registry.js';
import { instantOf, place } from '../../core/schedule.js';
import { readWall } from '../../core/wall-time.js';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { commitmentColumns, type CommitmentRow, fromCommitments, toCommitment } from './commitment-rows.js';
import type { Commitment, CommitmentChange, CommitmentQuery, NewCommitment } from './commitment.schema.js';
import { fail } from './library-problems.js';

type Written = Omit<NewCommitment, 'clientId' | 'zone'> & { readonly zone: string };

/** What was promised outside posts. What an outage does to it: touched-commitments.service.ts. */
@Injectable()
export class CommitmentsService {
  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly audit: AuditService,
  ) {}

  /** The one that ends first comes first. */
  async list(workspaceId: string, { limit, cursor, clientId, kind, from, to, archived }: CommitmentQuery): Promise<Page<Commitment>> {
    const after = decodeCursor(cursor, z.tuple([z.iso.datetime({ offset: true }), z.uuid()]));
    const rows = await this.database.query<CommitmentRow[]>(
      `SELECT ${commitmentColumns} ${fromCommitments}
        WHERE m.workspace_id = $1 AND ($2::uuid IS NULL OR m.client_id = $2) AND ($3::text IS NULL OR m.kind = $3) AND ($4 OR m.archived_at IS NULL)
          AND ($5::timestamptz IS NULL OR m.until_at > $5) AND ($6::timestamptz IS NULL OR m.from_at < $6)
          AND ($7::timestamptz IS NULL OR (m.until_at, m.id) > ($7, $8::uuid)) ORDER BY m.until_at, m.id LIMIT $9`,
      [workspaceId, clientId ?? null, kind ?? null, archived, from ?? null, to ?? null, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, ({ sortUntil, id }) => [sortUntil, id]);
    return { items: items.map(toCommitment), next };
  }

  /** Those put away too. @throws DomainError commitment-unknown (404) */
  async read(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<Commitment> {
    const [row] = await manager.query<CommitmentRow[]>(`SELECT ${commitmentColumns} ${fromCommitments} WHERE m.workspace_id = $1 AND m.id = $2`, [workspaceId, id]);
    if (!row) throw fail('commitment-unknown');
    return toCommitment(row);
  }

  /** @throws DomainError client-unknown (404), commitment-… (422) */
  async create({ workspaceId, actor }: Caller, { clientId: of, ...asked }: NewCommitment): Promise<Commitment> {
    return this.database.transaction(async (manager) => {
      const client = await this.clients.read(workspaceId, of, manager);
      const written: Written = { ...asked, zone: asked.zone ?? client.zone };
      assertPlatforms(written.connectorIds);
      const id = uuid();
      await this.assertPack(manager, { workspaceId, clientId: client.id, packId: written.packId });
      await manager.query(
        `INSERT INTO commitments (id, workspace_id, client_id, created_by, kind, title, connector_ids, wall_from, wall_until, zone, from_at, until_at, hours, say, contact, contact_public, pack_id, daily_budget, currency)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
        [id, workspaceId, client.id, JSON.stringify(actor), ...columnsOf(written)],
      );
      await this.audit.record(manager, { workspaceId, actor, action: 'commitment.created', subject: 'commitment', subjectId: id, details: { clientId: client.id, kind: written.kind, title: written.title } });
      return this.read(workspaceId, id, manager);
    });
  }

  /** @throws DomainError commitment-unknown (404), edited-meanwhile (409), commitment-… (422) */
  async change({ workspaceId, actor }: Caller, id: string, { version, ...change }: CommitmentChange): Promise<Commitment> {
    return this.database.transaction(async (manager) => {
      const before = await this.read(workspaceId, id, manager);
      const written = { ...before, ...(Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as typeof change) } as Written;
      assertPlatforms(change.connectorIds ?? []);
      if (change.packId !== undefined) await this.assertPack(manager, { workspaceId, clientId: before.clientId, packId: change.packId });
      await manager.query(
        `INSERT INTO commitment_versions (workspace_id, commitment_id, version, was) SELECT workspace_id, id, version, to_jsonb(m) - 'archived_at' FROM commitments m WHERE workspace_id = $1 AND id = $2 AND version = $3 ON CONFLICT DO NOTHING`,
        [workspaceId, id, version],
      );
      const [, count] = await manager.query<[unknown, number]>(
        `UPDATE commitments SET kind = $4, title = $5, connector_ids = $6, wall_from = $7, wall_until = $8, zone = $9, from_at = $10, until_at = $11, hours = $12, say = $13, contact = $14, contact_public = $15,
                pack_id = $16, daily_budget = $17, currency = $18, version = version + 1
          WHERE workspace_id = $1 AND id = $2 AND version = $3 AND archived_at IS NULL`,
        [workspaceId, id, version, ...columnsOf(written)],
      );
      if (count === 0) throw fail('edited-meanwhile');
      await this.audit.record(manager, { workspaceId, actor, action: 'commitment.changed', subject: 'commitment', subjectId: id, details: change });
      return this.read(workspaceId, id, manager);
    });
  }

  /** @throws DomainError commitment-unknown (404), edited-meanwhile (409) */
  async archive({ workspaceId, actor }: Caller, id: string, version: number): Promise<void> {
    await this.database.transaction(async (manager) => {
      await this.read(workspaceId, id, manager);
      const [, count] = await manager.query<[unknown, number]>('UPDATE commitments SET archived_at = now(), version = version + 1 WHERE workspace_id = $1 AND id = $2 AND version = $3 AND archived_at IS NULL', [workspaceId, id, version]);
      if (count === 0) throw fail('edited-meanwhile');
      await this.audit.record(manager, { workspaceId, actor, action: 'commitment.archived', subject: 'commitment', subjectId: id });
    });
  }

  private async assertPack(manager: EntityManager, { workspaceId, clientId, packId }: { readonly workspaceId: string; readonly clientId: string; readonly packId: string | null }): Promise<void> {
    if (packId === null) return;
    const found = await manager.query<unknown[]>('SELECT 1 FROM packs WHERE workspace_id = $1 AND client_id = $2 AND id = $3 AND archived_at IS NULL', [workspaceId, clientId, packId]);
    if (found.length === 0) throw fail('commitment-pack');
  }
}

/** A mistyped one would never be in an incident, and nobody would learn of it. */
function assertPlatforms(connectorIds: readonly string[]): void {
  const stray = connectorIds.find((connectorId) => !connectors.some(({ id }) => id === connectorId));
  if (stray !== undefined) throw fail('commitment-platform', { connectorId: stray, known: connectors.map(({ id }) => id).join(', ') });
}

/** In the order of both statements, from `kind` on. */
function columnsOf({ kind, title, connectorIds, wallFrom, wallUntil, zone, hours, say, contact, contactPublic, packId, dailyBudget }: Written): readonly unknown[] {
  if (dailyBudget !== null && kind !== 'ads') throw fail('commitment-budget');
  const [from, until] = [checked(wallFrom, zone), checked(wallUntil, zone)];
  const [fromAt, untilAt] = [instantOf(from, zone), instantOf(until, zone)];
  if (fromAt >= untilAt) throw fail('commitment-order');
  return [
    kind, title, [...new Set(connectorIds)], from, until, zone, new Date(fromAt), new Date(untilAt), hours && JSON.stringify(hours), say, contact && JSON.stringify(contact), contactPublic, packId,
    dailyBudget?.minor ?? null, dailyBudget?.currency ?? null,
  ];
}

function checked(wall: string, zone: string): string {
  const placed = place(wall, zone);
  if (placed.kind === 'gap') throw fail('commitment-gap', { wall, zone, before: placed.before, after: placed.after }, { nearest: [placed.before, placed.after] });
  const read = readWall(wall);
  if (read === null || placed.kind === 'not-a-time') throw fail('commitment-time', { wall });
  return read;
}
