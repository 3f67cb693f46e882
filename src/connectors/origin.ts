import { z } from 'zod';

/**
 * The address of a server that gets a credential: https, or plain http on this machine, where servers for trial run.
 * Only its origin is used.
 */
export const ServerAddress = z.url({ protocol: /^https?$/ }).refine((address) => {
  const { protocol, hostname, username } = new URL(address);
  return username === '' && (protocol === 'https:' || isLoopback(hostname));
}, 'https:// and the name of the server, without a user name');

/** The origin behind a component's host (`Connector.host`), for probes. */
export function originOf(host: string): string {
  return `${isLoopback(new URL(`http://${host}`).hostname) ? 'http' : 'https'}://${host}`;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
