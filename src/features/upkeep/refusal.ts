import { blame, type Sighting } from '../../core/blame.js';
import type { OutcomeKind } from '../../core/outcome.js';

/** What a witness says: in order already, what the look at it just told, or nothing. */
export type Witness = 'fine' | 'ok' | 'unknown' | OutcomeKind;

/**
 * Is a refusal this account's own trouble, or the platform's (DESIGN §7, "small installations")? Each witness is another
 * client's account on the same component. Refused alike by three clients, or by all of at least two, it is the
 * platform's, and nobody is told to reconnect; `unclear`: nobody in order could be asked, ask again.
 */
export function judge(witnesses: readonly Witness[]): 'own' | 'platform' | 'unclear' {
  const sightings = witnesses.flatMap((witness, i) => sighting(witness, `witness ${i}`));
  const accused: Sighting = { account: 'this', client: 'this', workspace: '', app: null, failing: true };
  const { kind } = blame({ impaired: false, probesFail: false, sightings: [accused, ...sightings], siblings: { known: 0, down: 0 }, clients: witnesses.length + 1 });
  if (kind !== 'account') return 'platform';
  return witnesses.length === 0 || sightings.some(({ failing }) => !failing) ? 'own' : 'unclear';
}

function sighting(witness: Witness, name: string): readonly Sighting[] {
  const seen = { account: name, client: name, workspace: '', app: null };
  if (witness === 'fine' || witness === 'ok') return [{ ...seen, failing: false }];
  return witness === 'unauthorized' || witness === 'throttled' ? [{ ...seen, failing: true }] : [];
}
