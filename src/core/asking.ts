import { MINUTE_MS } from './instant.js';

/** Who has not answered for so long is not waited for alone: the next one is asked (DESIGN §8). */
export const patience = {
  /** Of an incident: whose a client's posts are. */
  incidentMs: 15 * MINUTE_MS,
  /** The same where an hour counts, which is a quarter of an hour (policy.ts): a third of it. */
  urgentMs: 5 * MINUTE_MS,
  /** To post something by hand: it takes a phone and a quiet moment. */
  byHandMs: 30 * MINUTE_MS,
} as const;

export interface Turn<P> {
  readonly person: P;
  /** Those who were asked before, in the order of duty. */
  readonly silent: readonly P[];
  /** Nobody is left after this one. */
  readonly isLast: boolean;
}

/** Whose turn it is of those in `order`; null when everybody was asked. `asked`: user ids. */
export function turnOf<P extends { readonly userId: string }>(asked: readonly string[], order: readonly P[]): Turn<P> | null {
  const [person, ...later] = order.filter(({ userId }) => !asked.includes(userId));
  return person ? { person, silent: order.filter(({ userId }) => asked.includes(userId)), isLast: later.length === 0 } : null;
}
