import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import type { PageQuery } from '../../infra/http/page.schema.js';
import { AuditService } from '../workspaces/audit.service.js';
import { fail } from './audience-problems.js';
import { ListsService } from './lists.service.js';
import { mayGet } from './reachable-sql.js';
import { Params, ruleSql } from './segment-sql.js';
import { type CountedSegment, type NewSegment, type Segment, type SegmentChange, SegmentRule } from './segment.schema.js';

const columns = 'g.id, g.list_id AS "listId", g.name, g.rule, g.version, g.created_at AS "createdAt"';

/** Parts of a list, by a rule. */
@Injectable()
export class SegmentsService {
  constructor(
    private readonly database: DataSource,
    private readonly lists: ListsService,
    private readonly audit: AuditService,
  ) {}

  /** By name. @throws DomainError list-unknown (404) */
  async list(workspaceId: string, listId: string, { limit, cursor }: PageQuery): Promise<Page<Segment>> {
    await this.lists.row(this.database.manager, workspaceId, listId);
    const after = decodeCursor(cursor, z.tuple([z.string(), z.uuid()]));
    const rows = await this.database.query<(Row & { sortName: string })[]>(
      `SELECT ${columns}, lower(g.name) AS "sortName" FROM segments g
        WHERE g.workspace_id = $1 AND g.list_id = $2 AND ($3::text IS NULL OR (lower(g.name), g.id) > ($3, $4::uuid)) ORDER BY lower(g.name), g.id LIMIT $5`,
      [workspaceId, listId, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, ({ sortName, id }) => [sortName, id]);
    return { items: items.map(shape), next };
  }

  /** With how many it reaches now. @throws DomainError segment-unknown (404) */
  async read(workspaceId: string, id: string): Promise<CountedSegment> {
    const [row] = await this.database.query<Row[]>(`SELECT ${columns} FROM segments g WHERE g.workspace_id = $1 AND g.id = $2`, [workspaceId, id]);
    if (!row) throw fail('segment-unknown');
    const segment = shape(row);
    return { ...segment, people: await this.count(workspaceId, segment.listId, segment.rule) };
  }

  /** How many of the list may be written to and fit the rule, before it is kept. @throws DomainError list-unknown (404) */
  async tryOut(workspaceId: string, listId: string, rule: SegmentRule): Promise<number> {
    await this.lists.row(this.database.manager, workspaceId, listId);
    return this.count(workspaceId, listId, rule);
  }

  /** @throws DomainError list-unknown (404), list-archived (409) */
  async create({ workspaceId, actor }: Caller, listId: string, { name, rule }: NewSegment): Promise<Segment> {
    return this.database.transaction(async (manager) => {
      await this.lists.openRow(manager, workspaceId, listId);
      const [row] = await manager.query<Row[]>(
        `INSERT INTO segments AS g (id, workspace_id, list_id, name, rule) VALUES ($1, $2, $3, $4, $5) RETURNING ${columns}`,
        [uuid(), workspaceId, listId, name, JSON.stringify(rule)],
      );
      if (!row) throw new Error('An insert answered no row.');
      await this.audit.record(manager, { workspaceId, actor, action: 'segment.created', subject: 'segment', subjectId: row.id, details: { listId, name, rule } });
      return shape(row);
    });
  }

  /** @throws DomainError segment-unknown (404), edited-meanwhile (409) */
  async change({ workspaceId, actor }: Caller, id: string, { version, ...change }: SegmentChange): Promise<Segment> {
    return this.database.transaction(async (manager) => {
      const [[row]] = await manager.query<[Row[], number]>(
        `UPDATE segments AS g SET name = coalesce($4, name), rule = coalesce($5, rule), version = version + 1 WHERE g.workspace_id = $1 AND g.id = $2 AND g.version = $3 RETURNING ${columns}`,
        [workspaceId, id, version, change.name ?? null, change.rule ? JSON.stringify(change.rule) : null],
      );
      if (!row) throw await this.whyNot(manager, workspaceId, id);
      await this.audit.record(manager, { workspaceId, actor, action: 'segment.changed', subject: 'segment', subjectId: id, details: change });
      return shape(row);
    });
  }

  /** @throws DomainError segment-unknown (404), edited-meanwhile (409) */
  async remove({ workspaceId, actor }: Caller, id: string, version: number): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [, count] = await manager.query<[unknown[], number]>('DELETE FROM segments WHERE workspace_id = $1 AND id = $2 AND version = $3', [workspaceId, id, version]);
      if (count === 0) throw await this.whyNot(manager, workspaceId, id);
      await this.audit.record(manager, { workspaceId, actor, action: 'segment.removed', subject: 'segment', subjectId: id });
    });
  }

  private async count(workspaceId: string, listId: string, rule: SegmentRule): Promise<number> {
    const params = new Params();
    const [row] = await this.database.query<{ people: number }[]>(
      `SELECT count(*)::int AS people FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id AND p.workspace_id = s.workspace_id
        WHERE s.workspace_id = ${params.put(workspaceId)} AND s.list_id = ${params.put(listId)} AND ${mayGet} AND ${ruleSql(rule, params)}`,
      params.values,
    );
    return row?.people ?? 0;
  }

  private async whyNot(manager: EntityManager, workspaceId: string, id: string): Promise<Error> {
    const rows = await manager.query<unknown[]>('SELECT 1 FROM segments WHERE workspace_id = $1 AND id = $2', [workspaceId, id]);
    return fail(rows.length === 0 ? 'segment-unknown' : 'edited-meanwhile');
  }
}

interface Row {
  readonly id: string;
  readonly listId: string;
  readonly name: string;
  readonly rule: unknown;
  readonly version: number;
  readonly createdAt: Date;
}

const shape = ({ id, listId, name, rule, version, createdAt }: Row): Segment => ({ id, listId, name, rule: SegmentRule.parse(rule), version, createdAt: createdAt.toISOString() });
