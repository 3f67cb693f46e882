import { blame, type Scope, type Sighting } from './blame.js';
import type { DetectorState } from './detector-state.js';
import { verdict } from './story.js';

/**
 * Where the fault lies, of all that was seen of a component (DESIGN §7). What the detector has decided stands: a component
 * that is down is no account's trouble, however few were seen; one that is well is no reason to doubt more than accounts.
 * @param siblings of its infra group, itself left out
 */
export function scopeOf(state: DetectorState, siblings: { readonly known: number; readonly down: number }): Scope {
  const told = verdict(state);
  const probesFail = state.probe.failures > 0;
  const found = blame({ impaired: told.impaired, probesFail, sightings: sightingsOf(state), siblings, clients: Math.max(state.clients, 1) });
  if (found.kind === 'self' || found.kind === 'app') return found;
  const group = siblings.known > 0 && siblings.down * 2 > siblings.known;
  switch (told.state) {
    case 'down':
    case 'maintenance':
    case 'recovering':
      return group ? { kind: 'group' } : { kind: 'component' };
    case 'suspect':
    case 'degraded':
      return found;
    case 'up':
    case 'unknown':
      return found.kind === 'account' ? found : { kind: 'none' };
  }
}

/** Each account as it was seen last: by a write that failed, a look, a read-back. Of writes that went well only the number is kept. */
function sightingsOf({ faults1, faults2, looks, readBacks }: DetectorState): readonly Sighting[] {
  const seen = [
    ...[...faults1, ...faults2].map((vote) => ({ ...vote, at: vote.last, failing: true })),
    ...[...looks, ...readBacks].map((answer) => ({ ...answer, failing: answer.result !== 'ok' })),
  ].toSorted((one, other) => one.at - other.at);
  return [...new Map(seen.map(({ account, client, workspace, app, failing }) => [account, { account, client, workspace, app, failing }])).values()];
}
