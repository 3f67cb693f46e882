import { z } from 'zod';
import { excerpt } from '../../core/excerpt.js';
import type { Dialect } from '../classify.js';

/** Answers of a site, as far as they are needed. */

/** `/wp-json/`: what the site says of itself. */
export const Index = z.object({
  name: z.string(),
  home: z.string().optional(),
  namespaces: z.array(z.string()).refine((spaces) => spaces.includes('wp/v2'), 'no wp/v2'),
});

/** https://developer.wordpress.org/rest-api/reference/posts/ */
export const Post = z.object({ id: z.int().positive(), status: z.string(), link: z.string() });
export type Post = z.output<typeof Post>;

export const ListedPost = Post.extend({
  date_gmt: z.string(),
  title: z.object({ raw: z.string() }),
  content: z.object({ raw: z.string() }),
});

export const Upload = z.object({ id: z.int().positive(), source_url: z.url() });

/** https://developer.wordpress.org/rest-api/reference/users/, in the context `edit` */
export const Me = z.object({ name: z.string(), capabilities: z.record(z.string(), z.unknown()).default({}) });

const OwnError = z.object({ code: z.string().min(1), message: z.string() });

/** Answers 500 although it is the file's fault: a type the site does not allow, or a file too large for it (sent as a form, or alone). */
const refusedFile = new Set(['rest_upload_unknown_error', 'rest_upload_sideload_error']);
/** Written by the database layer, which had not got to it. */
const notWritten = new Set(['db_insert_error', 'db_update_error']);
/** Said before anything else is done; the words are English while the translations lie in a database that is not there. */
const NO_DATABASE = 'Error establishing a database connection';
/** The site's API is switched off, or cut down by a plug-in. */
const NO_ROUTE = 'rest_no_route';

/**
 * `{ code, message, data: { status } }`. A 503 is maintenance, before anything is done. Any other 500 may have come out of
 * what a plug-in does after a post was published.
 */
export const dialect: Dialect = {
  own: (body) => {
    const { data } = OwnError.safeParse(body);
    return data === undefined ? null : { code: data.code, message: excerpt(data.message) };
  },
  meaning: ({ status, code, message }) => {
    const detail = `${status}: ${code}: ${message}`;
    if (refusedFile.has(code ?? '')) return { kind: 'refused', detail };
    if (code === NO_ROUTE) return { kind: 'unauthorized', detail };
    if (status === 500 && !notWritten.has(code ?? '') && !message.includes(NO_DATABASE)) return { kind: 'uncertain', detail };
    return null;
  },
};
