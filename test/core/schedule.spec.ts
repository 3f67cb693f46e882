import { describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { DAY_MS, HOUR_MS } from '../../src/core/instant.js';
import { instantOf, isZone, place, rederive, wallOf } from '../../src/core/schedule.js';
import { readWall, shiftWall, wallAt, wallMs, wallOfMs } from '../../src/core/wall-time.js';

const utc = (iso: string): number => DateTime.fromISO(iso, { zone: 'utc' }).toMillis();

describe('place', () => {
  it('finds the instant of an ordinary time, summer and winter', () => {
    expect(place('2026-07-01T09:00', 'Europe/Rome')).toEqual({ kind: 'exact', at: utc('2026-07-01T07:00:00Z') });
    expect(place('2026-12-01T09:00:30', 'Europe/Rome')).toEqual({ kind: 'exact', at: utc('2026-12-01T08:00:30Z') });
  });

  it.each([
    ['Europe/Rome', '2026-03-29T02:30', '2026-03-29T01:30:00Z', '2026-03-29T03:30:00', '2026-03-29T01:59:00', '2026-03-29T03:00:00'],
    ['America/New_York', '2026-03-08T02:30', '2026-03-08T07:30:00Z', '2026-03-08T03:30:00', '2026-03-08T01:59:00', '2026-03-08T03:00:00'],
    ['Australia/Lord_Howe', '2026-10-04T02:10', '2026-10-03T15:40:00Z', '2026-10-04T02:40:00', '2026-10-04T01:59:00', '2026-10-04T02:30:00'],
    ['Pacific/Apia', '2011-12-30T10:00', '2011-12-30T20:00:00Z', '2011-12-31T10:00:00', '2011-12-29T23:59:00', '2011-12-31T00:00:00'],
  ])('in a gap of %s takes the offset before it and names the two nearest times', (zone, wall, at, shown, before, after) => {
    expect(place(wall, zone)).toEqual({ kind: 'gap', at: utc(at), before, after });
    expect(wallOf(utc(at), zone)).toBe(shown);
  });

  it('knows the edges of a gap: its first minute is inside, its end is a time', () => {
    expect(place('2026-03-29T01:59:59', 'Europe/Rome').kind).toBe('exact');
    expect(place('2026-03-29T02:00', 'Europe/Rome').kind).toBe('gap');
    expect(place('2026-03-29T02:59:59', 'Europe/Rome').kind).toBe('gap');
    expect(place('2026-03-29T03:00', 'Europe/Rome')).toEqual({ kind: 'exact', at: utc('2026-03-29T01:00:00Z') });
  });

  it.each([
    ['Europe/Rome', '2026-10-25T02:30', '2026-10-25T00:30:00Z'],
    ['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30:00Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45:00Z'],
  ])('in an overlap of %s takes the first', (zone, wall, at) => {
    expect(place(wall, zone)).toEqual({ kind: 'twice', at: utc(at) });
  });

  it('refuses a zone that is none', () => {
    for (const zone of ['Europe/Roma', '', '+02:00', 'Rome', 'Europe/Rome; DROP', '../etc']) {
      expect(place('2026-07-01T09:00', zone)).toEqual({ kind: 'unknown-zone' });
      expect(isZone(zone)).toBe(false);
    }
    expect(['UTC', 'Etc/GMT+2', 'America/Argentina/Buenos_Aires'].every(isZone)).toBe(true);
  });

  it('refuses what is no time', () => {
    for (const wall of ['2026-02-30T09:00', '2026-07-01', '2026-07-01T25:00', '2026-07-01T24:00', '2026-07-01T09:00Z', '2026-07-01T09:00+02:00', '1969-12-31T23:59', 'tomorrow']) {
      expect(place(wall, 'Europe/Rome')).toEqual({ kind: 'not-a-time' });
    }
  });

  it.each(['Europe/Rome', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns', 'Africa/Casablanca', 'Pacific/Apia'])(
    'gives back the wall time of instants all over two years in %s, and its first strike',
    (zone) => {
      for (let at = utc('2011-01-01T00:00:00Z'); at < utc('2013-01-01T00:00:00Z'); at += 7 * HOUR_MS + 11 * 60_000 + 30_000) {
        const placed = place(wallOf(at, zone), zone);
        if (placed.kind !== 'exact' && placed.kind !== 'twice') throw new Error(`${wallOf(at, zone)} became ${placed.kind}`);
        if (placed.kind === 'exact' && placed.at !== at) throw new Error(`${wallOf(at, zone)} moved`);
        if (placed.at > at || wallOf(placed.at, zone) !== wallOf(at, zone)) throw new Error(`${wallOf(at, zone)} is not the first strike`);
      }
    },
  );

  it('agrees with another implementation on every half hour around the changes of a year', () => {
    for (const date of ['2026-03-07', '2026-10-31']) {
      for (let local = wallMs(`${date}T00:00:00`); local < wallMs(`${date}T00:00:00`) + 3 * DAY_MS; local += HOUR_MS / 2) {
        const wall = wallOfMs(local);
        const placed = place(wall, 'America/New_York');
        const other = DateTime.fromISO(wall, { zone: 'America/New_York' }).toMillis();
        if (placed.kind === 'exact' || placed.kind === 'gap') expect(placed.at).toBe(other);
        else expect(placed.kind).toBe('twice');
      }
    }
  });
});

describe('instantOf', () => {
  it('throws for what should have been checked where it came in', () => {
    expect(() => instantOf('2026-07-01T09:00:00', 'Mars/Base')).toThrow(RangeError);
    expect(() => instantOf('soon', 'Europe/Rome')).toThrow(RangeError);
  });
});

describe('rederive', () => {
  const wall = '2026-07-01T09:00:00';
  const at = utc('2026-07-01T07:00:00Z');

  it('says nothing while the zone data agrees', () => {
    expect(rederive({ wall, zone: 'Europe/Rome', at })).toBeNull();
    expect(rederive({ wall: '2026-03-29T02:30:00', zone: 'Europe/Rome', at: utc('2026-03-29T01:30:00Z') })).toBeNull();
  });

  it('gives the new instant when the zone has moved since', () => {
    expect(rederive({ wall, zone: 'Europe/Rome', at: at - HOUR_MS })).toBe(at);
  });

  it('leaves the second strike of an overlap alone', () => {
    expect(rederive({ wall: '2026-10-25T02:30:00', zone: 'Europe/Rome', at: utc('2026-10-25T01:30:00Z') })).toBeNull();
  });

  it('keeps the stored instant of a zone that is gone', () => {
    expect(rederive({ wall, zone: 'Europe/Gone', at })).toBeNull();
  });
});

describe('wall time', () => {
  it('is read in full or not at all', () => {
    expect(readWall('2026-07-01T09:00')).toBe('2026-07-01T09:00:00');
    expect(readWall('2026-07-01T09:00:61')).toBeNull();
  });

  it('agrees with another calendar all over three centuries', () => {
    for (let ms = 0; ms < 300 * 366 * DAY_MS; ms += 11 * DAY_MS + 12_345_000) {
      const other = DateTime.fromMillis(ms, { zone: 'utc' });
      const wall = other.toFormat("yyyy-MM-dd'T'HH:mm:ss");
      if (wallOfMs(ms) !== wall || wallMs(wall) !== ms || readWall(wall) !== wall) throw new Error(`${wall} became ${wallOfMs(ms)}`);
    }
    expect(readWall('2100-02-29T09:00')).toBeNull();
    expect(readWall('2096-02-29T09:00')).toBe('2096-02-29T09:00:00');
  });

  it('joins a date with 24:00 as the next midnight', () => {
    expect(wallAt('2026-12-31', '24:00')).toBe('2027-01-01T00:00:00');
  });

  it('moves by days as the wall shows them, over a change of the clocks', () => {
    const moved = shiftWall('2026-03-28T09:00:00', { days: 1, minutes: 0 });
    expect(moved).toBe('2026-03-29T09:00:00');
    expect(instantOf(moved, 'Europe/Rome') - instantOf('2026-03-28T09:00:00', 'Europe/Rome')).toBe(DAY_MS - HOUR_MS);
  });
});
