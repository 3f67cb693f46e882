import { describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { endOfSmsHours, isSmsHour, nextSmsHour } from '../../src/core/sms-hours.js';

const zone = 'Europe/Rome';
const at = (time: string): number => DateTime.fromISO(`2031-03-04T${time}`, { zone }).toMillis();
const shown = (ms: number): string => DateTime.fromMillis(ms, { zone }).toFormat('dd HH:mm');

describe('The hours of an SMS', () => {
  it.each([
    ['08:00', '21:00', '08:59', false], ['08:00', '21:00', '09:00', true], ['08:00', '21:00', '19:59', true], ['08:00', '21:00', '20:00', false],
    ['10:30', '18:00', '10:00', false], ['10:30', '18:00', '17:59', true], ['10:30', '18:00', '18:00', false],
    ['00:00', '00:00', '03:00', false], ['00:00', '00:00', '12:00', true], ['00:00', '24:00', '20:00', false],
    ['22:00', '10:00', '08:59', false], ['22:00', '10:00', '09:00', true], ['22:00', '10:00', '10:00', false], ['22:00', '10:00', '22:30', false],
    ['18:00', '10:00', '09:30', true], ['18:00', '10:00', '12:00', false], ['18:00', '10:00', '18:30', true], ['22:00', '06:00', '12:00', false], ['22:00', '06:00', '23:00', true],
    ['18:00', '02:00', '17:00', false], ['18:00', '02:00', '19:00', true], ['18:00', '02:00', '23:00', false],
  ])('of a client from %s to %s: at %s %s', (from, to, time, is) => {
    expect(isSmsHour({ zone, from, to }, at(time))).toBe(is);
  });

  it.each([['08:00', '21:00', '21:30', '05 09:00'], ['08:00', '21:00', '06:00', '04 09:00'], ['10:30', '18:00', '18:00', '05 10:30'], ['08:00', '21:00', '12:00', '04 12:00'], ['18:00', '10:00', '10:00', '04 18:00'], ['18:00', '10:00', '20:00', '05 09:00'], ['22:00', '06:00', '12:00', '04 22:00']])('of a client from %s to %s begin after %s at %s', (from, to, time, next) => {
    expect(shown(nextSmsHour({ zone, from, to }, at(time)))).toBe(next);
  });

  it('end with the stretch they are in, also where a day past midnight has two', () => {
    const bar = { zone, from: '18:00', to: '10:00' };
    expect([shown(endOfSmsHours(bar, at('09:30'))), shown(endOfSmsHours(bar, at('19:00')))]).toEqual(['04 10:00', '04 20:00']);
  });

  it('are those of a client that is awake at none of them', () => {
    const bar = { zone, from: '20:30', to: '23:00' };
    expect([isSmsHour(bar, at('21:00')), isSmsHour(bar, at('12:00')), shown(nextSmsHour(bar, at('12:00')))]).toEqual([true, false, '04 20:30']);
  });
});
