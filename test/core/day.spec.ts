import { describe, expect, it } from '@jest/globals';
import { type ClientDay, endOf, isInside, lastClosing, nextOpening } from '../../src/core/day.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/core/instant.js';
import { lateLimit } from '../../src/core/policy.js';
import { instantOf, wallOf } from '../../src/core/schedule.js';
import { freeSlots } from '../../src/core/slots.js';

const rome: ClientDay = { zone: 'Europe/Rome', from: '08:00', to: '21:00' };
const bar: ClientDay = { zone: 'Europe/Rome', from: '18:00', to: '02:30' };
const always: ClientDay = { zone: 'Europe/Rome', from: '00:00', to: '24:00' };
const at = (wall: string, zone = 'Europe/Rome'): number => instantOf(wall, zone);
const shown = (instant: number, zone = 'Europe/Rome'): string => wallOf(instant, zone);

describe("the client's day", () => {
  it('opens at its first minute and is over at its last', () => {
    expect(isInside(rome, at('2026-07-01T08:00:00'))).toBe(true);
    expect(isInside(rome, at('2026-07-01T07:59:59'))).toBe(false);
    expect(isInside(rome, at('2026-07-01T20:59:59'))).toBe(true);
    expect(isInside(rome, at('2026-07-01T21:00:00'))).toBe(false);
  });

  it('crosses midnight when it ends before it begins', () => {
    expect(isInside(bar, at('2026-07-01T23:00:00'))).toBe(true);
    expect(isInside(bar, at('2026-07-02T02:29:00'))).toBe(true);
    expect(isInside(bar, at('2026-07-02T02:30:00'))).toBe(false);
    expect(shown(endOf(bar, at('2026-07-01T23:00:00')))).toBe('2026-07-02T02:30:00');
    expect(shown(endOf(bar, at('2026-07-02T01:00:00')))).toBe('2026-07-02T02:30:00');
  });

  it('ends, for a time outside it, with the calendar day', () => {
    expect(shown(endOf(rome, at('2026-07-01T22:30:00')))).toBe('2026-07-02T00:00:00');
    expect(shown(endOf(rome, at('2026-07-01T06:00:00')))).toBe('2026-07-02T00:00:00');
  });

  it('never closes when it lasts from 00:00 to 24:00, and is over at midnight all the same', () => {
    expect(isInside(always, at('2026-07-01T03:00:00'))).toBe(true);
    expect(shown(endOf(always, at('2026-07-01T03:00:00')))).toBe('2026-07-02T00:00:00');
  });

  it('opens next this morning, tomorrow, or is open already', () => {
    expect(shown(nextOpening(rome, at('2026-07-01T06:00:00')))).toBe('2026-07-01T08:00:00');
    expect(shown(nextOpening(rome, at('2026-07-01T21:00:00')))).toBe('2026-07-02T08:00:00');
    expect(shown(nextOpening(rome, at('2026-07-01T12:00:00')))).toBe('2026-07-01T12:00:00');
    expect(shown(nextOpening(bar, at('2026-07-01T03:00:00')))).toBe('2026-07-01T18:00:00');
  });

  it('follows the clocks through both changes', () => {
    expect(shown(endOf(bar, at('2026-03-28T22:00:00')))).toBe('2026-03-29T03:30:00'); // 02:30 does not exist
    expect(endOf(bar, at('2026-10-24T22:00:00'))).toBe(at('2026-10-25T02:30:00')); // the first of two
    expect(nextOpening(rome, at('2026-03-28T22:00:00')) - at('2026-03-28T22:00:00')).toBe(9 * HOUR_MS);
  });

  it('jumps over the day that Apia never had', () => {
    const apia: ClientDay = { ...rome, zone: 'Pacific/Apia' };
    const night = at('2011-12-29T22:00:00', 'Pacific/Apia');
    expect(shown(nextOpening(apia, night), 'Pacific/Apia')).toBe('2011-12-31T08:00:00');
    expect(nextOpening(apia, night) - night).toBe(10 * HOUR_MS);
  });

  it.each(['Europe/Rome', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia'])(
    'holds all over a year in %s: openings are open, ends are ahead, closings behind',
    (zone) => {
      for (const [from, to] of [['08:00', '21:00'], ['18:00', '02:30'], ['02:15', '03:00'], ['09:00', '09:00']] as const) {
        const day: ClientDay = { zone, from, to };
        for (let now = at('2011-03-01T00:17:00', zone); now < at('2012-04-10T00:00:00', zone); now += 17 * HOUR_MS + 13 * MINUTE_MS) {
          const opening = nextOpening(day, now);
          if (!isInside(day, opening) || opening < now || opening - now > 2 * DAY_MS) throw new Error(`${from}–${to} does not open after ${wallOf(now, zone)}`);
          if (endOf(day, now) <= now) throw new Error(`${from}–${to} ends before ${wallOf(now, zone)}`);
          const closing = lastClosing(day, now);
          if (closing > now || now - closing > 2 * DAY_MS) throw new Error(`${from}–${to} did not close before ${wallOf(now, zone)}`);
        }
      }
    },
  );
});

describe('lateLimit', () => {
  const noon = at('2026-07-01T12:00:00');

  it('gives what can wait seven days', () => {
    expect(lateLimit('can-wait', {}, noon, rome)).toBe(noon + 7 * DAY_MS);
  });

  it('pulls the seven days back out of the night, for nothing late goes out then', () => {
    expect(shown(lateLimit('can-wait', {}, at('2026-07-01T23:00:00'), rome))).toBe('2026-07-08T21:00:00');
  });

  it("ends today with the client's day, or with the calendar day for an hour outside it", () => {
    expect(shown(lateLimit('today', {}, noon, rome))).toBe('2026-07-01T21:00:00');
    expect(shown(lateLimit('today', {}, at('2026-07-01T22:00:00'), rome))).toBe('2026-07-02T00:00:00');
  });

  it('gives an hour that counts a quarter of an hour', () => {
    expect(lateLimit('hour-counts', {}, noon, rome)).toBe(noon + 15 * MINUTE_MS);
  });

  it('is what the person set, whatever the choice', () => {
    expect(lateLimit('today', { lateLimitMinutes: 90 }, noon, rome)).toBe(noon + 90 * MINUTE_MS);
    expect(lateLimit('can-wait', { lateLimitMinutes: 0 }, noon, rome)).toBe(noon);
  });
});

describe('freeSlots', () => {
  const slots = [{ weekday: 1, wallTime: '09:00' }, { weekday: 3, wallTime: '18:30:00' }, { weekday: 7, wallTime: '02:30' }];
  const search = (after: string, limit: number, taken: readonly string[] = []): string[] =>
    freeSlots({ slots, zone: 'Europe/Rome', after: at(after), taken: new Set(taken.map((wall) => at(wall))), limit }).map((slot) => slot.wall);

  it('come in the order of the week, and not the one that is striking now', () => {
    expect(search('2026-07-06T09:00:00', 3)).toEqual(['2026-07-08T18:30:00', '2026-07-12T02:30:00', '2026-07-13T09:00:00']);
  });

  it('leave out what is taken', () => {
    expect(search('2026-07-05T12:00:00', 2, ['2026-07-06T09:00:00'])).toEqual(['2026-07-08T18:30:00', '2026-07-12T02:30:00']);
  });

  it('in a gap are shown at the time they really strike', () => {
    expect(search('2026-03-28T12:00:00', 1)).toEqual(['2026-03-29T03:30:00']);
  });

  it('are none where there are no slots or all are taken', () => {
    expect(freeSlots({ slots: [], zone: 'Europe/Rome', after: 0, taken: new Set(), limit: 5 })).toEqual([]);
    expect(freeSlots({ slots: slots.slice(0, 1), zone: 'Europe/Rome', after: at('2026-07-01T00:00:00'), taken: new Set([at('2026-07-06T09:00:00')]), limit: 1, days: 10 })).toEqual([]);
  });
});
