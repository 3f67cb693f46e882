import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './instant.js';

/**
 * What a clock on the wall shows, without a zone: `YYYY-MM-DDTHH:mm:ss`. Sorts as text.
 * Years 1970 to 9999.
 */
export type WallTime = string;

/** A calendar date, `YYYY-MM-DD`. */
export type WallDate = string;

const WALL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/;

/**
 * Reads `YYYY-MM-DDTHH:mm` or `YYYY-MM-DDTHH:mm:ss`.
 * Returns the full form, or null when it is not a time of the calendar (30 February, 25:00, an offset, before 1970).
 */
export function readWall(text: string): WallTime | null {
  const match = WALL.exec(text);
  if (!match) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map((digits) => Number(digits ?? 0));
  if (year < 1970 || hour > 23 || minute > 59 || second > 59) return null;
  // A day that the month does not have comes back as another.
  if (month < 1 || month > 12 || dateOfDays(daysOfDate(year, month, day)) !== text.slice(0, 10)) return null;
  return text.length === 16 ? `${text}:00` : text;
}

/**
 * The wall time as a number that grows with the clock on the wall: ms, as if it were UTC. Never an instant.
 * @throws RangeError when the text is no wall time: read it first.
 */
export function wallMs(wall: WallTime): number {
  const match = WALL.exec(wall);
  if (!match) throw new RangeError(`${wall} is no wall time.`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map((digits) => Number(digits ?? 0));
  return daysOfDate(year, month, day) * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS;
}

export function wallOfMs(ms: number): WallTime {
  const days = Math.floor(ms / DAY_MS);
  const ofDay = ms - days * DAY_MS;
  return `${dateOfDays(days)}T${two(ofDay / HOUR_MS)}:${two((ofDay % HOUR_MS) / MINUTE_MS)}:${two((ofDay % MINUTE_MS) / SECOND_MS)}`;
}

export function dateOf(wall: WallTime): WallDate {
  return wall.slice(0, 10);
}

/** Joins a date and a time of day (`HH:mm`, `HH:mm:ss`; `24:00` is the next day's midnight). */
export function wallAt(date: WallDate, time: string): WallTime {
  const clock = time.length === 5 ? `${time}:00` : time;
  return clock.startsWith('24:') ? `${addDays(date, 1)}T00:00:00` : `${date}T${clock}`;
}

export function addDays(date: WallDate, days: number): WallDate {
  return wallOfMs(wallMs(`${date}T00:00:00`) + days * DAY_MS).slice(0, 10);
}

/** Moves the hands of the clock: days and minutes as the wall shows them, whatever the zone does meanwhile. */
export function shiftWall(wall: WallTime, by: { readonly days: number; readonly minutes: number }): WallTime {
  return wallOfMs(wallMs(wall) + by.days * DAY_MS + by.minutes * MINUTE_MS);
}

/** ISO weekday, 1 = Monday. */
export function weekdayOf(date: WallDate): number {
  const days = wallMs(`${date}T00:00:00`) / DAY_MS;
  return ((((days + 3) % 7) + 7) % 7) + 1; // 1970-01-01 was a Thursday
}

// The civil calendar in whole numbers, after Howard Hinnant (https://howardhinnant.github.io/date_algorithms.html):
// a thousand times faster than asking a date library, which an import of 10,000 rows notices.

/** Days since 1970-01-01; years begin in March, so that the leap day is the last. */
function daysOfDate(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

function dateOfDays(days: number): WallDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor((ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const march = Math.floor((5 * ofYear + 2) / 153);
  const month = march < 10 ? march + 3 : march - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(ofYear - Math.floor((153 * march + 2) / 5) + 1)}`;
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
