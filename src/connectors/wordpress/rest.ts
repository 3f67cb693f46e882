import { z } from 'zod';
import type { Setback } from '../../core/outcome.js';
import type { Dialect } from '../classify.js';
import type { World } from '../connector.js';
import { readJson, send } from '../http.js';
import { ServerAddress } from '../origin.js';
import { type Account, siteOfAccount } from './account.js';
import { dialect, Index } from './answers.js';

/** Where a site's REST API answers. Kept as the channel's session; nothing in it is secret, and the names of its fields say so. */
const Rest = z.object({
  /** The address in the account's settings: another one makes this worthless. */
  owner: z.string(),
  /** `https://example.com/wp-json`, or `https://example.com/?rest_route=` where permalinks are plain. */
  service: z.string(),
});
export type Rest = z.output<typeof Rest>;
export type Opened = { readonly kind: 'rest'; readonly rest: Rest } | Setback;

/** The two ways to it, in the order in which they are tried. */
export const ways: readonly [string, string] = ['/wp-json', '/?rest_route='];

/** @param route like `/wp/v2/posts` */
export function restUrl(service: string, route: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(service + (service.endsWith('=') ? encodeURIComponent(route) : route));
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

/** As it was found last, else looked for. */
export async function openRest(account: Account, world: World): Promise<Opened> {
  const kept = parsed(await world.session.read());
  return kept?.owner === siteOfAccount(account) ? { kind: 'rest', rest: kept } : discoverRest(account, world);
}

/** Looks for it, without a credential, and keeps it. A site that shows its index to nobody says so in its own format. */
export async function discoverRest(account: Account, world: World): Promise<Opened> {
  const site = siteOfAccount(account);
  let first: Setback | null = null;
  for (const way of ways) {
    const seen = await seek(site + way, world);
    if (seen.kind === 'index') {
      const rest: Rest = { owner: site, service: homeOf(site, seen.home) + way };
      await world.session.renew(async () => JSON.stringify(rest));
      return { kind: 'rest', rest };
    }
    first ??= seen.setback;
    if (!seen.answered) break; // a site that is not there is not asked twice
  }
  return first ?? { kind: 'local', detail: 'no way to the REST API was tried' };
}

type Seen = { readonly kind: 'index'; readonly home: string | null } | { readonly kind: 'none'; readonly setback: Setback; readonly answered: boolean };

/** https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/ */
async function seek(service: string, world: World): Promise<Seen> {
  let answered = false;
  let own = false;
  const noting: Dialect = {
    own: (body, status) => {
      const error = dialect.own(body, status);
      answered = true;
      own = error !== null;
      return error;
    },
  };
  const seen = await send(world, restUrl(service, '/'), { dialect: noting, headers: { accept: 'application/json' } }, async (response) => {
    answered = true;
    return { kind: 'index' as const, home: (await readJson(response, Index)).home ?? null };
  });
  if (seen.kind === 'index') return seen;
  return own && seen.kind === 'unauthorized' ? { kind: 'index', home: null } : { kind: 'none', setback: seen, answered };
}

/** A site entered without its `www.`, or with one too many, would answer every write with a redirect. No other host gets the credential. */
function homeOf(site: string, home: string | null): string {
  const told = ServerAddress.safeParse(home);
  if (!told.success) return site;
  const bare = (address: string): string => new URL(address).host.replace(/^www\./, '');
  return bare(told.data) === bare(site) && new URL(told.data).host !== new URL(site).host ? told.data.replace(/\/+$/, '') : site;
}

function parsed(text: string | null): Rest | null {
  if (text === null) return null;
  try {
    return Rest.parse(JSON.parse(text));
  } catch {
    return null; // kept by another version: it is looked for again
  }
}
