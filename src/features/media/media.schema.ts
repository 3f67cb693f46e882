import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

/** Mastodon's limit, the longest of those we know; a connector's own may be lower. */
const alt = z.string().max(1_500);

export const Medium = z
  .object({
    id: z.uuid(),
    mime: z.string().meta({ description: 'As its bytes say.' }),
    bytes: z.number(),
    width: z.number().nullable(),
    height: z.number().nullable(),
    alt: z.string(),
    name: z.string(),
    version: z.number(),
    createdAt: z.string(),
  })
  .meta({ id: 'Medium' });
export type Medium = z.output<typeof Medium>;

export const MediumPage = pageOf('MediumPage', Medium);

export const MediumQuery = PageQuery;
export type MediumQuery = z.output<typeof MediumQuery>;

export const EditMedium = z.object({ version: z.int().min(1), alt }).meta({ id: 'EditMedium' });
export type EditMedium = z.output<typeof EditMedium>;

/** For a raw body, which has no form fields, they stand in the query. */
export const UploadFields = z.object({ name: z.string().max(500).optional(), alt: alt.optional() });
export type UploadFields = z.output<typeof UploadFields>;
