import type { DeliveryState, HoldReason } from './delivery.js';

/** Held for these, it waits for a person: for what comes back by itself nobody has to do anything. */
const waitsForPerson: ReadonlySet<HoldReason | null> = new Set<HoldReason>(['late', 'ask', 'approval', 'account', 'pause']);

/** Whether it goes out only if a person does something. What a person decided is none of these any more. */
export function needsPerson({ state, holdReason }: { readonly state: DeliveryState; readonly holdReason: HoldReason | null }): boolean {
  return state === 'missed' || state === 'failed' || (state === 'held' && waitsForPerson.has(holdReason));
}

/** What a person may do to what waits for them: each is an endpoint of the delivery, its post or, `settle`, its reroute. */
export const reviewActs = ['release', 'edit', 'next-slot', 'drop', 'retry', 'say-out', 'say-absent', 'end', 'settle'] as const;
export type ReviewAct = (typeof reviewActs)[number];

/** The acts that a delivery's state allows, the likeliest first. `begun`: a part is out, so it only goes forward. */
export function reviewActsOf({ state, holdReason, begun }: { readonly state: DeliveryState; readonly holdReason: HoldReason | null; readonly begun: boolean }): readonly ReviewAct[] {
  switch (state) {
    case 'held':
      if (holdReason !== 'late' && holdReason !== 'ask') return [];
      return begun ? ['release', 'say-out', 'end'] : ['release', 'edit', 'next-slot', 'drop', 'say-out'];
    case 'missed':
    case 'failed':
      return begun ? ['retry', 'say-out', 'end'] : ['retry', 'edit', 'next-slot', 'say-out'];
    case 'unconfirmed':
      return ['say-out', 'say-absent'];
    case 'rerouted':
      return ['settle'];
    case 'scheduled':
    case 'sending':
    case 'published':
    case 'skipped':
    case 'cancelled':
      return [];
  }
}
