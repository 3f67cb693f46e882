import { blame, type Sighting } from '../../core/blame.js';
import type { OutcomeKind } from '../../core/outcome.js';

export interface Witness {
  /** In order already, what the look at it just told, or nothing. */
  readonly says: 'fine' | 'ok' | 'unknown' | OutcomeKind;
  /** Of ours, through which it works; null = it brings its own credential. */
  readonly app: string | null;
}

/**
 * Is a refusal this account's own trouble, or the platform's (DESIGN §7, "small installations")? Each witness is another
 * client's account on the same component. Refused alike by three clients, or by all of at least two, it is the
 * platform's, and nobody is told to reconnect; so it is when an app of ours is refused, with all that work through it.
 * `unclear`: nobody in order could be asked, ask again.
 * @param app of ours, through which the refused account works
 */
export function judge(witnesses: readonly Witness[], app: string | null = null): 'own' | 'platform' | 'unclear' {
  const sightings = witnesses.flatMap((witness, i) => sighting(witness, `witness ${i}`));
  const accused: Sighting = { account: 'this', client: 'this', workspace: '', app, failing: true };
  const { kind } = blame({ impaired: false, probesFail: false, sightings: [accused, ...sightings], siblings: { known: 0, down: 0 }, clients: witnesses.length + 1 });
  if (kind !== 'account') return 'platform';
  return witnesses.length === 0 || sightings.some(({ failing }) => !failing) ? 'own' : 'unclear';
}

function sighting({ says, app }: Witness, name: string): readonly Sighting[] {
  const seen = { account: name, client: name, workspace: '', app };
  if (says === 'fine' || says === 'ok') return [{ ...seen, failing: false }];
  return says === 'unauthorized' || says === 'throttled' ? [{ ...seen, failing: true }] : [];
}
