import { instantOf, wallOf } from './schedule.js';
import { readWall, type WallTime } from './wall-time.js';

/** A validated RFC 5545 RRULE. Its times are wall times: UNTIL too, whatever zone it was written in. */
export interface Rule {
  readonly frequency: Frequency;
  /** As it is stored and shown: parts in upper case, UNTIL as `YYYYMMDDTHHMMSS`. */
  readonly text: string;
  readonly count: number | null;
  readonly until: WallTime | null;
  /** All but COUNT and UNTIL. */
  readonly pattern: string;
}

const frequencies = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY'] as const;
export type Frequency = (typeof frequencies)[number];

/** Why a rule is not taken; the feature has the sentences. */
export type RuleFault =
  | { readonly code: 'rule-empty' | 'rule-with-start' | 'rule-no-frequency' | 'rule-count-and-until' | 'rule-too-often' | 'rule-never'; readonly part: string; readonly value: string }
  | { readonly code: 'rule-part-unknown' | 'rule-part-twice' | 'rule-value'; readonly part: string; readonly value: string };

export type ReadRule = { readonly kind: 'rule'; readonly rule: Rule } | { readonly kind: 'fault'; readonly fault: RuleFault };

/** At most one occurrence per quarter of an hour: no series floods an account. Ours; the slowest platform allows 48 a day. */
export const LEAST_MINUTES_APART = 15;

/** The most occurrences COUNT may ask for: three years of one every 15 minutes in office hours, and far from a loop. */
export const MAX_COUNT = 5_000;

const DAY = '(?:MO|TU|WE|TH|FR|SA|SU)';
const list = (item: string): RegExp => new RegExp(`^${item}(?:,${item})*$`);
const plain: Readonly<Record<string, RegExp>> = { BYDAY: list(`(?:[+-]?[1-9]\\d?)?${DAY}`), WKST: new RegExp(`^${DAY}$`) };

/** Numbers by part: [least, most, may count from the end]. */
const numbers: Readonly<Record<string, readonly [number, number, boolean]>> = {
  BYSECOND: [0, 59, false], BYMINUTE: [0, 59, false], BYHOUR: [0, 23, false], BYMONTHDAY: [1, 31, true],
  BYYEARDAY: [1, 366, true], BYWEEKNO: [1, 53, true], BYMONTH: [1, 12, false], BYSETPOS: [1, 366, true],
};

/** RFC 5545 §3.3.10: parts that a frequency does not know. */
const strange: Readonly<Record<string, readonly Frequency[]>> = {
  BYWEEKNO: ['MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY'],
  BYYEARDAY: ['MONTHLY', 'WEEKLY', 'DAILY'],
  BYMONTHDAY: ['WEEKLY'],
};

/**
 * Reads an RRULE, with or without `RRULE:` before it and always without DTSTART.
 * `zone` is the series': it turns an UNTIL in UTC into wall time. A rule without end is fine: it is made 60 days ahead.
 */
export function readRule(text: string, zone: string): ReadRule {
  const trimmed = text.trim().toUpperCase().replace(/^RRULE:/, '');
  if (trimmed === '') return fault('rule-empty');
  if (/[\r\n]|DTSTART|EXDATE|RDATE/.test(trimmed)) return fault('rule-with-start');

  const parts = new Map<string, string>();
  for (const piece of trimmed.replace(/;$/, '').split(';')) {
    const [name = '', value = '', ...rest] = piece.split('=');
    if (parts.has(name)) return fault('rule-part-twice', name);
    if (value === '' || rest.length > 0) return fault('rule-value', name, value);
    parts.set(name, value);
  }
  return check(parts, zone);
}

function check(parts: ReadonlyMap<string, string>, zone: string): ReadRule {
  const frequency = parts.get('FREQ');
  if (frequency === undefined) return fault('rule-no-frequency');
  if (frequency === 'SECONDLY') return fault('rule-too-often');
  if (!isFrequency(frequency)) return fault('rule-value', 'FREQ', frequency);
  if (parts.has('COUNT') && parts.has('UNTIL')) return fault('rule-count-and-until');

  let until: WallTime | null = null;
  for (const [part, value] of parts) {
    if (part === 'FREQ') continue;
    if (part === 'UNTIL') {
      until = readUntil(value, zone);
      if (until === null) return fault('rule-value', part, value);
      continue;
    }
    const known = isKnown(part, value);
    if (known === 'part') return fault('rule-part-unknown', part);
    if (known === 'value' || strange[part]?.includes(frequency)) return fault('rule-value', part, value);
  }
  if (/\d/.test(parts.get('BYDAY') ?? '') && (!['MONTHLY', 'YEARLY'].includes(frequency) || parts.has('BYWEEKNO'))) {
    return fault('rule-value', 'BYDAY', parts.get('BYDAY')); // "second Monday" means something in months and years only
  }
  if (parts.has('BYSETPOS') && ![...parts.keys()].some((part) => part.startsWith('BY') && part !== 'BYSETPOS')) {
    return fault('rule-value', 'BYSETPOS', parts.get('BYSETPOS'));
  }
  if (isTooOften(frequency, parts)) return fault('rule-too-often');

  const pattern = [...parts].filter(([part]) => part !== 'COUNT' && part !== 'UNTIL').map(([part, value]) => `${part}=${value}`).join(';');
  const count = parts.get('COUNT');
  return { kind: 'rule', rule: ruleOf(frequency, pattern, { count: count === undefined ? null : Number(count), until }) };
}

/** Puts a rule together again with another end. */
export function ruleOf(frequency: Frequency, pattern: string, end: { readonly count: number | null; readonly until: WallTime | null }): Rule {
  const tail = end.count !== null ? `;COUNT=${end.count}` : end.until !== null ? `;UNTIL=${end.until.replace(/[-:]/g, '')}` : '';
  return { frequency, pattern, ...end, text: pattern + tail };
}

function isFrequency(text: string): text is Frequency {
  return (frequencies as readonly string[]).includes(text);
}

/** Which half of `part=value` is not known, if any. */
function isKnown(part: string, value: string): 'part' | 'value' | 'both' {
  if (part === 'COUNT') return whole(value, 1, MAX_COUNT) ? 'both' : 'value';
  if (part === 'INTERVAL') return whole(value, 1, 100_000) ? 'both' : 'value';
  const shape = plain[part];
  if (shape) return shape.test(value) ? 'both' : 'value';
  const range = numbers[part];
  if (!range) return 'part';
  const [least, most, fromEnd] = range;
  return value.split(',').every((item) => whole(fromEnd ? item.replace(/^[+-]/, '') : item, least, most)) ? 'both' : 'value';
}

function whole(text: string, least: number, most: number): boolean {
  return /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most;
}

/** A date (that whole day), a wall time, or an instant in UTC. */
function readUntil(value: string, zone: string): WallTime | null {
  const match = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z)?)?$/.exec(value);
  if (!match) return null;
  const [, year, month, day, hour = '23', minute = '59', second = '59', utc] = match;
  const wall = readWall(`${year}-${month}-${day}T${hour}:${minute}:${second}`);
  return wall !== null && utc ? wallOf(instantOf(wall, 'UTC'), zone) : wall;
}

/**
 * Whether two occurrences can lie closer than LEAST_MINUTES_APART. Minutes repeat every hour and are the finest part,
 * so looking at one hour is enough.
 */
function isTooOften(frequency: Frequency, parts: ReadonlyMap<string, string>): boolean {
  if ((parts.get('BYSECOND') ?? '').includes(',')) return true;
  if (frequency === 'MINUTELY' && Number(parts.get('INTERVAL') ?? 1) < LEAST_MINUTES_APART) return true;
  const minutes = [...new Set((parts.get('BYMINUTE') ?? '').split(',').filter(Boolean).map(Number))].sort((a, b) => a - b);
  return minutes.length > 1 && minutes.some((minute, i) => ((minutes[(i + 1) % minutes.length] ?? 0) - minute + 60) % 60 < LEAST_MINUTES_APART);
}

function fault(code: RuleFault['code'], part = '', value = ''): ReadRule {
  return { kind: 'fault', fault: { code, part, value: value.slice(0, 100) } };
}
