import { icsOf } from '../../core/ics.js';
import { MINUTE_MS } from '../../core/instant.js';
import { csvOf } from '../../infra/csv.js';
import type { Plan, PlannedItem } from './plan-reads.service.js';
import { clockTime, dateIn, dayName, kindWord, planWord, shortTime, stateWord } from './plan-words.js';

/** How long a post takes in a calendar: it has no length of its own. */
const SHOWN_MS = 15 * MINUTE_MS;

export function planIcs({ client: { name, zone, language }, from, items, commitments }: Plan): string {
  return icsOf({
    name: `${name}: ${planWord(language, 'title')}`, zone, madeAt: from,
    events: [
      ...items.map((item) => ({
        uid: `${item.deliveryId}@postern`, from: item.dueAt, to: item.dueAt + SHOWN_MS, url: item.channelUrl, tentative: item.state !== 'planned',
        title: `${item.state === 'planned' ? '' : `[${stateWord(item.state, language)}] `}${item.channelName} (${item.platform}): ${firstLine(item)}`,
        text: textOf(item, language),
      })),
      ...commitments.map(({ id, kind, title, fromAt, untilAt, say, contact }) => ({
        uid: `${id}@postern`, from: Date.parse(fromAt), to: Date.parse(untilAt), url: contact?.url ?? null, tentative: false, title: `${kindWord(kind, language)}: ${title}`, text: say,
      })),
    ],
  });
}

export function planCsv({ client: { zone, language }, items }: Plan): string {
  const head = (['date', 'time', 'zone', 'platform', 'channel', 'state', 'text', 'media', 'link', 'page'] as const).map((word) => (word === 'zone' ? (language === 'en' ? 'zone' : 'fuso') : planWord(language, word).toLowerCase()));
  const rows = items.map((item) => [
    dateIn(item.dueAt, zone), clockTime(item.dueAt, { zone, language }), zone, item.platform, item.channelName, stateWord(item.state, language), item.parts.map(({ text }) => text).join('\n\n'),
    item.parts.flatMap(({ media }) => media.map(({ mime, alt }) => (alt === '' ? mime : alt))).join(' | '), item.parts.map(({ link }) => link?.url ?? '').find((url) => url !== '') ?? '', item.channelUrl ?? '',
  ]);
  return csvOf([head, ...rows], language);
}

/** As a mail's text: everything that is said, by day. */
export function planText({ client: { zone, language }, from, items, commitments }: Plan): string {
  const lines = [planWord(language, 'by'), `${planWord(language, 'zone')} ${zone}. ${planWord(language, 'made')} ${shortTime(from, { zone, language })}.`, ''];
  let day = '';
  for (const item of items) {
    const name = dayName(item.dueAt, { zone, language });
    if (name !== day) lines.push(`== ${name} ==`, '');
    day = name;
    lines.push(`${clockTime(item.dueAt, { zone, language })}  ${item.channelName} (${item.platform})${item.state === 'planned' ? '' : `  [${stateWord(item.state, language)}]`}`, textOf(item, language), '');
  }
  if (items.length === 0) lines.push(planWord(language, 'nothing'), '');
  if (commitments.length > 0) lines.push(`== ${planWord(language, 'promised')} ==`, '', ...commitments.map(({ kind, title, untilAt, say }) => `${kindWord(kind, language)}: ${title}, ${planWord(language, 'until')} ${shortTime(Date.parse(untilAt), { zone, language })}${say === '' ? '' : `\n${say}`}`), '');
  return lines.join('\n');
}

function textOf({ parts, instead }: PlannedItem, language: 'en' | 'it'): string {
  const said = parts.map(({ text, media, link }, i) => [
    ...(parts.length > 1 ? [`-- ${planWord(language, 'part')} ${i + 1}`] : []), text, ...(link ? [`${planWord(language, 'link')}: ${link.url}`] : []), ...media.map(({ mime, alt }) => `[${mime}${alt === '' ? '' : `: ${alt}`}]`),
  ].filter((line) => line !== '').join('\n'));
  return [...(instead ? [`(${planWord(language, 'instead')})`] : []), ...said].join('\n\n');
}

function firstLine({ parts }: PlannedItem): string {
  const line = parts[0]?.text.trim().split('\n')[0] ?? '';
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
