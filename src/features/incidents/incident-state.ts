import type { VerdictState } from '../../core/verdict.js';
import type { ComponentChanged } from '../health/health.events.js';
import type { IncidentItem } from './incident.schema.js';

/** A component as an incident knows it. */
export interface Known {
  readonly componentId: string;
  readonly state: VerdictState;
  readonly onlyMedia: boolean;
  readonly backAt: Date | null;
  readonly relapses: number;
  readonly toldAt: Date;
}

const shut: readonly VerdictState[] = ['down', 'maintenance'];
/** Nothing is wrong with it any more, as far as anybody can tell. */
const calm: readonly VerdictState[] = ['up', 'degraded', 'unknown'];

type Said = Pick<ComponentChanged, 'to' | 'media'>;

/** The worse of what is said for text and for media, where media alone is not in order. */
export function stateTold({ to, media }: Said): VerdictState {
  if (shut.includes(to) || to === 'recovering') return to;
  return shut.includes(media) || media === 'recovering' ? media : to;
}

export function hasFallen(said: Said): boolean {
  return shut.includes(stateTold(said));
}

/** Text flows: of what has fallen. */
export function isOnlyMedia({ to }: Said): boolean {
  return !shut.includes(to);
}

/** What a component becomes by what is told of it. Unknown because our own network is in doubt tells nothing. */
export function componentAfter(known: Known | null, told: ComponentChanged, toldAt: Date): Known {
  const state = stateTold(told);
  const before = known ?? { componentId: told.componentId, state, onlyMedia: false, backAt: null, relapses: 0, toldAt };
  if (told.impaired && !hasFallen(told)) return { ...before, toldAt };
  if (!hasFallen(told)) return { ...before, state, toldAt, backAt: before.backAt ?? new Date(told.at) };
  return { ...before, state, toldAt, onlyMedia: isOnlyMedia(told), backAt: null, relapses: before.relapses + (before.backAt ? 1 : 0) };
}

/** What an incident is by its components: recovering once all are back, closed once all have stayed so. */
export function incidentAfter(components: readonly Known[]): { readonly state: IncidentItem['state']; readonly endedAt: Date | null } {
  const backs = components.flatMap(({ backAt }) => backAt?.getTime() ?? []);
  if (backs.length < components.length) return { state: 'open', endedAt: null };
  return { state: components.every(({ state }) => calm.includes(state)) ? 'closed' : 'recovering', endedAt: new Date(Math.max(...backs)) };
}
