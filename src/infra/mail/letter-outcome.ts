import type { Road, RoadResult } from './road.js';

/** What each road said that takes a letter never. */
export type Refusals = Readonly<Partial<Record<Road['place'], string>>>;

interface NotGone {
  readonly detail: string;
  /** The road that will never take it. */
  readonly refusedBy: Road['place'] | null;
  /** Seconds. */
  readonly againInS: number;
}
export type LetterOutcome = { readonly state: 'sent' } | ({ readonly state: 'waiting' | 'failed' } & NotGone);

interface Tried {
  readonly refusals: Refusals;
  /** Whether the second road may carry it. */
  readonly hasSecond: boolean;
}

/**
 * What follows from a try. A road that refuses a letter may mean the address, but just as well us: our quota, our sender, its
 * size. So the other road is asked at once, and it has failed only when every road that may carry it refused.
 * @param againInS when the schedule has the next try; null = it is given up
 */
export function outcomeOf({ refusals, hasSecond }: Tried, place: Road['place'], { result, againInS }: { readonly result: RoadResult; readonly againInS: number | null }): LetterOutcome {
  if (result.kind === 'sent') return { state: 'sent' };
  const { kind, detail } = result;
  if (kind !== 'refused') return { state: againInS === null ? 'failed' : 'waiting', detail: joined(refusals, detail), refusedBy: null, againInS: againInS ?? 0 };
  const other = place === 'first' ? 'second' : 'first';
  const isOtherLeft = refusals[other] === undefined && (other === 'first' || hasSecond);
  return isOtherLeft ? { state: 'waiting', detail, refusedBy: place, againInS: 0 } : { state: 'failed', detail: joined(refusals, detail), refusedBy: place, againInS: 0 };
}

const joined = (refusals: Refusals, detail: string): string => [...new Set([...Object.values(refusals), detail])].join('; ');
