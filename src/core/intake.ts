import { canaryAfter } from './canary.js';
import { type Answer, type DetectorState, type EdgeFault, type Name, tested } from './detector-state.js';
import { type Bucket, counted, voted } from './evidence.js';
import { guarded, inDoubt, reached } from './guard.js';
import type { Instant } from './instant.js';
import { evidenceChannel } from './outcome.js';
import { faulted, isSign, signed } from './recovery.js';
import type { CanarySignal, LookSignal, ReadBackSignal, Signal, Witness, WriteSignal } from './signal.js';

/** Writes a signal down; what follows from it is judged afterwards. The signal's instants lie within the window and not ahead of `state.at`. */
export function take(state: DetectorState, signal: Signal): DetectorState {
  switch (signal.kind) {
    case 'write':
      return takeWrite(state, signal);
    case 'probe':
    case 'shadow':
      return takeTest(state, signal);
    case 'canary':
      return takeCanary(state, signal);
    case 'look':
      return takeLook(state, signal);
    case 'read-back':
      return takeReadBack(state, signal);
    case 'status':
      return { ...state, status: { level: signal.level, at: state.at, cause: signal.cause } };
    case 'maintenance':
      return { ...state, planned: signal.planned && signal.planned.from < signal.planned.to ? signal.planned : null };
    case 'sibling': {
      const id = signal.id.slice(0, state.config.most.letters);
      const others = state.siblings.filter((one) => one.id !== id);
      return { ...state, siblings: signal.down ? [...others, { id, relation: signal.relation, ...(signal.edge && { edge: signal.edge }) }].slice(-state.config.most.names) : others };
    }
    case 'operator':
      return { ...state, word: signal.word };
    case 'guard':
      return guarded(state, signal);
    case 'workers':
      return { ...state, workers: Math.max(0, signal.alive) };
    case 'tick':
      return state.held === signal.held && state.due === signal.due ? state : { ...state, held: Math.max(0, signal.held), due: signal.due };
  }
}

function takeWrite(state: DetectorState, signal: WriteSignal): DetectorState {
  if (signal.outcome === 'delivered') return takeDelivered(state, signal);
  const channel = evidenceChannel(signal.outcome);
  if (channel === null || (channel === 2 && !signal.healthy) || inDoubt(state, signal.process, signal.at)) return state;
  const vote = { ...witness(signal, state), process: cut(signal.process, state), media: signal.media };
  const most = state.config.most.votes;
  const seen = witnessed(state, signal);
  const next = {
    ...seen,
    buckets: channel === 1 ? counted(state.buckets, signal.at, { oks: 0, texts: 0, faults: 1 }) : state.buckets,
    faults1: channel === 1 ? voted(state.faults1, vote, signal.at, most) : state.faults1,
    faults2: channel === 2 ? voted(state.faults2, vote, signal.at, most) : state.faults2,
    evidenceAt: Math.max(state.evidenceAt, signal.at),
  };
  // What recovers from something else than limits is not disturbed by one account's.
  return channel === 2 && state.phase === 'recovering' && state.kind !== 'auth-or-limits' ? next : faulted(next, signal.at);
}

function takeDelivered(state: DetectorState, signal: WriteSignal): DetectorState {
  const { at, media } = signal;
  const add: Omit<Bucket, 'at'> = { oks: 1, texts: media ? 0 : 1, faults: 0 };
  const seen = witnessed(reached(state, cut(signal.process, state), at), signal);
  const next: DetectorState = {
    ...seen,
    buckets: counted(state.buckets, at, add),
    okAt: Math.max(state.okAt, at),
    mediaOkAt: media ? Math.max(state.mediaOkAt, at) : state.mediaOkAt,
    textOkAt: media ? state.textOkAt : Math.max(state.textOkAt, at),
    evidenceAt: Math.max(state.evidenceAt, at),
    latency: signal.latencyMs === null || !(signal.latencyMs >= 0) ? state.latency : timed(state, signal.latencyMs),
    apps: signal.app === null ? state.apps : named(state.apps, cut(signal.app, state), at, state),
  };
  return isSign(next, 'write', media) ? signed(next, at) : next;
}

function takeTest(state: DetectorState, signal: Extract<Signal, { kind: 'probe' | 'shadow' }>): DetectorState {
  const { kind, ok, at } = signal;
  if (!ok && inDoubt(state, signal.process, at)) return state;
  const edges = kind === 'probe' && !ok && signal.edge ? atEdges(state, { edge: signal.edge, at, process: cut(signal.process, state) }) : state.edges;
  const next = { ...state, edges, [kind]: tested(state[kind], ok, at, cut(signal.process, state), state.config.most.probes), evidenceAt: Math.max(state.evidenceAt, at) };
  if (!ok) return faulted(next, at);
  return isSign(next, kind, false) ? signed(next, at) : next;
}

function atEdges({ edges, at, config }: DetectorState, fault: EdgeFault): readonly EdgeFault[] {
  return [...edges.filter((one) => at - one.at <= config.upstream.withinMs), fault].slice(-config.most.probes);
}

function takeCanary(state: DetectorState, signal: CanarySignal): DetectorState {
  const next = { ...state, canary: canaryAfter(state, signal) };
  switch (signal.result) {
    case 'sent':
    case 'absent':
    case 'gone':
      return next;
    case 'ok': {
      // The good sign is when it was told: a canary found later began before the faults it has outlived.
      const good = { ...reached(next, cut(signal.process, state), signal.at), okAt: Math.max(state.okAt, signal.at), evidenceAt: state.at };
      return isSign(good, 'write', signal.media) ? signed(good, state.at) : good;
    }
    case 'failed':
    case 'uncertain':
      return inDoubt(state, signal.process, signal.at) ? next : faulted({ ...next, evidenceAt: state.at }, signal.at);
  }
}

function takeLook(state: DetectorState, signal: LookSignal): DetectorState {
  if (signal.result === 'failed' && inDoubt(state, signal.process, signal.at)) return state;
  const next = { ...state, looks: answered(state.looks, { ...witness(signal, state), process: cut(signal.process, state), at: signal.at, result: signal.result }, state), clients: signal.clients, lookedAt: Math.max(state.lookedAt, signal.at) };
  if (state.by !== 'looks') return next;
  // One account's refused look is its own trouble: what counts is whether most are still refused.
  const refused = next.looks.filter((look) => look.result === 'refused').length;
  const still = refused * 2 >= next.looks.filter((look) => look.result !== 'failed').length;
  return still ? faulted(next, signal.at) : signal.result === 'ok' ? signed(next, signal.at) : next;
}

function takeReadBack(state: DetectorState, signal: ReadBackSignal): DetectorState {
  if (!signal.ok && inDoubt(state, signal.process, signal.at)) return state;
  const answer: Answer = { ...witness(signal, state), process: cut(signal.process, state), at: signal.at, result: signal.ok ? 'ok' : 'failed' };
  const next = { ...state, readBacks: answered(state.readBacks, answer, state), clients: signal.clients };
  if (!signal.ok) return faulted(next, signal.at);
  return isSign(next, 'read-back', false) ? signed(next, signal.at) : next;
}

function answered(list: readonly Answer[], answer: Answer, state: DetectorState): readonly Answer[] {
  const fresh = list.filter((one) => one.account !== answer.account && state.at - one.at <= state.config.small.freshMs);
  return [...fresh, answer].slice(-state.config.most.looks);
}

/** Streaming p95 (a step up for each sample over it, a nineteenth of it down for each under), and how slow it is now. */
function timed({ latency, config }: DetectorState, ms: number): DetectorState['latency'] {
  const { p95, recent, samples } = latency;
  if (samples === 0) return { p95: ms, recent: ms, samples: 1 };
  const slow = samples >= config.degraded.slowSamples && ms > config.degraded.slowFactor * p95;
  const step = 0.05 * Math.max(p95, 1);
  // What is far too slow says nothing of what is usual.
  return { p95: slow ? p95 : Math.max(1, p95 + (ms > p95 ? step * 0.95 : -step * 0.05)), recent: recent + 0.3 * (ms - recent), samples: Math.min(samples + 1, 1_000_000) };
}

function witnessed(state: DetectorState, { workspace, client, at }: WriteSignal): DetectorState {
  const workspacesSeen = named(state.workspacesSeen, cut(workspace, state), at, state);
  const clientsSeen = named(state.clientsSeen, cut(client, state), at, state);
  return workspacesSeen === state.workspacesSeen && clientsSeen === state.clientsSeen ? state : { ...state, workspacesSeen, clientsSeen };
}

/** The names seen lately; of more than eight the newest. Looked at again after a minute at most. */
function named(list: readonly Name[], id: string, at: Instant, state: DetectorState): readonly Name[] {
  const old = list.find((one) => one.id === id);
  if (old && at - old.at < 60_000) return list;
  if (!old && list.length >= state.config.most.names && list.every((one) => at - one.at < state.config.seenMs / 2)) return list;
  return [...list.filter((one) => one.id !== id && at - one.at < state.config.seenMs), { id, at }].slice(-state.config.most.names);
}

function witness({ account, client, workspace, app }: Witness, state: DetectorState): Witness {
  return { account: cut(account, state), client: cut(client, state), workspace: cut(workspace, state), app: app === null ? null : cut(app, state) };
}

function cut(name: string, state: DetectorState): string {
  return name.length <= state.config.most.letters ? name : name.slice(0, state.config.most.letters);
}

/** Nothing of the future, nothing of long ago: null if the signal says nothing any more. */
export function dated(signal: Signal, now: Instant, windowMs: number): Signal | null {
  if (!('at' in signal)) return signal;
  if (!Number.isFinite(signal.at) || signal.at < now - windowMs) return signal.kind === 'canary' ? { ...signal, at: now } : null;
  return signal.at > now ? { ...signal, at: now } : signal;
}
