import { type DetectorConfig, detectorConfig } from './detector-config.js';
import type { Edge } from './edge.js';
import type { Bucket, Vote } from './evidence.js';
import type { Instant } from './instant.js';
import type { Cause, Witness } from './signal.js';
import type { VerdictState } from './verdict.js';

/** What is down: nothing gets out · told "unauthorized" or "too fast" · taken, but nowhere to be seen · only what has media. */
export type DownKind = 'unavailable' | 'auth-or-limits' | 'read' | 'media';

/** The rule that found it down (DESIGN §7's table); what counts as a good sign hangs on it. */
export type DownBy = 'probes' | 'passive' | 'mixed' | 'shadow' | 'status' | 'limits' | 'looks' | 'read-backs';

/** The latest look or read-back of one account. */
export interface Answer extends Witness {
  readonly process: string;
  readonly at: Instant;
  readonly result: 'ok' | 'refused' | 'failed';
}

/** A row of tests of one sort: probes, shadow writes. */
export interface Row {
  /** Failures since the last good one, and when their oldest and latest began. */
  readonly failures: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly okAt: Instant;
  /** Good ones since the last failure. */
  readonly oks: number;
  /** The latest failures, good ones in between or not. */
  readonly recent: readonly Instant[];
  /** Who saw the failures; a process in doubt takes its row along. */
  readonly process: string;
}

/** A probe that failed at an edge. */
export interface EdgeFault {
  readonly edge: Edge;
  readonly at: Instant;
  readonly process: string;
}

export interface CanaryState {
  readonly nextAt: Instant;
  /** The earliest for one that cannot be read back. */
  readonly blindAt: Instant;
  readonly waitMs: number;
  readonly sentAt: Instant | null;
  /** The only one allowed: it was sent and nobody knows how it ended. */
  readonly only: string | null;
  /** It is to be looked up before anything else happens to it. */
  readonly open: boolean;
}

/** One process: its self guard, and its latest proof that it reaches the world. */
export interface ProcessState {
  readonly id: string;
  readonly guardAt: Instant;
  readonly impaired: boolean;
  /** The latest time of doubt. */
  readonly doubtFrom: Instant;
  readonly doubtTo: Instant;
  readonly controls: number;
  readonly okAt: Instant;
}

export interface Name {
  readonly id: string;
  readonly at: Instant;
}

/** All the detector knows of one component. Plain JSON, bounded in size; instants in ms, 0 = never. Read it through `verdict`, `story` and `wants`. */
export interface DetectorState {
  readonly v: 1;
  readonly config: DetectorConfig;
  /** The latest `now`. */
  readonly at: Instant;
  readonly judgedAt: Instant;
  readonly phase: VerdictState;
  readonly since: Instant;
  readonly kind: DownKind | null;
  readonly by: DownBy | null;
  /** Evidence begun before this belongs to an outage that is over. */
  readonly clearedAt: Instant;

  readonly faults1: readonly Vote[];
  readonly faults2: readonly Vote[];
  readonly buckets: readonly Bucket[];
  readonly okAt: Instant;
  readonly textOkAt: Instant;
  readonly mediaOkAt: Instant;
  readonly evidenceAt: Instant;
  readonly faultAt: Instant;
  readonly shareSince: Instant;

  readonly probe: Row;
  readonly shadow: Row;
  /** The latest probes that an edge answered itself, good ones in between or not. */
  readonly edges: readonly EdgeFault[];
  readonly looks: readonly Answer[];
  readonly readBacks: readonly Answer[];
  /** Clients with a channel here, as last told. */
  readonly clients: number;
  readonly lookedAt: Instant;

  readonly workspacesSeen: readonly Name[];
  readonly clientsSeen: readonly Name[];
  readonly apps: readonly Name[];

  readonly latency: { readonly p95: number; readonly recent: number; readonly samples: number };

  readonly signs: readonly Instant[];
  /** The latest fault that was passed over for the good signs before it. */
  readonly stumbledAt: Instant;
  readonly flaps: { readonly k: number; readonly at: Instant };
  readonly endedAt: Instant;
  readonly canary: CanaryState;

  readonly status: { readonly level: 'none' | 'minor' | 'major'; readonly at: Instant; readonly cause: Cause | null };
  readonly planned: { readonly from: Instant; readonly to: Instant } | null;
  readonly siblings: readonly { readonly id: string; readonly relation: 'group' | 'upstream'; readonly edge?: Edge }[];
  readonly word: { readonly state: VerdictState; readonly until: Instant } | null;
  readonly processes: readonly ProcessState[];
  readonly workers: number;
  readonly held: number;
  readonly due: boolean;
}

const emptyRow: Row = { failures: 0, firstAt: 0, lastAt: 0, okAt: 0, oks: 0, recent: [], process: '' };
export const noCanary: CanaryState = { nextAt: 0, blindAt: 0, waitMs: 0, sentAt: null, only: null, open: false };

/** A component nobody has seen yet. */
export function initial(config: DetectorConfig = detectorConfig): DetectorState {
  return {
    v: 1, config, at: 0, judgedAt: 0, phase: 'unknown', since: 0, kind: null, by: null, clearedAt: 0,
    faults1: [], faults2: [], buckets: [], okAt: 0, textOkAt: 0, mediaOkAt: 0, evidenceAt: 0, faultAt: 0, shareSince: 0,
    probe: emptyRow, shadow: emptyRow, edges: [], looks: [], readBacks: [], clients: 0, lookedAt: 0,
    workspacesSeen: [], clientsSeen: [], apps: [],
    latency: { p95: 0, recent: 0, samples: 0 },
    signs: [], stumbledAt: 0, flaps: { k: 0, at: 0 }, endedAt: 0, canary: noCanary,
    status: { level: 'none', at: 0, cause: null }, planned: null, siblings: [], word: null,
    processes: [], workers: 0, held: 0, due: true,
  };
}

/** Came after the first release: a row from before has it not, and keeps all else. */
const later: ReadonlySet<string> = new Set<keyof DetectorState>(['edges']);

/** A state read back from the store, under today's numbers. Not one of ours (another version, damaged): as if never seen. */
export function restored(stored: unknown, config: DetectorConfig = detectorConfig): DetectorState {
  const fresh = initial(config);
  if (typeof stored !== 'object' || stored === null || !('v' in stored) || stored.v !== 1) return fresh;
  const given = stored as Record<string, unknown>;
  const shape = fresh as unknown as Record<string, unknown>;
  const like = (value: unknown, model: unknown) =>
    model === null || typeof model !== 'object' ? true : Array.isArray(model) === Array.isArray(value) && typeof value === 'object' && value !== null;
  const whole = Object.keys(shape).every((key) => (key in given ? like(given[key], shape[key]) : later.has(key)));
  return whole ? { ...fresh, ...(given as unknown as DetectorState), config } : fresh;
}

/** The time nobody watched proves nothing: what was seen before is dropped, every timer begins anew, the verdict stays. */
export function rebased(state: DetectorState, now: Instant): DetectorState {
  const row = (old: Row): Row => ({ ...emptyRow, okAt: old.failures === 0 ? Math.min(old.okAt, now) : 0 });
  return {
    ...state,
    at: now, judgedAt: now, since: state.phase === 'suspect' ? now : Math.min(state.since, now),
    faults1: [], faults2: [], buckets: [], okAt: Math.min(state.okAt, now), textOkAt: Math.min(state.textOkAt, now), mediaOkAt: Math.min(state.mediaOkAt, now),
    evidenceAt: state.phase === 'unknown' ? 0 : now, faultAt: state.faults1.length + state.faults2.length + state.probe.failures > 0 || state.phase !== 'up' ? now : 0, shareSince: 0,
    probe: row(state.probe), shadow: row(state.shadow), edges: [], looks: [], readBacks: [], lookedAt: 0,
    signs: [], stumbledAt: 0, clearedAt: 0, flaps: { ...state.flaps, at: now }, endedAt: Math.min(state.endedAt, now),
    canary: { ...state.canary, nextAt: now, blindAt: Math.min(state.canary.blindAt, now + state.config.canary.blindMs), sentAt: null },
    status: { ...state.status, at: Math.min(state.status.at, now) },
    processes: [],
  };
}

/** After a fault of ours: the verdict stays, all that led to it is dropped. */
export function anew({ config, phase, since, kind, by, endedAt, canary }: DetectorState, now: Instant): DetectorState {
  return { ...initial(config), at: now, judgedAt: now, evidenceAt: phase === 'unknown' ? 0 : now, phase, since, kind, by, endedAt, canary };
}

/** Failures this long before a good answer are of no use to any rule. */
const RECENT_MS = 300_000;

/** Before its first good answer a row says nothing; after a failure it is bad until the next good one. */
export function tested(row: Row, ok: boolean, at: Instant, process: string, most: number): Row {
  if (ok) {
    if (at < row.lastAt) return row;
    const recent = row.recent.length > 0 && at - (row.recent.at(-1) ?? 0) > RECENT_MS ? [] : row.recent;
    return { ...row, failures: 0, okAt: Math.max(row.okAt, at), oks: row.oks + 1, process: '', recent };
  }
  const begins = row.failures === 0 || at < row.firstAt;
  return {
    failures: row.failures + 1, firstAt: begins ? at : row.firstAt, lastAt: Math.max(row.lastAt, at), okAt: row.okAt, oks: 0,
    recent: [...row.recent, at].slice(-most), process,
  };
}

/** Drops what a process saw from `from` on: it was not on the network. */
export function forgotten(row: Row, process: string, from: Instant): Row {
  if (row.process !== process || row.lastAt < from) return row;
  return { ...emptyRow, okAt: row.okAt, recent: row.recent.filter((at) => at < from) };
}
