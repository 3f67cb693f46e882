import { v7 as uuid } from 'uuid';
import type { ClientDay } from '../../core/day.js';
import type { Instant } from '../../core/instant.js';
import type { PartContent } from '../../core/part.js';
import { type Choice, lateLimit, type Policy } from '../../core/policy.js';
import type { ChannelRow, Content, Editing, PlannedChannel, PlannedDelivery } from './post-rows.js';
import { partsFor } from './post-violations.js';

export interface DeliveryTerms {
  readonly editing: Editing;
  readonly choice: Choice;
  readonly policy: Policy;
  readonly dueAt: Instant | null;
  readonly day: ClientDay;
}

/** What a post has on one channel. A draft, or a post without a time, has no delivery yet. */
export function planChannel(channel: ChannelRow, content: Content, variant: Content | null, terms: DeliveryTerms): PlannedChannel {
  return { channelId: channel.id, variant, delivery: planDelivery(channel, (variant ?? content).parts, terms) };
}

export function planDelivery(channel: ChannelRow, parts: readonly PartContent[], terms: DeliveryTerms, origin = 'post'): PlannedDelivery | null {
  const { editing, choice, policy, dueAt, day } = terms;
  if (editing === 'draft' || dueAt === null) return null;
  return {
    id: uuid(), channelId: channel.id, connectorId: channel.connectorId, componentId: channel.componentId, origin, choice, dueAt,
    deadlineAt: lateLimit(choice, policy, dueAt, day), approved: editing === 'ready', parts: partsFor(channel, parts),
  };
}
