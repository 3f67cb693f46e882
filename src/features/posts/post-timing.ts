import { type Instant, MINUTE_MS } from '../../core/instant.js';
import { place } from '../../core/schedule.js';
import { readWall, type WallTime } from '../../core/wall-time.js';
import { fail } from './post-problems.js';

/** A time this little in the past still counts as now: the person pressed the button a moment ago. */
export const JUST_NOW_MS = 2 * MINUTE_MS;

export interface Timed {
  readonly wallAt: WallTime;
  readonly zone: string;
  readonly dueAt: Instant;
}

/**
 * Places a time that a person chose for a single post. In an overlap the first.
 * @throws DomainError time-invalid, zone-unknown, in-the-past, time-does-not-exist with the two nearest times
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
      return { wallAt: readWall(wallAt) ?? wallAt, zone, dueAt: placed.at };
  }
}
