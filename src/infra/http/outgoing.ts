import { isIP } from 'node:net';
import { Inject, Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { Agent } from 'undici';
import { type Fetch, type FetchInit, TransportError } from '../../core/transport.js';
import { Clock } from '../clock.js';
import { CONFIG, type Config } from '../config.js';
import { allowList, guardedConnector, isPublicAddress, type Resolve, type Route, systemResolve } from './address-guard.js';
import { bodyOf } from './outgoing-body.js';
import { exchange } from './outgoing-exchange.js';
import { fault, NoRoute } from './outgoing-fault.js';

/** Under which terms the requests of one delivery, probe or webhook go out. Times in ms. */
export interface Terms {
  /** Age of the claim, asked when the connection is open, before the first byte (DESIGN §6.3). */
  readonly ageMs?: () => number;
  /** A claim older than this is let go; a third of the lease. Default 20 s. */
  readonly maxAgeMs?: number;
  /** The most a whole exchange may take, redirects included; under half the lease. Default 20 s, or what the request asks for. */
  readonly timeoutMs?: number;
  /** The most bytes of an answer. Default 10 MB. */
  readonly maxBytes?: number;
  /** Redirects of a read that are followed. Default 5. */
  readonly maxRedirects?: number;
  readonly signal?: AbortSignal;
}

/** Nest token of a `Resolve`, for tests. */
export const RESOLVE = Symbol('resolve');

const defaultTimeoutMs = 20_000;
const defaultMaxAgeMs = 20_000;
const defaultMaxBytes = 10_000_000;
const defaultMaxRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);
/** How long an answer to "are we online?" holds, and how long we wait for it. */
const onlineForMs = 3_000;

/** The only way out of this process: every request passes the address guard, a time limit and a size limit. */
@Injectable()
export class Outgoing implements OnApplicationShutdown {
  readonly #routes = new Map<string, Route>();
  readonly #isAllowed: (hostname: string, port: number) => boolean;
  readonly #controlNames: readonly string[];
  readonly #agent: Agent;
  #online: { readonly askedAt: number; readonly answer: Promise<boolean> } | null = null;

  constructor(
    @Inject(CONFIG) config: Pick<Config, 'ALLOW_HOSTS' | 'CONTROL_TARGETS'>,
    private readonly clock: Clock,
    @Optional() @Inject(RESOLVE) private readonly resolve: Resolve = systemResolve,
  ) {
    this.#isAllowed = allowList(config.ALLOW_HOSTS);
    this.#controlNames = config.CONTROL_TARGETS.map((target) => new URL(target).hostname).filter((name) => isIP(name) === 0 && !name.startsWith('['));
    this.#agent = new Agent({
      connect: guardedConnector({ isAllowed: this.#isAllowed, routeOf: (hostname) => this.#routeOf(hostname), resolve }),
      connections: 256,
      pipelining: 1,
      // Our own timer covers the whole exchange.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Leads a host name of our own (never a real one), and all names below it, to an address, without asking the guard. */
  route(hostname: string, to: Route): void {
    this.#routes.set(hostname, to);
  }

  /** Loopback, private and built-in hosts, names of one word (`localhost`, `house`), and those the operator allowed: the open internet tells nothing of them. @param host with its port, if it is not the default */
  isOwnGround(host: string): boolean {
    if (!URL.canParse(`https://${host}`)) return false;
    const url = new URL(`https://${host}`);
    const name = url.hostname.replace(/^\[|\]$/g, '');
    return this.#routeOf(name) !== undefined || (isIP(name) === 0 ? !name.includes('.') : !isPublicAddress(name)) || this.#isAllowed(url.hostname, Number(url.port) || 443);
  }

  /** The address of this host that nothing is sent to; null = none, the operator allowed it, or its name does not resolve now. */
  async closedAddressOf(hostname: string, port: number): Promise<string | null> {
    const name = hostname.replace(/^\[|\]$/g, '');
    if (this.#isAllowed(name, port) || this.#routeOf(name)) return null;
    if (isIP(name) !== 0) return isPublicAddress(name) ? null : name;
    const patience = new AbortController();
    const found = await Promise.race([this.resolve(name).catch(() => []), this.clock.sleep(onlineForMs, patience.signal).then(() => [])]);
    patience.abort();
    return found.find(({ address }) => !isPublicAddress(address))?.address ?? null;
  }

  /**
   * A `fetch` bound to terms. It throws TransportError only, resolves when the whole answer is read, follows redirects
   * of GET and HEAD alone (the one too many is handed back as it is), and never sends anything twice.
   */
  fetch(terms: Terms = {}): Fetch {
    return (url, init) => this.#fetch(url, init ?? {}, terms);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#agent.destroy();
  }

  #routeOf(hostname: string): Route | undefined {
    return this.#routes.get(hostname) ?? [...this.#routes].find(([name]) => hostname.endsWith(`.${name}`))?.[1];
  }

  async #fetch(address: string | URL, init: FetchInit, terms: Terms): Promise<Response> {
    const { ageMs, maxAgeMs = defaultMaxAgeMs, maxBytes = defaultMaxBytes, maxRedirects = defaultMaxRedirects, signal } = terms;
    const method = (init.method ?? 'GET').toUpperCase();
    const isRead = method === 'GET' || method === 'HEAD';
    const body = bodyOf(init.body);
    let headers: Record<string, string> = { 'user-agent': 'Postern', accept: '*/*', ...body.headers, ...lowered(init.headers) };
    let url = checked(address);
    const timeoutMs = Math.min(init.timeoutMs ?? defaultTimeoutMs, terms.timeoutMs ?? Infinity);
    const startedAt = this.clock.monotonic();

    for (let hop = 0; ; hop += 1) {
      const answer = await exchange(this.#agent, {
        url, method, headers, maxBytes, signal,
        body: body.content,
        timeoutMs: Math.max(1, timeoutMs - (this.clock.monotonic() - startedAt)),
        isTooOld: () => ageMs !== undefined && ageMs() > maxAgeMs,
      }).catch(async (error: TransportError) => {
        if (error.kind === 'dns' && (await this.#isOffline(url))) throw fault('offline', false, url.host);
        throw error instanceof NoRoute && !(await this.#isOffline(url)) ? fault('connect', false, url.host) : error;
      });
      const location = answer.headers.get('location');
      if (!isRead || !redirects.has(answer.status) || location === null || hop === maxRedirects) return answer;
      const next = checked(location, url);
      if (url.protocol === 'https:' && next.protocol === 'http:') throw new TransportError('guard', false, `${url.host} redirects to a plain connection`);
      if (next.origin !== url.origin) headers = withoutCredentials(headers);
      url = next;
    }
  }

  /** A name that does not resolve, or a network without a route, is the platform's trouble only while a control name resolves. */
  async #isOffline(url: URL): Promise<boolean> {
    if (this.#controlNames.length === 0 || this.#isAllowed(url.hostname, Number(url.port) || (url.protocol === 'https:' ? 443 : 80))) return false;
    if (this.#online === null || this.clock.monotonic() - this.#online.askedAt > onlineForMs) {
      this.#online = { askedAt: this.clock.monotonic(), answer: this.#anyControlResolves() };
    }
    return !(await this.#online.answer);
  }

  async #anyControlResolves(): Promise<boolean> {
    const waiting = new AbortController();
    const resolved = Promise.any(this.#controlNames.map((name) => this.resolve(name))).then(() => true, () => false);
    const gaveUp = this.clock.sleep(onlineForMs, waiting.signal).then(() => false);
    const answer = await Promise.race([resolved, gaveUp]);
    waiting.abort();
    return answer;
  }
}

function checked(address: string | URL, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(address, base);
  } catch {
    throw new TransportError('guard', false, 'this is not a URL');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TransportError('guard', false, `${url.protocol} is not a way out; only http and https are`);
  if (url.username !== '' || url.password !== '') throw new TransportError('guard', false, `the URL of ${url.host} holds credentials`);
  return url;
}

function lowered(headers: FetchInit['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** For a redirect that leaves the host the credentials were meant for. */
function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !['authorization', 'cookie', 'proxy-authorization'].includes(name)));
}
