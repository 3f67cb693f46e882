import { type Capability, capabilities } from '../../../core/component.js';
import { DAY_MS, type Instant } from '../../../core/instant.js';
import { type PageState, type Reading, stateOf, type StatusIncident, type StatusMaintenance, type StatusReport, worst } from './report.js';
import type { StatusSource } from './source.schema.js';

/** What a page supports for one capability. `none` supports nothing, and is no sign that all is well (DESIGN §7). */
export type Says =
  | { readonly kind: 'none' }
  /** `incident`: the one that says it, with the platform's words; null where only the state of a component or page does. */
  | { readonly kind: 'minor' | 'major'; readonly incident: StatusIncident | null }
  /** Announced, and by the page's times or word going on at `now`. */
  | { readonly kind: 'maintenance'; readonly from: Instant | null; readonly to: Instant | null; readonly title: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** A maintenance to come, or going on, whose times are known. */
export interface Announced {
  readonly from: Instant;
  readonly to: Instant | null;
  readonly title: string;
  readonly capabilities: readonly Capability[];
}

export interface Evidence {
  readonly says: Readonly<Record<Capability, Says>>;
  readonly announced: readonly Announced[];
}

/** A log forgets to close: an open entry says nothing any more when it has not been touched for so long. */
const logHoldsMs = DAY_MS;

type Scope = NonNullable<StatusSource['capabilities'][Capability]>;

/** What a report supports for each capability of the source's platform at `now`. Capabilities without components on the page are unknown. */
export function evidenceOf(report: StatusReport, source: StatusSource, now: Instant): Evidence {
  const says = (capability: Capability): Says => {
    const scope = source.capabilities[capability];
    if (scope === undefined) return { kind: 'unknown', reason: 'the page has no component for it' };
    if (report.kind === 'broken') return { kind: 'unknown', reason: report.reason };
    return saysOf(report, scope, { source, now });
  };
  return {
    says: { auth: says('auth'), text: says('text'), media: says('media'), publish: says('publish'), read: says('read') },
    announced: report.kind === 'broken' ? [] : announcedOf(report, source, now),
  };
}

function saysOf(report: Exclude<StatusReport, { kind: 'broken' }>, scope: Scope, { source, now }: { readonly source: StatusSource; readonly now: Instant }): Says {
  const incidents = report.incidents
    .filter((incident) => stateOf(incident) !== 'operational' && isWhere(incident, source.regions))
    .map((incident) => ({ incident, state: isForgotten(incident, source, now) ? 'unknown' as const : touchOf(incident, scope, stateOf(incident)) }));
  const maintenances = report.maintenances.map((one) => ({ ...one, state: touchOf(one, scope, 'maintenance') })).filter(({ state }) => state !== 'operational');
  const underWay = maintenances.filter((one) => isOn(one, now));
  const running = underWay.find(({ state }) => state === 'maintenance');
  const found = worst([pageOf(report, scope), ...incidents.map(({ state }) => state), ...underWay.map(({ state }) => state)]);
  const loudest = incidents.find(({ state }) => state === found)?.incident ?? null;

  switch (found) {
    case 'major':
    case 'minor':
      return { kind: found, incident: loudest };
    case 'maintenance':
      return { kind: 'maintenance', from: running?.from ?? loudest?.startedAt ?? null, to: running?.to ?? null, title: running?.title ?? loudest?.title ?? 'maintenance' };
    case 'unknown':
      return { kind: 'unknown', reason: reasonOf(report, scope, loudest) };
    case 'operational':
      // What could not be read may be the trouble, and may be ours.
      if (report.doubts[0] !== undefined) return { kind: 'unknown', reason: report.doubts[0].slice(0, 500) };
      return maintenances.some(({ from }) => from === null) ? { kind: 'unknown', reason: 'a maintenance is announced without a time that can be read' } : { kind: 'none' };
  }
}

/** The page's own word for the whole of it, its components' for a part. */
function pageOf(report: Reading, scope: Scope): PageState {
  if (scope === '*') return report.page ?? worst(report.components.map(({ state }) => state));
  const named = report.components.filter(({ keys }) => keys.some((key) => scope.includes(key)));
  // A page that lists its components and not ours has renamed it: that is not "nothing is wrong with it".
  return named.length === 0 && report.listsComponents ? 'unknown' : worst(named.map(({ state }) => state));
}

/** What an incident means for a scope: all of it if it touches it, nothing if it does not, unknown if it does not say. */
function touchOf(one: StatusIncident | StatusMaintenance, scope: Scope, state: PageState): PageState {
  if (scope === '*' || one.keys.some((key) => scope.includes(key))) return state;
  if (one.keys.length > 0) return 'operational';
  const title = one.title.toLowerCase();
  return scope.some((name) => title.includes(name)) ? state : 'unknown';
}

function isWhere({ regions }: StatusIncident, wanted: readonly string[]): boolean {
  return wanted.length === 0 || regions.length === 0 || regions.some((region) => wanted.includes(region));
}

function isForgotten({ updatedAt }: StatusIncident, { format }: StatusSource, now: Instant): boolean {
  return (format === 'rss' || format === 'atom') && (updatedAt === null || Math.abs(now - updatedAt) > logHoldsMs);
}

function isOn({ from, to, isRunning }: StatusMaintenance, now: Instant): boolean {
  return (isRunning || (from !== null && from <= now)) && (to === null || now < to);
}

function reasonOf(report: Exclude<StatusReport, { kind: 'broken' }>, scope: Scope, incident: StatusIncident | null): string {
  if (incident !== null && scope !== '*' && incident.keys.length === 0) return `“${incident.title}” is open and does not say what it touches`;
  if (report.kind === 'unknown') return report.reason;
  if (scope !== '*' && report.listsComponents && !report.components.some(({ keys }) => keys.some((key) => scope.includes(key)))) return `the page lists no component called ${scope.join(', ')}`.slice(0, 500);
  return report.doubts[0] ?? 'the page does not say how things are';
}

function announcedOf(report: Reading, source: StatusSource, now: Instant): readonly Announced[] {
  return report.maintenances.flatMap((one) => {
    const touched = capabilities.filter((capability) => {
      const scope = source.capabilities[capability];
      return scope !== undefined && touchOf(one, scope, 'maintenance') === 'maintenance';
    });
    const isPast = one.to !== null && one.to <= now;
    return one.from === null || isPast || touched.length === 0 ? [] : [{ from: one.from, to: one.to, title: one.title, capabilities: touched }];
  });
}
