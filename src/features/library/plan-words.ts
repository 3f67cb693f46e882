import { DateTime } from 'luxon';
import type { CommitmentKind } from '../../core/commitments.js';
import type { Instant } from '../../core/instant.js';
import type { Language } from '../../infra/http/problem.js';
import type { PlanState } from './plan.schema.js';

const en = {
  title: 'The next seven days', nothing: 'Nothing is planned.', zone: 'All times in', made: 'Made on', promised: 'Promised besides', until: 'until', say: 'What to say', send: 'Send people to',
  part: 'Part', link: 'Link', alt: 'Alt text', language: 'Language', instead: 'goes out here instead of elsewhere', left: 'not in this file', tooLarge: 'too large to be in this file', noPicture: 'a film', lost: 'its file is missing',
  by: 'If nothing goes out by itself, post this by hand, each on its own platform.', channel: 'channel', platform: 'platform', time: 'time', state: 'state', text: 'text', media: 'media', date: 'date', page: 'page',
  subject: '{client}: the next seven days', attached: 'The same with its pictures is attached: keep it, in case nothing else works.', wait: 'Waits',
} as const;
const it: Readonly<Record<keyof typeof en, string>> = {
  title: 'I prossimi sette giorni', nothing: 'Non è previsto nulla.', zone: 'Tutti gli orari in', made: 'Preparato il', promised: 'Altri impegni', until: 'fino a', say: 'Cosa dire', send: 'Dove indirizzare le persone',
  part: 'Parte', link: 'Link', alt: 'Testo alternativo', language: 'Lingua', instead: 'esce qui invece che altrove', left: 'non è in questo file', tooLarge: 'troppo grande per stare in questo file', noPicture: 'un video', lost: 'il suo file manca',
  by: 'Se non esce nulla da solo, pubblica a mano, ognuno sulla sua piattaforma.', channel: 'canale', platform: 'piattaforma', time: 'ora', state: 'stato', text: 'testo', media: 'media', date: 'data', page: 'pagina',
  subject: '{client}: i prossimi sette giorni', attached: 'Lo stesso con le immagini è allegato: conservalo, per quando non funziona altro.', wait: 'In attesa',
};

export type PlanWord = keyof typeof en;
export const planWord = (language: Language, word: PlanWord): string => ({ en, it })[language][word];

const states: Readonly<Record<PlanState, Readonly<Record<Language, string>>>> = {
  planned: { en: 'planned', it: 'previsto' },
  held: { en: 'on hold: it may go out later, or not', it: 'in sospeso: può uscire più tardi, o non uscire' },
  approval: { en: 'waits for approval', it: 'in attesa di approvazione' },
  sending: { en: 'going out, or out already: look first', it: 'in uscita, o già uscito: prima guarda' },
};
export const stateWord = (state: PlanState, language: Language): string => states[state][language];

const kinds: Readonly<Record<CommitmentKind, Readonly<Record<Language, string>>>> = {
  contest: { en: 'contest', it: 'concorso' }, 'care-hours': { en: 'care hours', it: 'assistenza' }, ads: { en: 'ads', it: 'inserzioni' }, event: { en: 'event', it: 'evento' },
};
export const kindWord = (kind: CommitmentKind, language: Language): string => kinds[kind][language];

interface Place {
  readonly zone: string;
  readonly language: Language;
}

/** `Mon 7 Jul, 09:00`: of a page that names its zone once. */
export const shortTime = (at: Instant, { zone, language }: Place): string => DateTime.fromMillis(at, { zone, locale: language }).toFormat('ccc d LLL, HH:mm');
export const dayName = (at: Instant, { zone, language }: Place): string => DateTime.fromMillis(at, { zone, locale: language }).toFormat('cccc d LLLL yyyy');
export const clockTime = (at: Instant, { zone }: Place): string => DateTime.fromMillis(at, { zone }).toFormat('HH:mm');
export const dateIn = (at: Instant, zone: string): string => DateTime.fromMillis(at, { zone }).toFormat('yyyy-MM-dd');
