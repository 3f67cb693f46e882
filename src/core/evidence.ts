import type { DetectorConfig, Weights } from './detector-config.js';
import type { Instant } from './instant.js';
import type { Witness } from './signal.js';

/** One account's failures in the window: the first and the latest, so that it has one vote in each run of the sum. */
export interface Vote extends Witness {
  readonly process: string;
  readonly media: boolean;
  readonly first: Instant;
  readonly last: Instant;
}

/** One second's calls. */
export interface Bucket {
  readonly at: Instant;
  readonly oks: number;
  /** Of them, with text only. */
  readonly texts: number;
  readonly faults: number;
}

/** What a sum over the window says. `sum` 0: nothing. */
export interface Tally {
  readonly sum: number;
  readonly accounts: number;
  readonly groups: number;
  readonly processes: number;
  /** The oldest failure in the sum: its age is the dwell. */
  readonly oldest: Instant | null;
  readonly loudest: string | null;
}

const nothing: Tally = { sum: 0, accounts: 0, groups: 0, processes: 0, oldest: null, loudest: null };

/** Who counts as one witness (DESIGN §7): the workspace if enough of them use the component, else the client, else the account. */
export type GroupBy = 'workspace' | 'client' | 'account';

/** Adds a failure; a full list takes no new names (256 accounts decide nothing more than 255). */
export function voted(votes: readonly Vote[], vote: Omit<Vote, 'first' | 'last'>, at: Instant, most: number): readonly Vote[] {
  const i = votes.findIndex((one) => one.account === vote.account);
  const old = votes[i];
  if (!old) return votes.length >= most ? votes : [...votes, { ...vote, first: at, last: at }];
  if (at >= old.first && at <= old.last) return votes;
  return votes.with(i, { ...old, media: old.media && vote.media, first: Math.min(old.first, at), last: Math.max(old.last, at) });
}

/** Somewhat more than the window: between two judgements the list may run over. */
const MOST_SECONDS = 400;

/** Counts a call in its second; seconds may arrive out of order. */
export function counted(buckets: readonly Bucket[], at: Instant, add: Omit<Bucket, 'at'>): readonly Bucket[] {
  const second = Math.floor(at / 1_000) * 1_000;
  let i = buckets.length - 1;
  while (i >= 0 && (buckets[i]?.at ?? 0) > second) i--;
  const old = buckets[i];
  if (old?.at === second) {
    const next = buckets.slice();
    next[i] = { at: second, oks: old.oks + add.oks, texts: old.texts + add.texts, faults: old.faults + add.faults };
    return next;
  }
  const next = buckets.toSpliced(i + 1, 0, { at: second, ...add });
  return next.length > MOST_SECONDS ? next.slice(-MOST_SECONDS) : next;
}

interface LastGood {
  readonly okAt: Instant;
  readonly mediaOkAt: Instant;
  readonly at: Instant;
  readonly config: DetectorConfig;
}

/** Lets go of what no longer counts: failures older than the window stay as long as nothing has gone out since. */
export function pruned(votes: readonly Vote[], { okAt, mediaOkAt, at: now, config }: LastGood): readonly Vote[] {
  if (votes.length === 0) return votes;
  const from = now - config.windowMs;
  const answeredAt = (vote: Vote) => (vote.media ? mediaOkAt : okAt);
  const kept = (vote: Vote) => vote.last >= from || (vote.last > answeredAt(vote) && vote.last >= now - config.openMs);
  const early = (vote: Vote) => vote.first < from && vote.first <= answeredAt(vote) && vote.last !== vote.first;
  if (votes.every((vote) => kept(vote) && !early(vote))) return votes;
  return votes.filter(kept).map((vote) => (early(vote) ? { ...vote, first: vote.last } : vote));
}

export function groupOf(vote: Witness, by: GroupBy): string {
  return by === 'workspace' ? vote.workspace : by === 'client' ? vote.client : vote.account;
}

interface Sum {
  readonly votes: readonly Vote[];
  readonly buckets: readonly Bucket[];
  /** Only successes with media count. */
  readonly mediaOnly: boolean;
  readonly weights: Weights;
  readonly by: GroupBy;
}

/**
 * The sum of log-likelihoods, reset at zero (CUSUM): each failure one vote per account and run, each success counts.
 * `without`: a group left out (LOTO). Its successes stay in: that can only make an outage less likely.
 */
export function tally({ votes, buckets, mediaOnly, weights, by }: Sum, without: string | null = null): Tally {
  const events: { at: Instant; vote: Vote | null; oks: number }[] = [];
  let earliest = Number.POSITIVE_INFINITY;
  for (const vote of votes) {
    if (without !== null && groupOf(vote, by) === without) continue;
    events.push({ at: vote.first, vote, oks: 0 });
    if (vote.last > vote.first) events.push({ at: vote.last, vote, oks: 0 });
    if (vote.first < earliest) earliest = vote.first;
  }
  if (events.length === 0) return nothing;
  // Within a second failures come first, so that the order of arrival changes nothing.
  for (const bucket of buckets) {
    const oks = mediaOnly ? bucket.oks - bucket.texts : bucket.oks;
    if (oks > 0 && bucket.at + 999 >= earliest) events.push({ at: bucket.at + 999.5, vote: null, oks });
  }
  events.sort((a, b) => a.at - b.at || compare(a.vote?.account, b.vote?.account));

  let sum = 0;
  let oldest: Instant | null = null;
  const run = new Map<string, Vote>();
  for (const { at, vote, oks } of events) {
    if (vote && !run.has(vote.account)) {
      run.set(vote.account, vote);
      oldest ??= at;
      sum += weights.failure;
    } else if (!vote && sum > 0) {
      sum += oks * weights.success;
      if (sum <= 0) {
        sum = 0;
        oldest = null;
        run.clear();
      }
    }
  }
  return sum > 0 ? described(run, sum, oldest, by) : nothing;
}

function described(run: ReadonlyMap<string, Vote>, sum: number, oldest: Instant | null, by: GroupBy): Tally {
  const groups = new Map<string, number>();
  const processes = new Set<string>();
  for (const vote of run.values()) {
    const group = groupOf(vote, by);
    groups.set(group, (groups.get(group) ?? 0) + 1);
    processes.add(vote.process);
  }
  let loudest: string | null = null;
  for (const [group, count] of groups) if (loudest === null || count > (groups.get(loudest) ?? 0)) loudest = group;
  return { sum, accounts: run.size, groups: groups.size, processes: processes.size, oldest, loudest };
}

/** The sum without its loudest group. */
export function withoutLoudest(sum: Sum, whole: Tally): number {
  return whole.groups <= 1 ? 0 : tally(sum, whole.loudest).sum;
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
