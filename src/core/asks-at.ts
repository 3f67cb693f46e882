import { nextOpening } from './day.js';
import { leavesAt } from './failover.js';
import type { Instant } from './instant.js';
import type { Times } from './times.js';

/**
 * When another way is looked for: as it leaves its platform; where that is at night and its limit is not, in the morning.
 * null = it never goes another way by itself.
 * @param since its platform is down since then; null = nobody knows
 */
export function asksAt(due: Parameters<typeof leavesAt>[0], since: Instant | null, times: Times): Instant | null {
  const at = leavesAt(due, since, times);
  return at === null ? null : byDay(due, at);
}

/** Of what leaves its platform at that moment: when another way is looked for. Nobody is written to at night. */
export function byDay({ day, deadlineAt }: Pick<Parameters<typeof leavesAt>[0], 'day' | 'deadlineAt'>, at: Instant): Instant {
  const opening = nextOpening(day, at);
  return opening < deadlineAt ? opening : at;
}
