import type { Instant } from './instant.js';
import { instantOf, wallOf } from './schedule.js';
import { addDays, dateOf, wallAt, weekdayOf, type WallTime } from './wall-time.js';

/** A standing place in the week. `weekday`: ISO, 1 = Monday; `wallTime`: `HH:mm[:ss]` in the client's zone. */
export interface Slot {
  readonly weekday: number;
  readonly wallTime: string;
}

export interface FreeSlot {
  /** What the wall shows when it goes out: in a DST gap the shifted time, so that it always exists. */
  readonly wall: WallTime;
  readonly at: Instant;
}

export interface SlotSearch {
  readonly slots: readonly Slot[];
  readonly zone: string;
  /** Only slots later than this. */
  readonly after: Instant;
  /** Instants that are no longer free. */
  readonly taken: ReadonlySet<Instant>;
  readonly limit: number;
  /** How many days to look ahead; 366 when left out. */
  readonly days?: number;
}

/** The next free slots, soonest first; empty when there are none within `days`. */
export function freeSlots({ slots, zone, after, taken, limit, days = 366 }: SlotSearch): readonly FreeSlot[] {
  const found: FreeSlot[] = [];
  const seen = new Set(taken);
  const today = dateOf(wallOf(after, zone));
  // Yesterday's too: a slot in a gap at midnight comes out on the next date.
  for (let ahead = -1; ahead <= days && found.length < limit; ahead++) {
    const date = addDays(today, ahead);
    const weekday = weekdayOf(date);
    const ofDay = slots
      .filter((slot) => slot.weekday === weekday)
      .map((slot) => instantOf(wallAt(date, slot.wallTime), zone))
      .sort((a, b) => a - b);
    for (const at of ofDay) {
      if (at <= after || seen.has(at) || found.length === limit) continue;
      seen.add(at);
      found.push({ at, wall: wallOf(at, zone) });
    }
  }
  return found;
}
