/** Within this the first road has to take a letter, or the second does. */
export const SECOND_ROAD_AFTER_S = 120;
/** Older than this and still not taken is no greylisting any more: somebody must act. */
export const ALARM_AFTER_S = 360;
/** The most one try may take, and the least it is given. */
const tryS = { most: 40, least: 5 };
/** A little more than a try: what is not recorded by then is tried again. */
export const LEASE_S = 60;

/** Seconds after it was written at which a letter is tried again; after the last it is given up. */
const marksS = [15, 30, 60, 90, SECOND_ROAD_AFTER_S, 180, 360, 660, 1_800, 3_600, 10_800, 21_600, 36_000] as const;

/**
 * @param ageS of the letter, now that a try failed which began when it was `begunS` old
 * @returns seconds until the next try; null = it is given up
 */
export function nextTryInS(ageS: number, begunS: number): number | null {
  // The turn of the second road is not let go by because the last try of the first ended just then.
  if (begunS < SECOND_ROAD_AFTER_S && ageS > SECOND_ROAD_AFTER_S - tryS.least) return Math.max(0, SECOND_ROAD_AFTER_S - ageS);
  const mark = marksS.find((at) => at >= ageS + tryS.least);
  return mark === undefined ? null : mark - ageS;
}

/** How long a try may take: with another road to come, no longer than until that one's turn. */
export function tryForS(ageS: number, hasSecond: boolean): number {
  if (!hasSecond || ageS >= SECOND_ROAD_AFTER_S) return tryS.most;
  return Math.min(tryS.most, Math.max(tryS.least, SECOND_ROAD_AFTER_S - ageS));
}
