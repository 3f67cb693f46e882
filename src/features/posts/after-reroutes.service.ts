import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { nextOpening } from '../../core/day.js';
import { HOUR_MS, type Instant } from '../../core/instant.js';
import type { PartContent } from '../../core/part.js';
import { lateLimit } from '../../core/policy.js';
import { timeWordOf } from '../../core/time-words.js';
import { Clock } from '../../infra/clock.js';
import { againAfterDeadlock } from '../../infra/database/deadlock.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import type { Actor, Caller } from '../../infra/http/access.js';
import { DomainError } from '../../infra/http/problem.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { AuditService } from '../workspaces/audit.service.js';
import { BellsService } from './bells.service.js';
import type { Rerouted, ReroutedQuery, Settle } from './fallback.schema.js';
import { deliveryFact } from './flight.schema.js';
import { outElsewhere } from './flight-columns.js';
import { PostLookups } from './post-lookups.service.js';
import { fail } from './post-problems.js';
import { brokenRules, partsFor } from './post-violations.js';
import { PostWriter } from './post-writer.service.js';
import { SlotsService } from './slots.service.js';

/** Undecided for so long, it is left out on its own platform (DESIGN §8). */
const PATIENCE_MS = 48 * HOUR_MS;
const AT_ONCE = 100;

/** Out elsewhere, and nobody is waited for ($1: how long one is, ms). */
const isRipe = `${outElsewhere}
  AND (r.after IN ('skip', 'publish-anyway') OR r.asked_at < now() - $1::float8 * interval '1 millisecond'
       OR r.after = 'publish-edited' AND EXISTS (SELECT 1 FROM fallbacks b WHERE b.post_id = d.post_id AND b.channel_id = d.channel_id AND b.approved_at IS NOT NULL))`;

const itself: Actor = { kind: 'system', id: 'reroute', name: 'Postern' };

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
  readonly isOut: boolean;
  /** Nobody has to approve the post any more. */
  readonly isReady: boolean;
}

interface Late {
  readonly parts: readonly PartContent[];
  readonly inSlot: boolean;
  readonly isApproved: boolean;
}

interface End {
  readonly how: Settle['how'];
  readonly actor: Actor;
  /** The delivery by which it goes out late; null = it is left out. */
  readonly lateId: string | null;
}

type Row = Omit<Rerouted, 'dueAt' | 'at' | 'until'> & { readonly dueAt: Date; readonly at: Date; readonly askedAt: Date };

/** What becomes of a post on its own platform after it went out elsewhere: it goes out late as a new delivery, or is left out. */
@Injectable()
export class AfterReroutes {
  private readonly logger = new Logger('Reroutes');

  constructor(
    private readonly dataSource: DataSource,
    private readonly lookups: PostLookups,
    private readonly writer: PostWriter,
    private readonly slots: SlotsService,
    private readonly bells: BellsService,
    private readonly facts: FactWriter,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  async list(caller: Caller, { clientId, open, limit, cursor }: ReroutedQuery): Promise<Page<Rerouted>> {
    const before = decodeCursor(cursor, Cursor);
    const rows = await this.dataSource.query<Row[]>(
      `SELECT d.id AS "deliveryId", d.post_id AS "postId", d.client_id AS "clientId", d.channel_id AS "channelId", c.name AS "channelName", d.connector_id AS "connectorId",
              coalesce((SELECT left(content ->> 'text', 120) FROM parts WHERE delivery_id = d.id AND position = 0), '') AS text, d.due_at AS "dueAt", r.at, r.asked_at AS "askedAt", r.after, r.settled_as AS "settledAs", d.version,
              coalesce((SELECT jsonb_agg(jsonb_build_object('deliveryId', f.id, 'channelName', n.name, 'connectorId', f.connector_id, 'state', f.state,
                 'url', (SELECT url FROM parts WHERE delivery_id = f.id AND position = 0)) ORDER BY n.name, f.id)
                 FROM reroute_children k JOIN deliveries f ON f.id = k.child_id JOIN channels n ON n.id = f.channel_id WHERE k.delivery_id = d.id), '[]') AS instead
         FROM reroutes r JOIN deliveries d ON d.id = r.delivery_id JOIN channels c ON c.id = d.channel_id
        WHERE r.workspace_id = $1 AND ($2::uuid IS NULL OR d.client_id = $2) AND (NOT $3::boolean OR r.settled_at IS NULL AND r.after IN ('ask', 'publish-edited'))
          AND ($4::timestamptz IS NULL OR (r.at, r.delivery_id) < ($4, $5::uuid))
        ORDER BY r.at DESC, r.delivery_id DESC LIMIT $6`,
      [caller.workspaceId, clientId ?? null, open ?? false, before?.[0] ?? null, before?.[1] ?? null, limit + 1],
    );
    return toPage(
      rows.map(({ askedAt, ...row }) => ({
        ...row, dueAt: row.dueAt.toISOString(), at: row.at.toISOString(),
        until: row.settledAs === null && row.after !== 'skip' && row.after !== 'publish-anyway' ? new Date(askedAt.getTime() + PATIENCE_MS).toISOString() : null,
      })),
      limit,
      (row) => [row.at, row.deliveryId],
    );
  }

  /** @throws DomainError delivery-not-found, edited-meanwhile, already-settled, not-out-elsewhere, media-not-found, content-breaks-limits, no-free-slot */
  async settle(caller: Caller, deliveryId: string, { version, how, content }: Settle): Promise<void> {
    const { workspaceId, actor } = caller;
    const added = await againAfterDeadlock(() => this.dataSource.transaction(async (manager) => {
      const [known] = await manager.query<{ version: number }[]>('SELECT version FROM deliveries WHERE id = $1 AND workspace_id = $2 FOR UPDATE', [deliveryId, workspaceId]);
      if (!known) throw fail('delivery-not-found');
      if (known.version !== version) throw fail('edited-meanwhile', {}, { version: known.version });
      const [open] = await this.open(manager, 'r.delivery_id = $1', [deliveryId], 'LIMIT 1 FOR UPDATE OF r');
      if (!open) throw fail('already-settled');
      if (!open.isOut) throw fail('not-out-elsewhere');
      const [said] = content ? await this.lookups.contents(manager, workspaceId, [content.parts]) : [];
      const parts = said?.parts ?? open.edited?.parts ?? open.own;
      const lateId = how === 'skip' ? null : await this.publish(manager, open, { parts, inSlot: how === 'next-slot', isApproved: true });
      await this.close(manager, open, { how, actor, lateId });
      return lateId;
    }));
    if (added !== null) await this.bells.ring([added]);
  }

  /** What decides itself: left out at once or when nobody decided, or published all the same, once it is out elsewhere; each by itself, so that none stands in another's way. @returns how many */
  async settleRipe(): Promise<number> {
    const ripe = await this.open(this.dataSource.manager, isRipe, [PATIENCE_MS], `LIMIT ${AT_ONCE}`);
    const added: string[] = [];
    let count = 0;
    for (const { id } of ripe) {
      try {
        const lateId = await againAfterDeadlock(() => this.dataSource.transaction((manager) => this.settleItself(manager, id)));
        if (lateId !== null) added.push(lateId);
        count += 1;
      } catch (error) {
        this.logger.error(`What follows delivery ${id} on its own platform could not be settled; tried again in a moment: ${String(error)}`);
      }
    }
    await this.bells.ring(added);
    return count;
  }

  /** @returns the delivery by which it goes out late; null = left out, asked about, or settled by somebody else meanwhile */
  private async settleItself(manager: EntityManager, id: string): Promise<string | null> {
    const [one] = await this.open(manager, `${isRipe} AND r.delivery_id = $2`, [PATIENCE_MS, id], 'LIMIT 1 FOR UPDATE OF r SKIP LOCKED');
    if (!one) return null;
    const parts = one.after === 'publish-anyway' ? one.own : one.after === 'publish-edited' ? one.edited?.parts : undefined;
    const isApproved = one.after === 'publish-edited' || one.isReady;
    const lateId = parts ? await this.publishByItself(manager, one, { parts, inSlot: false, isApproved }) : null;
    if (lateId === NOT_TAKEN) {
      await this.ask(manager, one);
      return null;
    }
    await this.close(manager, one, { how: lateId === null ? 'skip' : 'publish', actor: itself, lateId });
    return lateId;
  }

  private open(manager: EntityManager, where: string, params: readonly unknown[], locked: string): Promise<Open[]> {
    return manager.query<Open[]>(
      `SELECT d.id, d.workspace_id AS "workspaceId", d.client_id AS "clientId", d.post_id AS "postId", d.channel_id AS "channelId", r.after, ${outElsewhere} AS "isOut", o.editing = 'ready' AS "isReady",
              (SELECT b.content FROM fallbacks b WHERE b.post_id = d.post_id AND b.channel_id = d.channel_id AND b.approved_at IS NOT NULL) AS edited,
              coalesce((SELECT x.variant -> 'parts' FROM post_channels x WHERE x.post_id = d.post_id AND x.channel_id = d.channel_id AND x.variant IS NOT NULL), o.content -> 'parts') AS own
         FROM reroutes r JOIN deliveries d ON d.id = r.delivery_id JOIN posts o ON o.id = d.post_id
        WHERE r.settled_at IS NULL AND d.state = 'rerouted' AND ${where} ORDER BY r.at ${locked}`,
      [...params],
    );
  }

  /** As `publish`, where nobody reads it again: what speaks of its time is a person's once it is late. What was edited for it was written to be late. */
  private async publishByItself(manager: EntityManager, gone: Gone, late: Late): Promise<string | typeof NOT_TAKEN> {
    if (gone.after === 'publish-anyway' && timeWordOf(late.parts.map(({ text }) => text)) !== null) return NOT_TAKEN;
    return this.publish(manager, gone, late).catch(asNotTaken);
  }

  /**
   * A new delivery of its own, once: due in the client's day, looked for before it goes (somebody may have posted it by hand),
   * held while its platform is down.
   */
  private async publish(manager: EntityManager, { id, workspaceId, clientId, postId, channelId }: Gone, { parts, inSlot, isApproved }: Late): Promise<string> {
    const client = await this.lookups.client(manager, workspaceId, clientId);
    const [channel] = await this.lookups.channels(manager, workspaceId, clientId, [channelId]);
    if (!channel) throw fail('channel-not-found', { channelId });
    const violations = brokenRules(channel, parts);
    if (violations.length > 0) throw fail('content-breaks-limits', {}, { violations });
    const [slot] = inSlot ? await this.slots.nextFree(manager, client, [channelId], 1, true) : [];
    if (inSlot && !slot) throw fail('no-free-slot');
    const dueAt: Instant = slot?.at ?? nextOpening(client.day, this.clock.now());
    const added = {
      id: uuid(), postId, seriesId: null, channelId, connectorId: channel.connectorId, componentId: channel.componentId, origin: `late:${id}`,
      choice: 'can-wait' as const, dueAt, deadlineAt: lateLimit('can-wait', {}, dueAt, client.day), approved: isApproved, parts: partsFor(channel, parts),
    };
    await this.writer.insertDeliveries(manager, { workspaceId, clientId }, [added]);
    return added.id;
  }

  /** Told to whoever listens, and recorded. */
  private async close(manager: EntityManager, one: Gone, { how, actor, lateId }: End): Promise<void> {
    const { id, workspaceId } = one;
    await manager.query('UPDATE reroutes SET settled_at = now(), settled_as = $2 WHERE delivery_id = $1', [id, lateId === null ? 'skipped' : 'published']);
    const unasked = lateId === null && actor === itself && one.after !== 'skip';
    await this.facts.write(manager, [{ kind: 'reroute.settled', workspaceId, subjectId: id, payload: deliveryFact(one, { how, lateDeliveryId: lateId, unasked }) }]);
    await this.audit.record(manager, { workspaceId, actor, action: 'reroute.settled', subject: 'delivery', subjectId: id, details: { how, ...(unasked && { unasked }) } });
  }

  /** Its own platform would not take it as it was meant to go: it stands in the review list, and there is time to decide from now on. */
  private async ask(manager: EntityManager, { id, workspaceId, after }: Gone): Promise<void> {
    await manager.query(`UPDATE reroutes SET after = 'ask', asked_at = now() WHERE delivery_id = $1`, [id]);
    await this.audit.record(manager, { workspaceId, actor: itself, action: 'reroute.left-open', subject: 'delivery', subjectId: id, details: { after } });
  }
}

const NOT_TAKEN = Symbol('not taken');

/** Its channel is gone, or would not take it, or nobody should say it so late: the rest must not wait for it. */
function asNotTaken(error: unknown): typeof NOT_TAKEN {
  if (error instanceof DomainError) return NOT_TAKEN;
  throw error;
}
