import { describe, expect, it } from '@jest/globals';
import { nextOccurrence, occurrences, occurrencesIn, type Recurrence, split } from '../../src/core/recurrence.js';
import { readRule, type Rule } from '../../src/core/recurrence-rule.js';
import { wallOf } from '../../src/core/schedule.js';
import { addDays, wallMs } from '../../src/core/wall-time.js';

const rule = (text: string, zone = 'Europe/Rome'): Rule => {
  const read = readRule(text, zone);
  if (read.kind === 'fault') throw new Error(JSON.stringify(read.fault));
  return read.rule;
};
const series = (text: string, wallStart: string): Recurrence => ({ rule: rule(text), wallStart });
const faultOf = (text: string): string => {
  const read = readRule(text, 'Europe/Rome');
  return read.kind === 'fault' ? read.fault.code : 'none';
};

describe('readRule', () => {
  it.each([
    ['', 'rule-empty'], ['   ', 'rule-empty'], ['RRULE:', 'rule-empty'],
    ['DTSTART:20260101T090000\nRRULE:FREQ=DAILY', 'rule-with-start'], ['FREQ=DAILY;DTSTART=20260101', 'rule-with-start'],
    ['INTERVAL=2', 'rule-no-frequency'], ['FREQ=DAILY;COUNT=3;UNTIL=20260301', 'rule-count-and-until'],
    ['FREQ=SOMETIMES', 'rule-value'], ['FREQ=DAILY;INTERVAL=0', 'rule-value'], ['FREQ=DAILY;INTERVAL=-1', 'rule-value'],
    ['FREQ=DAILY;COUNT=0', 'rule-value'], ['FREQ=DAILY;COUNT=5001', 'rule-value'], ['FREQ=WEEKLY;BYDAY=XX', 'rule-value'],
    ['FREQ=WEEKLY;BYDAY=2MO', 'rule-value'], ['FREQ=DAILY;BYHOUR=9,25', 'rule-value'], ['FREQ=DAILY;UNTIL=soon', 'rule-value'],
    ['FREQ=DAILY;UNTIL=20260230', 'rule-value'], ['FREQ=DAILY;BYSETPOS=1', 'rule-value'], ['FREQ=WEEKLY;BYMONTHDAY=3', 'rule-value'],
    ['FREQ=DAILY;COLOUR=RED', 'rule-part-unknown'], ['FREQ=DAILY;FREQ=WEEKLY', 'rule-part-twice'],
    ['FREQ=SECONDLY', 'rule-too-often'], ['FREQ=MINUTELY', 'rule-too-often'], ['FREQ=MINUTELY;INTERVAL=14', 'rule-too-often'],
    ['FREQ=DAILY;BYMINUTE=0,5', 'rule-too-often'], ['FREQ=HOURLY;BYMINUTE=0,55', 'rule-too-often'], ['FREQ=DAILY;BYSECOND=0,30', 'rule-too-often'],
  ])('refuses %j as %s', (text, code) => {
    expect(faultOf(text)).toBe(code);
  });

  it.each(['FREQ=DAILY', 'rrule:freq=weekly;byday=mo,we;', 'FREQ=MONTHLY;BYDAY=-1FR', 'FREQ=MINUTELY;INTERVAL=15', 'FREQ=HOURLY;BYMINUTE=0,15,30,45', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29'])(
    'takes %j, which has no end',
    (text) => expect(faultOf(text)).toBe('none'),
  );

  it('turns an end in UTC into wall time of the series, and a date into the whole day', () => {
    expect(rule('FREQ=DAILY;UNTIL=20260701T070000Z').until).toBe('2026-07-01T09:00:00');
    expect(rule('FREQ=DAILY;UNTIL=20260701').until).toBe('2026-07-01T23:59:59');
  });

  it('writes a rule that reads back as itself', () => {
    for (const text of ['FREQ=DAILY;UNTIL=20260701T070000Z', 'FREQ=WEEKLY;COUNT=4;BYDAY=MO', 'RRULE:FREQ=MONTHLY;BYMONTHDAY=-1']) {
      expect(rule(rule(text).text)).toEqual(rule(text));
    }
  });
});

describe('occurrences', () => {
  it('keeps the wall time over both changes of the clocks', () => {
    const walls = occurrences(series('FREQ=DAILY', '2026-03-01T09:00:00'), '2026-03-01T00:00:00', '2026-12-31T23:59:59');
    expect(walls).toHaveLength(306);
    expect(new Set(walls.map((wall) => wall.slice(11)))).toEqual(new Set(['09:00:00']));
  });

  it.each([
    ['Europe/Rome', '2026-03-29T02:30:00', '2026-03-29T03:30:00'],
    ['America/New_York', '2026-03-08T02:30:00', '2026-03-08T03:30:00'],
    ['Australia/Lord_Howe', '2026-10-04T02:10:00', '2026-10-04T02:40:00'],
    ['Pacific/Apia', '2011-12-30T10:00:00', '2011-12-31T10:00:00'],
  ])('moves the one in the gap of %s and no other', (zone, wall, shown) => {
    const date = wall.slice(0, 10);
    const start = `${addDays(date, -1)}${wall.slice(10)}`;
    const daily = { rule: rule('FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU', zone), wallStart: start, zone };
    const found = occurrencesIn(daily, start, `${addDays(date, 3)}T23:59:59`);
    const [, inGap] = found;
    if (zone === 'Pacific/Apia') {
      // The day that never was falls on the next one, which has its own occurrence: once.
      expect(found.map((one) => one.wall)).not.toContain(wall);
    } else {
      expect(inGap?.wall).toBe(wall);
      expect(wallOf(inGap?.at ?? 0, zone)).toBe(shown);
    }
    for (const one of found.filter(({ wall: mine }) => mine !== wall)) expect(wallOf(one.at, zone)).toBe(one.wall);
  });

  it.each([['Europe/Rome', '2026-10-25T02:30:00'], ['America/New_York', '2026-11-01T01:30:00'], ['Australia/Lord_Howe', '2026-04-05T01:45:00']])(
    'goes out once in the overlap of %s, at the first strike',
    (zone, wall) => {
      const found = occurrencesIn({ rule: rule('FREQ=DAILY;COUNT=3', zone), wallStart: wall, zone }, wall, `${addDays(wall.slice(0, 10), 5)}T00:00:00`);
      expect(found).toHaveLength(3);
      expect(new Set(found.map((one) => one.at)).size).toBe(3);
      expect(found[0]?.wall).toBe(wall);
    },
  );

  it('never gives the same instant twice, however often the rule strikes around a gap', () => {
    for (const zone of ['Europe/Rome', 'America/New_York', 'Australia/Lord_Howe']) {
      const found = occurrencesIn({ rule: rule('FREQ=MINUTELY;INTERVAL=15', zone), wallStart: '2026-01-01T00:00:00', zone }, '2026-03-01T00:00:00', '2026-04-10T00:00:00');
      expect(new Set(found.map((one) => one.at)).size).toBe(found.length);
      expect(new Set(found.map((one) => one.wall)).size).toBe(found.length);
    }
  });

  it('knows the occurrence it would meet also when that lies outside the window', () => {
    const hourly = { rule: rule('FREQ=HOURLY'), wallStart: '2026-01-01T00:30:00', zone: 'Europe/Rome' };
    expect(occurrencesIn(hourly, '2026-03-29T02:00:00', '2026-03-29T02:45:00')).toEqual([]);
    expect(occurrencesIn(hourly, '2026-03-29T02:45:01', '2026-03-29T03:45:00')).toHaveLength(1);
  });

  it('counts from the start of the series, not from the window', () => {
    expect(occurrences(series('FREQ=DAILY;COUNT=10', '2026-01-01T09:00:00'), '2026-01-08T00:00:00', '2026-12-31T00:00:00')).toEqual([
      '2026-01-08T09:00:00', '2026-01-09T09:00:00', '2026-01-10T09:00:00',
    ]);
  });

  it('includes both ends of the window and the end of the rule', () => {
    const daily = series('FREQ=DAILY;UNTIL=20260105T090000', '2026-01-01T09:00:00');
    expect(occurrences(daily, '2026-01-02T09:00:00', '2026-01-03T09:00:00')).toEqual(['2026-01-02T09:00:00', '2026-01-03T09:00:00']);
    expect(occurrences(daily, '2026-01-05T00:00:00', '2027-01-01T00:00:00')).toEqual(['2026-01-05T09:00:00']);
  });

  it('leaves out months without a 31st', () => {
    expect(occurrences(series('FREQ=MONTHLY', '2026-01-31T09:00:00'), '2026-01-01T00:00:00', '2026-06-01T00:00:00')).toEqual([
      '2026-01-31T09:00:00', '2026-03-31T09:00:00', '2026-05-31T09:00:00',
    ]);
  });

  it('gives the same whether asked at once or window by window', () => {
    const weekly = series('FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=40', '2026-01-02T18:00:00');
    const whole = occurrences(weekly, '2026-01-01T00:00:00', '2028-01-01T00:00:00');
    const pieces: string[] = [];
    for (let date = '2026-01-01'; date < '2028-01-01'; date = addDays(date, 13)) {
      pieces.push(...occurrences(weekly, `${date}T00:00:00`, `${addDays(date, 12)}T23:59:59`));
    }
    expect(whole).toHaveLength(40);
    expect(pieces).toEqual(whole);
  });

  it('answers for a rule without end that has run for years', () => {
    expect(occurrences(series('FREQ=MINUTELY;INTERVAL=15', '2000-01-01T00:00:00'), '2026-01-01T00:00:00', '2026-03-02T00:00:00')).toHaveLength(60 * 96 + 1);
  });
});

describe('nextOccurrence', () => {
  it('is the first date the rule gives, on or after the start', () => {
    expect(nextOccurrence(series('FREQ=WEEKLY;BYDAY=MO', '2026-07-01T09:00:00'))).toBe('2026-07-06T09:00:00');
    expect(nextOccurrence(series('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', '2026-07-01T09:00:00'))).toBe('2028-02-29T09:00:00');
  });

  it('starts at a later time when asked to', () => {
    expect(nextOccurrence(series('FREQ=WEEKLY;BYDAY=MO', '2026-07-01T09:00:00'), '2026-07-06T09:00:01')).toBe('2026-07-13T09:00:00');
    expect(nextOccurrence(series('FREQ=DAILY;COUNT=2', '2026-07-01T09:00:00'), '2026-07-03T00:00:00')).toBeNull();
  });

  it.each(['FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=MINUTELY;INTERVAL=15;BYMONTH=2;BYMONTHDAY=31', 'FREQ=WEEKLY;BYDAY=MO;BYSETPOS=9', 'FREQ=DAILY;UNTIL=20200101'])(
    'is null for %s, which never comes, and does not loop',
    (text) => expect(nextOccurrence(series(text, '2026-01-01T09:00:00'))).toBeNull(),
  );
});

describe('split', () => {
  it.each(['FREQ=DAILY', 'FREQ=DAILY;COUNT=20', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR', 'FREQ=DAILY;UNTIL=20260120', 'FREQ=MONTHLY;BYDAY=-1FR;COUNT=5'])(
    'cuts %s at any occurrence and loses none',
    (text) => {
      const whole = series(text, '2026-01-02T02:30:00');
      const end = '2026-09-01T00:00:00';
      const all = occurrences(whole, whole.wallStart, end);
      for (const cut of all.slice(1, 12)) {
        const { before, after } = split(whole, cut);
        const first = occurrences({ rule: before, wallStart: whole.wallStart }, whole.wallStart, end);
        const second = occurrences({ rule: after, wallStart: cut }, cut, end);
        expect([...first, ...second]).toEqual(all);
        expect(wallMs(first.at(-1) ?? '')).toBeLessThan(wallMs(second[0] ?? ''));
      }
    },
  );
});
