import { z } from 'zod';

/** Longer bodies are not read; the fetcher stops at as many bytes. In characters. */
export const maxBody = 5_000_000;
/** Of a list (components, incidents, updates) no more than so many are read: the largest page known has some hundreds. */
const maxListed = 2_000;

/** A body that is not what its source promised; the message says what it is instead. */
export class BrokenBody extends Error {
  override readonly name = 'BrokenBody';
}

/**
 * The body as JSON of a shape.
 * @throws BrokenBody with what it is instead.
 */
export function jsonOf<T>(text: string, schema: z.ZodType<T>): T {
  let body: unknown;
  try {
    body = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    throw new BrokenBody(whatItIs(text));
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  throw new BrokenBody(`JSON of another shape${where === '' ? '' : ` (at ${where.slice(0, 100)})`}`);
}

/** The entries of a list that have the shape; the others leave a doubt. An absent list (or null) is empty. */
export function entriesOf<T>(list: readonly unknown[] | null | undefined, schema: z.ZodType<T>, { what, doubts }: { readonly what: string; readonly doubts: string[] }): readonly T[] {
  const read: T[] = [];
  for (const entry of (list ?? []).slice(0, maxListed)) {
    const parsed = schema.safeParse(entry);
    if (parsed.success) read.push(parsed.data);
    else doubts.push(`${what} of another shape`);
  }
  if (list && list.length > maxListed) doubts.push(`more than ${maxListed} entries of ${what}`);
  return read;
}

/** The word's meaning; one nobody has seen leaves a doubt and is `unknown`. */
export function meaningOf<T>(word: string | null | undefined, meanings: Readonly<Record<string, T>>, { what, doubts }: { readonly what: string; readonly doubts: string[] }): T | 'unknown' {
  const plain = (word ?? '').trim().toLowerCase();
  const meaning = Object.hasOwn(meanings, plain) ? meanings[plain] : undefined;
  if (meaning !== undefined) return meaning;
  doubts.push(plain === '' ? `${what} without a status` : `${what} has the status “${plain.replace(/[^\p{L}\p{N}_ -]/gu, '?').slice(0, 40)}”, which is not known`);
  return 'unknown';
}

/** Names instead of the text: a reason is read by people. */
export function whatItIs(text: string): string {
  if (text.trim() === '') return 'an empty body';
  if (text.includes('\u0000') || text.startsWith('\ufffd')) return 'text in another encoding';
  if (/^\ufeff?\s*</.test(text)) return 'a web page or XML instead of JSON';
  return 'not JSON, or cut off';
}

/** Null and absent are the same to us, and feeds use both. */
export const maybeText = z.string().nullish();
export const textOrNumber = z.union([z.string(), z.number()]);
export const maybeList = z.array(z.unknown()).nullish();
