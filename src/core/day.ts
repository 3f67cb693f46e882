import type { Instant } from './instant.js';
import { instantOf, wallOf } from './schedule.js';
import { addDays, dateOf, wallAt, type WallDate } from './wall-time.js';

/**
 * When a client may be spoken for unasked (DESIGN §8). `from` and `to` are times of day, `HH:mm[:ss]`; `to` may be
 * `24:00`. `to` before `from` crosses midnight; both alike means day and night.
 */
export interface ClientDay {
  readonly zone: string;
  readonly from: string;
  readonly to: string;
}

interface Stretch {
  readonly opens: Instant;
  /** The first instant outside. */
  readonly closes: Instant;
}

export function isInside(day: ClientDay, at: Instant): boolean {
  return stretchAround(day, at) !== null;
}

/** The end of the client's day that `at` lies in; outside it, the end of the calendar day in the client's zone. */
export function endOf(day: ClientDay, at: Instant): Instant {
  const around = stretchAround(day, at);
  return around ? around.closes : instantOf(wallAt(addDays(dateOf(wallOf(at, day.zone)), 1), '00:00'), day.zone);
}

/** `at` itself when it lies inside, else the next time the day opens. */
export function nextOpening(day: ClientDay, at: Instant): Instant {
  if (isInside(day, at)) return at;
  const date = dateOf(wallOf(at, day.zone));
  for (const ahead of [0, 1, 2, 3]) { // a day can be swallowed by a gap, never two in a row
    const { opens, closes } = stretchOf(day, addDays(date, ahead));
    if (opens > at && closes > opens) return opens;
  }
  return at; // unreachable with real zones; waiting for ever would be worse
}

/** The last instant up to `at` that lies inside or closes a day: what is late never goes out after it. */
export function lastClosing(day: ClientDay, at: Instant): Instant {
  if (isInside(day, at)) return at;
  const date = dateOf(wallOf(at, day.zone));
  for (const back of [0, -1, -2, -3]) {
    const { opens, closes } = stretchOf(day, addDays(date, back));
    if (closes <= at && closes > opens) return closes;
  }
  return at;
}

function stretchAround(day: ClientDay, at: Instant): Stretch | null {
  const date = dateOf(wallOf(at, day.zone));
  for (const shift of [0, -1]) { // yesterday's may still be open
    const stretch = stretchOf(day, addDays(date, shift));
    if (stretch.opens <= at && at < stretch.closes) return stretch;
  }
  return null;
}

function stretchOf(day: ClientDay, date: WallDate): Stretch {
  const endDate = day.to > day.from ? date : addDays(date, 1);
  return { opens: instantOf(wallAt(date, day.from), day.zone), closes: instantOf(wallAt(endDate, day.to), day.zone) };
}
