import type { Language } from '../../infra/http/problem.js';
import { keyOf, tidy } from './address.js';
import { faultIn, type FaultCode, type ImportColumn, importColumns, type RowFault } from './import-problems.js';
import { MOST_TAGS, Tag } from './tag.schema.js';

/** A row as it stands in the file. */
export interface RawRow {
  /** As a spreadsheet counts: the header is row 1. */
  readonly row: number;
  readonly cells: Readonly<Record<ImportColumn, string>>;
}

export interface ReadPerson {
  readonly row: number;
  readonly address: string;
  readonly addressKey: string;
  readonly name: string;
  readonly language: Language;
  readonly tags: readonly string[];
}

/** What holds for the whole file. */
export interface Reading {
  readonly kind: 'email' | 'phone';
  readonly country: string | null;
  /** Of people whose row names none that we speak. */
  readonly language: Language;
}

/** Headers that mailing tools and spreadsheets write, in small letters. */
const known: Readonly<Record<ImportColumn, readonly string[]>> = {
  address: [
    'address', 'email', 'e-mail', 'mail', 'email address', 'e-mail address', 'indirizzo', 'indirizzo email', 'indirizzo e-mail', 'posta elettronica',
    'phone', 'phone number', 'mobile', 'telefono', 'numero', 'numero di telefono', 'cellulare',
  ],
  name: ['name', 'full name', 'nome', 'nome e cognome', 'nome completo', 'first name'],
  language: ['language', 'lang', 'lingua'],
  tags: ['tags', 'tag', 'labels', 'etichette', 'gruppi', 'groups'],
};

const same = (one: string, other: string): boolean => one.trim().toLowerCase() === other.trim().toLowerCase();

/** Which column of the header is what: as told, else by its name. -1 = none. */
export function columnsOf(header: readonly string[], told: Readonly<Partial<Record<ImportColumn, string | undefined>>>): Readonly<Record<ImportColumn, number>> {
  const found = importColumns.map((column) => {
    const wanted = told[column];
    const names = wanted === undefined ? known[column] : [wanted];
    return [column, header.findIndex((name) => names.some((each) => same(each, name)))] as const;
  });
  return Object.fromEntries(found) as Record<ImportColumn, number>;
}

/** Checks one row. All that is needed is an address; of the language what we do not speak is the list's. */
export function readPerson({ row, cells }: RawRow, { kind, country, language }: Reading): ReadPerson | RowFault {
  const fault = (column: ImportColumn, code: FaultCode): RowFault => faultIn(row, column, { code, params: { value: cells[column].slice(0, 80) } });
  const address = tidy(cells.address);
  if (Object.values(cells).some((cell) => cell.includes('\0') || /\p{Surrogate}/u.test(cell))) return faultIn(row, 'address', { code: 'unprintable' });
  if (address === '') return fault('address', 'address-missing');
  const addressKey = keyOf({ kind, text: address, country });
  if (addressKey === null) return fault('address', kind === 'email' ? 'email-invalid' : 'phone-invalid');
  const name = cells.name.trim();
  if (name.length > 200) return fault('name', 'name-too-long');
  const tags = tagsOf(cells.tags);
  if (!tags) return fault('tags', 'tags-too-many');
  return { row, address, addressKey, name, language: languageOf(cells.language) ?? language, tags };
}

function tagsOf(cell: string): readonly string[] | null {
  if (cell === '') return [];
  const parsed = cell.split(/[|;,]/).filter((tag) => tag.trim() !== '').map((tag) => Tag.safeParse(tag));
  const tags = [...new Set(parsed.flatMap(({ data }) => (data === undefined ? [] : [data])))];
  return parsed.every(({ success }) => success) && tags.length <= MOST_TAGS ? tags : null;
}

function languageOf(cell: string): Language | null {
  const word = cell.trim().toLowerCase();
  if (/^(it\b|ital)/.test(word)) return 'it';
  return /^(en\b|engl|ingl)/.test(word) ? 'en' : null;
}
