import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import { fail, type ImportColumn, importColumns, MOST_ROWS } from './import-problems.js';
import { columnsOf, type RawRow } from './import-rows.js';

/** A file being read. */
export interface CsvFile {
  /** Column by column, how it is called in the file. */
  readonly columns: Readonly<Partial<Record<ImportColumn, string>>>;
  readonly ignored: readonly string[];
  /** One after the other: of a million never more than a handful is in memory. */
  rows(): AsyncGenerator<RawRow>;
}

const HEAD_BYTES = 64 * 1024;

/**
 * Opens a CSV file: UTF-8, with or without BOM; commas, semicolons (as spreadsheets write in Italian) or tabs.
 * @param told names of columns where they are not found by themselves
 * @throws DomainError csv-empty, csv-column-missing; while it is read csv-broken, csv-too-many-rows
 */
export async function openCsv(path: string, told: Readonly<Partial<Record<ImportColumn, string | undefined>>>): Promise<CsvFile> {
  const delimiter = delimiterOf(await headOf(path));
  const records = recordsOf(path, delimiter);
  const first = await records.next();
  await records.return(undefined);
  const header = first.done ? [] : first.value;
  if (header.every((name) => name.trim() === '')) throw fail('csv-empty');
  const at = columnsOf(header, told);
  for (const field of importColumns) {
    if (at[field] < 0 && (field === 'address' || told[field] !== undefined)) {
      throw fail('csv-column-missing', { wanted: told[field] ?? 'email', header: header.map((name) => name.trim()).join(', ').slice(0, 300), field });
    }
  }
  const taken = new Set(Object.values(at));
  return {
    columns: Object.fromEntries(importColumns.flatMap((field) => (at[field] < 0 ? [] : [[field, (header[at[field]] ?? '').trim()]]))),
    ignored: header.filter((name, i) => !taken.has(i) && name.trim() !== '').map((name) => name.trim().slice(0, 100)).slice(0, 100),
    rows: () => rowsOf(path, delimiter, at),
  };
}

async function* rowsOf(path: string, delimiter: string, at: Readonly<Record<ImportColumn, number>>): AsyncGenerator<RawRow> {
  let row = 0;
  for await (const record of recordsOf(path, delimiter)) {
    row += 1;
    if (row === 1 || record.every((cell) => cell.trim() === '')) continue;
    if (row > MOST_ROWS + 1) throw fail('csv-too-many-rows');
    const cell = (column: ImportColumn): string => record[at[column]] ?? '';
    yield { row, cells: { address: cell('address'), name: cell('name'), language: cell('language'), tags: cell('tags') } };
  }
}

async function* recordsOf(path: string, delimiter: string): AsyncGenerator<string[]> {
  const file = createReadStream(path);
  const parser = file.pipe(parse({ bom: true, delimiter, relax_column_count: true, max_record_size: 100_000 }));
  file.on('error', (error) => parser.destroy(error));
  try {
    for await (const record of parser) yield record as string[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? error['lines'] : 1;
    throw fail('csv-broken', { line, detail: error.code }, { line });
  } finally {
    file.destroy();
  }
}

async function headOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The separator that the header holds most of. */
function delimiterOf(text: string): string {
  const [header = ''] = text.split(/\r?\n|\r/, 1);
  const count = (mark: string): number => header.split(mark).length;
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}
