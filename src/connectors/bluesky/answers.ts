import { z } from 'zod';
import type { Dialect } from '../classify.js';

/** https://docs.bsky.app/docs/api/com-atproto-server-create-session; `refreshSession` answers alike. */
export const Tokens = z.object({
  accessJwt: z.string().min(1),
  refreshJwt: z.string().min(1),
  did: z.string().startsWith('did:'),
  handle: z.string(),
  didDoc: z.unknown().optional(),
});
export type Tokens = z.output<typeof Tokens>;

export const Identity = z.object({ did: z.string().startsWith('did:'), handle: z.string(), active: z.boolean().optional(), status: z.string().optional() });
export const RecordRef = z.object({ uri: z.string().startsWith('at://'), cid: z.string().optional() });
export const StrongRef = RecordRef.required({ cid: true });
export type StrongRef = z.output<typeof StrongRef>;
export const Resolved = z.object({ did: z.string().startsWith('did:') });
/** The reference to uploaded bytes, put into the record as it came. */
export const Blob = z.object({ $type: z.literal('blob'), ref: z.object({ $link: z.string() }), mimeType: z.string(), size: z.number() });
export type Blob = z.output<typeof Blob>;
export const Uploaded = z.object({ blob: Blob });

/** Of a record what tells posts apart; people's own apps write more, and less. */
const ListedRecord = z.object({
  uri: z.string().startsWith('at://'),
  value: z.object({
    text: z.string().catch(''),
    createdAt: z.string().catch(''),
    reply: z.object({ parent: z.object({ uri: z.string() }) }).optional().catch(undefined),
    embed: z.object({ images: z.array(z.unknown()).optional() }).optional().catch(undefined),
  }),
});
export type ListedRecord = z.output<typeof ListedRecord>;
/** https://docs.bsky.app/docs/api/com-atproto-repo-list-records */
export const Listed = z.object({ records: z.array(ListedRecord), cursor: z.string().optional() });

const OwnError = z.object({ error: z.string().min(1), message: z.string().optional() });

/** Codes that name this account's rights whatever the status is; the first two only after the session was renewed. */
const accountCodes = new Set([
  'ExpiredToken', 'InvalidToken', 'AuthMissing', 'AuthenticationRequired', 'AuthFactorTokenRequired', 'AccountTakedown', 'AccountSuspended',
  'AccountDeactivated', 'AccountNotFound', 'RepoTakendown', 'RepoSuspended', 'RepoDeactivated', 'RepoNotFound',
]);

/** XRPC errors: `{ error: 'Code', message }` (https://atproto.com/specs/xrpc#error-responses). */
export const dialect: Dialect = {
  own: (body) => {
    const { data } = OwnError.safeParse(body);
    return data === undefined ? null : { code: data.error, message: data.message ?? '' };
  },
  meaning: ({ status, code, message }) => (code !== null && accountCodes.has(code) ? { kind: 'unauthorized', detail: `${status}: ${code}: ${message}` } : null),
};
