import { DAY_MS, type Instant, MINUTE_MS } from '../../core/instant.js';
import { place } from '../../core/schedule.js';
import { readWall, type WallTime } from '../../core/wall-time.js';
import { fail } from './post-problems.js';

/** A time this little in the past still counts as now: the person pressed the button a moment ago. */
export const JUST_NOW_MS = 2 * MINUTE_MS;
/** Ten years with their leap days. What is planned further ahead is a slip of the pen, and calendars end at the year 9999. */
const MOST_AHEAD_MS = 10 * 366 * DAY_MS;

export interface Timed {
  readonly wallAt: WallTime;
  readonly zone: string;
  readonly dueAt: Instant;
}

/**
 * Places a time that a person chose for a single post. In an overlap the first.
 * @throws DomainError time-invalid, zone-unknown, in-the-past, too-far-ahead, time-does-not-exist with the two nearest times
 */
export function timeChosen(wallAt: string, zone: string, now: Instant): Timed {
  const placed = place(wallAt, zone);
  switch (placed.kind) {
    case 'unknown-zone':
      throw fail('zone-unknown', { zone });
    case 'not-a-time':
      throw fail('time-invalid', { wallAt });
    case 'gap': {
      const { before, after } = placed;
      throw fail('time-does-not-exist', { wallAt, zone, before, after }, { nearest: [before, after] });
    }
    case 'exact':
    case 'twice':
      if (placed.at < now - JUST_NOW_MS) throw fail('in-the-past', { wallAt, zone });
      assertNotTooFar(wallAt, placed.at, now);
      return { wallAt: readWall(wallAt) ?? wallAt, zone, dueAt: placed.at };
  }
}

/** @throws DomainError too-far-ahead */
export function assertNotTooFar(wallAt: string, at: Instant, now: Instant): void {
  if (at > now + MOST_AHEAD_MS) throw fail('too-far-ahead', { wallAt });
}
