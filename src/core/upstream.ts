import type { DetectorState } from './detector-state.js';
import type { Edge } from './edge.js';
import type { Instant } from './instant.js';
import { verdict } from './story.js';

/** What a component's probes met that failed at an edge, as far as it still counts. */
export interface AtEdge {
  readonly edge: Edge;
  /** When its trouble began; while it is down, not after it was found so. */
  readonly since: Instant;
}

/** The edge at which the probes of a component that is down or suspect fail, often enough to say so; the latest, of several. null = at none. */
export function atEdge(state: DetectorState): AtEdge | null {
  if (state.edges.length === 0 || !isInTrouble(state)) return null;
  const { failures, withinMs } = state.config.upstream;
  const fresh = state.edges.filter(({ at }) => state.at - at <= withinMs);
  const edge = fresh.at(-1)?.edge;
  const mine = fresh.filter((one) => one.edge === edge);
  if (edge === undefined || mine.length < failures) return null;
  const first = Math.min(...mine.map(({ at }) => at));
  return { edge, since: state.phase === 'down' ? Math.min(first, state.since) : first };
}

/**
 * Do two components, of platforms that have nothing else in common, fail by the upstream they share? Both fail at the
 * same edge, and since about the same time: one that has been dead for days falls with nobody.
 */
export function sharedEdge(one: DetectorState, other: DetectorState): Edge | null {
  const [mine, theirs] = [atEdge(one), atEdge(other)];
  if (!mine || !theirs || mine.edge !== theirs.edge) return null;
  return Math.abs(mine.since - theirs.since) <= one.config.upstream.withinMs ? mine.edge : null;
}

/** Judged down or suspect: what a component was told of its upstream holds as long as this does, of both. */
export function isInTrouble(state: DetectorState): boolean {
  const { state: said } = verdict(state);
  return said === 'down' || said === 'suspect';
}
