import type { PartContent } from '../../core/part.js';
import type { IssueContent } from './broadcast.schema.js';

export interface Drafted {
  readonly subject: string;
  readonly preheader: string;
  readonly templateId: string | null;
  readonly content: IssueContent;
}

const subjectAtMost = 120;

/** A newsletter out of a post's parts: all it says, in order, its pictures and its first link. What only a newsletter knows (subject, preheader, template) stands in the first part's options. */
export function draftOf(parts: readonly PartContent[]): Drafted {
  const [first] = parts;
  const options = first?.options ?? {};
  const text = parts.map((part) => part.text.trim()).filter((part) => part !== '').join('\n\n');
  const link = parts.flatMap((part) => part.link ?? [])[0] ?? null;
  return {
    subject: textOf(options['subject']) ?? subjectOf(text, link?.title ?? ''), preheader: textOf(options['preheader']) ?? '', templateId: textOf(options['template']),
    content: {
      text, link: link === null ? null : { url: link.url, title: link.title },
      media: parts.flatMap((part) => part.media).filter(({ mime }) => mime.startsWith('image/')).slice(0, 10).map(({ mediaId, mime, alt }) => ({ mediaId, mime, alt })),
    },
  };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value.trim() : null);

/** The first line, cut at a word. */
function subjectOf(text: string, title: string): string {
  const line = (text.split('\n').find((one) => one.trim() !== '') ?? title).trim() || '…';
  if (line.length <= subjectAtMost) return line;
  const cut = line.slice(0, subjectAtMost);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), subjectAtMost / 2)).trim()}…`;
}
