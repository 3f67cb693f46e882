import { DateTime } from 'luxon';
import type { FailoverPolicy } from './failover-policy.js';
import { type Instant, MINUTE_MS } from './instant.js';
import type { Choice } from './policy.js';

export interface Reader {
  readonly language: 'en' | 'it';
  /** The client's zone: every time is said in it. */
  readonly zone: string;
  /** `client`: no machine's words, no names of the team, nothing to press. */
  readonly who: 'team' | 'client';
}

/** What decides what becomes of a post that cannot go out: the rule `decide` follows (failover.ts), and what its words need. */
export interface Rule {
  readonly choice: Choice;
  readonly policy: FailoverPolicy;
  /** A late limit of its own, minutes; null = as the choice says. */
  readonly lateLimitMinutes: number | null;
  /** Names of the outlets it goes to first; empty = there is none. */
  readonly ways: readonly string[];
  /** null = its time is not known yet. */
  readonly deadlineAt: Instant | null;
  /** When it goes elsewhere, if that is sooner than its limit and known. */
  readonly rerouteAt: Instant | null;
}

/** An instant as people read it, with its zone. */
export function timeIn(at: Instant, { zone, language }: Reader): string {
  return `${DateTime.fromMillis(at, { zone, locale: language }).toFormat('ccc d LLL, HH:mm')} (${zone})`;
}

const words = {
  en: {
    waits: 'Once the platform is back it goes out in its turn, {day}, until {limit}; {then}.',
    inTheDay: 'in the client’s day', byDay: 'by day',
    'ask/team': 'after that it is yours to decide', 'ask/client': 'after that we look at it again before anything is posted',
    'next-slot/team': 'after that it takes the next free slot', 'next-slot/client': 'after that it takes the next free place in the plan',
    'expire/team': 'If the platform is not back by {limit}, it is not posted, and you are told.', 'expire/client': 'If the platform is not back by {limit}, it is not posted, and we tell you.',
    reroute: 'If the platform is not back by {limit}, it goes out by {ways} instead.',
    rerouteNow: 'It goes out by {ways} instead.',
    drop: 'While the platform is down it is not posted.',
    asked: 'Those on duty are asked.', and: ' and ', ifDown: 'If the platform is down then, this post waits.', ifDownNow: 'If the platform is down then:',
    days: '7 days after its time', endOfDay: 'the end of that day', hour: '15 minutes after its time', minutes: '{n} minutes after its time', hours: '{n} hours after its time', some: '{n} days after its time',
  },
  it: {
    waits: 'Quando la piattaforma torna esce al suo turno, {day}, fino a {limit}; {then}.',
    inTheDay: 'nella giornata del cliente', byDay: 'di giorno',
    'ask/team': 'dopo decidi tu', 'ask/client': 'dopo lo riguardiamo noi prima di pubblicare qualcosa',
    'next-slot/team': 'dopo passa al prossimo slot libero', 'next-slot/client': 'dopo passa al prossimo posto libero del piano',
    'expire/team': 'Se la piattaforma non torna entro {limit}, non viene pubblicato e ricevi un avviso.', 'expire/client': 'Se la piattaforma non torna entro {limit}, non viene pubblicato e vi avvisiamo.',
    reroute: 'Se la piattaforma non torna entro {limit}, esce invece con {ways}.',
    rerouteNow: 'Esce invece con {ways}.',
    drop: 'Finché la piattaforma non funziona non viene pubblicato.',
    asked: 'Viene chiesto a chi è di turno.', and: ' e ', ifDown: 'Se a quell’ora la piattaforma non funziona, questo post aspetta.', ifDownNow: 'Se a quell’ora la piattaforma non funziona:',
    days: '7 giorni dopo la sua ora', endOfDay: 'la fine di quel giorno', hour: '15 minuti dopo la sua ora', minutes: '{n} minuti dopo la sua ora', hours: '{n} ore dopo la sua ora', some: '{n} giorni dopo la sua ora',
  },
} as const;

/** It leaves its platform before its limit, on its own. Where its time is known and no such moment is, its limit comes first. */
function goesElsewhere({ policy: { onOutage }, ways, deadlineAt, rerouteAt }: Rule): boolean {
  return onOutage === 'reroute-after' && ways.length > 0 && (deadlineAt === null || rerouteAt !== null);
}

/** It does not wait at all while its platform is down. */
export function doesNotWait({ policy: { onOutage }, ways }: Pick<Rule, 'policy' | 'ways'>): boolean {
  return onOutage === 'drop' || (onOutage === 'reroute-now' && ways.length > 0);
}

/** What becomes of it if its platform stays down, in a sentence or two. True to `decide`: what that does is what this says. */
export function whileDown(rule: Rule, reader: Reader): string {
  const say = words[reader.language];
  const { policy, ways } = rule;
  const names = { ways: ways.join(say.and) };
  if (policy.onOutage === 'drop') return say.drop;
  const asked = policy.onOutage === 'ask' ? `${say.asked} ` : '';
  if (policy.onOutage === 'reroute-now' && ways.length > 0) return fill(say.rerouteNow, names);
  if (goesElsewhere(rule)) return fill(say.reroute, { ...names, limit: rerouteLimit(rule, reader) });
  const limit = lateLimit(rule, reader);
  const then = policy.atDeadline === 'reroute' && ways.length === 0 ? (rule.choice === 'hour-counts' ? 'expire' : 'ask') : policy.atDeadline;
  switch (then) {
    case 'reroute':
      return asked + fill(say.reroute, { ...names, limit });
    case 'expire':
      return asked + fill(say[`expire/${reader.who}`], { limit });
    case 'ask':
    case 'next-slot':
      return asked + fill(say.waits, { day: reader.who === 'team' ? say.inTheDay : say.byDay, limit, then: say[`${then}/${reader.who}`] });
  }
}

/** What the composer says under a post: what happens to it if the platform is down (DESIGN §8). */
export function ifDown(rule: Rule, reader: Reader): string {
  const say = words[reader.language];
  return doesNotWait(rule) ? `${say.ifDownNow} ${lower(whileDown(rule, reader))}` : `${say.ifDown} ${whileDown(rule, reader)}`;
}

function lateLimit({ deadlineAt, choice, lateLimitMinutes }: Rule, reader: Reader): string {
  const say = words[reader.language];
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
