import { DateTime } from 'luxon';
import { sentence } from '../../core/reason.js';
import { fill, type Language, type Sentence } from '../../infra/http/problem.js';
import type { Tally } from '../incidents/tally.service.js';
import { whyTold } from '../phone/told.schema.js';
import { momentIn, named, partNames, tallyParts } from './incident-words.js';
import { type LeftOver, leftOverText, matters } from './notice-incidents.js';
import type { NoticeKind } from './notice.schema.js';

/** What a notice is about; plain JSON in `notices.params`. Which of these are there depends on its kind. */
export interface NoticeParams {
  readonly count: number;
  readonly clientId?: string | null;
  readonly client?: string;
  readonly channelId?: string | null;
  readonly channel?: string;
  readonly platform?: string;
  /** Of an incident, which may have several. */
  readonly platforms?: readonly string[];
  /** Of these pictures and films alone. */
  readonly onlyMedia?: readonly string[];
  readonly isMaintenance?: boolean;
  readonly deliveryIds?: readonly string[];
  readonly reason?: { readonly code: string; readonly detail?: string | null; readonly detailIt?: string | undefined; readonly params?: Readonly<Record<string, number | string>> } | null;
  /** The platform's words on an account. */
  readonly detail?: string | null;
  /** ISO instants, said in `zone`. */
  readonly from?: string;
  readonly to?: string;
  readonly zone?: string;
  readonly host?: string;
  /** A page of the desk. */
  readonly link?: string;
  readonly incidentId?: string | null;
  /** What became of the workspace's posts. */
  readonly tally?: Tally | null;
  /** Once it is over: what is still a person's to do. */
  readonly leftOver?: LeftOver | null;
}

interface Wording {
  readonly title: { readonly one: Sentence; readonly other: Sentence };
  readonly text: Sentence;
}

const same = (title: Sentence): Wording['title'] => ({ one: title, other: title });

const wordings: Readonly<Record<NoticeKind, Wording>> = {
  'post-failed': {
    title: {
      one: { en: 'A post failed on {channel} ({client})', it: 'Un post non è uscito su {channel} ({client})' },
      other: { en: '{count} posts failed on {channel} ({client})', it: '{count} post non sono usciti su {channel} ({client})' },
    },
    text: {
      en: '{platform}: {reason} Correct what is wrong and send it again, or leave it.',
      it: '{platform}: {reason} Correggi e invia di nuovo, oppure lascia perdere.',
    },
  },
  'post-missed': {
    title: {
      one: { en: 'A post on {channel} ({client}) missed its time', it: 'Un post su {channel} ({client}) ha perso il suo orario' },
      other: { en: '{count} posts on {channel} ({client}) missed their time', it: '{count} post su {channel} ({client}) hanno perso il loro orario' },
    },
    text: {
      en: '{platform}: {reason} It does not go out by itself any more: give it a new time, or leave it.',
      it: '{platform}: {reason} Non uscirà più da solo: dagli un nuovo orario, oppure lascia perdere.',
    },
  },
  'post-moved': {
    title: {
      one: { en: 'A post on {channel} ({client}) moved to the next free slot', it: 'Un post su {channel} ({client}) è passato al prossimo slot libero' },
      other: { en: '{count} posts on {channel} ({client}) moved to the next free slots', it: '{count} post su {channel} ({client}) sono passati ai prossimi slot liberi' },
    },
    text: {
      en: 'It did not go out on {platform} when it was planned. Look in the calendar at its new time, and move it or cancel it if that does not suit.',
      it: 'Non è uscito su {platform} all’ora prevista. Guarda il nuovo orario nel calendario e, se non va bene, spostalo o annullalo.',
    },
  },
  'post-left-out': {
    title: {
      one: { en: 'A post is left out on {channel} ({client})', it: 'Un post non uscirà su {channel} ({client})' },
      other: { en: '{count} posts are left out on {channel} ({client})', it: '{count} post non usciranno su {channel} ({client})' },
    },
    text: {
      en: 'It went out elsewhere, and for two days nobody decided whether it goes out on {platform} too. If it still should, plan it anew.',
      it: 'È uscito altrove, e per due giorni nessuno ha deciso se pubblicarlo anche su {platform}. Se serve ancora, pianificalo di nuovo.',
    },
  },
  'posts-waiting': {
    title: {
      one: { en: 'A post for {platform} has been waiting for more than 10 minutes', it: 'Un post per {platform} aspetta da più di 10 minuti' },
      other: { en: '{count} posts for {platform} have been waiting for more than 10 minutes', it: '{count} post per {platform} aspettano da più di 10 minuti' },
    },
    text: { en: '{reason}', it: '{reason}' },
  },
  'perhaps-twice': {
    title: same({ en: 'A post may be out twice on {channel} ({client})', it: 'Un post potrebbe essere uscito due volte su {channel} ({client})' }),
    text: {
      en: 'Look on {platform} now, and delete one of the two if it is there twice.',
      it: 'Controlla subito su {platform} e, se c’è due volte, cancellane uno.',
    },
  },
  vanished: {
    title: {
      one: { en: 'A post on {channel} ({client}) is nowhere to be seen', it: 'Un post su {channel} ({client}) non si vede più' },
      other: { en: '{count} posts on {channel} ({client}) are nowhere to be seen', it: '{count} post su {channel} ({client}) non si vedono più' },
    },
    text: {
      en: '{platform} took it, and now it is not there. Look on {platform}; if it is gone, schedule it anew.',
      it: '{platform} l’ha accettato, ma ora non c’è. Controlla su {platform}; se è sparito, programmalo di nuovo.',
    },
  },
  reconnect: {
    title: same({ en: '{channel} ({client}) has to be reconnected', it: '{channel} ({client}) va ricollegato' }),
    text: {
      en: '{platform} no longer accepts this account: {detail}. What is due there is held until you reconnect it.',
      it: '{platform} non accetta più questo account: {detail}. I post previsti lì restano in attesa finché non lo ricolleghi.',
    },
  },
  'access-ends': {
    title: same({ en: '{channel} ({client}) has to be reconnected soon', it: '{channel} ({client}) va ricollegato a breve' }),
    text: {
      en: 'Our access to it on {platform} ends on {until} ({zone}). Reconnect it before, or what is due then is held.',
      it: 'Il nostro accesso su {platform} termina il {until} ({zone}). Ricollegalo prima, altrimenti i post previsti dopo restano in attesa.',
    },
  },
  'own-downtime': {
    title: {
      one: { en: 'A post is held because Postern was not running', it: 'Un post è in attesa perché Postern non era in funzione' },
      other: { en: '{count} posts are held because Postern was not running', it: '{count} post sono in attesa perché Postern non era in funzione' },
    },
    text: {
      en: 'Postern was not running from {from} to {to} ({zone}). Nothing that was due then goes out late by itself: release, move or drop it.',
      it: 'Postern non era in funzione dalle {from} alle {to} ({zone}). Ciò che era previsto in quel periodo non esce in ritardo da solo: pubblicalo, spostalo o scartalo.',
    },
  },
  'incident-opened': {
    title: same({ en: '{platform}: {down}', it: '{platform}: {down}' }),
    text: {
      en: 'Since {since} ({zone}). What is planned there and what happens to it stands on the incident’s page.',
      it: 'Dalle {since} ({zone}). Che cosa è previsto lì e che cosa ne sarà si trova nella pagina dell’incidente.',
    },
  },
  'incident-reopened': {
    title: same({ en: '{platform}: {again}', it: '{platform}: {again}' }),
    text: {
      en: '{Relapse}: since {since} ({zone}). What is planned there and what happens to it stands on the incident’s page.',
      it: '{Relapse}: dalle {since} ({zone}). Che cosa è previsto lì e che cosa ne sarà si trova nella pagina dell’incidente.',
    },
  },
  'incident-closed': {
    title: same({ en: '{platform}: {over}', it: '{platform}: {over}' }),
    text: { en: '{Down} from {since} to {ended} ({zone}). {tally} {leftOver}', it: '{Down} dalle {since} alle {ended} ({zone}). {tally} {leftOver}' },
  },
  'client-notice': {
    title: same({ en: 'A notice to {client} waits for you', it: 'Un avviso per {client} aspetta una tua decisione' }),
    text: {
      en: 'It is about {outage} of {platform}. Read it on the incident’s page, then send it, change it or drop it: nothing is sent to {client} before.',
      it: 'Riguarda {outage} di {platform}. Leggilo nella pagina dell’incidente, poi invialo, modificalo o scartalo: prima di allora a {client} non arriva nulla.',
    },
  },
  'client-notice-lost': {
    title: {
      one: { en: 'A notice did not reach {client}', it: 'Un avviso non è arrivato a {client}' },
      other: { en: 'Notices did not reach {count} addresses of {client}', it: 'Gli avvisi non sono arrivati a {count} indirizzi di {client}' },
    },
    text: {
      en: '{detail} Call {client}, and correct the address in its contacts or look at the mail servers.',
      it: '{detail} Telefona a {client} e correggi l’indirizzo nei suoi contatti, oppure controlla i server di posta.',
    },
  },
  'by-hand': {
    title: same({ en: '{client}: to be posted by hand on {platform}', it: '{client}: da pubblicare a mano su {platform}' }),
    text: {
      en: 'Planned for {since} ({zone}). Those on duty are asked, one after the other. Text, pictures and the buttons “it is out” and “not now”: {link}',
      it: 'Previsto per le {since} ({zone}). Viene chiesto a chi è di turno, una persona dopo l’altra. Testo, immagini e i pulsanti “è uscito” e “non ora”: {link}',
    },
  },
  'newsletter-paused': {
    title: same({ en: 'The newsletters of {client} are paused', it: 'Le newsletter di {client} sono in pausa' }),
    text: {
      en: 'Too many mails were refused, came back or were not answered for: {detail}. Nobody else gets one until you have looked at the sender and let it go on.',
      it: 'Troppe e-mail sono state rifiutate, sono tornate indietro o non hanno avuto risposta: {detail}. Nessun altro ne riceverà finché non avrai controllato il mittente e riattivato l’invio.',
    },
  },
  'newsletter-waiting': {
    title: same({ en: 'A newsletter of {client} waits', it: 'Una newsletter di {client} aspetta' }),
    text: {
      en: '{reason} Nobody who has had it gets it again. Where nothing is asked of you it goes on by itself; what is too late by then is not sent, and you are told.',
      it: '{reason} Chi l’ha già ricevuta non la riceve di nuovo. Se non ti si chiede nulla prosegue da sola; ciò che a quel punto è troppo tardi non viene inviato, e ti viene detto.',
    },
  },
  'newsletter-ended': {
    title: same({ en: 'A newsletter of {client} ended without everybody', it: 'Una newsletter di {client} è finita senza raggiungere tutti' }),
    text: { en: '{reason}', it: '{reason}' },
  },
  'sms-over-cap': {
    title: same({ en: 'The SMS of {client} have reached their limit', it: 'Gli SMS di {client} hanno raggiunto il limite' }),
    text: {
      en: '{reason} What went stays sent.',
      it: '{reason} Quelli già partiti restano inviati.',
    },
  },
  'call-not-made': {
    title: same({ en: 'A call for {client} was not made, or nobody knows', it: 'Una chiamata per {client} non è stata fatta, o non si sa' }),
    text: { en: '{reason}', it: '{reason}' },
  },
  'sms-stopped': {
    title: same({ en: 'SMS of {client} do not go out', it: 'Gli SMS di {client} non partono' }),
    text: {
      en: '{reason} What went stays sent.',
      it: '{reason} Quelli già partiti restano inviati.',
    },
  },
  'sms-unsure': {
    title: same({ en: 'Some SMS of {client} may not have arrived', it: 'Alcuni SMS di {client} potrebbero non essere arrivati' }),
    text: { en: '{reason}', it: '{reason}' },
  },
  'sms-waiting': {
    title: same({ en: 'SMS of {client} wait', it: 'Gli SMS di {client} aspettano' }),
    text: {
      en: '{reason} They leave by themselves as soon as they may; what is too late by then is not sent, and you are told.',
      it: '{reason} Partono da soli appena possono; quello che a quel punto è troppo tardi non viene inviato, e ti viene detto.',
    },
  },
  'webhook-off': {
    title: same({ en: 'The webhook to {host} was turned off', it: 'Il webhook verso {host} è stato disattivato' }),
    text: {
      en: '{reason} Once it works, turn it on again and replay what it missed.',
      it: '{reason} Quando funziona, riattivalo e invia di nuovo ciò che ha perso.',
    },
  },
};

/** Why a webhook was turned off: no reason of a delivery. */
const offReasons: Readonly<Record<string, Sentence>> = {
  gone: { en: 'It answered that it wants no more messages (410).', it: 'Ha risposto che non vuole altri messaggi (410).' },
  failing: { en: 'Nothing has arrived there for 5 days.', it: 'Da 5 giorni non riceve più nulla.' },
};

const nothingTouched: Sentence = { en: 'None of your posts was touched.', it: 'Nessuno dei tuoi post è stato toccato.' };
const unknownReason: Sentence = { en: 'Why is not known yet; look at it in Postern.', it: 'Il motivo non è ancora noto; controlla in Postern.' };

/** What of each platform it is about. */
function partsOf(platforms: readonly string[], { onlyMedia = [] }: NoticeParams, language: Language): readonly string[] {
  return partNames(platforms.map((platform) => ({ platform, onlyMedia: onlyMedia.includes(platform) })), language);
}

/** Title and text of a notice, in the reader's language. */
export function noticeText(kind: NoticeKind, params: NoticeParams, language: Language): { readonly title: string; readonly text: string } {
  const { title, text } = wordings[kind];
  const { down, again, relapse, over, named: what } = matters[params.isMaintenance ? 'maintenance' : 'outage'];
  const words = {
    count: params.count,
    client: params.client ?? '–',
    channel: params.channel ?? '–',
    platform: params.platforms ? named(partsOf(params.platforms, params, language), language) : (params.platform ?? '–'),
    down: down[language], Down: `${down[language].charAt(0).toUpperCase()}${down[language].slice(1)}`, again: again[language], Relapse: relapse[language], over: over[language], outage: what[language],
    detail: params.detail ?? '–',
    host: params.host ?? '–',
    link: params.link ?? '–',
    zone: params.zone ?? 'UTC',
    reason: reasonOf(params, language),
    tally: params.tally ? tallyOf(params.tally, language) : '',
    leftOver: params.leftOver ? leftOverText(params.leftOver, language) : '',
    ...span(params, language),
    ...stretch(params, language),
  };
  return { title: fill(title[params.count === 1 ? 'one' : 'other'][language], words), text: fill(text[language], words).trim() };
}

function tallyOf(tally: Tally, language: Language): string {
  return tally.planned === 0 ? nothingTouched[language] : `${tallyParts(tally, language).join(', ')}.`;
}

/** An outage's hours, always with their day. */
function stretch({ from, to, zone = 'UTC' }: NoticeParams, language: Language): { since: string; ended: string } {
  const say = (iso: string | undefined): string => (iso === undefined ? '–' : momentIn(new Date(iso), zone, language));
  return { since: say(from), ended: say(to) };
}

function reasonOf({ reason, count, ...when }: NoticeParams, language: Language): string {
  if (!reason) return unknownReason[language];
  const phone = whyTold.get(reason.code);
  const { ended: until } = stretch({ count, ...when }, language);
  const said = phone ? fill(phone[language], { count, until, zone: when.zone ?? 'UTC', ...reason.params, detail: reason.detail || '–' }) : offReasons[reason.code]?.[language] ?? sentence({ ...reason, detail: reason.detail ?? undefined }, language);
  return /[.!?…]$/.test(said) ? said : `${said}.`; // it may end in the platform's own words
}

/** The hours alone when both lie on the same day there, else with the day. */
function span({ from, to, zone = 'UTC' }: NoticeParams, language: Language): { from: string; to: string; until: string } {
  const read = (iso: string | undefined): DateTime | null => (iso === undefined ? null : DateTime.fromISO(iso, { zone, locale: language }));
  const [begin, end] = [read(from), read(to)];
  const format = begin && end && begin.hasSame(end, 'day') ? 'HH:mm' : 'HH:mm, d LLLL';
  return { from: begin?.toFormat(format) ?? '–', to: end?.toFormat(format) ?? '–', until: end?.toFormat('d LLLL, HH:mm') ?? '–' };
}
