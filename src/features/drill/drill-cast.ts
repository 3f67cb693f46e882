import { isInside, nextOpening } from '../../core/day.js';
import { HOUR_MS, type Instant, MINUTE_MS } from '../../core/instant.js';
import type { Choice, Policy } from '../../core/policy.js';
import type { Scenario } from './drill.schema.js';

/** How long things take: hours in simulated time, minutes in real time. */
export interface Frame {
  /** When the platforms fall. */
  readonly fallsAt: Instant;
  readonly downMs: number;
  /** From this part of the outage on posts are due: later than the platforms are judged down. */
  readonly firstAt: number;
  /** When posts that can wait are due, as parts of the outage: a quarter of an hour or more before its end, or they would count as hardly late. */
  readonly waits: { readonly from: number; readonly to: number };
  /** How long it is waited until the platforms count as back, and then until everything is out, ms. */
  readonly patience: { readonly back: number; readonly drain: number };
  /** Posts of the scenario `by-hand`: late posts of one account are three an hour at most. */
  readonly held: number;
  /** Whether the next morning is waited for. */
  readonly seesMorning: boolean;
  /** In which the day of a client is looked for: one whose clocks suit the scenario. */
  readonly day: { readonly from: string; readonly to: string };
  /** Of posts that go elsewhere. */
  readonly policy: Policy;
}

export interface CastPost {
  /** After the fall, ms. */
  readonly afterMs: number;
  /** Keys of channels. */
  readonly on: readonly string[];
  readonly text: string;
  readonly choice: Choice;
  readonly policy: Policy;
}

export interface CastClient {
  readonly scenario: Scenario;
  readonly name: string;
  readonly zone: string;
  /** Its channels on platforms that fall: `platform`, or `platform/2` for a second account there. */
  readonly channels: readonly string[];
  /** People are numbered: the same number is the same address. */
  readonly lists: readonly { readonly name: string; readonly from: number; readonly people: number }[];
  /** With a telephone, and on a list for it. */
  readonly phones: number;
  readonly posts: readonly CastPost[];
  /** So many of its posts are put out by hand before the platforms are back. */
  readonly byHand: number;
}

/** The platforms that fall, all by the same network in front of them: one outage. The other stays, and is not to be touched. */
export const fallen = ['sandbox-alpha', 'sandbox-beta', 'sandbox-gamma'] as const;
export const standing = 'sandbox-delta';
export const platformOf = (channel: string): string => channel.split('/')[0] ?? channel;
export const isShown = ({ scenario }: CastClient): boolean => scenario === 'one-mail-each' || scenario === 'eight-posts';

const zones = ['Europe/Rome', 'America/New_York', 'Asia/Tokyo', 'America/Los_Angeles', 'Asia/Kolkata', 'Australia/Sydney', 'America/Sao_Paulo', 'Pacific/Auckland', 'Pacific/Honolulu', 'Asia/Dubai'];

/** Of SMS (DESIGN §8): narrower than the client’s day. */
const smsHours = { from: '09:00', to: '20:00' };

/** Where it is day from the fall to the end, with hours to spare: what was held is let out in them. */
function zoneOfDay({ fallsAt, downMs }: Frame, hours: Frame['day']): string {
  const isOpen = (zone: string, at: Instant): boolean => isInside({ zone, ...hours }, at);
  const room = (zone: string): number => [0, 1, 2, 3, 4].filter((more) => isOpen(zone, fallsAt - MINUTE_MS) && isOpen(zone, fallsAt + downMs) && isOpen(zone, fallsAt + downMs + more * HOUR_MS)).length;
  return zones.toSorted((one, other) => room(other) - room(one))[0] ?? 'Europe/Rome';
}

/** Where it is night when the platforms are back, and stays so for hours. */
function zoneOfNight({ fallsAt, downMs, day }: Frame): string {
  const back = fallsAt + downMs;
  return zones.find((zone) => !isInside({ zone, ...day }, back) && nextOpening({ zone, ...day }, back) - back > 2 * HOUR_MS) ?? 'Europe/Rome';
}

/** Who plays in a drill, and what they have planned. */
export function castOf(wanted: readonly Scenario[], frame: Frame): readonly CastClient[] {
  const evenly = (count: number, from: number, to: number): readonly number[] => Array.from({ length: count }, (_, i) => Math.round(frame.downMs * (from + ((to - from) * i) / Math.max(1, count - 1))));
  const [open, long, asleep] = [zoneOfDay(frame, smsHours), zoneOfDay(frame, frame.day), zoneOfNight(frame)];
  const elsewhere = { choice: 'hour-counts', policy: { ...frame.policy, afterReroute: 'skip' } } as const;
  const waits = { choice: 'can-wait', policy: {} } as const;
  const four = ['sandbox-alpha', 'sandbox-alpha/2', 'sandbox-beta', 'sandbox-beta/2'];
  const all: Readonly<Record<Scenario, CastClient>> = {
    'one-mail-each': {
      scenario: 'one-mail-each', name: 'Bar Aurora', zone: open, channels: [...fallen], byHand: 0, phones: 120,
      lists: [{ name: 'Regulars', from: 1, people: 700 }, { name: 'Newcomers', from: 201, people: 700 }], // 500 of them on both
      posts: [{ afterMs: Math.round(frame.downMs * (frame.firstAt + 0.04)), on: [...fallen], text: 'The kitchen has a table for twelve again.', ...elsewhere }],
    },
    'eight-posts': {
      scenario: 'eight-posts', name: 'Trattoria Ottava', zone: open, channels: ['sandbox-alpha'], byHand: 0, phones: 0,
      lists: [{ name: 'Guests', from: 1, people: 300 }],
      posts: evenly(8, frame.firstAt, 0.97).map((afterMs, i) => ({ afterMs, on: ['sandbox-alpha'], text: `Course ${i + 1} of 8: what the garden gave us.`, ...elsewhere })),
    },
    'by-hand': {
      scenario: 'by-hand', name: 'Officina Nord', zone: long, channels: four, lists: [], byHand: 3, phones: 0,
      posts: evenly(frame.held, frame.waits.from, frame.waits.to).map((afterMs, i) => ({ afterMs, on: [four[i % four.length] ?? 'sandbox-alpha'], text: `Tool number ${i + 1}, and what it is for.`, ...waits })),
    },
    night: {
      scenario: 'night', name: 'Locanda Notturna', zone: asleep, channels: ['sandbox-alpha', 'sandbox-beta'], lists: [], byHand: 0, phones: 0,
      posts: evenly(4, frame.waits.from, frame.waits.to).map((afterMs, i) => ({ afterMs, on: [i % 2 === 0 ? 'sandbox-alpha' : 'sandbox-beta'], text: `Room ${i + 1} has a new bed.`, ...waits })),
    },
  };
  return wanted.map((scenario) => all[scenario]);
}
