import { DateTime } from 'luxon';
import type { Language, Sentence } from '../../infra/http/problem.js';
import type { Tally } from '../incidents/tally.service.js';

const words: Readonly<Record<keyof Tally, { readonly one: Sentence; readonly other: Sentence }>> = {
  planned: { one: { en: 'planned', it: 'previsto' }, other: { en: 'planned', it: 'previsti' } },
  published: { one: { en: 'out on time', it: 'uscito in orario' }, other: { en: 'out on time', it: 'usciti in orario' } },
  publishedLate: { one: { en: 'out later than planned', it: 'uscito in ritardo' }, other: { en: 'out later than planned', it: 'usciti in ritardo' } },
  byHand: { one: { en: 'posted by hand', it: 'pubblicato a mano' }, other: { en: 'posted by hand', it: 'pubblicati a mano' } },
  rerouted: { one: { en: 'sent another way', it: 'inviato per un’altra via' }, other: { en: 'sent another way', it: 'inviati per un’altra via' } },
  waiting: { one: { en: 'still waiting', it: 'ancora in attesa' }, other: { en: 'still waiting', it: 'ancora in attesa' } },
  missed: { one: { en: 'past its time, not out', it: 'non uscito in tempo' }, other: { en: 'past their time, not out', it: 'non usciti in tempo' } },
  failed: { one: { en: 'failed', it: 'non riuscito' }, other: { en: 'failed', it: 'non riusciti' } },
  dropped: { one: { en: 'not posted, as decided', it: 'non pubblicato per scelta' }, other: { en: 'not posted, as decided', it: 'non pubblicati per scelta' } },
  moved: { one: { en: 'moved to another time', it: 'spostato a un altro orario' }, other: { en: 'moved to another time', it: 'spostati a un altro orario' } },
};

/** “12 planned, 9 out later than planned, 3 still waiting”: what is none is left out. */
export function tallyParts(tally: Tally, language: Language): readonly string[] {
  return (Object.keys(words) as (keyof Tally)[])
    .filter((name) => name === 'planned' || tally[name] > 0)
    .map((name) => `${tally[name]} ${words[name][tally[name] === 1 ? 'one' : 'other'][language]}`);
}

export function sumOf(tallies: readonly Tally[]): Tally {
  const sum = (name: keyof Tally): number => tallies.reduce((total, tally) => total + tally[name], 0);
  return {
    planned: sum('planned'), published: sum('published'), publishedLate: sum('publishedLate'), byHand: sum('byHand'), rerouted: sum('rerouted'),
    waiting: sum('waiting'), missed: sum('missed'), failed: sum('failed'), dropped: sum('dropped'), moved: sum('moved'),
  };
}

/** “21:04 on 22 November”, in the reader's zone. */
export function momentIn(at: Date, zone: string, language: Language): string {
  const moment = DateTime.fromMillis(at.getTime(), { zone, locale: language });
  return language === 'it' ? moment.toFormat("HH:mm 'del' d LLLL") : moment.toFormat("HH:mm 'on' d LLLL");
}

/** “Sun 22 Nov, 21:04” */
export function hourIn(at: Date, zone: string, language: Language): string {
  return DateTime.fromMillis(at.getTime(), { zone, locale: language }).toFormat('ccc d LLL, HH:mm');
}

/** “Facebook, Instagram and Threads”; each name once. */
export function named(names: readonly string[], language: Language): string {
  return new Intl.ListFormat(language, { type: 'conjunction' }).format([...new Set(names)].toSorted());
}

const onlyMedia: Sentence = { en: '{platform} (pictures and films)', it: '{platform} (immagini e video)' };

/** What of each platform is meant: “Mastodon”, or “Mastodon (pictures and films)” where text flows. What fails altogether is not also named in part. */
export function partNames(components: readonly { readonly platform: string; readonly onlyMedia: boolean }[], language: Language): readonly string[] {
  const whole = new Set(components.filter((one) => !one.onlyMedia).map(({ platform }) => platform));
  return components.map(({ platform }) => (whole.has(platform) ? platform : onlyMedia[language].replace('{platform}', () => platform)));
}

export interface ListedPost {
  /** As the client's clock shows it. */
  readonly hour: string;
  readonly platform: string;
  readonly channelName: string;
  readonly text: string;
}

/** “– Sun 22 Nov, 21:04 · Mastodon (@bar): “Today's special…””: when, where, and the beginning of what it says. */
export function postLine({ hour, platform, channelName, text }: ListedPost): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const shown = line.length > 80 ? `${line.slice(0, 79).trimEnd()}…` : line;
  return `– ${hour} · ${platform} (${channelName})${shown === '' ? '' : `: “${shown}”`}`;
}
