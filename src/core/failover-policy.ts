import { MINUTE_MS } from './instant.js';
import { type Choice, HOUR_COUNTS_MS, type Policy } from './policy.js';

/** Sets of outlets, by channel id, in order of preference: every outlet of the first usable set. */
export type Routes = readonly (readonly string[])[];

/** What is to happen to a post that cannot go out in time, with nothing left open (DESIGN §8). */
export interface FailoverPolicy {
  readonly onOutage: 'hold' | 'reroute-now' | 'reroute-after' | 'drop' | 'ask';
  /** With `reroute-after`: counted from the delivery's own due time. */
  readonly rerouteAfterMs: number;
  readonly atDeadline: 'reroute' | 'expire' | 'next-slot' | 'ask';
  readonly afterReroute: 'ask' | 'skip' | 'publish-edited' | 'publish-anyway';
  readonly routes: Routes;
}

type Preset = Pick<FailoverPolicy, 'onOutage' | 'rerouteAfterMs' | 'atDeadline'>;

/** What the three choices of the composer mean. Only *the hour counts* reroutes by itself. */
const presets: Readonly<Record<Choice, Preset>> = {
  'can-wait': { onOutage: 'hold', rerouteAfterMs: 0, atDeadline: 'next-slot' },
  today: { onOutage: 'hold', rerouteAfterMs: 0, atDeadline: 'ask' },
  'hour-counts': { onOutage: 'reroute-after', rerouteAfterMs: HOUR_COUNTS_MS, atDeadline: 'reroute' },
};

/**
 * The rule in force for a post. `clientRoutes`: what the client's posts take that name no outlets of their own.
 * A custom field wins over the choice; `reroute-after` without minutes counts as the choice *the hour counts* does.
 */
export function failoverPolicy(choice: Choice, policy: Policy, clientRoutes: Routes): FailoverPolicy {
  const preset = presets[choice];
  const after = policy.rerouteAfterMinutes === undefined ? null : policy.rerouteAfterMinutes * MINUTE_MS;
  return {
    onOutage: policy.onOutage ?? preset.onOutage,
    rerouteAfterMs: after ?? (policy.onOutage === 'reroute-after' ? HOUR_COUNTS_MS : preset.rerouteAfterMs),
    atDeadline: policy.atDeadline ?? preset.atDeadline,
    afterReroute: policy.afterReroute ?? 'ask',
    routes: (policy.rerouteTo ?? clientRoutes).filter((set) => set.length > 0),
  };
}

/** A fallback is not rerouted again: it waits for its outlet while that is down, and is given up at its limit. */
export const policyOfFallback: FailoverPolicy = { onOutage: 'hold', rerouteAfterMs: 0, atDeadline: 'expire', afterReroute: 'skip', routes: [] };

/** A person asked for it, and answers for it: what was rerouted goes out late on its own platform, and is given up at its limit. */
export const policyOfLate: FailoverPolicy = { ...policyOfFallback, atDeadline: 'ask' };

/** The rule in force for a delivery, by where it came from: only what the calendar planned follows its post's own. */
export function policyOf(origin: string, { choice, policy, clientRoutes }: { readonly choice: Choice; readonly policy: Policy; readonly clientRoutes: Routes }): FailoverPolicy {
  if (origin === 'fallback') return policyOfFallback;
  return origin.startsWith('late:') ? policyOfLate : failoverPolicy(choice, policy, clientRoutes);
}
