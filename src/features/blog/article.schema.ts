import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

const text = z.string().max(100_000);
const title = z.string().trim().min(1).max(300);
const tags = z.array(z.string().trim().min(1).max(40)).max(10);
const Link = z.object({ url: z.url({ protocol: /^https?$/ }).max(2_000), title: z.string().max(300), description: z.string().max(1_000) });

export const Article = z
  .object({
    id: z.string(),
    clientId: z.string(),
    title: z.string(),
    tags: z.array(z.string()),
    language: z.string().nullable().meta({ description: 'BCP 47; null = the blog’s.' }),
    sections: z.array(
      z.object({
        text: z.string(),
        media: z.array(z.object({ mediaId: z.string(), alt: z.string(), mime: z.string() })),
        link: z.object({ url: z.string(), title: z.string(), description: z.string() }).nullable(),
      }),
    ),
    published: z.boolean().meta({ description: 'False: taken off the blog.' }),
    publishedAt: z.string(),
    editedAt: z.string().nullable(),
    link: z.string().nullable().meta({ description: 'Where everybody reads it; null while nobody can.' }),
    version: z.int(),
  })
  .meta({ id: 'Article' });
export type Article = z.output<typeof Article>;
export const ArticlePage = pageOf('ArticlePage', Article);

export const ArticleQuery = PageQuery.extend({ clientId: z.uuid().optional() });
export type ArticleQuery = z.output<typeof ArticleQuery>;

export const ArticleChange = z
  .strictObject({
    version: z.int().meta({ description: 'As it was read; another one answers 409.' }),
    title: title.optional(),
    tags: tags.optional(),
    sections: z
      .array(z.strictObject({ text, media: z.array(z.strictObject({ mediaId: z.uuid(), alt: z.string().max(1_500) })).max(20).default([]), link: Link.nullable().default(null) }))
      .min(1)
      .max(50)
      .optional()
      .meta({ description: 'Instead of all there are.' }),
    published: z.boolean().optional().meta({ description: 'False takes it off the blog, true puts it there again. Its address stays its own.' }),
  })
  .meta({ id: 'ArticleChange', description: 'What is left out stays. The address never changes.' });
export type ArticleChange = z.output<typeof ArticleChange>;
