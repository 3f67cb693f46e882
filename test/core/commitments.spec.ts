import { describe, expect, it } from '@jest/globals';
import { lengthOf, type Promised, spansIn, spanWords, spentIn, tasksAfter, touchedWords } from '../../src/core/commitments.js';
import { instantOf } from '../../src/core/schedule.js';

const at = (wall: string): number => instantOf(wall, 'Europe/Rome');
const contest: Promised = { kind: 'contest', title: 'Win a coffee', from: at('2026-06-01T09:00:00'), until: at('2026-06-30T20:00:00'), zone: 'Europe/Rome', hours: null, daily: null };
const ads: Promised = { ...contest, kind: 'ads', title: 'Summer', daily: { minor: 38_900, currency: 'EUR' } };
const outage = { from: at('2026-06-30T14:49:00'), to: at('2026-06-30T22:00:00') };

describe('What an outage did to a commitment', () => {
  it('is the time both were on', () => {
    expect(spansIn(contest, [outage])).toEqual([{ from: at('2026-06-30T14:49:00'), to: at('2026-06-30T20:00:00') }]);
  });

  it.each([['before it', '2026-05-01T00:00:00', '2026-06-01T09:00:00'], ['after it', '2026-06-30T20:00:00', '2026-07-02T00:00:00']])('is nothing where the outage lies %s', (_, from, to) => {
    expect(spansIn(contest, [{ from: at(from), to: at(to) }])).toEqual([]);
  });

  it('says how much of a contest’s last day it took', () => {
    expect(touchedWords(contest, [outage])).toEqual({ en: 'contest open 5 h 11 of its last day', it: 'concorso aperto per 5 h 11 del suo ultimo giorno' });
  });

  it('counts each moment of several falls once, and nothing in which the platforms worked', () => {
    const falls = [
      { from: at('2026-06-30T17:00:00'), to: at('2026-06-30T17:10:00') }, { from: at('2026-06-30T10:00:00'), to: at('2026-06-30T10:10:00') },
      { from: at('2026-06-30T10:05:00'), to: at('2026-06-30T10:20:00') }, { from: at('2026-06-30T10:06:00'), to: at('2026-06-30T10:08:00') },
    ];
    expect(spansIn(contest, falls)).toEqual([{ from: at('2026-06-30T10:00:00'), to: at('2026-06-30T10:20:00') }, { from: at('2026-06-30T17:00:00'), to: at('2026-06-30T17:10:00') }]);
    expect(touchedWords(contest, falls).en).toBe('contest open 30 min of its last day');
    expect(tasksAfter(ads, falls).at(-1)?.sentence.en).toContain('in 30 min, about €8.10');
  });

  it('does not call it the last day when it began on an earlier one', () => {
    expect(touchedWords(contest, [{ from: at('2026-06-29T23:00:00'), to: at('2026-06-30T01:00:00') }])).toEqual({
      en: 'contest open for 2 h of the outage, until Tue 30 Jun, 20:00 (Europe/Rome)', it: 'concorso aperto per 2 h dell’interruzione, fino a mar 30 giu, 20:00 (Europe/Rome)',
    });
  });

  it('says what part of a day’s budget was in the dark', () => {
    expect(touchedWords(ads, [outage])).toEqual({ en: 'about €84 of budget in the dark', it: 'circa 84\u00a0€ di budget al buio' });
  });

  it('says small sums to the cent, and knows currencies without cents', () => {
    expect(touchedWords({ ...ads, daily: { minor: 1_000, currency: 'EUR' } }, [outage]).en).toBe('about €2.16 of budget in the dark');
    expect(touchedWords({ ...ads, daily: { minor: 48_000, currency: 'JPY' } }, [outage]).en).toBe('about ¥10,367 of budget in the dark');
  });

  it('counts only the hours in which ads run, and spreads the budget over them', () => {
    const byDay = { ...ads, hours: { from: '08:00', to: '20:00', weekdays: [1, 2, 3, 4, 5, 6, 7] } };
    const night = { from: at('2026-06-10T18:00:00'), to: at('2026-06-11T10:00:00') };
    expect(lengthOf(spansIn(byDay, [night]))).toBe(4 * 3_600_000);
    expect(spentIn(byDay, 4 * 3_600_000)).toEqual({ minor: 12_967, currency: 'EUR' });
  });

  it('counts care hours on their weekdays only, over midnight and over the change of clocks', () => {
    const care: Promised = { ...contest, kind: 'care-hours', from: at('2026-10-01T00:00:00'), until: at('2026-11-01T00:00:00'), hours: { from: '22:00', to: '06:00', weekdays: [6] } };
    // Saturday 24 October, 22:00, to Sunday 06:00: the clocks go back at 03:00, so it is nine hours.
    const spans = spansIn(care, [{ from: at('2026-10-23T12:00:00'), to: at('2026-10-26T12:00:00') }]);
    expect(spans).toEqual([{ from: at('2026-10-24T22:00:00'), to: at('2026-10-25T06:00:00') }]);
    expect(touchedWords(care, [{ from: at('2026-10-23T12:00:00'), to: at('2026-10-26T12:00:00') }]).en).toBe('9 h of care hours without these platforms');
  });

  it.each([[30_000, 'less than a minute'], [40 * 60_000, '40 min'], [3_600_000, '1 h'], [5 * 3_600_000 + 60_000, '5 h 01'], [50 * 3_600_000, '2 days']])('says a length as people do: %d ms', (ms, words) => {
    expect(spanWords(ms, 'en')).toBe(words);
  });
});

describe('What is to be done afterwards', () => {
  it.each([
    [contest, ['read-messages', 'extend-contest']], [ads, ['read-messages', 'look-at-ads']], [{ ...contest, kind: 'care-hours' as const }, ['read-messages']], [{ ...contest, kind: 'event' as const }, ['read-messages', 'tell-guests']],
  ])('depends on what was promised', (promised, codes) => {
    expect(tasksAfter(promised, [outage]).map(({ code }) => code)).toEqual(codes);
  });

  it('names the hours whose messages wait, and the money, in both languages', () => {
    const [messages, money] = tasksAfter(ads, [outage]);
    expect(messages?.sentence.en).toBe('“Summer”: read the messages from Tue 30 Jun, 14:49 (Europe/Rome) to Tue 30 Jun, 20:00 (Europe/Rome).');
    expect(messages?.sentence.it).toMatch(/^«Summer»: leggi i messaggi da mar 30 giu, 14:49 \(Europe\/Rome\)/);
    expect(money?.sentence.it).toMatch(/circa 84\s€/);
  });

  it('is nothing when it was not touched', () => {
    expect(tasksAfter(contest, [{ from: at('2026-07-02T00:00:00'), to: at('2026-07-03T00:00:00') }])).toEqual([]);
  });
});
