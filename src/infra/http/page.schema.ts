import { z } from 'zod';

/** `?limit=&cursor=` of every list. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'How many at most.' }),
  cursor: z.string().min(1).max(500).optional().meta({ description: 'The `next` of the page before; left out for the first page.' }),
});
export type PageQuery = z.output<typeof PageQuery>;

/** The answer of a list: `next` is null on the last page. The name must differ from the item's. */
export const pageOf = <Item extends z.ZodType>(name: string, item: Item) =>
  z
    .object({ items: z.array(item), next: z.string().nullable().meta({ description: 'The cursor of the next page, or null.' }) })
    .meta({ id: name });
