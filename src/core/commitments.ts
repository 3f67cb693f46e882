import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from './instant.js';
import { type Money, roughMoneyIn } from './money.js';
import { timeIn } from './promise.js';
import { instantOf, wallOf } from './schedule.js';
import { addDays, dateOf, wallAt, weekdayOf } from './wall-time.js';

export const commitmentKinds = ['contest', 'care-hours', 'ads', 'event'] as const;
export type CommitmentKind = (typeof commitmentKinds)[number];

type Language = 'en' | 'it';
export type Said = Readonly<Record<Language, string>>;

/** Of each day within a commitment, in its zone: `HH:mm`, `to` may be `24:00`; weekdays are ISO, 1 = Monday. */
export interface Hours {
  readonly from: string;
  readonly to: string;
  readonly weekdays: readonly number[];
}

/** Promised outside posts. Instants in ms. */
export interface Promised {
  readonly kind: CommitmentKind;
  readonly title: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly zone: string;
  /** null = day and night. */
  readonly hours: Hours | null;
  /** Of a day, in minor units of an ISO 4217 currency. */
  readonly daily: Money | null;
}

export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** More days than an outage lasts; of what lasts longer the rest is told as if it went on day and night. */
const MOST_DAYS = 400;

/** When it was on during the falls of an outage, in order, each moment once; empty = it was not touched. What lies between two falls is not in it. */
export function spansIn(promised: Promised, falls: readonly Span[]): readonly Span[] {
  return union(falls).flatMap((fall) => onIn(promised, fall));
}

/** In order, none touching the next. */
function union(spans: readonly Span[]): readonly Span[] {
  const found: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = found.at(-1);
    if (last && span.from <= last.to) found[found.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else found.push(span);
  }
  return found;
}

function onIn(promised: Promised, outage: Span): readonly Span[] {
  const from = Math.max(promised.from, outage.from);
  const to = Math.min(promised.until, outage.to);
  if (from >= to) return [];
  if (promised.hours === null) return [{ from, to }];
  const { hours, zone } = promised;
  const spans: Span[] = [];
  let date = addDays(dateOf(wallOf(from, zone)), -1); // last night's hours may reach into it
  for (let i = 0; i < MOST_DAYS && instantOf(wallAt(date, '00:00'), zone) < to; i += 1, date = addDays(date, 1)) {
    if (!hours.weekdays.includes(weekdayOf(date))) continue;
    const opens = Math.max(from, instantOf(wallAt(date, hours.from), zone));
    const closes = Math.min(to, instantOf(wallAt(hours.to > hours.from ? date : addDays(date, 1), hours.to), zone));
    if (opens < closes) spans.push({ from: opens, to: closes });
  }
  return spans;
}

export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** What was to be spent in that time, as if it were spent evenly; null = there is no budget. */
export function spentIn({ daily, hours }: Promised, darkMs: number): Money | null {
  return daily && { minor: Math.round((daily.minor * darkMs) / (hours ? dayLength(hours) : DAY_MS)), currency: daily.currency };
}

/** What the falls of an outage did to it, in a few words; times with their zone. Of one that it touches. */
export function touchedWords(promised: Promised, falls: readonly Span[]): Said {
  const spans = spansIn(promised, falls);
  return { en: words(promised, spans, 'en'), it: words(promised, spans, 'it') };
}

function words(promised: Promised, spans: readonly Span[], language: Language): string {
  const { kind, until, zone } = promised;
  const dark = lengthOf(spans);
  const length = spanWords(dark, language);
  const end = timeIn(until, { zone, language, who: 'team' });
  const isEn = language === 'en';
  switch (kind) {
    case 'contest':
      if (isLastDay(promised, spans)) return isEn ? `contest open ${length} of its last day` : `concorso aperto per ${length} del suo ultimo giorno`;
      return isEn ? `contest open for ${length} of the outage, until ${end}` : `concorso aperto per ${length} dell’interruzione, fino a ${end}`;
    case 'care-hours':
      return isEn ? `${length} of care hours without these platforms` : `${length} di assistenza senza queste piattaforme`;
    case 'ads': {
      const spent = spentIn(promised, dark);
      if (spent === null) return isEn ? `ads running for ${length} of the outage` : `inserzioni attive per ${length} dell’interruzione`;
      return isEn ? `about ${roughMoneyIn(language, spent)} of budget in the dark` : `circa ${roughMoneyIn(language, spent)} di budget al buio`;
    }
    case 'event':
      return isEn ? `event on for ${length} of the outage, until ${end}` : `evento in corso per ${length} dell’interruzione, fino a ${end}`;
  }
}

/** All of it was touched on the day it ends, by the calendar of its zone. */
function isLastDay({ until, zone }: Promised, spans: readonly Span[]): boolean {
  const last = dateOf(wallOf(until - 1, zone));
  return spans.every(({ from }) => dateOf(wallOf(from, zone)) === last);
}

/** `5 h 11`, `40 min`, `3 days`: as people say how long something took. */
export function spanWords(ms: number, language: Language): string {
  const minutes = Math.floor(ms / MINUTE_MS);
  if (minutes < 1) return language === 'en' ? 'less than a minute' : 'meno di un minuto';
  if (ms < HOUR_MS) return `${minutes} min`;
  if (ms >= 2 * DAY_MS) return `${Math.floor(ms / DAY_MS)} ${language === 'en' ? 'days' : 'giorni'}`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${String(rest).padStart(2, '0')}`;
}

export const taskCodes = ['read-messages', 'extend-contest', 'look-at-ads', 'tell-guests'] as const;

export interface Task {
  readonly code: (typeof taskCodes)[number];
  readonly sentence: Said;
}

/** What a person does once the platforms are back. Times with their zone. */
export function tasksAfter(promised: Promised, falls: readonly Span[]): readonly Task[] {
  const spans = spansIn(promised, falls);
  const [first, last] = [spans[0], spans.at(-1)];
  if (!first || !last) return [];
  const dark = lengthOf(spans);
  const at = (instant: Instant, language: Language): string => timeIn(instant, { zone: promised.zone, language, who: 'team' });
  const spent = promised.kind === 'ads' ? spentIn(promised, dark) : null;
  const said = (say: (language: Language) => string): Said => ({ en: say('en'), it: say('it') });
  const tasks: Task[] = [{
    code: 'read-messages',
    sentence: said((language) => (language === 'en' ? `“${promised.title}”: read the messages from ${at(first.from, language)} to ${at(last.to, language)}.` : `«${promised.title}»: leggi i messaggi da ${at(first.from, language)} a ${at(last.to, language)}.`)),
  }];
  if (promised.kind === 'contest') {
    tasks.push({ code: 'extend-contest', sentence: said((language) => (language === 'en'
      ? `“${promised.title}” was open for ${spanWords(dark, language)} of the outage and ends on ${at(promised.until, language)}: think about extending it, and say so.`
      : `«${promised.title}» era aperto per ${spanWords(dark, language)} dell’interruzione e finisce ${at(promised.until, language)}: valuta se prorogarlo, e dillo.`)) });
  }
  if (promised.kind === 'ads') {
    tasks.push({ code: 'look-at-ads', sentence: said((language) => (language === 'en'
      ? `“${promised.title}”: look at what was spent in ${spanWords(dark, language)}${spent ? `, about ${roughMoneyIn(language, spent)} if it went on` : ''}.`
      : `«${promised.title}»: guarda quanto è stato speso in ${spanWords(dark, language)}${spent ? `, circa ${roughMoneyIn(language, spent)} se sono andate avanti` : ''}.`)) });
  }
  if (promised.kind === 'event') {
    tasks.push({ code: 'tell-guests', sentence: said((language) => (language === 'en' ? `“${promised.title}”: tell those who waited for news what happened meanwhile.` : `«${promised.title}»: racconta a chi aspettava notizie cos’è successo nel frattempo.`)) });
  }
  return tasks;
}

function dayLength({ from, to }: Hours): number {
  const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
  const length = minutes(to) - minutes(from);
  return (length > 0 ? length : length + 24 * 60) * MINUTE_MS;
}
