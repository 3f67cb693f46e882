import type { Line } from './sheet.js';

/** A line that names a picture or film. */
export interface MediaLine {
  readonly path: string;
  readonly alt: string;
  readonly line: number;
}

const MEDIA = /^!\[((?:\\.|[^\\\]])*)\]\(<?(.+?)>?(?:\s+"[^"]*")?\)\s*$/;
/** Text that would be read as one of our marks; in the file a backslash stands before it. */
const MARKED = /^\\*(?:!\[|--- part\s*$)/;

/** The text as it is posted, and the media named in lines of their own. */
export function readBody(lines: readonly Line[]): { readonly text: string; readonly media: readonly MediaLine[] } {
  const media: MediaLine[] = [];
  const text: string[] = [];
  for (const line of lines) {
    const named = MEDIA.exec(line.text);
    if (named) media.push({ alt: unescaped(named[1] ?? ''), path: named[2] ?? '', line: line.number });
    else text.push(MARKED.test(line.text) ? line.text.replace(/^\\/, '') : line.text);
  }
  return { text: text.join('\n').replace(/^\n+|\s+$/g, ''), media };
}

/** The other way round: `readBody` gives back what went in. */
export function writeBody(text: string, media: readonly { readonly path: string; readonly alt: string }[]): string {
  const lines = text.replace(/\r\n?/g, '\n').replace(/^\n+|\s+$/g, '').split('\n').map((line) => (MARKED.test(line) ? `\\${line}` : line));
  const named = media.map(({ path, alt }) => `![${escaped(alt)}](${path})`);
  return [lines.join('\n'), named.join('\n')].filter((block) => block !== '').join('\n\n');
}

const escaped = (alt: string): string => alt.replace(/[\\[\]]/g, '\\$&').replace(/\r\n?|\n/g, '\\n');
const unescaped = (alt: string): string => alt.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
