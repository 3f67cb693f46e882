import type { Answer, DetectorState, DownBy, DownKind, Row } from './detector-state.js';
import { type GroupBy, groupOf, tally, type Tally, type Vote, withoutLoudest } from './evidence.js';
import { isGuardOn } from './guard.js';

/** What the evidence in the window adds up to, before any state is changed. */
export interface Findings {
  readonly by: GroupBy;
  readonly c1: Tally;
  readonly c2: Tally;
  readonly loto1: number;
  readonly loto2: number;
  readonly busy: boolean;
  /** Something here is not yet explained: suspect. */
  readonly suspicious: boolean;
  /** A write failed, and none has gone out since that would answer for it. */
  readonly openWrite: boolean;
  /** A rule of §7 is met. */
  readonly down: { readonly kind: DownKind; readonly by: DownBy } | null;
  /** Share of failed calls in the window, 0 with too few. */
  readonly share: number;
}

/** Workspaces are the witnesses if enough of them use the component, else clients, else accounts (DESIGN §7). */
export function groupBy({ workspacesSeen, clientsSeen, config, clients }: DetectorState): GroupBy {
  if (workspacesSeen.length >= config.groupsMin) return 'workspace';
  return Math.max(clientsSeen.length, clients) >= config.groupsMin ? 'client' : 'account';
}

export function find(state: DetectorState): Findings {
  const { config, buckets } = state;
  const by = groupBy(state);
  // Failures of media alone are answered for by media only.
  const mediaOnly = state.faults1.length > 0 && state.faults1.every((vote) => vote.media);
  const sum1 = { votes: state.faults1, buckets, mediaOnly, weights: config.channel1, by };
  const sum2 = { votes: unexplained(state, by), buckets, mediaOnly: false, weights: config.channel2, by };
  const c1 = tally(sum1);
  const c2 = tally(sum2);
  const loto1 = c1.sum >= config.down.mixed.sum ? withoutLoudest(sum1, c1) : 0;
  const loto2 = c2.sum >= config.down.limits.sum ? withoutLoudest(sum2, c2) : 0;
  let oks = 0;
  let faults = 0;
  for (const bucket of buckets) {
    oks += bucket.oks;
    faults += bucket.faults;
  }
  const busy = oks >= config.suspect.busyOks;
  const openWrite = c1.sum >= (busy ? config.suspect.busy : config.suspect.quiet) || c2.sum >= (busy ? config.suspect.busy2 : config.suspect.quiet2);
  const sums = { by, c1, c2, loto1, loto2 };
  return {
    ...sums, busy, openWrite,
    suspicious: openWrite || state.probe.failures > 0 || state.shadow.failures > 0 || unread(state),
    down: downBy(state, sums),
    share: oks + faults >= config.degraded.shareCalls ? faults / (oks + faults) : 0,
  };
}

type Sums = Pick<Findings, 'by' | 'c1' | 'c2' | 'loto1' | 'loto2'>;

/** The first rule of §7's table that is met, the surest first. */
function downBy(state: DetectorState, sums: Sums): { kind: DownKind; by: DownBy } | null {
  const { c1, c2, loto1, loto2 } = sums;
  const { down, channel1 } = state.config;
  const guard = isGuardOn(state);
  const wide = c1.groups >= (sums.by === 'account' ? 1 : down.mixed.groups);
  const lotoOk = (least: number) => sums.by === 'account' || loto1 >= least;
  const dwell = (sum: Tally, ms: number) => sum.oldest !== null && state.at - sum.oldest >= ms;
  const two = (sum: Tally) => state.workers < 2 || sum.processes >= 2;
  const { probe, shadow } = state;

  const inRow = probe.failures >= down.probes.failures && probe.lastAt - probe.firstAt >= down.probes.overMs;
  if (inRow && (guard || c1.sum >= down.mixed.sum)) return { kind: 'unavailable', by: 'probes' };

  // Failures that something has answered for meanwhile weigh less than a row of them: a retry that succeeds is no outage.
  const answeredAt = state.faults1.every((vote) => vote.media) ? state.mediaOkAt : state.okAt;
  const least = c1.oldest !== null && answeredAt < c1.oldest ? down.passive : down.passive.answered;
  const passive = c1.sum >= least.sum && c1.accounts >= least.accounts && c1.groups >= down.passive.groups
    && loto1 >= least.loto && dwell(c1, down.passive.dwellMs) && two(c1);
  if (passive && (guard || probe.failures > 0)) return { kind: broken(state), by: 'passive' };

  const pair = isPair(state, probe, down.mixed);
  if (pair && c1.sum >= down.mixed.sum && wide && lotoOk(down.mixed.loto) && dwell(c1, down.mixed.dwellMs)) return { kind: broken(state), by: 'mixed' };

  const shadows = shadow.failures >= down.shadow.failures && shadow.lastAt - shadow.firstAt >= down.shadow.overMs;
  if (shadows && c1.sum + c2.sum > 0) return { kind: c2.sum > c1.sum ? 'auth-or-limits' : broken(state), by: 'shadow' };

  const major = state.status.level === 'major' && state.at - state.status.at <= down.status.validMs;
  if (major && (isPair(state, probe, { ...down.mixed, ...down.status }) || (c1.sum >= down.status.sum && lotoOk(down.status.loto)))) {
    return { kind: c1.sum > channel1.failure / 2 ? broken(state) : 'unavailable', by: 'status' };
  }

  const limits = c2.sum >= down.limits.sum && c2.accounts >= down.limits.accounts && c2.groups >= down.limits.groups
    && loto2 >= down.limits.loto && dwell(c2, down.limits.dwellMs) && two(c2);
  if (limits) return { kind: 'auth-or-limits', by: 'limits' };
  if (alike(state, sums.by, refusals(state))) return { kind: 'auth-or-limits', by: 'looks' };
  if (alike(state, sums.by, unseen(state))) return { kind: 'read', by: 'read-backs' };
  return null;
}

/** A probe that failed longer ago says nothing of now: they come every 5 s. */
const FRESH_MS = 20_000;

/** Two failed probes far enough apart, the latest now, good ones in between or not. */
function isPair(state: DetectorState, probe: Row, rule: { readonly failures: number; readonly apartMs: number; readonly withinMs: number }): boolean {
  if (probe.recent.length < rule.failures) return false;
  const recent = probe.recent.filter((at) => state.at - at <= rule.withinMs && at >= probe.okAt - rule.withinMs);
  const [first] = recent;
  const last = recent.at(-1);
  return recent.length >= rule.failures && first !== undefined && last !== undefined && last - first >= rule.apartMs && state.at - last <= FRESH_MS;
}

/** Only what has media fails, while texts have gone out since: media. */
function broken(state: DetectorState): DownKind {
  const first = Math.min(...state.faults1.map((vote) => vote.first));
  const texts = state.buckets.reduce((sum, bucket) => (bucket.at >= first ? sum + bucket.texts : sum), 0);
  return texts >= 2 && state.faults1.every((vote) => vote.media) && state.probe.failures === 0 ? 'media' : 'unavailable';
}

type Judged = Answer & { readonly bad: boolean };

/** Looks, and the refused writes they were made for: an account that was looked at is as its look says. */
function refusals(state: DetectorState): readonly Judged[] {
  if (state.looks.filter((look) => look.result === 'refused').length < state.config.small.atLeast) return [];
  return state.looks.filter((look) => look.result !== 'failed').map((look) => ({ ...look, bad: look.result === 'refused' }));
}

function unseen(state: DetectorState): readonly Judged[] {
  if (!state.readBacks.some((one) => one.result !== 'ok')) return [];
  return state.readBacks.map((one) => ({ ...one, bad: one.result !== 'ok' }));
}

/** Three clients, or all and at least two, fail alike, and few of those asked do not (DESIGN §7, small installations). */
function alike(state: DetectorState, by: GroupBy, answers: readonly Judged[]): boolean {
  const { small } = state.config;
  if (answers.filter((answer) => answer.bad).length < small.atLeast) return false;
  const groups = new Map<string, boolean>();
  // A group is bad only if all of it is: one dead account of a client accuses nobody else.
  for (const answer of answers) {
    if (state.at - answer.at > small.freshMs) continue;
    const group = groupOf(answer, by === 'account' ? 'client' : by);
    groups.set(group, (groups.get(group) ?? true) && answer.bad);
  }
  const bad = [...groups.values()].filter(Boolean).length;
  if (bad < small.atLeast || bad < small.share * groups.size) return false;
  return bad >= small.alike || (by !== 'workspace' && state.clients >= small.atLeast && bad >= state.clients);
}

/** Refused writes that the account itself explains: its own look is refused too, and nobody else's is. */
function unexplained(state: DetectorState, by: GroupBy): readonly Vote[] {
  if (state.faults2.length === 0 || !state.looks.some((look) => look.result === 'refused')) return state.faults2;
  const { small } = state.config;
  return state.faults2.filter((vote) => {
    const own = state.looks.find((look) => look.account === vote.account);
    if (own?.result !== 'refused') return true;
    const others = state.looks.filter((look) => groupOf(look, by) !== groupOf(vote, by));
    if (others.some((look) => look.result === 'refused')) return true;
    return !others.some((look) => look.result === 'ok') && state.at - own.at < small.decideMs;
  });
}

/** Something published is nowhere to be seen, and no other read-back has answered for it yet. */
function unread(state: DetectorState): boolean {
  let bad = 0;
  for (const one of state.readBacks) if (one.result !== 'ok' && state.at - one.at <= state.config.small.freshMs) bad++;
  return bad > 0 && bad * 2 >= state.readBacks.length;
}
