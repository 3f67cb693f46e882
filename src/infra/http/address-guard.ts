import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import ipaddr from 'ipaddr.js';
import { buildConnector } from 'undici';
import { TransportError } from '../../core/transport.js';

/** All addresses of a host name, as the system resolves it (hosts file included). Rejects with the system's error. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export const systemResolve: Resolve = (hostname) => systemLookup(hostname, { all: true });

const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Is this an address of the open internet? Loopback, private, link-local, carrier-grade NAT, multicast, reserved and
 * every IPv6 form that hides an IPv4 address (mapped, NAT64, 6to4, Teredo) are not.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(globalUnicast);
}

/** Reads ALLOW_HOSTS: each entry `host` (any port) or `host:port`; IPv6 in brackets when a port follows. */
export function allowList(entries: readonly string[]): (hostname: string, port: number) => boolean {
  const allowed = new Set(entries.map((entry) => (isIP(entry) === 6 ? entry : entry.replace(/^\[([^\]]+)\]/, '$1'))).map((entry) => entry.toLowerCase()));
  return (hostname, port) => allowed.has(hostname.toLowerCase()) || allowed.has(`${hostname.toLowerCase()}:${port}`);
}

/** Where a name of our own leads, e.g. the sandbox server inside this process. */
export interface Route {
  readonly hostname: string;
  readonly port: number;
}

export interface Guarding {
  readonly isAllowed: (hostname: string, port: number) => boolean;
  readonly routeOf: (hostname: string) => Route | undefined;
  readonly resolve: Resolve;
}

/**
 * Opens connections to addresses of the open internet only: the name is resolved once, every address of the answer is
 * checked, and the connection goes to exactly these (no second look-up that could answer otherwise).
 * Fails with TransportError `guard`, or with the system's own error.
 */
export function guardedConnector({ isAllowed, routeOf, resolve }: Guarding): buildConnector.connector {
  const open = buildConnector({ lookup: lookupBy(resolve, () => true) });
  const guarded = buildConnector({ lookup: lookupBy(resolve, isPublicAddress) });
  return (options, callback) => {
    const { hostname, protocol } = options;
    const port = Number(options.port) || (protocol === 'https:' ? 443 : 80);
    const route = protocol === 'http:' ? routeOf(hostname) : undefined;
    if (route) open({ ...options, hostname: route.hostname, port: String(route.port) }, callback);
    else if (isAllowed(hostname, port)) open(options, callback);
    else if (isIP(hostname) !== 0 && !isPublicAddress(hostname)) callback(refusal(hostname, hostname), null);
    else guarded(options, callback);
  };
}

function lookupBy(resolve: Resolve, isFine: (address: string) => boolean): LookupFunction {
  const addressesOf = callbackify(async (hostname: string): Promise<[LookupAddress, ...LookupAddress[]]> => {
    const [first, ...others] = await resolve(hostname);
    if (!first) throw Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' });
    const wrong = [first, ...others].find(({ address }) => !isFine(address));
    if (wrong) throw refusal(hostname, wrong.address);
    return [first, ...others];
  });
  return (hostname, options, callback) =>
    addressesOf(hostname, (error, addresses) => {
      if (error) callback(error, '');
      else if (options.all) callback(null, addresses);
      else callback(null, addresses[0].address, addresses[0].family);
    });
}

function refusal(hostname: string, address: string): TransportError {
  const what = hostname === address ? `${address} is` : `${hostname} leads to ${address},`;
  return new TransportError('guard', false, `${what} not an address of the open internet; the operator can allow it with ALLOW_HOSTS`);
}
