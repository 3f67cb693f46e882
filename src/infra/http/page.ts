import type { z } from 'zod';
import { problems } from './problem.js';

/** What a list answers: see `pageOf` in page.schema.ts. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

const fail = problems({
  'cursor-invalid': {
    status: 400,
    en: 'This cursor is not one of ours. Ask without `cursor` for the first page, then hand back each `next` as it is.',
    it: 'Questo cursore non è valido. Chiedi la prima pagina senza `cursor`, poi riporta ogni `next` così com’è.',
  },
});

/** A sort key as it stands in a cursor: plain JSON values, in the order of ORDER BY. */
export type SortKey = readonly (string | number | null)[];

export function encodeCursor(key: SortKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * Reads a cursor back; `schema` says what the sort key looks like, e.g. `z.tuple([z.iso.datetime(), z.uuid()])`.
 * @returns null without a cursor: the first page.
 * @throws DomainError cursor-invalid (400)
 */
export function decodeCursor<Key>(cursor: string | undefined, schema: z.ZodType<Key>): Key | null {
  if (cursor === undefined) return null;
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw fail('cursor-invalid');
  }
}

/**
 * Makes the page out of up to `limit + 1` rows: the one too many only tells that there is a next page.
 * `keyOf` gives the sort key of a row, the same that the statement orders by.
 */
export function toPage<Item>(rows: readonly Item[], limit: number, keyOf: (row: Item) => SortKey): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null };
}
