import type { Instant } from '../../core/instant.js';
import type { PartContent, PartMedia } from '../../core/part.js';
import { type Choice, choices } from '../../core/policy.js';
import { DomainError } from '../../infra/http/problem.js';
import type { CsvRow } from './import-csv.js';
import { type Column, type FaultCode, faultIn, type RowFault } from './import-problems.js';
import type { ChannelRow, ClientRow } from './post-rows.js';
import { type Timed, timeChosen } from './post-timing.js';
import { brokenRules } from './post-violations.js';

/** What the rows may name; all of one workspace. */
export interface Named {
  readonly clients: Directory<ClientRow & { readonly name: string }>;
  /** By client id. */
  readonly channels: ReadonlyMap<string, Directory<ChannelRow>>;
  readonly media: ReadonlyMap<string, PartMedia>;
}

/** A row that can become a post. */
export interface ReadRow {
  readonly row: number;
  readonly client: ClientRow & { readonly name: string };
  readonly channels: readonly ChannelRow[];
  readonly timed: Timed;
  readonly part: PartContent;
  readonly choice: Choice;
  readonly labels: readonly string[];
}

/** Things by id or by name, case aside. */
export class Directory<T extends { readonly id: string; readonly name: string }> {
  private readonly found = new Map<string, T[]>();

  constructor(readonly all: readonly T[]) {
    for (const one of all) {
      for (const key of new Set([one.id, one.name.trim().toLowerCase()])) this.found.set(key, [...(this.found.get(key) ?? []), one]);
    }
  }

  find(text: string): readonly T[] {
    return this.found.get(text.toLowerCase()) ?? [];
  }
}

/** Reads one row: either what it becomes, or everything that is wrong with it, cell by cell. */
export function readRow({ row, cells }: CsvRow, named: Named, now: Instant): ReadRow | readonly RowFault[] {
  const faults: RowFault[] = [];
  const say = (column: Column, code: FaultCode, value = ''): void => void faults.push(faultIn(row, column, { code, params: { value: value.slice(0, 80) } }));
  const tell = (column: Column, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      faults.push({ row, column, code: error.code, sentence: error.sentence });
    }
  };

  const client = oneOf(named.clients.find(cells.client), (code) => say('client', cells.client === '' ? 'client-missing' : `client-${code}`, cells.client));
  const channels = client ? channelsIn(cells.channels, named.channels.get(client.id), (code, value) => say('channels', code, value)) : [];
  const part = partIn(cells, named.media, say);
  const choice = cells.choice === '' ? 'can-wait' : choices.find((one) => one === cells.choice.toLowerCase());
  if (!choice) say('choice', 'choice-unknown', cells.choice);
  const labels = listOf(cells.labels);
  if (labels.length > 30 || labels.some((label) => label.length > 60)) say('labels', 'label-too-long', labels.find((label) => label.length > 60) ?? cells.labels);

  let timed: Timed | null = null;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(cells.date)) say('date', 'date-invalid', cells.date);
  else if (!/^\d{1,2}:\d{2}(:\d{2})?$/.test(cells.time)) say('time', 'time-of-day-invalid', cells.time);
  else if (client) {
    const wall = `${cells.date}T${cells.time.padStart(cells.time.split(':').length === 3 ? 8 : 5, '0')}`;
    tell('date', () => (timed = timeChosen(wall, cells.zone || client.zone, now)));
    if (faults.at(-1)?.code === 'zone-unknown') faults.push({ ...(faults.pop() as RowFault), column: 'zone' });
  }

  for (const channel of channels) {
    tell('channels', () => {
      for (const { code, sentence } of brokenRules(channel, [part])) {
        faults.push({ row, column: columnOf(code), code, sentence: { en: `${channel.name}: ${sentence.en}`, it: `${channel.name}: ${sentence.it}` } });
      }
    });
  }
  return faults.length > 0 || !client || !timed || !choice ? faults : { row, client, channels, timed, part, choice, labels };
}

function oneOf<T>(found: readonly T[], say: (code: 'unknown' | 'ambiguous') => void): T | null {
  const [one, ...others] = found;
  if (one !== undefined && others.length === 0) return one;
  say(one === undefined ? 'unknown' : 'ambiguous');
  return null;
}

function channelsIn(cell: string, known: Directory<ChannelRow> | undefined, say: (code: FaultCode, value: string) => void): readonly ChannelRow[] {
  if (cell === '*' && known && known.all.length > 0) return known.all;
  const names = listOf(cell);
  if (names.length === 0) say('channels-missing', '');
  return [...new Set(names.flatMap((name) => oneOf(known?.find(name) ?? [], (code) => say(`channel-${code}`, name)) ?? []))];
}

function partIn(cells: CsvRow['cells'], known: ReadonlyMap<string, PartMedia>, say: (column: Column, code: FaultCode, value?: string) => void): PartContent {
  const ids = listOf(cells.media);
  const alts = cells.alt === '' ? [] : cells.alt.split('|').map((alt) => alt.trim());
  if (alts.length > ids.length) say('alt', 'alt-without-media');
  const media = ids.flatMap((id, i) => {
    const medium = known.get(id.toLowerCase());
    if (!medium) say('media', 'media-unknown', id);
    return medium ? [{ ...medium, alt: alts[i] || medium.alt }] : [];
  });
  return { text: cells.text, media, link: null, language: null, options: {} };
}

export function listOf(cell: string): readonly string[] {
  return cell.split('|').map((item) => item.trim()).filter(Boolean);
}

function columnOf(code: string): Column {
  if (code === 'alt-too-long') return 'alt';
  return code.includes('media') ? 'media' : code.startsWith('text') ? 'text' : 'channels';
}
