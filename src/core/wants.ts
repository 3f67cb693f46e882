import type { DetectorState } from './detector-state.js';
import type { Instant } from './instant.js';
import { recoveryNeeds } from './recovery.js';

/** What the room is to do next. Instants in the past mean now. The room adds the ± 5 % to the probes, and never probes what costs more often than every 5 min. */
export interface Wants {
  /** Between two read probes; null while nothing is held or due within 24 h and nothing is to recover. */
  readonly probeEveryMs: number | null;
  /** The next write nobody sees; null: none wanted. */
  readonly shadowAt: Instant | null;
  /**
   * A held delivery may go first at `at` (`blindAt`: one that can neither be resent nor read back). `only`: that one and
   * no other. `media`: it must have media. null: none, now.
   */
  readonly canary: { readonly at: Instant; readonly blindAt: Instant; readonly only: string | null; readonly media: boolean } | null;
  /** Ask every other channel here who it is, within 10 s; the account that was refused as well. */
  readonly looks: boolean;
  /** Read back what other clients published lately, within 10 s; `downSince`: what tells whether it is over. null: not now. */
  readonly readBacks: { readonly downSince: Instant | null } | null;
}

export function wants(state: DetectorState): Wants {
  const { config, phase, at } = state;
  const shut = phase === 'down' || phase === 'maintenance';
  const suspicious = phase === 'suspect' || phase === 'degraded' || phase === 'recovering' || shut || state.siblings.length > 0 || state.probe.failures > 0;
  return {
    // What is shut is looked at whatever is due: else nobody would ever see it come back.
    probeEveryMs: state.due || state.held > 0 || shut || phase === 'recovering' ? (suspicious ? config.probe.suspiciousMs : config.probe.calmMs) : null,
    shadowAt: shadowAt(state),
    canary: phase === 'down' ? canaryOf(state) : null,
    looks: wantsLooks(state),
    readBacks: wantsReadBacks(state, at) ? { downSince: phase === 'down' ? state.since : null } : null,
  };
}

function shadowAt({ config, phase, shadow, canary, signs, since }: DetectorState): Instant | null {
  if (!config.hasShadow) return null;
  const last = Math.max(shadow.lastAt, shadow.okAt);
  if (phase === 'suspect') return Math.max(since, last + config.probe.shadowMs);
  if (phase !== 'down' && phase !== 'maintenance') return null;
  return Math.max(since + config.canary.firstMs, last + (signs.length > 0 || canary.open ? config.probe.shadowMs : config.probe.shadowDownMs));
}

/** None while read probes fail, while one is under way, or while one waits to be looked up. */
function canaryOf(state: DetectorState): Wants['canary'] {
  const { canary, probe, config, at } = state;
  const readable = probe.failures === 0 && (probe.oks >= 2 || probe.okAt === 0);
  const underWay = canary.sentAt !== null && at - canary.sentAt < config.canary.answerMs;
  if (!readable || underWay || state.signs.length >= recoveryNeeds(state, at).signs || canary.open || state.held === 0) return null;
  const from = state.kind === 'read' ? state.since + config.canary.readMs : 0;
  return { at: Math.max(canary.nextAt, from), blindAt: Math.max(canary.nextAt, canary.blindAt, from), only: canary.only, media: state.kind === 'media' };
}

/** An account was refused and nobody knows yet whether others are; and again, to see whether it is over. */
function wantsLooks({ config, faults2, looks, phase, by, lookedAt, at }: DetectorState): boolean {
  const { freshMs, againMs } = config.small;
  if (phase === 'down') return by === 'looks' && at - lookedAt >= againMs / 2;
  if (phase === 'maintenance') return false;
  const asked = (account: string, since: Instant) => looks.some((look) => look.account === account && look.at >= since - freshMs);
  return faults2.some((vote) => at - vote.last <= freshMs && !asked(vote.account, vote.last)) && at - lookedAt >= config.small.decideMs;
}

function wantsReadBacks({ config, readBacks, phase, kind }: DetectorState, at: Instant): boolean {
  const latest = readBacks.reduce((last, one) => Math.max(last, one.at), 0);
  if (phase === 'down') return kind === 'read' && at - latest >= config.canary.firstMs;
  return readBacks.some((one) => one.result !== 'ok') && at - latest >= config.small.decideMs;
}

/**
 * The earliest instant at which time alone changes the verdict or `wants`; null if none ever will. May be too early,
 * never too late, as long as no signal comes: a test or a simulation need not tick before.
 */
export function nextChangeAt(state: DetectorState): Instant | null {
  const { config, at, phase, planned, word } = state;
  const idle = phase === 'up' && state.probe.failures === 0 && state.shadow.failures === 0 && state.faults1.length === 0 && state.faults2.length === 0
    && state.readBacks.every(({ result }) => result === 'ok') && state.shareSince === 0 && state.latency.recent <= config.degraded.slowFactor * state.latency.p95;
  const waits: Instant[] = word ? [word.until] : [];
  if (planned && planned.to > at) waits.push(planned.from > at ? planned.from : planned.to);
  if (idle) waits.push(state.evidenceAt + config.unknownMs);
  else if (phase === 'up' || phase === 'suspect' || phase === 'degraded') waits.push(...suspectTimes(state));
  else if (phase !== 'unknown' || state.evidenceAt > 0) waits.push(at + 1_000);
  return waits.length === 0 ? null : Math.max(at, Math.min(...waits));
}

/** While suspicious: end of the calm, dwells, and whatever leaves the window. */
function suspectTimes(state: DetectorState): readonly Instant[] {
  const { config, at } = state;
  const dwells = [config.down.mixed.dwellMs, config.down.passive.dwellMs, config.down.limits.dwellMs];
  const ends = [
    state.faultAt + config.suspect.calmMs, state.since + config.degraded.suspectMs, state.evidenceAt + config.unknownMs,
    ...(state.faults1.length + state.faults2.length > 1 ? [...state.faults1, ...state.faults2].flatMap(({ first, last }) => dwells.flatMap((ms) => [first + ms, last + ms])) : []),
    ...state.buckets.slice(0, 1).map((bucket) => bucket.at + config.windowMs + 1_000),
    ...[...state.faults1, ...state.faults2].map((vote) => vote.first + config.windowMs + 1),
    ...state.looks.filter((look) => look.result === 'refused').flatMap((look) => [look.at + config.small.decideMs, look.at + config.small.freshMs + 1]),
    ...state.readBacks.map((one) => one.at + config.small.freshMs + 1),
    ...(state.shareSince > 0 ? [state.shareSince + config.degraded.sustainedMs] : []),
  ].filter((one) => one > at);
  return [Math.min(at + config.clock.gapMs / 2, ...ends)];
}
