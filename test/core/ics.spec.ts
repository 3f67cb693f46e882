import { describe, expect, it } from '@jest/globals';
import { icsOf, type IcsEvent } from '../../src/core/ics.js';

const at = Date.parse('2031-03-04T09:00:00Z');
const event: IcsEvent = { uid: 'a@postern', from: at, to: at + 900_000, title: 'Post', text: 'Hello', url: null, tentative: false };
const calendar = (more: Partial<IcsEvent> = {}) => icsOf({ name: 'Bar', zone: 'Europe/Rome', madeAt: at, events: [{ ...event, ...more }] });
const unfolded = (text: string): readonly string[] => text.replaceAll('\r\n ', '').split('\r\n');

describe('A calendar', () => {
  it('has what RFC 5545 wants of an event, in UTC', () => {
    expect(unfolded(calendar({ url: 'https://example.com/a' }))).toEqual([
      'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Postern//Plan//EN', 'CALSCALE:GREGORIAN', 'METHOD:PUBLISH', 'X-WR-CALNAME:Bar', 'X-WR-TIMEZONE:Europe/Rome', 'REFRESH-INTERVAL;VALUE=DURATION:PT1H', 'X-PUBLISHED-TTL:PT1H',
      'BEGIN:VEVENT', 'UID:a@postern', 'DTSTAMP:20310304T090000Z', 'DTSTART:20310304T090000Z', 'DTEND:20310304T091500Z', 'SUMMARY:Post', 'DESCRIPTION:Hello', 'URL:https://example.com/a', 'STATUS:CONFIRMED', 'TRANSP:TRANSPARENT', 'END:VEVENT', 'END:VCALENDAR', '',
    ]);
  });

  it('lets no text end its line, nor begin another field', () => {
    const lines = unfolded(calendar({ text: 'One, two; three\\four\r\nEND:VEVENT\nEvil:\u0007', url: 'https://example.com/\r\nX-EVIL:1' }));
    expect(lines).toContain('DESCRIPTION:One\\, two\\; three\\\\four\\nEND:VEVENT\\nEvil: ');
    expect(lines.filter((line) => line === 'END:VEVENT' || line.startsWith('X-EVIL'))).toEqual(['END:VEVENT']);
  });

  it('has no line of more than 75 octets, and tears no character apart', () => {
    const text = 'è'.repeat(100) + '🎉'.repeat(50) + 'x'.repeat(200);
    const ics = calendar({ text });
    for (const line of ics.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(unfolded(ics)).toContain(`DESCRIPTION:${text}`);
  });

  it('says what may not happen', () => {
    expect(calendar({ tentative: true })).toContain('STATUS:TENTATIVE');
  });
});
