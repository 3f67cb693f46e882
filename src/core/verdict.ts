/** What the detector says of a component (DESIGN §7). */
export const verdicts = ['up', 'degraded', 'suspect', 'down', 'recovering', 'maintenance', 'unknown'] as const;
export type VerdictState = (typeof verdicts)[number];

/**
 * `unknown` for lack of evidence lets posts through, `unknown` because our own network is in doubt holds them:
 * `impaired` tells the two apart.
 */
export interface Verdict {
  readonly state: VerdictState;
  readonly impaired: boolean;
}
