import type { Language } from './http/problem.js';

/** What a spreadsheet set to that language takes for the end of a cell: where the comma is in numbers, the semicolon. */
const separators: Readonly<Record<Language, string>> = { en: ',', it: ';' };

/** With a BOM, so that spreadsheets read it as UTF-8. */
export function csvOf(rows: readonly (readonly string[])[], language: Language): string {
  return `\ufeff${rows.map((row) => row.map(cell).join(separators[language])).join('\r\n')}\r\n`;
}

/** A spreadsheet takes what begins with one of these for a formula, and runs it: an apostrophe makes it text. */
const beginsFormula = /^[\s\u200b\ufeff]*[=+\-@]|^[\t\r\n]/;
/** One that expects another separator than ours splits a cell wherever its own stands, in quotation marks or not: there a cell begins, too. */
const beginsAfterSplit = /([,;\t\r\n]"*)(?=[=+\-@])/g;

function cell(text: string): string {
  const harmless = `${beginsFormula.test(text) ? "'" : ''}${text.replace(beginsAfterSplit, "$1'")}`;
  return /[",;\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
