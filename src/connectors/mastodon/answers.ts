import { z } from 'zod';
import type { Dialect } from '../classify.js';

/** Answers of an instance, as far as they are needed. Kin of Mastodon (Pleroma, GoToSocial, …) leave fields out. */
export const Status = z.object({ id: z.string().min(1), url: z.string().nullish().transform((url) => url ?? null) });

export const ListedStatus = Status.extend({
  created_at: z.string(),
  content: z.string(),
  spoiler_text: z.string().default(''),
  in_reply_to_id: z.string().nullish(),
  media_attachments: z.array(z.unknown()).default([]),
});
export type ListedStatus = z.output<typeof ListedStatus>;

export const Credentials = z.object({
  id: z.string().min(1),
  username: z.string(),
  url: z.string().nullish().transform((url) => url ?? null),
});

export const Attachment = z.object({ id: z.string().min(1) });

const positive = z.int().positive().optional().catch(undefined);
/** https://docs.joinmastodon.org/entities/Instance/ */
export const Instance = z.object({
  domain: z.string().optional(),
  configuration: z.object({
    statuses: z.object({
      max_characters: positive,
      max_media_attachments: z.int().nonnegative().optional().catch(undefined),
      characters_reserved_per_url: z.int().nonnegative().optional().catch(undefined),
    }).default({}),
    media_attachments: z.object({
      supported_mime_types: z.array(z.string()).optional().catch(undefined),
      image_size_limit: positive,
      video_size_limit: positive,
      description_limit: positive,
    }).default({}),
  }).default({ statuses: {}, media_attachments: {} }),
});

const OwnError = z.object({ error: z.string().min(1), error_description: z.string().nullish() });

/** Refused by a rule of the instance or by the other person, not for want of rights. */
const NOT_PERMITTED = 'This action is not allowed';
/** What older versions say to a token without a user, with 422. */
const NO_USER = 'This method requires an authenticated user';

/**
 * `{ error, error_description? }`. The words are in the instance's language, so next to nothing is read from them.
 * Any 5xx counts as uncertain after a post was sent: it is also what a fault after the status was stored looks like,
 * what a second request beside the first gets (503), and what versions of 2026 answer to a repeated key (500,
 * https://github.com/mastodon/mastodon/issues/40399).
 */
export const dialect: Dialect = {
  own: (body) => {
    const { data } = OwnError.safeParse(body);
    return data === undefined ? null : { code: null, message: data.error_description ? `${data.error}: ${data.error_description}` : data.error };
  },
  meaning: ({ status, message }) => {
    const detail = `${status}: ${message}`;
    if (status >= 500) return { kind: 'uncertain', detail };
    if (status === 403 && message === NOT_PERMITTED) return { kind: 'refused', detail };
    if (status === 422 && message === NO_USER) return { kind: 'unauthorized', detail };
    return null;
  },
};
