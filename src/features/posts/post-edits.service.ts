import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { asksForItsOwn } from '../../connectors/registry.js';
import { readWall } from '../../core/wall-time.js';
import { Clock } from '../../infra/clock.js';
import { againAfterDeadlock } from '../../infra/database/deadlock.js';
import { FactWriter, storable } from '../../infra/facts/fact-writer.js';
import type { FactKind } from '../../infra/facts/facts.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { BellsService } from './bells.service.js';
import { type Changes, changesTo, type Wanted } from './post-changes.js';
import { PostDeliveries } from './post-deliveries.service.js';
import type { AtVersion, PostEdit, PostMove } from './post-input.schema.js';
import { type LockedPost, type PostChannel, PostLocks } from './post-locks.service.js';
import { PostLookups } from './post-lookups.service.js';
import { fail } from './post-problems.js';
import type { ChannelRow, ClientRow, Content, DeliveryRow, PostRow } from './post-rows.js';
import { type Timed, timeChosen } from './post-timing.js';
import { partsFor } from './post-violations.js';
import { PostWriter } from './post-writer.service.js';
import { assertWithinLimits, PostsService } from './posts.service.js';
import { saysAsSeries } from './series-fallbacks.service.js';

/** Changes to posts that are there: edited, moved, cancelled. Never while something of them is in flight. */
@Injectable()
export class PostEdits {
  constructor(
    private readonly dataSource: DataSource,
    private readonly posts: PostsService,
    private readonly locks: PostLocks,
    private readonly lookups: PostLookups,
    private readonly writer: PostWriter,
    private readonly deliveries: PostDeliveries,
    private readonly facts: FactWriter,
    private readonly audit: AuditService,
    private readonly bells: BellsService,
    private readonly clock: Clock,
  ) {}

  edit(caller: Caller, postId: string, edit: PostEdit): Promise<void> {
    return this.change(caller, postId, edit, (_, client, post) => this.timeOf(edit, client, post));
  }

  move(caller: Caller, postId: string, move: PostMove): Promise<void> {
    return this.change(caller, postId, { version: move.version }, async (manager, client, post) => {
      if (!move.slot) return this.timeOf(move, client, post);
      const channels = await this.locks.channelsOf(manager, post.id);
      return this.posts.slotFor(manager, client, channels.map(({ id }) => id));
    });
  }

  async cancel(caller: Caller, postId: string, { version }: AtVersion): Promise<void> {
    await againAfterDeadlock(() => this.dataSource.transaction(async (manager) => {
      const { post, deliveries } = await this.locks.lock(manager, caller.workspaceId, { postId, version });
      const waiting = deliveries.filter(({ state, out }) => (state === 'scheduled' || state === 'held') && out === 0);
      const stuck = deliveries.filter(({ state }) => state === 'failed' || state === 'missed');
      if (deliveries.length > 0 && waiting.length + stuck.length === 0) throw fail('nothing-left');
      await this.deliveries.cancel(manager, waiting.map(({ id }) => id), caller.actor.name);
      const isOut = deliveries.some(({ state, out }) => state === 'published' || out > 0); // what is out elsewhere is a published delivery of the post as well
      await manager.query(
        `UPDATE posts SET cancelled_at = CASE WHEN $2 THEN NULL ELSE now() END, version = version + 1, updated_at = now() WHERE id = $1`,
        [post.id, isOut],
      );
      await this.record(manager, caller, post, 'post.cancelled');
    }));
  }

  private async change(
    caller: Caller,
    postId: string,
    edit: PostEdit,
    when: (manager: EntityManager, client: ClientRow, post: PostRow) => Promise<Timed | null> | Timed | null,
  ): Promise<void> {
    const touched = await againAfterDeadlock(() => this.dataSource.transaction(async (manager) => {
      const locked = await this.locks.lock(manager, caller.workspaceId, { postId, version: edit.version });
      const { post } = locked;
      const editing = edit.editing ?? post.editing;
      if (editing === 'draft' && post.editing !== 'draft') throw fail('already-planned');

      const client = await this.lookups.client(manager, caller.workspaceId, post.clientId);
      const before = await this.locks.channelsOf(manager, post.id);
      const channels = await this.channelsFor(manager, caller, post, edit, before);
      await this.lookups.outlets(manager, caller.workspaceId, post.clientId, edit.policy?.rerouteTo);
      const said = await this.saidBy(manager, caller, { edit, post, before, channels });
      const timed = await when(manager, client, post);
      if (editing !== 'draft' && !timed) throw fail('time-needed');
      if (editing !== 'draft' && channels.length === 0) throw fail('channels-needed');

      const next: PostRow = {
        ...post, editing, choice: edit.choice ?? post.choice, policy: edit.policy ?? post.policy, content: said.content, ...timed,
        evergreen: edit.evergreen ?? post.evergreen, labels: edit.labels ?? post.labels,
      };
      const wanted: Wanted = { post: next, ...said, channels, day: client.day };
      const changes = changesTo(locked.deliveries, { dueAt: post.dueAt, channels: before }, wanted);
      assertOpen(edit, locked, changes, next);
      if (editing !== 'draft') assertWithinLimits(changes.checked, said.content, said.variants);
      await this.write(manager, caller, { next, wanted, changes, edit });
      await this.record(manager, caller, next, post.editing === 'draft' && editing !== 'draft' ? 'post.scheduled' : 'post.changed');
      return [...changes.added, ...changes.placed, ...changes.following].map(({ id }) => id);
    }));
    await this.bells.ring(touched);
  }

  private async write(
    manager: EntityManager,
    caller: Caller,
    { next, wanted, changes, edit }: { readonly next: PostRow; readonly wanted: Wanted; readonly changes: Changes; readonly edit: PostEdit },
  ): Promise<void> {
    await manager.query(
      `UPDATE posts SET editing = $2, choice = $3, policy = $4, content = $5, zone = $6, wall_at = $7, due_at = to_timestamp($8::float8 / 1000),
              evergreen = $9, labels = $10, detached = series_id IS NOT NULL, version = version + 1, updated_at = now() WHERE id = $1`,
      [next.id, next.editing, next.choice, JSON.stringify(next.policy), storable(next.content), next.zone, next.wallAt, next.dueAt, next.evergreen, next.labels],
    );
    if (edit.channelIds || edit.variants) {
      await manager.query('DELETE FROM post_channels WHERE post_id = $1', [next.id]);
      await manager.query(
        `INSERT INTO post_channels (post_id, channel_id, workspace_id, variant)
         SELECT $1, "channelId", $2, nullif(variant, 'null'::jsonb) FROM jsonb_to_recordset($3::jsonb) AS c ("channelId" uuid, variant jsonb)`,
        [next.id, caller.workspaceId, storable(wanted.channels.map(({ id }) => ({ channelId: id, variant: wanted.variants.get(id) ?? null })))],
      );
    }
    if (next.seriesId !== null && (edit.content || edit.variants)) await this.standAlone(manager, next.id);
    await this.deliveries.erase(manager, changes.erased);
    await this.deliveries.cancel(manager, changes.cancelled, caller.actor.name);
    await this.deliveries.place(manager, changes.placed);
    await this.writer.writeParts(manager, caller.workspaceId, changes.reworded);
    if (edit.content || edit.editing) await this.follow(manager, caller.workspaceId, changes.following, next);
    await this.writer.insertDeliveries(
      manager,
      { workspaceId: caller.workspaceId, clientId: next.clientId },
      changes.added.map((delivery) => ({ ...delivery, postId: next.id, seriesId: next.seriesId })),
    );
  }

  /** An occurrence that says something else than its series: what was approved elsewhere for that one is a draft, until somebody stands to it. */
  private async standAlone(manager: EntityManager, postId: string): Promise<void> {
    const [rows] = await manager.query<[{ id: string | null }[], number]>(
      `UPDATE fallbacks f SET approved_by = NULL, approved_at = NULL, version = f.version + 1, of_series = false, updated_at = now()
        WHERE f.post_id = $1 AND f.of_series AND f.approved_at IS NOT NULL AND EXISTS (SELECT 1 FROM posts p JOIN series s ON s.id = p.series_id WHERE p.id = $1 AND NOT ${saysAsSeries('p', 's')})
       RETURNING (SELECT d.id FROM deliveries d WHERE d.post_id = f.post_id AND d.channel_id = f.channel_id AND d.origin = 'fallback'
                     AND NOT EXISTS (SELECT 1 FROM parts p WHERE p.delivery_id = d.id AND p.published_at IS NOT NULL)) AS id`,
      [postId],
    );
    await this.deliveries.approve(manager, rows.flatMap(({ id }) => id ?? []), false);
  }

  /** What goes out in a channel's place and has no words of its own says what the post says by now, once that is approved. */
  private async follow(manager: EntityManager, workspaceId: string, following: readonly DeliveryRow[], { content, editing }: PostRow): Promise<void> {
    const channels = await this.lookups.known(manager, workspaceId, following.map(({ channelId }) => channelId));
    const followers = following.flatMap(({ id, channelId }) => {
      const channel = channels.find((one) => one.id === channelId);
      return channel && !asksForItsOwn(channel.connectorId) ? [{ id, channelId, parts: partsFor(channel, content.parts) }] : [];
    });
    await this.writer.writeParts(manager, workspaceId, followers);
    await this.deliveries.approve(manager, followers.map(({ id }) => id), editing === 'ready');
  }

  /** The channels there were stay known, also if they were archived since; new ones have to be usable. */
  private async channelsFor(manager: EntityManager, caller: Caller, post: PostRow, edit: PostEdit, before: readonly PostChannel[]): Promise<readonly ChannelRow[]> {
    if (!edit.channelIds) return before;
    const ids = edit.channelIds.map((id) => id.toLowerCase());
    const kept = before.filter(({ id }) => ids.includes(id));
    const added = ids.filter((id) => !kept.some((channel) => channel.id === id));
    return [...kept, ...(await this.lookups.channels(manager, caller.workspaceId, post.clientId, added))];
  }

  private async saidBy(
    manager: EntityManager,
    caller: Caller,
    { edit, post, before, channels }: { readonly edit: PostEdit; readonly post: PostRow; readonly before: readonly PostChannel[]; readonly channels: readonly ChannelRow[] },
  ): Promise<{ readonly content: Content; readonly variants: ReadonlyMap<string, Content> }> {
    const now = await this.posts.said(manager, caller.workspaceId, { content: edit.content ?? { parts: [] }, variants: edit.variants ?? [] }, channels);
    const kept = before.flatMap(({ id, variant }) => (variant && channels.some((channel) => channel.id === id) ? [[id, variant] as const] : []));
    return { content: edit.content ? now.content : post.content, variants: edit.variants ? now.variants : new Map(kept) };
  }

  /** A time that is not named, or named as it is, stays: also when it has passed. A draft's is looked at when it is planned. */
  private timeOf(edit: Pick<PostEdit, 'wallAt' | 'zone' | 'editing'>, client: ClientRow, post: PostRow): Timed | null {
    const wallAt = edit.wallAt ?? post.wallAt;
    const zone = edit.zone ?? post.zone ?? client.zone;
    if (wallAt === null) return null;
    const isPlanned = post.editing === 'draft' && edit.editing !== undefined && edit.editing !== 'draft';
    const isSame = post.zone === zone && post.wallAt !== null && post.wallAt === readWall(wallAt);
    if (isSame && !isPlanned && post.dueAt !== null) return { wallAt: post.wallAt, zone, dueAt: post.dueAt };
    return timeChosen(wallAt, zone, this.clock.now());
  }

  private async record(manager: EntityManager, caller: Caller, post: PostRow, kind: Extract<FactKind, `post.${string}`>): Promise<void> {
    const { workspaceId, actor } = caller;
    const payload = { postId: post.id, clientId: post.clientId, seriesId: post.seriesId, dueAt: post.dueAt };
    await this.facts.write(manager, [{ kind, workspaceId, subjectId: post.id, payload }]);
    await this.audit.record(manager, { workspaceId, actor, action: kind, subject: 'post', subjectId: post.id, details: { wallAt: post.wallAt, zone: post.zone, version: post.version } });
  }
}

/** Labels can be put on anything; all else needs something that is still to go out. */
function assertOpen(edit: PostEdit, { post }: LockedPost, changes: Changes, next: PostRow): void {
  const onlyLabels = Object.keys(edit).every((key) => ['version', 'labels', 'evergreen'].includes(key)) && next.dueAt === post.dueAt;
  const isOpenPost = next.editing === 'draft' || changes.following.length + changes.placed.length + changes.added.length + changes.erased.length + changes.cancelled.length > 0;
  if (!onlyLabels && !isOpenPost) throw fail('nothing-left');
}
