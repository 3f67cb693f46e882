import { IANAZone } from 'luxon';
import { DAY_MS, type Instant, MINUTE_MS } from './instant.js';
import { readWall, type WallTime, wallMs, wallOfMs } from './wall-time.js';

/** An IANA zone name: letters first, so that `+02:00`, which some runtimes take, is no zone. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/** How far the wall is from UTC, in ms. Asking the runtime's zone data takes 10 µs and more, so days are remembered. */
class Offsets {
  private readonly days = new Map<number, number>();

  constructor(private readonly zone: IANAZone) {}

  at(instant: Instant): number {
    const day = Math.floor(instant / DAY_MS);
    const offset = this.atDay(day);
    // No zone has changed its offset twice within a day of UTC: alike at both ends is alike in between.
    return offset === this.atDay(day + 1) ? offset : this.zone.offset(instant) * MINUTE_MS;
  }

  private atDay(day: number): number {
    const known = this.days.get(day);
    if (known !== undefined) return known;
    if (this.days.size > 20_000) this.days.clear();
    const offset = this.zone.offset(day * DAY_MS) * MINUTE_MS;
    this.days.set(day, offset);
    return offset;
  }
}

const zones = new Map<string, Offsets | null>();

function zoneNamed(name: string): Offsets | null {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = ZONE_NAME.test(name) && IANAZone.isValidZone(name) ? new Offsets(IANAZone.create(name)) : null;
  if (zones.size < 1_000) zones.set(name, zone); // names come from outside: the memory of them stays small
  return zone;
}

export function isZone(name: string): boolean {
  return zoneNamed(name) !== null;
}

/** What a wall time is in a zone. */
export type Placed =
  | { readonly kind: 'exact'; readonly at: Instant }
  /** The hour is struck twice; `at` is the first. */
  | { readonly kind: 'twice'; readonly at: Instant }
  /**
   * The clock jumps over it. `at` takes the offset before the gap (02:30 → 03:30); `before` and `after` are the two
   * nearest times that exist, to the minute.
   */
  | { readonly kind: 'gap'; readonly at: Instant; readonly before: WallTime; readonly after: WallTime }
  | { readonly kind: 'unknown-zone' }
  | { readonly kind: 'not-a-time' };

/** Finds the instant a wall time stands for (DESIGN §2.9). `wall`: `YYYY-MM-DDTHH:mm[:ss]`; `zone`: IANA name. */
export function place(wall: string, zone: string): Placed {
  const iana = zoneNamed(zone);
  if (!iana) return { kind: 'unknown-zone' };
  const read = readWall(wall);
  if (!read) return { kind: 'not-a-time' };

  const local = wallMs(read);
  // Offsets lie between -12 h and +14 h and no gap is longer than a day (Pacific/Apia, 30 December 2011):
  // the two ends of this window stand on both sides of the transition that matters.
  const earlier = iana.at(local - DAY_MS);
  const later = iana.at(local + DAY_MS);
  const exact = [...new Set([local - earlier, local - later])]
    .filter((at) => at + iana.at(at) === local)
    .sort((a, b) => a - b);
  const [first] = exact;
  if (first !== undefined) return { kind: exact.length > 1 ? 'twice' : 'exact', at: first };

  const jump = transition(iana, local - DAY_MS, local + DAY_MS);
  return {
    kind: 'gap',
    at: local - earlier,
    before: wallOfMs(jump + earlier - MINUTE_MS),
    after: wallOfMs(jump + iana.at(jump)),
  };
}

/**
 * The instant of a wall time that nobody can be asked about: series, slots, the client's day, new zone data.
 * In a gap the offset before it, in an overlap the first.
 * @throws RangeError for an unknown zone or what is no wall time: check them where they come in.
 */
export function instantOf(wall: WallTime, zone: string): Instant {
  const placed = place(wall, zone);
  switch (placed.kind) {
    case 'exact':
    case 'twice':
    case 'gap':
      return placed.at;
    case 'unknown-zone':
      throw new RangeError(`${zone} is no zone.`);
    case 'not-a-time':
      throw new RangeError(`${wall} is no wall time.`);
  }
}

/** What the clocks of the zone show at that instant. @throws RangeError for an unknown zone. */
export function wallOf(at: Instant, zone: string): WallTime {
  const iana = zoneNamed(zone);
  if (!iana) throw new RangeError(`${zone} is no zone.`);
  return wallOfMs(at + iana.at(at));
}

/**
 * Asks the zone data again. Returns the instant the wall time stands for today when it is not the stored one,
 * else null. A zone that is gone from the data keeps the stored instant: better late data than no post.
 */
export function rederive(stored: { readonly wall: WallTime; readonly zone: string; readonly at: Instant }): Instant | null {
  const placed = place(stored.wall, stored.zone);
  if (placed.kind === 'unknown-zone' || placed.kind === 'not-a-time') return null;
  // In an overlap the second strike is as true a reading of the wall as the first.
  const stillTrue = placed.kind !== 'gap' && wallOf(stored.at, stored.zone) === readWall(stored.wall);
  return placed.at === stored.at || stillTrue ? null : placed.at;
}

/** The first instant, between two, at which the offset is no longer that of `from`. */
function transition(zone: Offsets, from: Instant, to: Instant): Instant {
  const offset = zone.at(from);
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.at(middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}
