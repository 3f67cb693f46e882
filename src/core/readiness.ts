import { type OutletTrouble, outletTroubles } from './routes.js';

/** How ready a client is for an outage. What was found comes in, what to do about it comes out. */

type Said = { readonly en: string; readonly it: string };
const said = (en: string, it: string): Said => ({ en, it });

/** What rooms know, one fact for each thing that is looked at. */
export type ReadinessFact =
  /**
   * Mailing lists of the client: people who can be written to, those of them who agreed to urgent messages, and how many of these would
   * get one if it had to go today. Each counted once, on however many lists. `shut`: why nobody would; null = somebody would.
   */
  | { readonly kind: 'list'; readonly lists: number; readonly reachable: number; readonly covered: number; readonly today: number; readonly shut: MailShut | null }
  /** When an ordinary issue last went to them, days ago; null = never. */
  | { readonly kind: 'warm'; readonly daysSince: number | null }
  | { readonly kind: 'sender'; readonly state: 'none' | 'unverified' | 'paused' | 'verified' }
  /** What is missing of what every SMS needs. */
  | { readonly kind: 'sms'; readonly lacks: readonly SmsLack[] }
  | { readonly kind: 'pack'; readonly fresh: number; readonly unapproved: number; readonly expired: number; readonly otherLanguage: number }
  /** E-mails and phones by which the client itself is told. */
  | { readonly kind: 'contacts'; readonly emails: number; readonly phones: number }
  | { readonly kind: 'duty'; readonly people: number }
  /** Posts of the next seven days whose hour counts, and those of them that would go out nowhere. */
  | { readonly kind: 'fallbacks'; readonly posts: number; readonly unwritten: number };

/** Of what every SMS needs: a gateway, a public address, and a monthly limit in the gateway's currency of which something is left. */
export type SmsLack = 'no-gateway' | 'not-public' | 'no-cap' | 'other-currency' | 'over-cap';
const SMS_NEEDS = 3;

/** `no-channel`: no newsletter writes to such a list. `all-sent`: it has written to so many today. */
export type MailShut = OutletTrouble | 'no-channel' | 'all-sent';

export type ReadinessKind = ReadinessFact['kind'];

/** What each is worth; what nobody looked at counts for nothing. */
const weights: Readonly<Record<ReadinessKind, number>> = { list: 15, warm: 10, sender: 15, sms: 10, pack: 15, contacts: 10, duty: 10, fallbacks: 15 };
export const readinessKinds = Object.keys(weights) as readonly ReadinessKind[];

/** After so many days without an ordinary issue a list is cold (DESIGN: 60). */
const WARM_DAYS = 60;

export interface ReadinessItem {
  readonly code: ReadinessKind;
  readonly ok: boolean;
  /** 0 … 1: how much of it is there. */
  readonly share: number;
  readonly why: Said;
  /** What to do next; null = nothing. */
  readonly next: Said | null;
}

export interface Readiness {
  /** 0 … 100. */
  readonly score: number;
  /** What is worth most to do first; then what is in order. */
  readonly items: readonly ReadinessItem[];
}

export function readinessOf(facts: readonly ReadinessFact[]): Readiness {
  const items = facts.map(itemOf);
  const weight = (wanted: readonly ReadinessItem[], of: (item: ReadinessItem) => number): number => wanted.reduce((sum, item) => sum + weights[item.code] * of(item), 0);
  const all = weight(items, () => 1);
  const lost = ({ code, share }: ReadinessItem): number => weights[code] * (1 - share);
  return { score: all === 0 ? 0 : Math.round((100 * weight(items, ({ share }) => share)) / all), items: items.toSorted((a, b) => lost(b) - lost(a) || readinessKinds.indexOf(a.code) - readinessKinds.indexOf(b.code)) };
}

function itemOf(fact: ReadinessFact): ReadinessItem {
  const item = (share: number, why: Said, next: Said | null): ReadinessItem => ({ code: fact.kind, ok: share === 1, share, why, next: share === 1 ? null : next });
  switch (fact.kind) {
    case 'list':
      if (fact.lists === 0) return item(0, said('There is no mailing list.', 'Non c’è una mailing list.'), said('Make a list and put its sign-up form on the site.', 'Crea una lista e metti il suo modulo di iscrizione sul sito.'));
      if (fact.reachable === 0) return item(0, said('Nobody can be reached by mail.', 'Nessuno è raggiungibile via e-mail.'), said('Invite people to the sign-up page, or import those who agreed.', 'Invita le persone alla pagina di iscrizione, o importa chi ha dato il consenso.'));
      if (fact.covered === 0) return item(0.5, said(`${fact.reachable} people can be reached, but the consent text does not cover urgent messages.`, `${fact.reachable} persone raggiungibili, ma il testo del consenso non copre i messaggi urgenti.`), said('Add urgent messages to the list’s consent text.', 'Aggiungi i messaggi urgenti al testo del consenso della lista.'));
      return listItem(fact, item);
    case 'warm':
      if (fact.daysSince === null) return item(0, said('No ordinary newsletter went out yet, so mail servers do not know the sender.', 'Non è ancora uscita una newsletter ordinaria, quindi i server di posta non conoscono il mittente.'), said('Send an ordinary issue to the list.', 'Invia un numero ordinario alla lista.'));
      return item(fact.daysSince <= WARM_DAYS ? 1 : 0, said(`The last ordinary newsletter went out ${fact.daysSince} days ago.`, `L’ultima newsletter ordinaria è uscita ${fact.daysSince} giorni fa.`), said(`Send an ordinary issue: after ${WARM_DAYS} days the list counts as cold.`, `Invia un numero ordinario: dopo ${WARM_DAYS} giorni la lista è fredda.`));
    case 'sender':
      if (fact.state === 'none') return item(0, said('There is no sender for its newsletters.', 'Non c’è un mittente per le sue newsletter.'), said('Set up a sender with an address of the brand.', 'Imposta un mittente con un indirizzo del marchio.'));
      if (fact.state === 'paused') return item(0.5, said('The sender is paused.', 'Il mittente è in pausa.'), said('Look at why, put it right and let it go on.', 'Guarda il motivo, rimedia e riattivalo.'));
      return item(fact.state === 'verified' ? 1 : 0, fact.state === 'verified' ? said('The sender is verified.', 'Il mittente è verificato.') : said('The sender is not verified.', 'Il mittente non è verificato.'), said('Enter the SPF, DKIM and DMARC lines it shows in the DNS, then check again.', 'Inserisci nel DNS le righe SPF, DKIM e DMARC che mostra, poi ricontrolla.'));
    case 'sms':
      return smsItem(fact, item);
    case 'pack':
      return packItem(fact, item);
    case 'contacts':
      if (fact.emails === 0) return item(fact.phones > 0 ? 0.5 : 0, said('Postern has no e-mail of the client.', 'Postern non ha un’e-mail del cliente.'), said('Enter the e-mail of whoever is to be told in an outage.', 'Inserisci l’e-mail di chi va avvisato durante un’interruzione.'));
      return item(1, said('The client can be told.', 'Il cliente può essere avvisato.'), null);
    case 'duty':
      return item(fact.people > 0 ? 1 : 0, fact.people > 0 ? said(`${fact.people} on the duty list.`, `${fact.people} nella lista di turno.`) : said('Nobody is set on duty: the managers are asked.', 'Nessuno è di turno: vengono chiesti i gestori.'), said('Say who is asked, in which order.', 'Indica chi viene chiesto, e in quale ordine.'));
    case 'fallbacks':
      if (fact.posts === 0) return item(1, said('No post of the next 7 days hangs on its hour.', 'Nessun post dei prossimi 7 giorni dipende dalla sua ora.'), null);
      return item(1 - fact.unwritten / fact.posts, fact.unwritten === 0
        ? said(`${fact.posts} posts of the next 7 days hang on their hour, and all have another way out.`, `${fact.posts} post dei prossimi 7 giorni dipendono dalla loro ora, e tutti hanno un’altra via.`)
        : said(`${fact.unwritten} of ${fact.posts} posts of the next 7 days whose hour counts would go out nowhere.`, `${fact.unwritten} di ${fact.posts} post dei prossimi 7 giorni la cui ora conta non uscirebbero da nessuna parte.`),
      said('Write and approve what they say elsewhere.', 'Scrivi e approva cosa dicono altrove.'));
  }
}

const shutWays: Readonly<Record<'no-channel' | 'all-sent', Said>> = {
  'no-channel': said('No newsletter channel writes to such a list.', 'Nessun canale newsletter scrive a una lista così.'),
  'all-sent': said('Its sender is new, and has written to as many today as it may.', 'Il mittente è nuovo, e oggi ha già scritto a quanti poteva.'),
};
const opens: Readonly<Partial<Record<MailShut, Said>>> = {
  'no-channel': said('Connect a newsletter channel to the list.', 'Collega un canale newsletter alla lista.'),
  'too-many': said('Send ordinary issues: each day the sender may write to twice as many.', 'Invia numeri ordinari: ogni giorno il mittente può scrivere al doppio delle persone.'),
  'all-sent': said('Send ordinary issues: each day the sender may write to twice as many.', 'Invia numeri ordinari: ogni giorno il mittente può scrivere al doppio delle persone.'),
  unverified: said('Set up the sender and have it verified.', 'Imposta il mittente e fallo verificare.'),
  cold: said('Send an ordinary issue to the list.', 'Invia un numero ordinario alla lista.'),
  paused: said('Look at why it is paused, put it right and let it go on.', 'Guarda perché è in pausa, rimedia e riattivalo.'),
  down: said('Look at the mail server; it is tried again by itself.', 'Controlla il server di posta; si riprova da solo.'),
  'not-public': said('Have the operator set PUBLIC_URL.', 'Chiedi al gestore di impostare PUBLIC_URL.'),
  'not-covered': said('Leave those who did not agree out of the channel’s lists.', 'Togli dalle liste del canale chi non ha dato il consenso.'),
};

function listItem({ covered, today, shut }: Extract<ReadinessFact, { kind: 'list' }>, item: (share: number, why: Said, next: Said | null) => ReadinessItem): ReadinessItem {
  if (shut !== null) {
    const why = shut === 'no-channel' || shut === 'all-sent' ? shutWays[shut] : outletTroubles[shut];
    return item(0, said(`None of ${covered} people can be reached by mail today. ${why.en}`, `Oggi nessuna di ${covered} persone è raggiungibile via e-mail. ${why.it}`), opens[shut] ?? said('Look at the newsletter channel and its lists.', 'Controlla il canale newsletter e le sue liste.'));
  }
  if (today < covered) return item(today / covered, said(`${today} of ${covered} people can be reached by mail today.`, `${today} di ${covered} persone raggiungibili via e-mail oggi.`), said('Have every such list in a newsletter channel that is open, and a sender that may write to all in a day.', 'Metti ognuna di queste liste in un canale newsletter aperto, con un mittente che in un giorno possa scrivere a tutti.'));
  return item(1, said(`${today} people can be reached by mail today.`, `${today} persone raggiungibili via e-mail oggi.`), null);
}

const smsLacks: Readonly<Record<SmsLack, { readonly why: Said; readonly next: Said }>> = {
  'no-gateway': { why: said('There is no gateway for SMS.', 'Non c’è un gateway per gli SMS.'), next: said('Set one up for the workspace.', 'Configurane uno per il workspace.') },
  'not-public': {
    why: said('Postern has no public https address, so nobody could get rid of its SMS.', 'Postern non ha un indirizzo https pubblico, quindi nessuno potrebbe cancellarsi dai suoi SMS.'),
    next: said('Have the operator set PUBLIC_URL.', 'Chiedi al gestore di impostare PUBLIC_URL.'),
  },
  'no-cap': { why: said('SMS are off: the monthly limit is 0.', 'Gli SMS sono spenti: il limite mensile è 0.'), next: said('Set a monthly limit for SMS.', 'Imposta un limite mensile per gli SMS.') },
  'other-currency': { why: said('The monthly limit is in another currency than the gateway’s, so it counts for nothing.', 'Il limite mensile è in una valuta diversa da quella del gateway, quindi non vale.'), next: said('Set it in the gateway’s currency.', 'Impostalo nella valuta del gateway.') },
  'over-cap': { why: said('Nothing is left of this month’s limit for SMS.', 'Del limite di questo mese per gli SMS non resta nulla.'), next: said('Raise the limit, or wait for the next month.', 'Alza il limite, o aspetta il mese prossimo.') },
};

function smsItem({ lacks }: Extract<ReadinessFact, { kind: 'sms' }>, item: (share: number, why: Said, next: Said | null) => ReadinessItem): ReadinessItem {
  const [first] = lacks;
  if (first === undefined) return item(1, said('SMS could go out: there are a gateway, a public address and a monthly limit.', 'Gli SMS potrebbero partire: ci sono un gateway, un indirizzo pubblico e un limite mensile.'), null);
  return item(Math.max(0, 1 - lacks.length / SMS_NEEDS), smsLacks[first].why, smsLacks[first].next);
}

function packItem({ fresh, unapproved, expired, otherLanguage }: Extract<ReadinessFact, { kind: 'pack' }>, item: (share: number, why: Said, next: Said | null) => ReadinessItem): ReadinessItem {
  if (fresh > 0) return item(1, said(`${fresh} approved packs in the client’s language.`, `${fresh} pacchetti approvati nella lingua del cliente.`), null);
  if (unapproved > 0) return item(0.5, said('There are packs, but nobody approved them.', 'Ci sono pacchetti, ma nessuno li ha approvati.'), said('Read one and approve it.', 'Leggine uno e approvalo.'));
  if (expired > 0) return item(0.5, said('All packs have expired.', 'Tutti i pacchetti sono scaduti.'), said('Check one, set a later day and approve it again.', 'Controllane uno, sposta la scadenza e riapprovalo.'));
  if (otherLanguage > 0) return item(0.5, said('No pack is in the client’s language.', 'Nessun pacchetto è nella lingua del cliente.'), said('Write one in the client’s language.', 'Scrivine uno nella lingua del cliente.'));
  return item(0, said('There is no pack: nothing is prepared.', 'Non c’è nessun pacchetto: nulla è preparato.'), said('Write a pack: what the brand says when a platform is down.', 'Scrivi un pacchetto: cosa dice il marchio quando una piattaforma non funziona.'));
}

