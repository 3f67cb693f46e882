import { HOUR_MS, MINUTE_MS } from '../../core/instant.js';
import type { Outcome } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import { defineConnector, type Look, type World } from '../connector.js';
import { probeJson, readJson, send } from '../http.js';
import { originOf } from '../origin.js';
import { textWithLink } from '../text.js';
import { Account, authorized } from './account.js';
import { Credentials, dialect, Instance, Status } from './answers.js';
import { findStatus } from './find.js';
import { type Learned, limits, Options } from './limits.js';
import { attachmentIds, excuse, prepareMedia } from './media.js';

/** Mastodon, and what speaks its API. Facts and their sources: README.md beside this file. */
export const mastodon = defineConnector<Account>({
  id: 'mastodon',
  name: 'Mastodon',
  infraGroup: null,
  account: Account,
  options: Options,
  capabilities: ['auth', 'text', 'media', 'publish', 'read'],
  manyHosts: true,
  host: (account) => new URL(account.instance).host,
  limits,
  // 300 requests in 5 min from our address (https://docs.joinmastodon.org/api/rate-limits/), whoever they are for: a late post
  // is two to look for it, one to post it, and on average one for a picture.
  appLimit: { posts: 75, perMs: 5 * MINUTE_MS },
  leadMs: 5 * MINUTE_MS, // a film is processed for minutes
  resendWindowMs: HOUR_MS, // https://docs.joinmastodon.org/methods/statuses/#headers
  settleMs: 2 * MINUTE_MS,
  prepare: prepareMedia,
  commit: postStatus,
  find: findStatus,
  look,

  // Answers without a credential; 401 in its own format where the instance shows nothing to strangers.
  probe: (host, world) =>
    probeJson(world, `${originOf(host)}/api/v2/instance`, (body, status) =>
      status < 400 ? Instance.required({ domain: true }).safeParse(body).success : dialect.own(body, status) !== null),

  // https://docs.joinmastodon.org/methods/statuses/#delete
  delete: (remoteId, account, world) =>
    send(world, statusUrl(account, remoteId), { ...authorized(account), method: 'DELETE' }, () => ({ kind: 'delivered', remoteId, url: null })),
});

/** https://docs.joinmastodon.org/methods/statuses/#create */
async function postStatus(part: Part, account: Account, world: World): Promise<Outcome> {
  const options = Options.safeParse(part.content.options);
  if (!options.success) return { kind: 'refused', detail: `options: ${options.error.issues[0]?.message ?? 'not as expected'}` };
  const mediaIds = attachmentIds(part, world);
  if (mediaIds === null) {
    const prepared = await prepareMedia(part, account, world);
    if (prepared.kind === 'wait') return { kind: 'unavailable', detail: 'attachments are still being processed' };
    if (prepared.kind !== 'ready') return prepared;
  }
  const { headers } = authorized(account);
  const sending = {
    dialect,
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': part.key },
    body: JSON.stringify(statusOf(part, options.data, attachmentIds(part, world) ?? [])),
  };
  const outcome = await send(world, statusUrl(account), sending, async (response): Promise<Outcome> => {
    const { id, url } = await readJson(response, Status);
    return { kind: 'delivered', remoteId: id, url };
  });
  return outcome.kind === 'refused' ? ((await excuse(part, account, world)) ?? outcome) : outcome;
}

function statusOf({ content, parent }: Part, { visibility, contentWarning, sensitive }: Options, mediaIds: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    status: textWithLink(content),
    ...(mediaIds.length > 0 && { media_ids: mediaIds }),
    ...(visibility !== undefined && { visibility }),
    ...(contentWarning !== undefined && { spoiler_text: contentWarning }),
    ...(sensitive !== undefined && { sensitive }),
    ...(content.language !== null && { language: content.language }),
    ...(parent !== null && { in_reply_to_id: parent.remoteId }),
  };
}

function statusUrl(account: Account, id?: string): URL {
  return new URL(id === undefined ? '/api/v1/statuses' : `/api/v1/statuses/${encodeURIComponent(id)}`, account.instance);
}

/** Who the token is (https://docs.joinmastodon.org/methods/accounts/#verify_credentials), and what the instance allows. */
async function look(account: Account, world: World): Promise<Look> {
  const me = await send(world, new URL('/api/v1/accounts/verify_credentials', account.instance), authorized(account), async (response) =>
    ({ kind: 'me' as const, ...(await readJson(response, Credentials)) }));
  if (me.kind !== 'me') return me;
  const learned = await send(world, new URL('/api/v2/instance', account.instance), authorized(account), async (response) =>
    ({ kind: 'learned' as const, learned: learnedOf(await readJson(response, Instance)) }));
  const ok: Look = { kind: 'ok', accountName: `@${me.username}@${new URL(me.url ?? account.instance).host}`, url: me.url };
  // The token is good; an instance older than 4.0 has no such page, and then the presets hold.
  return learned.kind === 'learned' ? { ...ok, learned: learned.learned } : ok;
}

/** https://docs.joinmastodon.org/entities/Instance/#configuration. Undefined falls back to the preset (limits.ts). */
function learnedOf({ configuration }: ReturnType<typeof Instance.parse>): Partial<Learned> {
  const { statuses, media_attachments: media } = configuration;
  const told = {
    maxCharacters: statuses.max_characters,
    maxMedia: statuses.max_media_attachments,
    charactersPerUrl: statuses.characters_reserved_per_url,
    mimeTypes: media.supported_mime_types,
    imageBytes: media.image_size_limit,
    videoBytes: media.video_size_limit,
    maxAlt: media.description_limit,
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
}
