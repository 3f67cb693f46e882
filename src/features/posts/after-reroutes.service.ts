import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { HOUR_MS, type Instant } from '../../core/instant.js';
import type { PartContent } from '../../core/part.js';
import { lateLimit } from '../../core/policy.js';
import { Clock } from '../../infra/clock.js';
import type { Caller } from '../../infra/http/access.js';
import { DomainError } from '../../infra/http/problem.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { AuditService } from '../workspaces/audit.service.js';
import { BellsService } from './bells.service.js';
import type { Rerouted, ReroutedQuery, Settle } from './fallback.schema.js';
import { PostLookups } from './post-lookups.service.js';
import { fail } from './post-problems.js';
import { brokenRules, partsFor } from './post-violations.js';
import { PostWriter } from './post-writer.service.js';
import { SlotsService } from './slots.service.js';

/** Undecided for so long, it is left out on its own platform (DESIGN §8). */
const PATIENCE_MS = 48 * HOUR_MS;
const AT_ONCE = 100;

const Cursor = z.tuple([z.iso.datetime(), z.uuid()]);

interface Gone {
  readonly id: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly postId: string;
  readonly channelId: string;
  readonly after: Rerouted['after'];
}

interface Open extends Gone {
  /** What it is to say there: what a person wrote for it after the reroute, else its own words. */
  readonly edited: { readonly parts: readonly PartContent[] } | null;
  readonly own: readonly PartContent[];
}

type Row = Omit<Rerouted, 'dueAt' | 'at' | 'until'> & { readonly dueAt: Date; readonly at: Date };

/** What becomes of a post on its own platform after it went out elsewhere: it goes out late as a new delivery, or is left out. */
@Injectable()
export class AfterReroutes {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lookups: PostLookups,
    private readonly writer: PostWriter,
    private readonly slots: SlotsService,
    private readonly bells: BellsService,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  async list(caller: Caller, { clientId, open, limit, cursor }: ReroutedQuery): Promise<Page<Rerouted>> {
    const before = decodeCursor(cursor, Cursor);
    const rows = await this.dataSource.query<Row[]>(
      `SELECT d.id AS "deliveryId", d.post_id AS "postId", d.client_id AS "clientId", d.channel_id AS "channelId", c.name AS "channelName", d.connector_id AS "connectorId",
              coalesce((SELECT left(content ->> 'text', 120) FROM parts WHERE delivery_id = d.id AND position = 0), '') AS text, d.due_at AS "dueAt", r.at, r.after, r.settled_as AS "settledAs", d.version,
              coalesce((SELECT jsonb_agg(jsonb_build_object('deliveryId', f.id, 'channelName', n.name, 'connectorId', f.connector_id, 'state', f.state,
                 'url', (SELECT url FROM parts WHERE delivery_id = f.id AND position = 0)) ORDER BY n.name, f.id)
                 FROM reroute_children k JOIN deliveries f ON f.id = k.child_id JOIN channels n ON n.id = f.channel_id WHERE k.delivery_id = d.id), '[]') AS instead
         FROM reroutes r JOIN deliveries d ON d.id = r.delivery_id JOIN channels c ON c.id = d.channel_id
        WHERE r.workspace_id = $1 AND ($2::uuid IS NULL OR d.client_id = $2) AND (NOT $3::boolean OR r.settled_at IS NULL AND r.after IN ('ask', 'publish-edited'))
          AND ($4::timestamptz IS NULL OR (r.at, d.id) < ($4, $5::uuid))
        ORDER BY r.at DESC, d.id DESC LIMIT $6`,
      [caller.workspaceId, clientId ?? null, open ?? false, before?.[0] ?? null, before?.[1] ?? null, limit + 1],
    );
    return toPage(
      rows.map((row) => ({
        ...row, dueAt: row.dueAt.toISOString(), at: row.at.toISOString(),
        until: row.settledAs === null && row.after !== 'skip' && row.after !== 'publish-anyway' ? new Date(row.at.getTime() + PATIENCE_MS).toISOString() : null,
      })),
      limit,
      (row) => [row.at, row.deliveryId],
    );
  }

  /** @throws DomainError delivery-not-found, edited-meanwhile, already-settled, media-not-found, content-breaks-limits, no-free-slot */
  async settle(caller: Caller, deliveryId: string, { version, how, content }: Settle): Promise<void> {
    const { workspaceId, actor } = caller;
    const added = await this.dataSource.transaction(async (manager) => {
      const [known] = await manager.query<{ version: number }[]>('SELECT version FROM deliveries WHERE id = $1 AND workspace_id = $2 FOR UPDATE', [deliveryId, workspaceId]);
      if (!known) throw fail('delivery-not-found');
      if (known.version !== version) throw fail('edited-meanwhile', {}, { version: known.version });
      const [open] = await this.open(manager, 'r.delivery_id = $1', [deliveryId], 1);
      if (!open) throw fail('already-settled');
      const [said] = content ? await this.lookups.contents(manager, workspaceId, [content.parts]) : [];
      const id = how === 'skip' ? null : await this.publish(manager, open, { parts: said?.parts ?? open.edited?.parts ?? open.own, inSlot: how === 'next-slot' });
      await this.close(manager, deliveryId, how === 'skip' ? 'skipped' : 'published');
      await this.audit.record(manager, { workspaceId, actor, action: 'reroute.settled', subject: 'delivery', subjectId: deliveryId, details: { how } });
      return id;
    });
    if (added !== null) await this.bells.ring([added]);
  }

  /** What decides itself: left out at once or when nobody decided, or published all the same, once it is out elsewhere. @returns how many */
  async settleRipe(): Promise<number> {
    const added: string[] = [];
    const count = await this.dataSource.transaction(async (manager) => {
      const ripe = await this.open(
        manager,
        `EXISTS (SELECT 1 FROM reroute_children k JOIN deliveries f ON f.id = k.child_id WHERE k.delivery_id = r.delivery_id AND f.state = 'published')
         AND (r.after IN ('skip', 'publish-anyway') OR r.at < now() - $1::float8 * interval '1 millisecond'
              OR r.after = 'publish-edited' AND EXISTS (SELECT 1 FROM fallbacks b WHERE b.post_id = d.post_id AND b.channel_id = d.channel_id AND b.approved_at IS NOT NULL))`,
        [PATIENCE_MS], AT_ONCE,
      );
      for (const one of ripe) {
        const parts = one.after === 'publish-anyway' ? one.own : one.after === 'publish-edited' ? one.edited?.parts : undefined;
        const id = parts ? await this.publish(manager, one, { parts, inSlot: false }).catch(leaveOut) : null;
        if (id !== null) added.push(id);
        await this.close(manager, one.id, id === null ? 'skipped' : 'published');
      }
      return ripe.length;
    });
    await this.bells.ring(added);
    return count;
  }

  private open(manager: EntityManager, where: string, params: readonly unknown[], most: number): Promise<Open[]> {
    return manager.query<Open[]>(
      `SELECT d.id, d.workspace_id AS "workspaceId", d.client_id AS "clientId", d.post_id AS "postId", d.channel_id AS "channelId", r.after,
              (SELECT b.content FROM fallbacks b WHERE b.post_id = d.post_id AND b.channel_id = d.channel_id AND b.approved_at IS NOT NULL) AS edited,
              coalesce((SELECT x.variant -> 'parts' FROM post_channels x WHERE x.post_id = d.post_id AND x.channel_id = d.channel_id AND x.variant IS NOT NULL), o.content -> 'parts') AS own
         FROM reroutes r JOIN deliveries d ON d.id = r.delivery_id JOIN posts o ON o.id = d.post_id
        WHERE r.settled_at IS NULL AND d.state = 'rerouted' AND ${where} ORDER BY r.at LIMIT ${most} FOR UPDATE OF r SKIP LOCKED`,
      [...params],
    );
  }

  /** A new delivery of its own, once: claimed like any other, held while its platform is down, late once that is back. */
  private async publish(manager: EntityManager, { id, workspaceId, clientId, postId, channelId }: Gone, { parts, inSlot }: { readonly parts: readonly PartContent[]; readonly inSlot: boolean }): Promise<string> {
    const client = await this.lookups.client(manager, workspaceId, clientId);
    const [channel] = await this.lookups.channels(manager, workspaceId, clientId, [channelId]);
    if (!channel) throw fail('channel-not-found', { channelId });
    const violations = brokenRules(channel, parts);
    if (violations.length > 0) throw fail('content-breaks-limits', {}, { violations });
    const [slot] = inSlot ? await this.slots.nextFree(manager, client, [channelId], 1, true) : [];
    if (inSlot && !slot) throw fail('no-free-slot');
    const dueAt: Instant = slot?.at ?? this.clock.now();
    const added = {
      id: uuid(), postId, seriesId: null, channelId, connectorId: channel.connectorId, componentId: channel.componentId, origin: `late:${id}`,
      choice: 'can-wait' as const, dueAt, deadlineAt: lateLimit('can-wait', {}, dueAt, client.day), approved: true, parts: partsFor(channel, parts),
    };
    await this.writer.insertDeliveries(manager, { workspaceId, clientId }, [added]);
    return added.id;
  }

  private async close(manager: EntityManager, deliveryId: string, as: 'published' | 'skipped'): Promise<void> {
    await manager.query('UPDATE reroutes SET settled_at = now(), settled_as = $2 WHERE delivery_id = $1', [deliveryId, as]);
  }
}

/** Its channel is gone, or would not take it: nobody is there to be told, and the rest must not wait for it. */
function leaveOut(error: unknown): null {
  if (error instanceof DomainError) return null;
  throw error;
}
