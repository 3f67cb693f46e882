import { DateTime } from 'luxon';
import { DAY_MS, MINUTE_MS } from './instant.js';

/**
 * What a clock on the wall shows, without a zone: `YYYY-MM-DDTHH:mm:ss`. Sorts as text.
 * Years 1970 to 9999.
 */
export type WallTime = string;

/** A calendar date, `YYYY-MM-DD`. */
export type WallDate = string;

const WALL = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?$/;

/**
 * Reads `YYYY-MM-DDTHH:mm` or `YYYY-MM-DDTHH:mm:ss`.
 * Returns the full form, or null when it is not a time of the calendar (30 February, 25:00, an offset, before 1970).
 */
export function readWall(text: string): WallTime | null {
  const match = WALL.exec(text);
  if (!match) return null;
  const [, date = '', minutes = '', seconds = ':00'] = match;
  if (minutes.startsWith('24')) return null;
  const wall = `${date}T${minutes}${seconds}`;
  return date >= '1970' && DateTime.fromISO(wall, { zone: 'utc' }).isValid ? wall : null;
}

/**
 * The wall time as a number that grows with the clock on the wall: ms, as if it were UTC. Never an instant.
 * @throws RangeError when the text is no wall time: read it first.
 */
export function wallMs(wall: WallTime): number {
  const time = DateTime.fromISO(wall, { zone: 'utc' });
  if (!time.isValid) throw new RangeError(`${wall} is no wall time.`);
  return time.toMillis();
}

export function wallOfMs(ms: number): WallTime {
  return DateTime.fromMillis(ms, { zone: 'utc' }).toFormat("yyyy-MM-dd'T'HH:mm:ss");
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
  return DateTime.fromISO(date, { zone: 'utc' }).weekday;
}
