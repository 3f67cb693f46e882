import { z } from 'zod';
import type { Dialect } from '../classify.js';

/** Answers of the Admin API, as far as they are needed. */

export const Site = z.object({ site: z.object({ title: z.string(), url: z.string(), version: z.string().optional() }) });

/** https://ghost.org/docs/admin-api/#the-post-object */
export const Post = z.object({ id: z.string().min(1), status: z.string(), url: z.string(), updated_at: z.string() });
export type Post = z.output<typeof Post>;
export const Posts = z.object({ posts: z.array(Post) });
export const OnePost = z.object({ posts: z.tuple([Post]) });

export const ListedPosts = z.object({
  posts: z.array(Post.extend({ title: z.string(), html: z.string().nullish().transform((html) => html ?? ''), published_at: z.string().nullable() })),
});

/** https://ghost.org/docs/admin-api/#images */
export const Images = z.object({ images: z.tuple([z.object({ url: z.url() })]) });
/** Films and sounds. */
export const Media = z.object({ media: z.tuple([z.object({ url: z.url() })]) });

const OwnErrors = z.object({
  errors: z.array(z.object({ message: z.string(), context: z.string().nullish(), type: z.string(), code: z.string().nullish() })).min(1),
});

/** The connection to the database was refused: nothing was done. */
const NO_DATABASE = /connect ECONNREFUSED/;

/**
 * `{ errors: [{ message, context, type, code }] }`; `code` where there is one, else `type`.
 * https://ghost.org/docs/admin-api/#errors
 */
export const dialect: Dialect = {
  own: (body) => {
    const error = OwnErrors.safeParse(body).data?.errors[0];
    if (error === undefined) return null;
    return { code: error.code ?? error.type, message: error.context ? `${error.message} ${error.context}` : error.message };
  },
  meaning: ({ status, code, message }) => {
    const detail = `${status}: ${code}: ${message}`;
    if (code === 'INVALID_JWT') return { kind: 'unauthorized', detail }; // 400 where it cannot be read, 401 where it has run out
    // A path that this version does not have: ours, or the site's, is too old for the other.
    if (status === 406) return { kind: 'local', detail };
    if (status === 409) return { kind: 'unavailable', detail }; // somebody else wrote at the same moment: read again
    if (status === 500 && !NO_DATABASE.test(message)) return { kind: 'uncertain', detail };
    return null;
  },
};
