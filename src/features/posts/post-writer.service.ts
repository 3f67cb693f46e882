import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { timeWordIn } from '../../core/time-words.js';
import { storable } from '../../infra/facts/fact-writer.js';
import type { PlannedDelivery, PlannedPost } from './post-rows.js';

/** Posts to a statement: enough for speed, small enough that one parameter stays under a few MB. */
const AT_ONCE = 1_000;

/** Writes posts with all that hangs on them, a few statements for however many. Call it inside a transaction. */
@Injectable()
export class PostWriter {
  /** @returns ids of the posts that were written: of a series, an occurrence that is there already is left alone. */
  async insert(manager: EntityManager, workspaceId: string, posts: readonly PlannedPost[]): Promise<ReadonlySet<string>> {
    const written = new Set<string>();
    for (let i = 0; i < posts.length; i += AT_ONCE) {
      const some = posts.slice(i, i + AT_ONCE);
      const rows = await manager.query<{ id: string }[]>(
        `INSERT INTO posts (id, workspace_id, client_id, series_id, occurrence, editing, choice, policy, content, zone, wall_at, due_at,
                            evergreen, labels, version, created_by)
         SELECT id, $2, "clientId", "seriesId", occurrence, editing, choice, policy, content, zone, "wallAt", to_timestamp("dueAt" / 1000),
                evergreen, labels, version, "createdBy"
           FROM jsonb_to_recordset($1::jsonb) AS p (id uuid, "clientId" uuid, "seriesId" uuid, occurrence timestamp, editing text, choice text,
             policy jsonb, content jsonb, zone text, "wallAt" timestamp, "dueAt" float8, evergreen boolean, labels text[], version int, "createdBy" jsonb)
         ON CONFLICT (series_id, occurrence) DO NOTHING
         RETURNING id`,
        [storable(some.map((post) => ({ ...post, channels: undefined }))), workspaceId],
      );
      for (const { id } of rows) written.add(id);
      const fresh = some.filter(({ id }) => written.has(id));
      await this.insertChannels(manager, workspaceId, fresh);
      for (const clientId of new Set(fresh.map((post) => post.clientId))) {
        await this.insertDeliveries(
          manager,
          { workspaceId, clientId },
          fresh.flatMap((post) =>
            post.clientId !== clientId ? [] : post.channels.flatMap(({ delivery }) => (delivery ? [{ ...delivery, postId: post.id, seriesId: post.seriesId }] : [])),
          ),
        );
      }
    }
    return written;
  }

  private async insertChannels(manager: EntityManager, workspaceId: string, posts: readonly PlannedPost[]): Promise<void> {
    const rows = posts.flatMap((post) => post.channels.map(({ channelId, variant }) => ({ postId: post.id, channelId, variant })));
    if (rows.length === 0) return;
    await manager.query(
      `INSERT INTO post_channels (post_id, channel_id, workspace_id, variant)
       SELECT "postId", "channelId", $2, nullif(variant, 'null'::jsonb)
         FROM jsonb_to_recordset($1::jsonb) AS c ("postId" uuid, "channelId" uuid, variant jsonb)`,
      [storable(rows), workspaceId],
    );
  }

  /** New deliveries of one client, scheduled, with their parts. */
  async insertDeliveries(
    manager: EntityManager,
    { workspaceId, clientId }: { readonly workspaceId: string; readonly clientId: string },
    deliveries: readonly (PlannedDelivery & { readonly postId: string; readonly seriesId: string | null })[],
  ): Promise<void> {
    if (deliveries.length === 0) return;
    await manager.query(
      `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, series_id, connector_id, component_id, origin, state, choice,
                               due_at, ready_at, deadline_at, approved)
       SELECT id, $2, $3, "postId", "channelId", "seriesId", "connectorId", "componentId", origin, 'scheduled', choice,
              to_timestamp("dueAt" / 1000), to_timestamp("dueAt" / 1000), to_timestamp("deadlineAt" / 1000), approved
         FROM jsonb_to_recordset($1::jsonb) AS d (id uuid, "postId" uuid, "channelId" uuid, "seriesId" uuid, "connectorId" text, "componentId" text,
           origin text, choice text, "dueAt" float8, "deadlineAt" float8, approved boolean)`,
      [JSON.stringify(deliveries.map((delivery) => ({ ...delivery, parts: undefined }))), workspaceId, clientId],
    );
    await this.insertParts(manager, workspaceId, partRows(deliveries));
  }

  /**
   * Makes the parts that are not out say this. A part whose words change becomes another part: its key goes with it, so
   * that no platform mistakes the new text for a repeat of the old, and nothing that was prepared for it is used.
   */
  async writeParts(manager: EntityManager, workspaceId: string, deliveries: readonly Pick<PlannedDelivery, 'id' | 'channelId' | 'parts'>[]): Promise<void> {
    if (deliveries.length === 0) return;
    const wanted = partRows(deliveries);
    await manager.query(
      `WITH stale AS (
         SELECT p.id FROM parts p
          WHERE p.delivery_id = ANY($2::uuid[]) AND p.published_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM jsonb_to_recordset($1::jsonb) AS w ${partColumns}
                             WHERE w."deliveryId" = p.delivery_id AND w.position = p.position AND w.content = p.content)
            FOR UPDATE),
       forgotten AS (DELETE FROM kept_refs WHERE part_id IN (SELECT id FROM stale))
       DELETE FROM parts WHERE id IN (SELECT id FROM stale)`,
      [storable(wanted), deliveries.map(({ id }) => id)],
    );
    await this.insertParts(manager, workspaceId, wanted);
  }

  private async insertParts(manager: EntityManager, workspaceId: string, rows: readonly unknown[]): Promise<void> {
    await manager.query(
      `INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content, time_word, words_read)
       SELECT id, "deliveryId", $2, "channelId", position, kind, content, "timeWord", true FROM jsonb_to_recordset($1::jsonb) AS w ${partColumns}
       ON CONFLICT (delivery_id, position) DO NOTHING`,
      [storable(rows), workspaceId],
    );
  }
}

const partColumns = `(id uuid, "deliveryId" uuid, "channelId" uuid, position smallint, kind text, content jsonb, "timeWord" text)`;

function partRows(deliveries: readonly Pick<PlannedDelivery, 'id' | 'channelId' | 'parts'>[]) {
  return deliveries.flatMap(({ id, channelId, parts }) =>
    parts.map((content, position) => ({ id: uuid(), deliveryId: id, channelId, position, kind: position === 0 ? 'post' : 'reply', content, timeWord: timeWordIn(content.text) })),
  );
}
