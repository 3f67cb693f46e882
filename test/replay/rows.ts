import { readFileSync } from 'node:fs';
import { classes, type Fault } from './world.js';

export interface OutageRow {
  readonly id: string;
  readonly kind: Fault['kind'];
  readonly from: number;
  readonly to: number;
  readonly platforms: readonly string[];
  readonly infraGroup: string;
  /** First official word; null: none known. */
  readonly ackAt: number | null;
  readonly causeClass: string;
}

/** What is wrong with the file, in one sentence for the person who gave it. */
export class BadFile extends Error {}

const LONGEST_MS = 36_000_000; // the rules cut at 10 h

/** Reads outages; rows without a duration are left out, as the rules say. @throws BadFile */
export function readRows(file: string): readonly OutageRow[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new BadFile(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    throw new BadFile(`${file} is not JSON; it must be a list of outages.`);
  }
  if (!Array.isArray(rows) || rows.length === 0) throw new BadFile(`${file} must be a list with at least one outage.`);
  return rows.flatMap((row: unknown, i) => readRow(row, `${file}, row ${i + 1}`));
}

function readRow(given: unknown, where: string): readonly OutageRow[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new BadFile(`${where} is not an object.`);
  const row = given as Record<string, unknown>;
  const { id, symptom_class: kind, duration_min: minutes, start_utc: start } = row;
  if (typeof id !== 'string' || id === '') throw new BadFile(`${where} has no id.`);
  const known = classes.find((one) => one === kind);
  if (!known) throw new BadFile(`${where} (${id}) has a symptom_class that the rules do not know: ${String(kind)}.`);
  if (minutes === null || minutes === undefined) return [];
  if (typeof minutes !== 'number' || !(minutes > 0)) throw new BadFile(`${where} (${id}) has a duration_min that is not a number of minutes.`);
  const from = typeof start === 'string' ? Date.parse(start) : Number.NaN;
  if (Number.isNaN(from)) throw new BadFile(`${where} (${id}) has a start_utc that is not a time.`);
  const ack = typeof row['first_official_ack_utc'] === 'string' ? Date.parse(row['first_official_ack_utc']) : Number.NaN;
  return [{
    id, kind: known, from, to: from + Math.min(minutes * 60_000, LONGEST_MS),
    platforms: Array.isArray(row['platforms']) ? row['platforms'].map(String) : [],
    infraGroup: typeof row['infra_group'] === 'string' ? row['infra_group'] : '',
    ackAt: Number.isNaN(ack) ? null : ack,
    causeClass: typeof row['cause_class'] === 'string' ? row['cause_class'] : 'unknown',
  }];
}
