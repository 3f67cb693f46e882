import { describe, expect, it } from '@jest/globals';
import { defaultLatePace, followsAtOnce, type LateDelivery, lateGate, mayGoAt } from '../../src/core/drain.js';
import { defaultTimes as times } from '../../src/core/times.js';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const noon = Date.UTC(2026, 5, 10, 10); // 12:00 in Rome
const day = { zone: 'Europe/Rome', from: '08:00', to: '21:00' };
const late = (more: Partial<LateDelivery> = {}): LateDelivery => ({ dueAt: noon - 2 * HOUR, follows: false, released: false, pace: defaultLatePace, day, plannedAt: [], ...more });

describe('the gate of what is late', () => {
  it('lets one an hour go, unless the client set another pace', () => {
    expect(lateGate(late(), noon, times)).toEqual({ kind: 'go', gapMs: HOUR });
    expect(lateGate(late({ pace: { perHour: 2, clearMinutes: 60 } }), noon, times)).toEqual({ kind: 'go', gapMs: HOUR / 2 });
  });

  it('never lets more than three an hour go, nor fewer than one in ten hours', () => {
    expect(lateGate(late({ pace: { perHour: 500, clearMinutes: 0 } }), noon, times)).toEqual({ kind: 'go', gapMs: HOUR / 3 });
    expect(lateGate(late({ pace: { perHour: 0, clearMinutes: 0 } }), noon, times)).toEqual({ kind: 'go', gapMs: 10 * HOUR });
    expect(lateGate(late({ pace: { perHour: -4, clearMinutes: 0 } }), noon, times)).toEqual({ kind: 'go', gapMs: 10 * HOUR });
  });

  it('counts up to a quarter of an hour as the hour a person chose: only the floor holds it, day or night', () => {
    const night = Date.UTC(2026, 5, 10, 23);
    expect(lateGate(late({ dueAt: night - 15 * MINUTE, plannedAt: [night] }), night, times)).toEqual({ kind: 'go', gapMs: times.lateGapMs });
    expect(lateGate(late({ dueAt: night - 15 * MINUTE - 1 }), night, times).kind).toBe('wait');
  });

  it('is nobody’s hour of what follows a reroute: the day, the pace and the planned hold it from the start', () => {
    const night = Date.UTC(2026, 5, 10, 20);
    const follows = (more: Partial<LateDelivery>) => late({ follows: true, ...more });
    expect(lateGate(follows({ dueAt: night - 10 * MINUTE }), night, times)).toEqual({ kind: 'wait', until: Date.UTC(2026, 5, 11, 6) });
    expect(lateGate(follows({ dueAt: noon }), noon, times)).toEqual({ kind: 'go', gapMs: HOUR });
    expect(lateGate(follows({ dueAt: noon, plannedAt: [noon + 10 * MINUTE] }), noon, times)).toEqual({ kind: 'wait', until: noon + 70 * MINUTE });
  });

  it('follows a reroute without an hour of its own what was due as soon as the day allowed, and not what has a slot', () => {
    const night = Date.UTC(2026, 5, 10, 20);
    const opens = Date.UTC(2026, 5, 11, 6);
    const is = (dueAt: number, createdAt: number, origin = 'late:1') => followsAtOnce({ origin, dueAt, createdAt }, day);
    expect([is(noon, noon - 300), is(opens, night)]).toEqual([true, true]);
    expect([is(noon + 2 * HOUR, noon), is(opens + HOUR, night), is(noon, noon, 'post')]).toEqual([false, false, false]);
  });

  it('lets what a person released go, day or night, with the floor between two', () => {
    const night = Date.UTC(2026, 5, 10, 23);
    expect(lateGate(late({ released: true, plannedAt: [night] }), night, times)).toEqual({ kind: 'go', gapMs: times.lateGapMs });
  });

  it('waits for the client\'s day to open', () => {
    expect(lateGate(late(), Date.UTC(2026, 5, 10, 20), times)).toEqual({ kind: 'wait', until: Date.UTC(2026, 5, 11, 6) });
    expect(lateGate(late({ dueAt: 0 }), Date.UTC(2026, 5, 10, 5, 59), times)).toEqual({ kind: 'wait', until: Date.UTC(2026, 5, 10, 6) });
  });

  it('keeps an hour\'s distance from what is planned, before it and after it', () => {
    expect(lateGate(late({ plannedAt: [noon + 59 * MINUTE] }), noon, times)).toEqual({ kind: 'wait', until: noon + 119 * MINUTE });
    expect(lateGate(late({ plannedAt: [noon - 20 * MINUTE, noon + 10 * MINUTE] }), noon, times)).toEqual({ kind: 'wait', until: noon + 70 * MINUTE });
    expect(lateGate(late({ plannedAt: [noon - 60 * MINUTE, noon + 60 * MINUTE] }), noon, times).kind).toBe('go');
  });

  it('always waits for a moment to come', () => {
    for (let at = noon; at < noon + 48 * HOUR; at += 13 * MINUTE) {
      const gate = lateGate(late({ plannedAt: [noon + 3 * HOUR, noon + 30 * HOUR] }), at, times);
      if (gate.kind === 'wait') expect(gate.until).toBeGreaterThan(at);
      else expect(gate.gapMs).toBeGreaterThanOrEqual(times.lateGapMs);
    }
  });
});

describe('when what is late may go', () => {
  const at = (more: Partial<LateDelivery>, last: { at: number | null; own?: boolean }) => mayGoAt(late(more), { own: false, ...last }, { now: noon, times }).at;

  it('is now, where its channel had no late post within the hour', () => {
    expect(at({}, { at: null })).toBe(noon);
    expect(at({}, { at: noon - HOUR })).toBe(noon);
  });

  it('is an hour after the channel\'s last one, unless that was itself', () => {
    expect(at({}, { at: noon - 10 * MINUTE })).toBe(noon + 50 * MINUTE);
    expect(at({}, { at: noon - 10 * MINUTE, own: true })).toBe(noon);
  });

  it('is a minute after it, where a person released it', () => {
    expect(at({ released: true }, { at: noon - 20_000 })).toBe(noon + 40_000);
  });

  it('is the opening of the client\'s day: what comes back at 00:50 waits until 08:00', () => {
    const night = Date.UTC(2026, 5, 9, 22, 50);
    expect(mayGoAt(late({ dueAt: night - 6 * HOUR }), { at: null, own: false }, { now: night, times }).at).toBe(Date.UTC(2026, 5, 10, 6));
  });
});
