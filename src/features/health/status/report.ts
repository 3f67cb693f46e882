import type { Instant } from '../../../core/instant.js';

/** What a page says of one thing. `unknown`: it says something, but not what we know how to read. */
export type PageState = 'operational' | 'unknown' | 'maintenance' | 'minor' | 'major';

export interface StatusComponent {
  readonly name: string;
  readonly state: PageState;
  /** What a source may call it by: its name, id and groups, in lower case. */
  readonly keys: readonly string[];
}

export interface StatusIncident {
  readonly id: string;
  readonly title: string;
  /** The platform's own words, newest first wherever it gives several: plain text, at most 2,000 characters. */
  readonly words: string;
  /** `none`: open for information only. */
  readonly severity: 'none' | 'unknown' | 'maintenance' | 'minor' | 'major';
  readonly isOpen: boolean;
  /** Empty where the page does not say what is touched. */
  readonly components: readonly string[];
  readonly keys: readonly string[];
  /** Where it is felt, in lower case (Google's locations); empty = everywhere. */
  readonly regions: readonly string[];
  readonly startedAt: Instant | null;
  readonly updatedAt: Instant | null;
  /** Null while it is open, and where a closed one does not say when it ended. */
  readonly endedAt: Instant | null;
  readonly url: string | null;
}

export interface StatusMaintenance {
  readonly title: string;
  /** Null where the page gives no time, or one without zone, which could be any hour. */
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** By the page's own word, whatever its times say. */
  readonly isRunning: boolean;
  readonly components: readonly string[];
  readonly keys: readonly string[];
}

/** What a body holds, before it is weighed. */
export interface Reading {
  /** What is said of the page as a whole; null where the format does not say it. */
  readonly page: PageState | null;
  readonly components: readonly StatusComponent[];
  readonly incidents: readonly StatusIncident[];
  readonly maintenances: readonly StatusMaintenance[];
  /** What could not be read, each in half a sentence. */
  readonly doubts: readonly string[];
  /** Does the body name all components of the page? Then one that is missing is not simply well. */
  readonly listsComponents: boolean;
}

/**
 * `ok`: trouble is said in words we know, or everything could be read. `unknown`: nothing known is wrong, but not
 * everything could be read, and what was not may be the trouble. `broken`: the body is not what the source promised.
 */
export type StatusReport =
  | (Reading & { readonly kind: 'ok'; readonly worst: Exclude<PageState, 'unknown'> })
  | (Reading & { readonly kind: 'unknown'; readonly reason: string })
  | { readonly kind: 'broken'; readonly reason: string };

const order: readonly PageState[] = ['operational', 'unknown', 'maintenance', 'minor', 'major'];

export function worst(states: Iterable<PageState>): PageState {
  let at = 0;
  for (const state of states) at = Math.max(at, order.indexOf(state));
  return order[at] ?? 'unknown';
}

/** An incident as a state: one that is closed, or for information, says nothing is wrong. */
export function stateOf({ isOpen, severity }: StatusIncident): PageState {
  return isOpen && severity !== 'none' ? severity : 'operational';
}

/**
 * Weighs a reading. A page's own summary can say all is well beside an open incident, so the worse of the two counts;
 * components count where there is no summary, for beside one they would count twice.
 */
export function reportOf(reading: Reading): StatusReport {
  const whole = reading.page === null ? reading.components.map(({ state }) => state) : [reading.page];
  const found = worst([...whole, ...reading.incidents.map(stateOf)]);
  if (found !== 'unknown' && (found !== 'operational' || reading.doubts.length === 0)) return { ...reading, kind: 'ok', worst: found };
  const reason = reading.doubts.length > 0 ? reading.doubts.slice(0, 5).join('; ') : 'the page does not say how things are';
  return { ...reading, kind: 'unknown', reason: reason.slice(0, 500) };
}

export function broken(reason: string): StatusReport {
  return { kind: 'broken', reason: reason.slice(0, 500) };
}

/** Names to call a thing by, as a source writes them. */
export function keysOf(names: readonly (string | number | null | undefined)[]): readonly string[] {
  const keys = names.map((name) => String(name ?? '').trim().toLowerCase()).filter((key) => key !== '');
  return [...new Set(keys)];
}
