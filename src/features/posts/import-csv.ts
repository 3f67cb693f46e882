import { CsvError, parse } from 'csv-parse/sync';
import { type Column, columns, fail, MAX_ROWS } from './import-problems.js';

/** A row by its columns, trimmed; `row` as a spreadsheet counts, the header being row 1. */
export interface CsvRow {
  readonly row: number;
  readonly cells: Readonly<Record<Column, string>>;
}

const needed: readonly Column[] = ['client', 'channels', 'date', 'time', 'text'];
const italian: Readonly<Record<string, Column>> = { cliente: 'client', canali: 'channels', data: 'date', ora: 'time', fuso: 'zone', testo: 'text', scelta: 'choice', etichette: 'labels' };

/**
 * Reads a CSV file: UTF-8, with or without BOM; commas, semicolons (as spreadsheets write in Italian) or tabs; column
 * names in English or Italian, in any order.
 * @throws DomainError csv-broken, csv-empty, csv-columns, csv-too-many-rows
 */
export function readCsv(text: string): readonly CsvRow[] {
  const records = recordsOf(text);
  const [header, ...rows] = records;
  if (!header) throw fail('csv-empty');
  const names = header.map((name) => columnNamed(name));
  const missing = needed.filter((column) => !names.includes(column));
  const unknown = header.filter((name, i) => names[i] === null && name.trim() !== '').map((name) => name.trim().slice(0, 40));
  const twice = names.filter((name, i) => name !== null && names.indexOf(name) !== i);
  if (missing.length + unknown.length + twice.length > 0) {
    throw fail('csv-columns', { missing: missing.join(', ') || '–', unknown: [...unknown, ...twice].join(', ') || '–' }, { missing, unknown });
  }
  if (rows.length > MAX_ROWS) throw fail('csv-too-many-rows', { count: rows.length });
  const filled = rows.map((record, i) => ({ record, row: i + 2 })).filter(({ record }) => record.some((cell) => cell.trim() !== ''));
  if (filled.length === 0) throw fail('csv-empty');
  return filled.map(({ record, row }) => ({ row, cells: cellsOf(record, names) }));
}

function recordsOf(text: string): string[][] {
  try {
    return parse(text, { bom: true, delimiter: delimiterOf(text), relax_column_count: true, max_record_size: 200_000 });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? error['lines'] : 1;
    throw fail('csv-broken', { line, detail: error.code }, { line });
  }
}

/** The separator that the header holds most of. */
function delimiterOf(text: string): string {
  const [header = ''] = text.split(/\r?\n|\r/, 1);
  const count = (mark: string): number => header.split(mark).length;
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

function columnNamed(name: string): Column | null {
  const plain = name.trim().toLowerCase();
  return columns.find((column) => column === plain) ?? italian[plain] ?? null;
}

function cellsOf(record: readonly string[], names: readonly (Column | null)[]): CsvRow['cells'] {
  return Object.fromEntries(columns.map((column) => [column, (record[names.indexOf(column)] ?? '').trim()])) as CsvRow['cells'];
}
