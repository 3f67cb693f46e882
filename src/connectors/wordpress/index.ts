import { DAY_MS, MINUTE_MS } from '../../core/instant.js';
import type { Outcome } from '../../core/outcome.js';
import { defineConnector, type Look, type Probe, type ProbeWorld, type World } from '../connector.js';
import { probeJson, readJson, send } from '../http.js';
import { hostOfSite, originOf } from '../origin.js';
import { Account, authorized, siteOfAccount } from './account.js';
import { dialect, Index, Me } from './answers.js';
import { notingMissing, prepareDraft, publish } from './draft.js';
import { findPost } from './find.js';
import { limits, Options } from './limits.js';
import { discoverRest, openRest, restUrl, ways } from './rest.js';

/** Blogs on WordPress. Facts and their sources: README.md beside this file. */
export const wordpress = defineConnector<Account>({
  id: 'wordpress',
  name: 'WordPress',
  infraGroup: null,
  account: Account,
  options: Options,
  capabilities: ['auth', 'text', 'media', 'publish', 'read'],
  pages: true,
  manyHosts: true,
  host: (account) => hostOfSite(siteOfAccount(account)),
  limits: () => limits,
  leadMs: 5 * MINUTE_MS, // films go up slowly
  resendWindowMs: DAY_MS, // publishing a draft by its number is repeatable for ever; nobody waits longer than a day
  keyIsAtomic: true, // one article per draft, whichever request comes first
  settleMs: 2 * MINUTE_MS,
  prepare: async (part, account, world) => {
    const drafted = await prepareDraft(part, account, world);
    return drafted.kind === 'draft' || drafted.kind === 'out' ? { kind: 'ready' } : drafted;
  },
  commit: (part, account, world) => publish(part, account, world),
  find: findPost,
  look,
  probe,
  delete: trash,
});

/** The index of the API, which needs no credential; in its own format where a site shows it to nobody. */
async function probe(host: string, world: ProbeWorld): Promise<Probe> {
  const ask = (way: string): Promise<Probe> =>
    probeJson(world, restUrl(originOf(host) + way, '/').href, (body, status) =>
      status < 400 ? Index.safeParse(body).success : dialect.own(body, status) !== null);
  const [pretty, plain] = ways;
  const first = await ask(pretty);
  // With plain permalinks that path is a page: the front page, or "not found".
  return first.kind === 'fault' && first.detail.includes('not JSON') ? ask(plain) : first;
}

/** Who the password is, and whether this user may publish. https://developer.wordpress.org/rest-api/reference/users/#retrieve-a-user-2 */
async function look(account: Account, world: World): Promise<Look> {
  const opened = await discoverRest(account, world); // each time: permalinks may have been changed
  if (opened.kind !== 'rest') return opened;
  return send(world, restUrl(opened.rest.service, '/wp/v2/users/me', { context: 'edit', _fields: 'name,capabilities' }), authorized(account), async (response): Promise<Look> => {
    const { name, capabilities } = await readJson(response, Me);
    const lacking = ['publish_posts', 'upload_files'].filter((one) => capabilities[one] !== true);
    if (lacking.length > 0) return { kind: 'unauthorized', detail: `the user ${name} may not do all it takes: ${lacking.join(', ')}` };
    return { kind: 'ok', accountName: `${new URL(account.site).host} (${name})`, url: opened.rest.service.replace(ways[0], '').replace(ways[1], '') };
  });
}

/** Into the bin of the site, where a person can take it out again. https://developer.wordpress.org/rest-api/reference/posts/#delete-a-post */
async function trash(remoteId: string, account: Account, world: World): Promise<Outcome> {
  const opened = await openRest(account, world);
  if (opened.kind !== 'rest') return opened;
  const { headers, secrets } = authorized(account);
  const missing = notingMissing('rest_already_trashed');
  const url = restUrl(opened.rest.service, `/wp/v2/posts/${encodeURIComponent(remoteId)}`);
  const outcome = await send(world, url, { dialect: missing.dialect, secrets, headers, method: 'DELETE' }, (): Outcome => ({ kind: 'delivered', remoteId, url: null }));
  return missing.isMissing() ? { kind: 'delivered', remoteId, url: null } : outcome;
}
