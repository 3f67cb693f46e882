import { isMap, LineCounter, parseDocument } from 'yaml';
import { type Fault, fault } from './folder-faults.js';

/** A block of fields with the text that follows: what stands between two lines `---`, and after them. */
export interface Sheet {
  readonly fields: Readonly<Record<string, unknown>>;
  /** The line a field stands in, or that of the block. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
  readonly body: readonly Line[];
}

export interface Line {
  readonly text: string;
  readonly number: number;
}

const FENCE = /^---\s*$/;
const NEXT = /^--- part\s*$/;

/** A file's own fields and text, then one sheet for each `--- part` in it. */
export function readSheets(file: string, text: string): readonly Sheet[] | Fault {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/).map((line, i): Line => ({ text: line, number: i + 1 }));
  if (!FENCE.test(lines[0]?.text ?? '')) return fault('front-matter-missing', { file, line: 1 });
  const sheets: Sheet[] = [];
  const begins = [0, ...lines.flatMap(({ text: line, number }) => (NEXT.test(line) ? [number - 1] : []))];
  for (const [i, begin] of begins.entries()) {
    const sheet = readSheet(file, lines.slice(begin, begins[i + 1] ?? lines.length));
    if ('code' in sheet) return sheet;
    sheets.push(sheet);
  }
  return sheets;
}

function readSheet(file: string, [fence, ...lines]: readonly Line[]): Sheet | Fault {
  const first = fence?.number ?? 1;
  const end = lines.findIndex(({ text }) => FENCE.test(text));
  if (end < 0) return fault('front-matter-open', { file, line: first });
  const counter = new LineCounter();
  // The core schema makes nothing but plain values; aliases could make a few bytes into gigabytes.
  const document = parseDocument(lines.slice(0, end).map(({ text }) => text).join('\n'), { schema: 'core', version: '1.2', lineCounter: counter, logLevel: 'silent', stringKeys: true, resolveKnownTags: false });
  const lineAt = (offset: number): number => first + counter.linePos(offset).line;
  const [error] = [...document.errors, ...document.warnings];
  if (error) return fault('yaml-broken', { file, line: lineAt(error.pos[0]) }, { what: error.message.split('\n')[0]?.replace(/ at line.*$/, '') ?? '' });
  const fields: unknown = withoutAliases(() => document.toJS({ maxAliasCount: 0 }) as unknown);
  if (fields === aliases) return fault('yaml-broken', { file, line: first }, { what: { en: 'anchors and aliases (& and *) are not taken', it: 'ancore e alias (& e *) non sono ammessi' } });
  if (fields !== null && !isMap(document.contents)) return fault('yaml-broken', { file, line: first + 1 }, { what: { en: 'they are no fields with names', it: 'non sono campi con un nome' } });
  return {
    fields: (fields ?? {}) as Sheet['fields'],
    lineOf: (path) => {
      for (let some = [...path]; some.length > 0; some = some.slice(0, -1)) {
        const node: unknown = document.getIn(some, true);
        if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) return lineAt(node.range[0] as number);
      }
      return first;
    },
    body: lines.slice(end + 1),
  };
}

const aliases = Symbol('aliases');

function withoutAliases(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return aliases;
  }
}
