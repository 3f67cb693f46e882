import { DateTime } from 'luxon';
import type { Instant } from './instant.js';

/** Calendars as programs read them: RFC 5545. Times are UTC, so that no zone has to be described. */

export interface IcsEvent {
  /** The same for the same thing, however often it is read. */
  readonly uid: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly title: string;
  readonly text: string;
  readonly url: string | null;
  /** It may not happen then. */
  readonly tentative: boolean;
}

export interface IcsCalendar {
  readonly name: string;
  /** IANA; programs show the name, and the times in their own reader's zone. */
  readonly zone: string;
  readonly madeAt: Instant;
  readonly events: readonly IcsEvent[];
}

export function icsOf({ name, zone, madeAt, events }: IcsCalendar): string {
  const lines = [
    'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Postern//Plan//EN', 'CALSCALE:GREGORIAN', 'METHOD:PUBLISH', `X-WR-CALNAME:${escaped(name)}`, `X-WR-TIMEZONE:${escaped(zone)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H', 'X-PUBLISHED-TTL:PT1H',
    ...events.flatMap((event) => [
      'BEGIN:VEVENT', `UID:${escaped(event.uid)}`, `DTSTAMP:${stamp(madeAt)}`, `DTSTART:${stamp(event.from)}`, `DTEND:${stamp(event.to)}`, `SUMMARY:${escaped(event.title)}`, `DESCRIPTION:${escaped(event.text)}`,
      ...(event.url === null ? [] : [`URL:${event.url.replace(/[\r\n]/g, '')}`]), `STATUS:${event.tentative ? 'TENTATIVE' : 'CONFIRMED'}`, 'TRANSP:TRANSPARENT', 'END:VEVENT',
    ]),
    'END:VCALENDAR',
  ];
  return `${lines.map(folded).join('\r\n')}\r\n`;
}

const stamp = (at: Instant): string => DateTime.fromMillis(at, { zone: 'utc' }).toFormat("yyyyMMdd'T'HHmmss'Z'");

function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r\n?|\n/g, '\\n').replace(/\p{Cc}/gu, ' ');
}

/** A line has at most 75 octets (§3.1); the next begins with a space. No character is torn apart. */
function folded(line: string): string {
  const pieces: string[] = [];
  let piece = '';
  let octets = 0;
  for (const sign of line) {
    const size = sign.codePointAt(0) ?? 0;
    const width = size < 0x80 ? 1 : size < 0x800 ? 2 : size < 0x10000 ? 3 : 4;
    if (octets + width > (pieces.length === 0 ? 75 : 74)) {
      pieces.push(piece);
      piece = '';
      octets = 0;
    }
    piece += sign;
    octets += width;
  }
  return [...pieces, piece].join('\r\n ');
}
