import { DAY_MS, MINUTE_MS } from '../../core/instant.js';
import type { Outcome } from '../../core/outcome.js';
import { defineConnector, type Look, type World } from '../connector.js';
import { probeJson, readJson, send } from '../http.js';
import { hostOfSite, originOf } from '../origin.js';
import { Account, siteOfAccount } from './account.js';
import { dialect, Posts, Site } from './answers.js';
import { apiUrl, ask, urlOf } from './api.js';
import { prepareDraft, publish } from './draft.js';
import { findPost } from './find.js';
import { limits, Options } from './limits.js';

/** Blogs on Ghost. Facts and their sources: README.md beside this file. */
export const ghost = defineConnector<Account>({
  id: 'ghost',
  name: 'Ghost',
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

  // https://ghost.org/docs/admin-api/#site; the one path that needs no key.
  probe: (host, world) =>
    probeJson(world, apiUrl(originOf(host), '/site/').href, (body, status) => (status < 400 ? Site.safeParse(body).success : dialect.own(body, status) !== null)),

  // https://ghost.org/docs/admin-api/#deleting-a-post; what is gone is no fault.
  delete: async (remoteId, account, world) => {
    const { answer, code } = await ask(account, world, urlOf(account, `/posts/${encodeURIComponent(remoteId)}/`), { method: 'DELETE' }, (): Outcome => ({ kind: 'delivered', remoteId, url: null }));
    return code === 'NotFoundError' ? { kind: 'delivered', remoteId, url: null } : answer;
  },
});

/** A key has no name of its own, so it is tried on the smallest read it opens; then the site says what it is called. */
async function look(account: Account, world: World): Promise<Look> {
  const { answer: tried } = await ask(account, world, urlOf(account, '/posts/', { limit: '1', fields: 'id,status,url,updated_at' }), {}, async (response) =>
    ({ kind: 'good' as const, ...(await readJson(response, Posts)) }));
  if (tried.kind !== 'good') return tried;
  return send(world, urlOf(account, '/site/'), { dialect }, async (response): Promise<Look> => {
    const { site } = await readJson(response, Site);
    return { kind: 'ok', accountName: site.title, url: site.url };
  });
}
