import type { DeliveryState, HoldReason } from './delivery.js';

/** Held for these, it waits for a person: for what comes back by itself nobody has to do anything. */
const waitsForPerson: ReadonlySet<HoldReason | null> = new Set<HoldReason>(['late', 'ask', 'approval', 'account', 'pause']);

/** Whether it goes out only if a person does something. What a person decided is none of these any more. */
export function needsPerson({ state, holdReason }: { readonly state: DeliveryState; readonly holdReason: HoldReason | null }): boolean {
  return state === 'missed' || state === 'failed' || (state === 'held' && waitsForPerson.has(holdReason));
}
