import type { Routes } from './failover-policy.js';

/** Why an outlet cannot be used for a fallback now, in a sentence a person understands. */
export const outletTroubles = {
  gone: { en: 'It is not connected any more.', it: 'Non è più collegato.' },
  planned: { en: 'The post is planned there anyway.', it: 'Il post è già previsto lì.' },
  tried: { en: 'It was tried, and nothing came of it.', it: 'È già stato provato senza risultato.' },
  account: { en: 'Its account has to be reconnected.', it: 'Il suo account va ricollegato.' },
  paused: { en: 'Publishing there is paused.', it: 'Lì la pubblicazione è in pausa.' },
  down: { en: 'It is down as well.', it: 'Anche questo non funziona.' },
  night: { en: 'It is outside the client’s day.', it: 'È fuori dalla giornata del cliente.' },
  'words-of-time': { en: 'What would be said there speaks of a time that is over: write a version for it.', it: 'Quello che si direbbe lì parla di un momento già passato: scrivi una versione apposita.' },
  unwritten: { en: 'Nobody wrote or approved a version for it.', it: 'Nessuno ha scritto o approvato una versione per questa via.' },
  'does-not-fit': { en: 'What the post says does not fit there: write a version for it.', it: 'Il testo del post non va bene lì: scrivi una versione apposita.' },
  unverified: { en: 'Its sender is not verified.', it: 'Il suo mittente non è verificato.' },
  cold: { en: 'Nothing was sent to this list from this sender for 60 days.', it: 'Da 60 giorni non si invia nulla a questa lista da questo mittente.' },
  'too-many': { en: 'Its sender is new, and they are more than it may write to in a day.', it: 'Il mittente è nuovo, e sono più di quanti ne può raggiungere in un giorno.' },
  'not-covered': { en: 'Those on its list did not agree to such messages.', it: 'Gli iscritti alla lista non hanno dato il consenso a messaggi di questo tipo.' },
  nobody: { en: 'Nobody can be reached there.', it: 'Lì non si raggiunge nessuno.' },
  'no-gateway': { en: 'There is no gateway for SMS yet.', it: 'Non c’è ancora un gateway per gli SMS.' },
  'no-cap': { en: 'No monthly limit is set for it.', it: 'Non è impostato un limite mensile.' },
  'other-currency': { en: 'The monthly limit is in another currency than the gateway’s.', it: 'Il limite mensile è in una valuta diversa da quella del gateway.' },
  'over-cap': { en: 'It would cost more than what is left of the month’s limit.', it: 'Costerebbe più di quanto resta del limite del mese.' },
  'not-public': { en: 'This installation has no public https address yet (PUBLIC_URL).', it: 'Questa installazione non ha ancora un indirizzo pubblico https (PUBLIC_URL).' },
} as const satisfies Readonly<Record<string, { readonly en: string; readonly it: string }>>;

export type OutletTrouble = keyof typeof outletTroubles;

export interface Outlet {
  readonly channelId: string;
  readonly name: string;
  /** null = it can be used now. */
  readonly trouble: OutletTrouble | null;
}

/** Of the sets before the chosen one, the outlets that something stood in the way of; all sets where none was chosen. */
export function passedOver<O extends Outlet>(routes: Routes, outlets: readonly O[], chosen: readonly O[] | null): readonly O[] {
  const at = chosen === null ? -1 : routes.findIndex((set) => set.length > 0 && set.every((id) => chosen.some(({ channelId }) => channelId === id)));
  const before = new Set((at < 0 ? routes : routes.slice(0, at)).flat());
  return outlets.filter(({ channelId, trouble }) => before.has(channelId) && trouble !== null);
}

/** Every outlet of the first set of which all can be used; null = there is none. An outlet nobody knows any more is gone. */
export function chooseRoute<O extends Outlet>(routes: Routes, outlets: readonly O[]): readonly O[] | null {
  const byId = new Map(outlets.map((outlet) => [outlet.channelId, outlet]));
  for (const set of routes) {
    const chosen = [...new Set(set)].flatMap((id) => byId.get(id) ?? []);
    if (chosen.length > 0 && chosen.length === new Set(set).size && chosen.every(({ trouble }) => trouble === null)) return chosen;
  }
  return null;
}
