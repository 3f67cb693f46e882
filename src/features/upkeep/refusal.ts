import type { OutcomeKind } from '../../core/outcome.js';

/** What a witness says: in order already, what the look at it just told, or nothing. */
export type Witness = 'fine' | 'ok' | 'unknown' | OutcomeKind;

/**
 * Is a refusal this account's own trouble, or the platform's (DESIGN §7, "small installations")? Each witness is another
 * client's account on the same component. One in order makes it this account's own; with none there, too. Refused alike
 * by three clients, or by all of at least two, it is the platform's, and nobody is told to reconnect. `unclear`: ask again.
 */
export function judge(witnesses: readonly Witness[]): 'own' | 'platform' | 'unclear' {
  if (witnesses.length === 0 || witnesses.some((witness) => witness === 'fine' || witness === 'ok')) return 'own';
  const alike = witnesses.filter((witness) => witness === 'unauthorized' || witness === 'throttled').length;
  return alike >= Math.min(2, witnesses.length) ? 'platform' : 'unclear'; // with this account itself: three clients, or both
}
