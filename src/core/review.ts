import type { DeliveryState, HoldReason } from './delivery.js';

/** Held for these, it waits for a person: for what comes back by itself nobody has to do anything. */
const waitsForPerson: ReadonlySet<HoldReason | null> = new Set<HoldReason>(['late', 'ask', 'approval', 'account', 'pause']);

/** Whether it goes on only if a person does something. What a person decided is none of these any more. `asked`: whether it is out, or what becomes of it where it was planned, now that it is out elsewhere. */
export function needsPerson({ state, holdReason, asked = false }: { readonly state: DeliveryState; readonly holdReason: HoldReason | null; readonly asked?: boolean }): boolean {
  return asked || state === 'missed' || state === 'failed' || (state === 'held' && waitsForPerson.has(holdReason));
}

/** What a person may do to what waits for them: each is an endpoint of the delivery, its post or, `settle`, its reroute. */
export const reviewActs = ['release', 'edit', 'next-slot', 'drop', 'retry', 'say-out', 'say-absent', 'end', 'settle'] as const;
export type ReviewAct = (typeof reviewActs)[number];

interface Reviewed {
  readonly state: DeliveryState;
  readonly holdReason: HoldReason | null;
  /** A part is out, so it only goes forward. */
  readonly begun: boolean;
  /** A person posts it, no machine. */
  readonly byHand: boolean;
}

/** The acts that a delivery's state allows, the likeliest first: what is posted by hand is most likely out. */
export function reviewActsOf({ byHand, ...reviewed }: Reviewed): readonly ReviewAct[] {
  const acts = actsOf(reviewed);
  return byHand && acts.includes('say-out') ? ['say-out', ...acts.filter((act) => act !== 'say-out')] : acts;
}

function actsOf({ state, holdReason, begun }: Omit<Reviewed, 'byHand'>): readonly ReviewAct[] {
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
