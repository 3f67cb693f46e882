import { isIP } from 'node:net';
import { allowList, isPublicAddress, type Resolve } from '../../infra/http/address-guard.js';
import { registerSecret } from '../../infra/scrub.js';

/** A mail server or mailbox, as its URL names it. */
export interface MailServer {
  /** As written, with its port where that is an unusual one. */
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  readonly secure: boolean;
  readonly user: string | null;
  readonly pass: string | null;
}

const ports: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465, 'imap:': 143, 'imaps:': 993 };

/** What the URL says besides server and sign-in is not heard. */
export function mailServerOf(address: string): MailServer {
  const url = new URL(address);
  const port = Number(url.port) || (ports[url.protocol] ?? 587);
  const pass = url.password === '' ? null : decodeURIComponent(url.password);
  if (pass !== null) registerSecret(pass);
  return {
    name: url.port === '' ? url.hostname : url.host, hostname: url.hostname.replace(/^\[|\]$/g, ''), port, secure: url.protocol.endsWith('s:'),
    user: url.username === '' ? null : decodeURIComponent(url.username), pass,
  };
}

/**
 * The address to connect to. A server that a workspace names is one of the open internet, or one the operator allowed: the
 * name is resolved once, and the connection goes to what was checked.
 * @throws Error naming what is wrong
 */
export async function guardedAddress({ hostname, port }: MailServer, resolve: Resolve, allowHosts: readonly string[]): Promise<string> {
  if (allowList(allowHosts)(hostname, port)) return hostname;
  const addresses = isIP(hostname) === 0 ? (await resolve(hostname)).map(({ address }) => address) : [hostname];
  const wrong = addresses.find((address) => !isPublicAddress(address));
  if (wrong !== undefined) throw new Error(`${hostname} leads to ${wrong}, not an address of the open internet; the operator can allow it with ALLOW_HOSTS`);
  const [first] = addresses;
  if (first === undefined) throw new Error(`${hostname} has no address`);
  return first;
}
