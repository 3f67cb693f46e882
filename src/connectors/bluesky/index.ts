import { z } from 'zod';
import { DAY_MS, MINUTE_MS } from '../../core/instant.js';
import type { Part } from '../../core/part.js';
import { defineConnector, type Look, type Prepared, type World } from '../connector.js';
import { probeJson, readJson } from '../http.js';
import { originOf } from '../origin.js';
import { Account } from './account.js';
import { dialect, Identity } from './answers.js';
import { findPost } from './find.js';
import { gather } from './ingredients.js';
import { limits, Options } from './limits.js';
import { deletePost, putPost } from './put.js';
import { openSession, withSession } from './session.js';
import { xrpcUrl } from './xrpc.js';

/** Bluesky, and any other server of the AT Protocol. Facts and their sources: README.md beside this file. */
export const bluesky = defineConnector<Account>({
  id: 'bluesky',
  name: 'Bluesky',
  infraGroup: null,
  account: Account,
  options: Options,
  capabilities: ['auth', 'text', 'media', 'publish', 'read'],
  manyHosts: true,
  host: (account) => new URL(account.service).host,
  limits: () => limits,
  leadMs: MINUTE_MS,
  resendWindowMs: DAY_MS, // our own record key makes a resend harmless for ever; nobody waits longer than a day
  keyIsAtomic: true, // `putRecord` with `swapRecord: null`: one record per key, whichever request comes first
  settleMs: 2 * MINUTE_MS,
  prepare,
  commit: (part, account, world) => putPost(part, account, world),
  find: findPost,
  look,
  delete: deletePost,

  // https://docs.bsky.app/docs/api/com-atproto-server-describe-server; without a credential.
  probe: (host, world) =>
    probeJson(world, `${originOf(host)}/xrpc/com.atproto.server.describeServer`, (body, status) =>
      status < 400 ? Description.safeParse(body).success : dialect.own(body, status) !== null),
});

const Description = z.object({ did: z.string(), availableUserDomains: z.array(z.string()) });

/** Renews the session too, if it would run out, so that at the due instant one request does it. */
async function prepare(part: Part, account: Account, world: World): Promise<Prepared> {
  const opened = await openSession(account, world);
  if (opened.kind !== 'session') return opened;
  const gathered = await gather(part, account, world);
  return gathered.kind === 'gathered' ? { kind: 'ready' } : gathered;
}

/** https://docs.bsky.app/docs/api/com-atproto-server-get-session */
async function look(account: Account, world: World): Promise<Look> {
  const { answer } = await withSession(account, world, ({ pds, accessJwt }, ask) =>
    ask(xrpcUrl(pds, 'com.atproto.server.getSession'), { headers: { authorization: `Bearer ${accessJwt}` } }, async (response): Promise<Look> => {
      const { handle, active, status } = await readJson(response, Identity);
      if (active === false) return { kind: 'unauthorized', detail: `the account is ${status ?? 'not active'}` };
      return { kind: 'ok', accountName: `@${handle}`, url: `https://bsky.app/profile/${handle}` };
    }));
  return answer;
}
