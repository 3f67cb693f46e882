import { firstCanary } from './canary.js';
import type { DetectorState, DownBy, DownKind } from './detector-state.js';
import { pruned } from './evidence.js';
import { find, type Findings } from './findings.js';
import { isImpaired } from './guard.js';
import { recoveryNeeds, withRelapse } from './recovery.js';
import type { VerdictState } from './verdict.js';

/** What follows from the evidence and the time: at most one change of state (DESIGN §7, "becomes … when"). */
export function judge(before: DetectorState): DetectorState {
  const state = tidy(before);
  // While our own network is in doubt nothing is concluded of others.
  if (isImpaired(state)) return state;
  switch (state.phase) {
    case 'down':
      return whileDown(state);
    case 'recovering':
      return whileRecovering(state);
    case 'maintenance':
      return whileMaintained(state);
    case 'unknown':
    case 'up':
    case 'suspect':
    case 'degraded': {
      const found = find(state);
      return found.down ? fall(state, found.down) : whileOpen(state, found);
    }
  }
}

function whileOpen(state: DetectorState, found: Findings): DetectorState {
  const { at, config, phase } = state;
  if (phase === 'unknown' && state.evidenceAt === 0) return state;
  const stale = at - state.evidenceAt >= config.unknownMs;
  if (stale && !found.openWrite) return enter({ ...state, evidenceAt: 0 }, 'unknown');

  const sharing = found.share >= config.degraded.shareFrom && found.share <= config.degraded.shareTo;
  const shareSince = sharing ? state.shareSince || at : 0;
  const next = shareSince === state.shareSince ? state : { ...state, shareSince };
  const worn = (shareSince > 0 && at - shareSince >= config.degraded.sustainedMs) || isSlow(next);
  const calm = !found.suspicious && at - state.faultAt >= config.suspect.calmMs;

  if (phase === 'degraded') return worn || !calm ? next : enter(next, 'up');
  if (phase === 'suspect') {
    if (isPlanned(next) && isAgreed(next)) return enter({ ...next, by: hasFailedWrites(next) ? null : 'probes', signs: [], stumbledAt: 0 }, 'maintenance');
    if (calm) return enter(next, worn ? 'degraded' : 'up');
    // Suspect for long, and posts do go out: slowed to one at a time no more. With none going out it stays suspect (0011).
    const okAt = state.faults1.every((vote) => vote.media) && state.faults1.length > 0 ? state.mediaOkAt : state.okAt;
    const flowing = okAt > state.since || !found.openWrite;
    return flowing && (worn || at - state.since >= config.degraded.suspectMs) ? enter(next, 'degraded') : next;
  }
  if (found.suspicious) return enter(next, 'suspect');
  if (worn) return enter(next, 'degraded');
  return phase === 'unknown' ? enter(next, 'up') : next;
}

/** What was announced, and our own tests or posts agree: more than one of them, for any of them may be lost on its way. */
function isAgreed({ probe, shadow, faults1, faults2, readBacks, config }: DetectorState): boolean {
  const tries = [...faults1, ...faults2].reduce((sum, vote) => sum + (vote.last > vote.first ? 2 : 1), 0);
  return probe.failures + shadow.failures + tries + readBacks.filter(({ result }) => result !== 'ok').length >= config.planned.faults;
}

function hasFailedWrites({ faults1, faults2, readBacks }: DetectorState): boolean {
  return faults1.length + faults2.length > 0 || readBacks.some(({ result }) => result !== 'ok');
}

function whileDown(state: DetectorState): DetectorState {
  return hasRecovered(state) ? recover(state) : widened(state);
}

function hasRecovered(state: DetectorState): boolean {
  const needs = recoveryNeeds(state, state.at);
  return state.signs.length >= needs.signs && state.at - state.faultAt >= needs.quietMs;
}

function recover(state: DetectorState): DetectorState {
  return enter({
    ...state, clearedAt: state.at, endedAt: state.at, faults1: [], faults2: [], buckets: [], looks: [], readBacks: [], signs: [], stumbledAt: 0,
    probe: { ...state.probe, failures: 0, recent: [] }, shadow: { ...state.shadow, failures: 0, recent: [] },
  }, 'recovering');
}

/** What began as media only, or as limits, turns out to be all of it. */
function widened(state: DetectorState): DetectorState {
  if (state.kind === 'unavailable') return state;
  const texts = state.faults1.filter((vote) => !vote.media && state.at - vote.last <= state.config.windowMs && vote.last > state.textOkAt).length;
  if (state.kind === 'media' && texts >= 2) return { ...state, kind: 'unavailable' };
  if (state.probe.failures === 0) return state;
  const found = find(state).down;
  return found?.by === 'probes' ? { ...state, kind: found.kind, by: found.by } : state;
}

function whileRecovering(state: DetectorState): DetectorState {
  if (hasRelapsed(state)) return fall(state, { kind: state.kind ?? 'unavailable', by: state.by ?? 'passive' });
  return state.at - Math.max(state.faultAt, state.since) >= state.config.recovering.upMs ? enter({ ...state, endedAt: state.at }, 'up') : state;
}

/** More than chance in the middle of a recovery. Evidence of before it was dropped when it began. */
function hasRelapsed(state: DetectorState): boolean {
  const { relapse } = state.config.recovering;
  if (state.probe.failures >= relapse.tests || state.shadow.failures >= relapse.tests) return true;
  if (state.faults1.length + state.faults2.length === 0 && state.readBacks.length === 0 && state.looks.length === 0) return false;
  const { c1, c2, down } = find(state);
  if (down !== null || [c1, c2].some((one) => one.sum >= relapse.sum && one.accounts >= relapse.accounts && one.groups >= 2)) return true;
  return state.faults1.some((vote) => vote.last - vote.first >= relapse.alikeMs && vote.first > state.okAt);
}

/** Ends at its time plus one good sign, or before it as an outage does. What still fails well after is no maintenance; of what nobody could see, nothing is known. */
function whileMaintained(state: DetectorState): DetectorState {
  if (isPlanned(state)) return hasRecovered(state) ? recover(state) : state;
  const to = state.planned?.to ?? state.since;
  if ((state.signs.at(-1) ?? 0) >= to || state.probe.okAt > Math.max(to, state.faultAt)) return recover(state);
  if (state.at - to < state.config.degraded.suspectMs) return state;
  if (Math.max(state.faultAt, state.evidenceAt) < to) return enter({ ...state, evidenceAt: 0 }, 'unknown');
  return fall(state, { kind: state.kind ?? 'unavailable', by: state.by ?? 'passive' });
}

/** Down. Announced for now: maintenance, by agreement of the feed and our own evidence. Soon after the last time: a relapse. */
function fall(state: DetectorState, how: { readonly kind: DownKind; readonly by: DownBy }): DetectorState {
  const { at, endedAt, config } = state;
  const again = endedAt > 0 && at - endedAt <= config.flap.againMs;
  const counted = again ? withRelapse(state, at) : state;
  const next = { ...counted, ...how, signs: [], stumbledAt: 0, canary: firstCanary(state, at) };
  return enter(next, isPlanned(state) ? 'maintenance' : 'down');
}

function enter(state: DetectorState, phase: VerdictState): DetectorState {
  const over = phase === 'up' || phase === 'unknown' || phase === 'suspect' || phase === 'degraded';
  return { ...state, phase, since: state.at, ...(over ? { kind: null, by: null } : {}) };
}

function isPlanned({ planned, at }: DetectorState): boolean {
  return planned !== null && at >= planned.from && at < planned.to;
}

function isSlow({ latency, config }: DetectorState): boolean {
  return latency.samples >= config.degraded.slowSamples && latency.recent > config.degraded.slowFactor * latency.p95;
}

function tidy(state: DetectorState): DetectorState {
  const { at, config } = state;
  const faults1 = pruned(state.faults1, state);
  const faults2 = pruned(state.faults2, state);
  const [first] = state.buckets;
  const buckets = first && first.at < at - config.windowMs ? state.buckets.filter((bucket) => bucket.at >= at - config.windowMs) : state.buckets;
  const word = state.word && at >= state.word.until ? null : state.word;
  return { ...state, judgedAt: at, faults1, faults2, buckets, word };
}
