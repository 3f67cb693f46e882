import { SECOND_MS, type Instant } from './instant.js';
import type { Times } from './times.js';

/**
 * How fast late posts go to one platform: doubled while all is well, by a tenth once there was trouble, halved by trouble
 * (DESIGN §8). A plain value, so that whoever leads next goes on where the last one stopped.
 */
export interface Flow {
  /** Late posts a second. */
  readonly rate: number;
  /** What a good step adds, a second; null = no trouble yet: it doubles. */
  readonly gain: number | null;
  /** Posts that may go now; under one it waits. */
  readonly tokens: number;
  /** Outcomes of this step. */
  readonly good: number;
  readonly bad: number;
  /** In this step the rate was what held posts back. Else more of it would prove nothing. */
  readonly pressed: boolean;
  readonly steppedAt: Instant;
  /** Tokens are counted up to here. */
  readonly at: Instant;
}

export interface Seen {
  readonly good: number;
  readonly bad: number;
}

type Pace = Pick<Times, 'drainFirstMs' | 'drainStepMs'>;

export interface Moment {
  readonly now: Instant;
  /** Posts a second that the platform allows our app; null = not known. */
  readonly limit: number | null;
  /** Posts that may go at once on top of what is under way, so that the limit holds whatever is late. */
  readonly burst: number;
  readonly pace: Pace;
}

/** What was not used is kept for so many seconds: a leader that was away makes up for no more. */
const KEPT_S = 2;

/** Of the known limit of our app, over all accounts. */
const START_SHARE = 0.05;
export const CAP_SHARE = 0.8;
/** A step with a larger share of bad outcomes halves the rate … */
const BAD_SHARE = 0.1;
/** … but one bad answer among others is chance: it only keeps the rate from growing. */
const BAD_AT_LEAST = 2;
const GAIN_SHARE = 0.1;

/** The least it may begin with: one in five seconds. */
const first = ({ drainFirstMs }: Pace): number => SECOND_MS / drainFirstMs;

/** @param limit posts a second that the platform allows our app, over all accounts; null = not known */
export function startFlow(now: Instant, limit: number | null, pace: Pace): Flow {
  const rate = within(Math.max(first(pace), START_SHARE * (limit ?? 0)), limit, pace);
  return { rate, gain: null, tokens: 1, good: 0, bad: 0, pressed: false, steppedAt: now, at: now };
}

/** Counts what came back, judges the step when it is over, and fills up what may go now. */
export function advance(flow: Flow, seen: Seen, { now, limit, burst, pace }: Moment): Flow {
  const counted = { ...flow, good: flow.good + seen.good, bad: flow.bad + seen.bad };
  const stepped = now - flow.steppedAt >= pace.drainStepMs ? { ...step(counted, limit, pace), steppedAt: now } : counted;
  const most = Math.max(1, Math.min(KEPT_S * stepped.rate, burst));
  const filled = stepped.tokens + (stepped.rate * Math.max(0, now - stepped.at)) / SECOND_MS;
  return { ...stepped, tokens: Math.min(most, filled), at: now };
}

/** So many went. `pressed`: more would have gone, had the rate let them. */
export function spend(flow: Flow, { given, pressed }: { readonly given: number; readonly pressed: boolean }): Flow {
  return { ...flow, tokens: flow.tokens - given, pressed: flow.pressed || pressed };
}

function step(flow: Flow, limit: number | null, pace: Pace): Flow {
  const { good, bad, rate, gain } = flow;
  const fresh = { ...flow, good: 0, bad: 0, pressed: false };
  if (bad > BAD_SHARE * (good + bad)) {
    if (good > 0 && bad < BAD_AT_LEAST) return fresh;
    return { ...fresh, rate: within(rate / 2, limit, pace), gain: GAIN_SHARE * rate };
  }
  if (good === 0 || !flow.pressed) return fresh;
  return { ...fresh, rate: within(gain === null ? rate * 2 : rate + gain, limit, pace) };
}

/** Never so slow that it stands still, never near the platform's limit. */
function within(rate: number, limit: number | null, pace: Pace): number {
  const floored = Math.max(first(pace) / 2, rate);
  return limit === null ? floored : Math.min(CAP_SHARE * limit, floored);
}
