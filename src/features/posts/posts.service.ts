import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { Clock } from '../../infra/clock.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { BellsService } from './bells.service.js';
import type { PostCreate } from './post-input.schema.js';
import { PostLookups } from './post-lookups.service.js';
import { planChannel } from './post-plan.js';
import { fail } from './post-problems.js';
import type { ChannelRow, ClientRow, Content, PlannedPost } from './post-rows.js';
import { type Timed, timeChosen } from './post-timing.js';
import { brokenRules } from './post-violations.js';
import { PostWriter } from './post-writer.service.js';
import { SlotsService } from './slots.service.js';

/** Makes posts. What happens to them afterwards: see post-edits.service.ts. */
@Injectable()
export class PostsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lookups: PostLookups,
    private readonly writer: PostWriter,
    private readonly slots: SlotsService,
    private readonly facts: FactWriter,
    private readonly audit: AuditService,
    private readonly bells: BellsService,
    private readonly clock: Clock,
  ) {}

  /** Writes the post with its channels, deliveries and parts in one transaction. @returns its id */
  async create(caller: Caller, input: PostCreate): Promise<string> {
    const post = await this.dataSource.transaction(async (manager) => {
      const planned = await this.plan(manager, caller, input);
      await this.writer.insert(manager, caller.workspaceId, [planned]);
      if (planned.editing !== 'draft') {
        await this.facts.write(manager, [
          { kind: 'post.scheduled', workspaceId: caller.workspaceId, subjectId: planned.id, payload: { postId: planned.id, clientId: planned.clientId, dueAt: planned.dueAt } },
        ]);
      }
      await this.audit.record(manager, { workspaceId: caller.workspaceId, actor: caller.actor, action: 'post.created', subject: 'post', subjectId: planned.id, details: { clientId: planned.clientId, wallAt: planned.wallAt, zone: planned.zone } });
      return planned;
    });
    await this.bells.ring(post.channels.flatMap(({ delivery }) => (delivery ? [delivery.id] : [])));
    return post.id;
  }

  private async plan(manager: EntityManager, caller: Caller, input: PostCreate): Promise<PlannedPost> {
    const client = await this.lookups.client(manager, caller.workspaceId, input.clientId);
    const channels = await this.lookups.channels(manager, caller.workspaceId, client.id, input.channelIds);
    await this.lookups.outlets(manager, caller.workspaceId, client.id, input.policy.rerouteTo);
    const { content, variants } = await this.said(manager, caller.workspaceId, input, channels);
    if (input.editing !== 'draft') {
      if (channels.length === 0) throw fail('channels-needed');
      assertWithinLimits(channels, content, variants);
    }
    const timed = await this.time(manager, client, input);
    const choice = input.choice ?? (input.slot ? 'can-wait' : 'today'); // DESIGN §8
    const terms = { editing: input.editing, choice, policy: input.policy, dueAt: timed?.dueAt ?? null, day: client.day };
    return {
      id: uuid(), clientId: client.id, seriesId: null, occurrence: null, editing: input.editing, choice, policy: input.policy, content,
      zone: timed?.zone ?? null, wallAt: timed?.wallAt ?? null, dueAt: timed?.dueAt ?? null, evergreen: input.evergreen, labels: input.labels,
      version: 1, createdBy: caller.actor,
      channels: channels.map((channel) => planChannel(channel, content, variants.get(channel.id) ?? null, terms)),
    };
  }

  /** Resolves what is said, in general and per channel. @throws DomainError variant-without-channel, variant-twice, media-not-found */
  async said(
    manager: EntityManager,
    workspaceId: string,
    { content, variants }: Pick<PostCreate, 'content' | 'variants'>,
    channels: readonly ChannelRow[],
  ): Promise<{ readonly content: Content; readonly variants: ReadonlyMap<string, Content> }> {
    const stray = variants.find(({ channelId }) => !channels.some(({ id }) => id === channelId.toLowerCase()));
    if (stray) throw fail('variant-without-channel', { channelId: stray.channelId });
    const twice = variants.find(({ channelId }, i) => variants.slice(0, i).some((other) => other.channelId.toLowerCase() === channelId.toLowerCase()));
    if (twice) throw fail('variant-twice', { channel: channels.find(({ id }) => id === twice.channelId.toLowerCase())?.name ?? twice.channelId });
    const [general = { parts: [] }, ...special] = await this.lookups.contents(manager, workspaceId, [content.parts, ...variants.map(({ parts }) => parts)]);
    return { content: general, variants: new Map(variants.map(({ channelId }, i) => [channelId.toLowerCase(), special[i] ?? general])) };
  }

  private async time(manager: EntityManager, client: ClientRow, input: PostCreate): Promise<Timed | null> {
    if (input.slot) return this.slotFor(manager, client, input.channelIds);
    if (input.wallAt !== undefined) return timeChosen(input.wallAt, input.zone ?? client.zone, this.clock.now());
    if (input.editing === 'draft') return null;
    throw fail('time-needed');
  }

  /** The client's next free slot, taken for the rest of the transaction. @throws DomainError no-free-slot */
  async slotFor(manager: EntityManager, client: ClientRow, channelIds: readonly string[]): Promise<Timed> {
    const [slot] = await this.slots.nextFree(manager, client, channelIds, 1, true);
    if (!slot) throw fail('no-free-slot');
    return { wallAt: slot.wall, zone: client.zone, dueAt: slot.at };
  }
}

/** @throws DomainError content-breaks-limits with everything that is wrong, on every channel at once */
export function assertWithinLimits(channels: readonly ChannelRow[], content: Content, variants: ReadonlyMap<string, Content>): void {
  const violations = channels.flatMap((channel) => brokenRules(channel, (variants.get(channel.id) ?? content).parts));
  if (violations.length > 0) throw fail('content-breaks-limits', {}, { violations });
}
