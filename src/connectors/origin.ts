import { z } from 'zod';

/**
 * The address of a server that gets a credential: https, or plain http on this machine, where servers for trial run.
 * Its query is never used, its path only where a connector says so (`siteOf`).
 */
export const ServerAddress = z.url({ protocol: /^https?$/ }).refine((address) => {
  const { protocol, hostname, username } = new URL(address);
  return username === '' && (protocol === 'https:' || isLoopback(hostname));
}, 'https:// and the name of the server, without a user name');

/**
 * A site that may lie below the root of its host (`https://example.com/blog`), without what people copy along with it.
 * @param inside where the pages of its own administration begin, like `/\/ghost(\/|$)/`
 */
export function siteOf(address: string, inside: RegExp): string {
  const { origin, pathname } = new URL(address);
  const found = pathname.search(inside);
  return `${origin}${found < 0 ? pathname : pathname.slice(0, found)}`.replace(/\/+$/, '');
}

/**
 * A site as the host of a component: with its path, for a host may carry several. Capitals in the path are written as
 * %41, so that it survives being lower case. `originOf` leads back.
 */
export function hostOfSite(site: string): string {
  const { host, pathname } = new URL(site);
  const path = pathname.replace(/[A-Z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  return `${host}${path === '/' ? '' : path}`.toLowerCase();
}

/** The origin behind a component's host (`Connector.host`), for probes. */
export function originOf(host: string): string {
  return `${isLoopback(new URL(`http://${host}`).hostname) ? 'http' : 'https'}://${host}`;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
