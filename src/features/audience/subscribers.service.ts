import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { keyOf } from './address.js';
import { fail } from './audience-problems.js';
import { ListsService } from './lists.service.js';
import { Params, ruleSql } from './segment-sql.js';
import { SegmentsService } from './segments.service.js';
import { consentColumns, type ListSubscriberRow, personColumns, type SubscriptionRow, told } from './subscriber-rows.js';
import type { FoundSubscriber, ListSubscriber, ListSubscriberQuery, Subscriber, SubscriberQuery } from './subscriber.schema.js';

const Key = z.tuple([z.uuid()]);
const foundColumns = `${personColumns}, p.client_id AS "clientId", p.kind, p.created_at AS "createdAt"`;
type FoundRow = Omit<FoundSubscriber, 'createdAt'> & { readonly createdAt: Date };

/** Who is known, and on which lists. */
@Injectable()
export class SubscribersService {
  constructor(
    private readonly database: DataSource,
    private readonly lists: ListsService,
    private readonly segments: SegmentsService,
  ) {}

  /** Newest first. @throws DomainError list-unknown, segment-unknown (404) */
  async onList(workspaceId: string, listId: string, { limit, cursor, state, tag, segmentId }: ListSubscriberQuery): Promise<Page<ListSubscriber>> {
    await this.lists.row(this.database.manager, workspaceId, listId);
    const segment = segmentId === undefined ? null : await this.segments.read(workspaceId, segmentId);
    if (segment && segment.listId !== listId) throw fail('segment-unknown');
    const after = decodeCursor(cursor, Key);
    const params = new Params();
    const rows = await this.database.query<ListSubscriberRow[]>(
      `SELECT ${personColumns}, ${consentColumns} FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id
        WHERE s.workspace_id = ${params.put(workspaceId)} AND s.list_id = ${params.put(listId)} AND p.erased_at IS NULL
          ${after ? `AND s.subscriber_id < ${params.put(after[0])}` : ''} ${state === undefined ? '' : `AND s.state = ${params.put(state)}`}
          ${tag === undefined ? '' : `AND s.tags @> ARRAY[${params.put(tag)}::text]`} ${segment ? `AND ${ruleSql(segment.rule, params)}` : ''}
        ORDER BY s.subscriber_id DESC LIMIT ${params.put(limit + 1)}`,
      params.values,
    );
    const { items, next } = toPage(rows, limit, ({ id }) => [id]);
    return { items: items.map((row) => told(row)), next };
  }

  /** Newest first. */
  async find(workspaceId: string, { limit, cursor, clientId, address }: SubscriberQuery): Promise<Page<FoundSubscriber>> {
    const after = decodeCursor(cursor, Key);
    const keys = address === undefined ? null : (['email', 'phone'] as const).flatMap((kind) => keyOf({ kind, text: address, country: null }) ?? []);
    const rows = await this.database.query<FoundRow[]>(
      `SELECT ${foundColumns} FROM subscribers p
        WHERE p.workspace_id = $1 AND ($2::uuid IS NULL OR p.client_id = $2) AND ($3::text[] IS NULL OR p.address_key = ANY($3)) AND p.erased_at IS NULL AND ($4::uuid IS NULL OR p.id < $4)
        ORDER BY p.id DESC LIMIT $5`,
      [workspaceId, clientId ?? null, keys, after?.[0] ?? null, limit + 1],
    );
    const { items, next } = toPage(rows, limit, ({ id }) => [id]);
    return { items: items.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() })), next };
  }

  /** @throws DomainError subscriber-unknown (404), also of one who was erased */
  async read(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<Subscriber> {
    const [row] = await manager.query<FoundRow[]>(`SELECT ${foundColumns} FROM subscribers p WHERE p.workspace_id = $1 AND p.id = $2 AND p.erased_at IS NULL`, [workspaceId, id]);
    if (!row) throw fail('subscriber-unknown');
    const subscriptions = await manager.query<SubscriptionRow[]>(
      `SELECT l.id AS "listId", l.name AS list, ${consentColumns} FROM subscriptions s JOIN lists l ON l.id = s.list_id WHERE s.workspace_id = $1 AND s.subscriber_id = $2 ORDER BY lower(l.name), l.id`,
      [workspaceId, id],
    );
    return { ...row, createdAt: row.createdAt.toISOString(), subscriptions: subscriptions.map((one) => told(one)) };
  }
}
