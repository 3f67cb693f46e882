import { describe, expect, it } from '@jest/globals';
import { isInside } from '../../../src/core/day.js';
import { HOUR_MS, MINUTE_MS } from '../../../src/core/instant.js';
import { castOf, type Frame } from '../../../src/features/drill/drill-cast.js';
import { scenarios } from '../../../src/features/drill/drill.schema.js';

const day = { from: '08:00', to: '21:00' };
const frameAt = (fallsAt: number): Frame => ({
  fallsAt, downMs: 20 * MINUTE_MS, firstAt: 0.13, waits: { from: 0.13, to: 0.16 }, patience: { back: HOUR_MS, drain: HOUR_MS }, held: 5, seesMorning: false, day, policy: {},
});
const hours = Array.from({ length: 24 }, (_, hour) => Date.parse('2026-06-30T00:00:00Z') + hour * HOUR_MS + 7 * MINUTE_MS);

describe('who plays in a drill', () => {
  it.each(hours.map((at) => [new Date(at).toISOString(), at] as const))('at %s lives where its clocks suit the scenario', (_, fallsAt) => {
    const frame = frameAt(fallsAt);
    for (const { scenario, zone } of castOf(scenarios, frame)) {
      const back = fallsAt + frame.downMs;
      if (scenario === 'night') expect([0, 1, 2].map((more) => isInside({ zone, ...day }, back + more * HOUR_MS))).toEqual([false, false, false]);
      else expect([fallsAt, back, back + HOUR_MS].map((when) => isInside({ zone, from: scenario === 'by-hand' ? '08:00' : '09:00', to: scenario === 'by-hand' ? '21:00' : '20:00' }, when))).toEqual([true, true, true]);
    }
  });

  it('has two lists that share five hundred people, and as many posts as its frame says', () => {
    const [mail, eight, hand] = castOf(scenarios, frameAt(hours[0] ?? 0));
    expect(mail?.lists).toMatchObject([{ from: 1, people: 700 }, { from: 201, people: 700 }]);
    expect([mail?.posts.length, eight?.posts.length, hand?.posts.length, hand?.byHand]).toEqual([1, 8, 5, 3]);
  });
});
