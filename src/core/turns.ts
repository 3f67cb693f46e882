import { type ClientDay, endOf, nextOpening } from './day.js';
import type { Instant } from './instant.js';

/** A late delivery that may go now, as soon as it is its turn. */
export interface Waiting {
  readonly id: string;
  /** Whose it is: tenants take turns. */
  readonly tenant: string;
  readonly channelId: string;
  readonly deadlineAt: Instant;
  readonly dueAt: Instant;
  /** A person said: go. */
  readonly released: boolean;
}

/** What tenants are owed (above 0) or had in advance, by tenant. Who waits for nothing is owed nothing. */
export type Credits = Readonly<Record<string, number>>;

export interface Turns<W extends Waiting> {
  readonly chosen: readonly W[];
  readonly credits: Credits;
}

/**
 * Deficit round robin: with each post that goes, every tenant that waits is owed its share of a turn, and the one that is
 * owed most goes next. Inside a tenant what a person released goes first, then the earliest deadline; of a channel one at a time.
 * @param most how many may go now
 */
export function takeTurns<W extends Waiting>(waiting: readonly W[], credits: Credits, most: number): Turns<W> {
  const queues = new Map<string, W[]>();
  for (const one of waiting.toSorted(soonest)) queues.set(one.tenant, [...(queues.get(one.tenant) ?? []), one]);
  const owed = new Map([...queues.keys()].map((tenant) => [tenant, credits[tenant] ?? 0]));
  const served = new Set<string>();
  const chosen: W[] = [];
  while (chosen.length < most && queues.size > 0) {
    const [tenant, queue] = [...queues].reduce((best, other) => (isBefore(other, best, owed) ? other : best));
    const next = queue.shift();
    if (queue.length === 0) queues.delete(tenant);
    if (!next || served.has(next.channelId)) continue;
    const share = 1 / owed.size;
    for (const [name, credit] of owed) owed.set(name, credit + share - (name === tenant ? 1 : 0));
    served.add(next.channelId);
    chosen.push(next);
  }
  return { chosen, credits: Object.fromEntries(owed) };
}

function isBefore<W extends Waiting>([tenant, [head]]: [string, W[]], [other, [otherHead]]: [string, W[]], owed: ReadonlyMap<string, number>): boolean {
  const more = (owed.get(tenant) ?? 0) - (owed.get(other) ?? 0);
  if (Math.abs(more) > 1e-9 || !head || !otherHead) return more > 0;
  return soonest(head, otherHead) < 0;
}

function soonest(one: Waiting, other: Waiting): number {
  return Number(other.released) - Number(one.released) || finite(one.deadlineAt) - finite(other.deadlineAt) || one.dueAt - other.dueAt || (one.id < other.id ? -1 : 1);
}

/** Infinity less Infinity is no order. */
const finite = (at: Instant): number => Math.min(at, Number.MAX_SAFE_INTEGER);

/** When the turns of one channel come at the soonest, the first at `from`, `gapMs` apart, inside the client's day. */
export function turnTimes({ from, gapMs, day, count }: { readonly from: Instant; readonly gapMs: number; readonly day: ClientDay; readonly count: number }): readonly Instant[] {
  const times: Instant[] = [];
  let closes = -Infinity;
  for (let at = from; times.length < count; at += gapMs) {
    if (at >= closes) {
      at = nextOpening(day, at);
      closes = Math.max(endOf(day, at), at + 1);
    }
    times.push(at);
  }
  return times;
}
