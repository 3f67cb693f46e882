import { DateTime } from 'luxon';
import type { FailoverPolicy, Routes } from './failover-policy.js';
import { type Instant, MINUTE_MS } from './instant.js';
import type { PartContent } from './part.js';
import { type Choice, HOUR_COUNTS_MS } from './policy.js';
import { chooseRoute, type Outlet, type OutletTrouble, outletTroubles } from './routes.js';
import { timeWordOf } from './time-words.js';
import { defaultTimes } from './times.js';

export interface Reader {
  readonly language: 'en' | 'it';
  /** The client's zone: every time is said in it. */
  readonly zone: string;
  /** `client`: no machine's words, no names of the team, nothing to press. */
  readonly who: 'team' | 'client';
}

/** An outlet that cannot be used, and why. */
export interface Shut {
  readonly name: string;
  readonly trouble: OutletTrouble;
}

/** What decides what becomes of a post that cannot go out: the rule `decide` follows (failover.ts), and what its words need. */
export interface Rule {
  readonly choice: Choice;
  readonly policy: FailoverPolicy;
  /** A late limit of its own, minutes; null = as the choice says. */
  readonly lateLimitMinutes: number | null;
  /** Names of the outlets it goes to first; empty = there is none. */
  readonly ways: readonly string[];
  /** Names of those it would go to if a version were written for them. */
  readonly unwritten: readonly string[];
  /** Where there is neither: what stands in the way of each. */
  readonly shut?: readonly Shut[];
  /** One of them is a message that carries all a brand sends that way on a day: the earliest limit of them all sends it off. */
  readonly together?: boolean;
  /** What would be said by one of them speaks of a time that is over by then: a person decides, as soon as it would leave. */
  readonly spoken?: boolean;
  /** What it says is true at its time only. */
  readonly timed: boolean;
  /** null = its time is not known yet. */
  readonly dueAt: Instant | null;
  /** null = its time is not known yet. */
  readonly deadlineAt: Instant | null;
  /** When another way is looked for (`asksAt`), if that is sooner than its limit and known. */
  readonly rerouteAt: Instant | null;
}

/** What a post's sentence names: its outlets and their ids, and those a version is still to be written for. */
export interface WaysSaid extends Pick<Rule, 'ways' | 'unwritten' | 'shut' | 'together' | 'spoken'> {
  readonly wayIds: readonly string[];
}

/** An instant as people read it, with its zone. */
export function timeIn(at: Instant, { zone, language }: Reader): string {
  return `${DateTime.fromMillis(at, { zone, locale: language }).toFormat('ccc d LLL, HH:mm')} (${zone})`;
}

const words = {
  en: {
    waits: 'Once the platform is back it goes out in its turn, {day}, until {limit}; {then}.',
    'day/team': 'in the client’s day', 'day/client': 'by day',
    'ask/team': 'after that it is yours to decide', 'ask/client': 'after that we look at it again before anything is posted',
    'read/team': 'after that you read it first', 'read/client': 'after that we look at it again before anything is posted',
    'next-slot/team': 'after that it takes the next free slot', 'next-slot/client': 'after that it takes the next free place in the plan',
    'expire/team': 'after that it is not posted, and you are told', 'expire/client': 'after that it is not posted, and we tell you',
    'reroute/team': 'after that it goes out by {ways} instead', 'reroute/client': 'after that it goes out by {ways} instead',
    'notBack/team': 'If the platform is not back by {limit}, it is not posted, and you are told.', 'notBack/client': 'If the platform is not back by {limit}, it is not posted, and we tell you.',
    reroute: 'If the platform is not back by {limit}, it goes out by {ways} instead.',
    rerouteNow: 'It goes out by {ways} instead.',
    together: ' That is one message with what else of the brand goes that way on the day, so it may leave sooner.',
    'backLate/team': ' If it comes back later than {limit}, you read it first.', 'backLate/client': ' If it comes back later than {limit}, we look at it again before anything is posted.',
    unwritten: ' No version is written for {ways} yet.', shut: ' No other way is open to it then. {why}',
    drop: 'While the platform is down it is not posted.',
    asked: 'Those on duty are asked.', and: ' and ', ifDown: 'If the platform is down then, this post waits.', ifDownNow: 'If the platform is down then:',
    days: '7 days after its time', endOfDay: 'the end of that day', hour: '15 minutes after its time', minutes: '{n} minutes after its time', hours: '{n} hours after its time', some: '{n} days after its time',
  },
  it: {
    waits: 'Quando la piattaforma torna il post esce al suo turno, {day}, fino a {limit}; {then}.',
    'day/team': 'nella giornata del cliente', 'day/client': 'di giorno',
    'ask/team': 'dopo decidi tu', 'ask/client': 'dopo lo riguardiamo noi prima di pubblicare qualcosa',
    'read/team': 'dopo lo rileggi prima tu', 'read/client': 'dopo lo riguardiamo noi prima di pubblicare qualcosa',
    'next-slot/team': 'dopo passa al prossimo slot libero', 'next-slot/client': 'dopo passa al prossimo posto libero del piano',
    'expire/team': 'dopo non viene pubblicato e ricevi un avviso', 'expire/client': 'dopo non viene pubblicato e vi avvisiamo',
    'reroute/team': 'dopo esce invece con {ways}', 'reroute/client': 'dopo esce invece con {ways}',
    'notBack/team': 'Se la piattaforma non torna entro {limit}, il post non viene pubblicato e ricevi un avviso.', 'notBack/client': 'Se la piattaforma non torna entro {limit}, il post non viene pubblicato e vi avvisiamo.',
    reroute: 'Se la piattaforma non torna entro {limit}, il post esce invece con {ways}.',
    rerouteNow: 'Esce invece con {ways}.',
    together: ' È un messaggio unico con gli altri post del brand che quel giorno escono così, quindi può partire prima.',
    'backLate/team': ' Se torna più tardi di {limit}, lo rileggi prima tu.', 'backLate/client': ' Se torna più tardi di {limit}, lo riguardiamo noi prima di pubblicare qualcosa.',
    unwritten: ' Per {ways} non è ancora scritta nessuna versione.', shut: ' In quel momento non ha nessun’altra via aperta. {why}',
    drop: 'Finché la piattaforma non funziona non viene pubblicato.',
    asked: 'Viene chiesto a chi è di turno.', and: ' e ', ifDown: 'Se a quell’ora la piattaforma non funziona, questo post aspetta.', ifDownNow: 'Se a quell’ora la piattaforma non funziona:',
    days: '7 giorni dopo la sua ora', endOfDay: 'la fine di quel giorno', hour: '15 minuti dopo la sua ora', minutes: '{n} minuti dopo la sua ora', hours: '{n} ore dopo la sua ora', some: '{n} giorni dopo la sua ora',
  },
} as const;

/** It leaves its platform before its limit, on its own. Where its time is known and no such moment is, its limit comes first. */
function goesElsewhere({ policy: { onOutage }, ways, dueAt, deadlineAt, rerouteAt }: Rule): boolean {
  if (ways.length === 0) return false;
  return onOutage === 'reroute-now' ? isNightThen({ dueAt, rerouteAt }) : onOutage === 'reroute-after' && (deadlineAt === null || rerouteAt !== null);
}

/** What would leave at once leaves in the morning. */
const isNightThen = ({ dueAt, rerouteAt }: Pick<Rule, 'dueAt' | 'rerouteAt'>): boolean => dueAt !== null && rerouteAt !== null && rerouteAt > dueAt;

/** It does not wait at all while its platform is down. */
export function doesNotWait({ policy: { onOutage }, ways, dueAt, rerouteAt }: Pick<Rule, 'policy' | 'ways' | 'dueAt' | 'rerouteAt'>): boolean {
  return onOutage === 'drop' || (onOutage === 'reroute-now' && ways.length > 0 && !isNightThen({ dueAt, rerouteAt }));
}

/** What a sentence promises, whatever its words: a test holds it against what `decide` does (promised.spec). */
export interface Promised {
  /** What becomes of it while its platform stays down. `elsewhere-early`: after so long, whatever its limit; `read`: a person reads it, and decides. */
  readonly kind: 'dropped' | 'elsewhere-at-once' | 'elsewhere-early' | 'elsewhere' | 'missed' | 'person' | 'read' | 'next-slot';
  /** Until then it waits, and goes out by itself once the platform is back; null = it does not wait, or its time is not known. */
  readonly until: Instant | null;
  /** Back later than this, a person reads it first; null = nobody has to, or its time is not known. */
  readonly readAfter: Instant | null;
}

export function promised(rule: Rule): Promised {
  const { policy, dueAt, deadlineAt, rerouteAt } = rule;
  if (policy.onOutage === 'drop') return { kind: 'dropped', until: null, readAfter: null };
  if (doesNotWait(rule)) return { kind: 'elsewhere-at-once', until: null, readAfter: null };
  const goes = goesElsewhere(rule);
  const isRead = isReadFirst(rule, waitMs(rule));
  const readAfter = isRead && dueAt !== null ? dueAt + defaultTimes.absentMs : null;
  if (goes) return { kind: 'elsewhere-early', until: rerouteAt, readAfter };
  const end = atLimit(rule);
  switch (end) {
    case 'reroute':
      return { kind: 'elsewhere', until: rerouteAt ?? deadlineAt, readAfter };
    case 'expire':
      return { kind: 'missed', until: deadlineAt, readAfter };
    case 'ask':
    case 'next-slot':
      return isRead ? { kind: 'read', until: readAfter, readAfter } : { kind: end === 'ask' ? 'person' : 'next-slot', until: isSpoken(rule) ? (rerouteAt ?? deadlineAt) : deadlineAt, readAfter };
  }
}

/** What becomes of it if its platform stays down, in a sentence or two. True to `decide`: what that does is what this says. */
export function whileDown(rule: Rule, reader: Reader): string {
  const say = words[reader.language];
  const { policy, ways } = rule;
  const names = { ways: ways.join(say.and) };
  const { kind } = promised(rule);
  const readLater = isReadFirst(rule, waitMs(rule)) ? fill(say[`backLate/${reader.who}`], { limit: readLimit(rule, reader) }) : '';
  const together = rule.together === true && rule.choice !== 'hour-counts' ? say.together : '';
  const asked = policy.onOutage === 'ask' ? `${say.asked} ` : '';
  const missing = reader.who === 'team' && ways.length === 0 && isToLeave(policy) ? noWaySaid(rule, reader) : '';
  const limit = lateLimit(rule, reader);
  switch (kind) {
    case 'dropped':
      return say.drop;
    case 'elsewhere-at-once':
      return fill(say.rerouteNow, names);
    case 'elsewhere-early':
      return fill(say.reroute, { ...names, limit: rerouteLimit(rule, reader) }) + together + readLater;
    case 'elsewhere':
      return asked + fill(say.reroute, { ...names, limit: rule.rerouteAt === null ? limit : timeIn(rule.rerouteAt, reader) }) + together + readLater;
    case 'missed':
      return asked + fill(say[`notBack/${reader.who}`], { limit }) + readLater + missing;
    case 'person':
    case 'read':
    case 'next-slot':
      return asked + fill(say.waits, lateEnding(rule, reader)) + missing;
  }
}

/** Why it goes no other way, for the team; it begins with a space, and is empty where nobody named one. */
export function noWaySaid({ unwritten, shut = [] }: Pick<Rule, 'unwritten' | 'shut'>, { language }: Pick<Reader, 'language'>): string {
  const say = words[language];
  if (unwritten.length > 0) return fill(say.unwritten, { ways: unwritten.join(say.and) });
  return shut.length === 0 ? '' : fill(say.shut, { why: shut.map(({ name, trouble }) => `${name}: ${outletTroubles[trouble][language]}`).join(' ') });
}

/** Of what goes out late by itself: at which hours, until when, and what becomes of it then. */
export function lateEnding(rule: Rule, reader: Reader): { readonly day: string; readonly limit: string; readonly then: string } {
  const say = words[reader.language];
  const isRead = isReadFirst(rule, lateMs(rule));
  const then = fill(say[`${isRead ? 'read' : atLimit(rule)}/${reader.who}`], { ways: rule.ways.join(say.and) });
  return { day: say[`day/${reader.who}`], limit: isRead ? readLimit(rule, reader) : lateLimit(rule, reader), then };
}

/** What the composer says under a post: what happens to it if the platform is down (DESIGN §8). */
export function ifDown(rule: Rule, reader: Reader): string {
  const say = words[reader.language];
  return doesNotWait(rule) ? `${say.ifDownNow} ${lower(whileDown(rule, reader))}` : `${say.ifDown} ${whileDown(rule, reader)}`;
}

interface Said extends Outlet {
  readonly parts: readonly Pick<PartContent, 'text'>[];
  /** One message there carries all of a day. */
  readonly collects: boolean;
}

/** `outlets`: with what would be said there. A word of time is no longer true where it would be said late, so nothing is sent there by itself. */
export function waysSaid(rule: Omit<Rule, 'ways' | 'unwritten'>, outlets: readonly Said[]): WaysSaid {
  const isLate = leavesAfterMs(rule) > defaultTimes.absentMs;
  const asked = outlets.map((outlet) => (outlet.trouble === null && isLate && timeWordOf(outlet.parts.map(({ text }) => text)) !== null ? { ...outlet, trouble: 'words-of-time' as const } : outlet));
  const { ways, unwritten, shut } = waysNamed<Said>(rule.policy.routes, asked);
  return { shut, spoken: asked.some(({ trouble }) => trouble === 'words-of-time'), together: ways.some(({ collects }) => collects), ways: ways.map(({ name }) => name), wayIds: ways.map(({ channelId }) => channelId), unwritten: unwritten.map(({ name }) => name) };
}

const toWrite: readonly OutletTrouble[] = ['unwritten', 'does-not-fit', 'words-of-time'];

/**
 * Which outlets its sentence names: the first set nothing stands in the way of. Where there is none, the first for which
 * only versions are still to be written; else why each is shut.
 */
export function waysNamed<O extends Outlet>(routes: Routes, outlets: readonly O[]): { readonly ways: readonly O[]; readonly unwritten: readonly O[]; readonly shut: readonly Shut[] } {
  const ways = chooseRoute(routes, outlets);
  if (ways) return { ways, unwritten: [], shut: [] };
  const written = outlets.map((outlet) => ({ outlet, ...outlet, trouble: outlet.trouble !== null && toWrite.includes(outlet.trouble) ? null : outlet.trouble }));
  const unwritten = (chooseRoute(routes, written) ?? []).map(({ outlet }) => outlet).filter(({ trouble }) => trouble !== null);
  return { ways: [], unwritten, shut: unwritten.length > 0 ? [] : shutOf(routes, outlets) };
}

/** In the order in which they would be taken. */
export function shutOf(routes: Routes, outlets: readonly Outlet[]): readonly Shut[] {
  return [...new Set(routes.flat())].flatMap((id) => outlets.find(({ channelId }) => channelId === id) ?? []).flatMap(({ name, trouble }) => (trouble === null ? [] : [{ name, trouble }]));
}

const isToLeave = ({ onOutage, atDeadline }: FailoverPolicy): boolean => onOutage === 'reroute-now' || onOutage === 'reroute-after' || atDeadline === 'reroute';

/** It would leave, but what would be said there is not true any more. */
function isSpoken({ policy, ways, spoken, deadlineAt, rerouteAt }: Rule): boolean {
  return spoken === true && ways.length === 0 && (deadlineAt === null ? isToLeave(policy) : rerouteAt !== null || policy.atDeadline === 'reroute');
}

function atLimit(rule: Rule): FailoverPolicy['atDeadline'] {
  const { policy: { atDeadline }, choice, ways, timed } = rule;
  if (isSpoken(rule) || (atDeadline === 'next-slot' && timed)) return 'ask'; // in a slot its words of time would be wrong
  return atDeadline === 'reroute' && ways.length === 0 ? (choice === 'hour-counts' ? 'expire' : 'ask') : atDeadline;
}

/** Late by this much, what speaks of its time is read by a person first (`decide`); `endMs`: when something else becomes of it. */
function isReadFirst({ timed }: Rule, endMs: number): boolean {
  return timed && endMs > defaultTimes.absentMs;
}

function lateMs({ dueAt, deadlineAt, lateLimitMinutes, choice }: Omit<Rule, 'ways' | 'unwritten'>): number {
  if (dueAt !== null && deadlineAt !== null) return deadlineAt - dueAt;
  if (lateLimitMinutes !== null) return lateLimitMinutes * MINUTE_MS;
  return choice === 'hour-counts' ? HOUR_COUNTS_MS : Infinity;
}

const rerouteMs = ({ dueAt, rerouteAt, policy }: Omit<Rule, 'ways' | 'unwritten'>): number => (dueAt !== null && rerouteAt !== null ? rerouteAt - dueAt : policy.rerouteAfterMs);

/** How long it waits for its platform, at the most. */
function waitMs(rule: Rule): number {
  const isKnown = rule.dueAt !== null && rule.rerouteAt !== null;
  return rule.ways.length > 0 && (isKnown || goesElsewhere(rule)) ? rerouteMs(rule) : lateMs(rule);
}

/** How late it leaves for another way, at the latest. */
function leavesAfterMs(rule: Omit<Rule, 'ways' | 'unwritten'>): number {
  const { policy: { onOutage }, dueAt, rerouteAt } = rule;
  if (dueAt !== null && rerouteAt !== null) return rerouteAt - dueAt;
  return Math.min(onOutage === 'reroute-now' ? 0 : onOutage === 'reroute-after' ? rerouteMs(rule) : Infinity, lateMs(rule));
}

function readLimit({ dueAt }: Pick<Rule, 'dueAt'>, reader: Reader): string {
  return dueAt === null ? spanAfter(defaultTimes.absentMs / MINUTE_MS, reader) : timeIn(dueAt + defaultTimes.absentMs, reader);
}

function lateLimit(rule: Rule, reader: Reader): string {
  const { deadlineAt, rerouteAt, choice, lateLimitMinutes } = rule;
  const say = words[reader.language];
  if (isSpoken(rule) && rerouteAt !== null) return timeIn(rerouteAt, reader);
  if (deadlineAt !== null) return timeIn(deadlineAt, reader);
  if (lateLimitMinutes !== null) return spanAfter(lateLimitMinutes, reader);
  return { 'can-wait': say.days, today: say.endOfDay, 'hour-counts': say.hour }[choice];
}

function rerouteLimit(rule: Rule, reader: Reader): string {
  if (rule.rerouteAt !== null) return timeIn(rule.rerouteAt, reader);
  return spanAfter(Math.round(rule.policy.rerouteAfterMs / MINUTE_MS), reader);
}

function spanAfter(minutes: number, { language }: Reader): string {
  const say = words[language];
  if (minutes >= 2 * 1_440 && minutes % 1_440 === 0) return fill(say.some, { n: String(minutes / 1_440) });
  if (minutes >= 120 && minutes % 60 === 0) return fill(say.hours, { n: String(minutes / 60) });
  return fill(say.minutes, { n: String(minutes) });
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
