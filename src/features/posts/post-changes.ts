import type { Instant } from '../../core/instant.js';
import type { ClientDay } from '../../core/day.js';
import { stateNames } from '../../core/delivery.js';
import { lateLimit } from '../../core/policy.js';
import { fail } from './post-problems.js';
import type { PostChannel } from './post-locks.service.js';
import { followsPost, isOpen, standsInstead } from './post-locks.service.js';
import type { Placement } from './post-deliveries.service.js';
import { planDelivery } from './post-plan.js';
import type { ChannelRow, Content, DeliveryRow, PlannedDelivery, PostRow } from './post-rows.js';
import { partsFor } from './post-violations.js';

/** A post as its author wants it now. */
export interface Wanted {
  readonly post: Pick<PostRow, 'editing' | 'choice' | 'policy' | 'dueAt'>;
  readonly content: Content;
  readonly variants: ReadonlyMap<string, Content>;
  readonly channels: readonly ChannelRow[];
  readonly day: ClientDay;
}

export interface Changes {
  readonly added: readonly PlannedDelivery[];
  readonly placed: readonly Placement[];
  /** What the parts that are not out shall say. */
  readonly reworded: readonly Pick<PlannedDelivery, 'id' | 'channelId' | 'parts'>[];
  /** Deliveries of channels taken out: never tried, or ended as cancelled. */
  readonly erased: readonly string[];
  readonly cancelled: readonly string[];
  /** Fallbacks that are not out and say what the post says. */
  readonly following: readonly DeliveryRow[];
  /** Channels whose limits matter: something is still to go out there. */
  readonly checked: readonly ChannelRow[];
}

/**
 * What has to happen to the deliveries of a post, so that it becomes what is wanted. Parts that are out are never touched, nor
 * what went another way and is out there; what may still come back from there shall come back as the post reads by then.
 * @throws DomainError thread-begun, channel-ended, on-its-way-elsewhere, went-there-instead
 */
export function changesTo(deliveries: readonly DeliveryRow[], before: { readonly dueAt: Instant | null; readonly channels: readonly PostChannel[] }, wanted: Wanted): Changes {
  const moved = wanted.post.dueAt !== before.dueAt;
  if (moved && deliveries.some(({ comesBack }) => comesBack)) throw fail('on-its-way-elsewhere');
  const erased: string[] = [];
  const cancelled: string[] = [];
  for (const channel of before.channels.filter(({ id }) => !wanted.channels.some((one) => one.id === id))) {
    for (const delivery of deliveries.filter((one) => one.channelId === channel.id && isPlanned(one))) {
      if (delivery.state === 'cancelled' || delivery.state === 'skipped') continue;
      if (delivery.state !== 'scheduled' && delivery.state !== 'held') throw fail('channel-ended', { channel: channel.name, state: stateNames[delivery.state] });
      if (delivery.out > 0) throw fail('thread-begun', { channel: channel.name });
      (delivery.touched ? cancelled : erased).push(delivery.id);
    }
  }

  const added: PlannedDelivery[] = [];
  const placed: Placement[] = [];
  const reworded: Pick<PlannedDelivery, 'id' | 'channelId' | 'parts'>[] = [];
  const checked: ChannelRow[] = [];
  for (const channel of wanted.channels) {
    const parts = (wanted.variants.get(channel.id) ?? wanted.content).parts;
    const mine = deliveries.filter((one) => one.channelId === channel.id && isPlanned(one));
    const wasThere = before.channels.some(({ id }) => id === channel.id);
    if (mine.length === 0 || !wasThere) {
      if (deliveries.some((one) => one.channelId === channel.id && standsInstead(one))) throw fail('went-there-instead', { channel: channel.name });
      const [old] = mine; // a channel taken out and put back: the row of before stays in the history
      const delivery = planDelivery(channel, parts, { ...wanted.post, day: wanted.day }, old ? `again:${old.id}` : 'post');
      if (delivery) {
        added.push(delivery);
        checked.push(channel);
      }
      continue;
    }
    for (const delivery of mine.filter((one) => isOpen(one) || one.comesBack)) {
      if (delivery.out > 0 && parts.length <= delivery.out) throw fail('thread-begun', { channel: channel.name });
      placed.push(placement(delivery, moved, wanted));
      reworded.push({ id: delivery.id, channelId: channel.id, parts: partsFor(channel, parts) });
      checked.push(channel);
    }
  }
  return { added, placed, reworded, erased, cancelled, checked, following: deliveries.filter(followsPost) };
}

/** Planned by its author: no fallback, and nothing that goes out late after one. */
const isPlanned = ({ origin }: DeliveryRow): boolean => origin !== 'fallback' && !origin.startsWith('late:');

/** A thread that has begun keeps its time: it only goes forward. */
function placement(delivery: DeliveryRow, postMoved: boolean, { post, day }: Wanted): Placement {
  const moved = postMoved && delivery.out === 0 && post.dueAt !== null;
  const dueAt = moved && post.dueAt !== null ? post.dueAt : delivery.dueAt;
  return { id: delivery.id, choice: post.choice, approved: post.editing === 'ready', dueAt, deadlineAt: lateLimit(post.choice, post.policy, dueAt, day), moved };
}
