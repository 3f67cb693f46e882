import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type SandboxClock, systemClock } from './clock.js';
import { control } from './control.js';
import { FaultBoard } from './faults.js';
import { timelines } from './pages.js';
import { answer, Terms } from './platform.js';
import { builtInUrl, profiles } from './profiles.js';
import { type Asked, failure, type Reply } from './reply.js';
import { Store } from './store.js';

export interface SandboxOptions {
  /** 0 = any free one (default). */
  readonly port?: number;
  /** Keeps what was posted over a restart: an append-only file. */
  readonly file?: string;
  readonly clock?: SandboxClock;
  /** Of everything left to chance. */
  readonly seed?: number;
  readonly terms?: Partial<Terms>;
}

export interface Sandbox {
  /** `http://127.0.0.1:<port>`: the platforms, their timelines, `/control`. */
  readonly url: string;
  readonly port: number;
  readonly store: Store;
  readonly faults: FaultBoard;
  /** Ends at once, also for requests that hang. */
  close(): Promise<void>;
}

const maxBody = 10_000_000;

/** Starts the sandbox platforms on loopback. Rejects with the system's error when the port is taken. */
export async function startSandbox({ port = 0, file, clock = systemClock, seed, terms: asTold = {} }: SandboxOptions = {}): Promise<Sandbox> {
  const now = (): number => clock.now();
  const faults = new FaultBoard(now, seed);
  const traffic = new Map<string, number>();
  let terms = Terms.parse(asTold);
  let url = '';
  // Taken after the port: whoever holds the port holds the file.
  let store: Store;
  const ground = { get store() { return store; }, faults, clock, traffic, recent: new Map<string, number[]>(), terms: () => terms, setTerms: (told: Terms) => void (terms = told), origin: () => url };

  const reply = async (asked: Asked): Promise<Reply> => {
    const [first = '', second, ...rest] = asked.path;
    if (first === 'control') return control({ ...asked, path: asked.path.slice(1) }, ground);
    if (second !== 'api') return asked.method === 'GET' ? timelines(asked.path, store) : failure(405, 'read-only', 'This page is only to be read');
    const profile = profiles.find(({ id }) => id === first);
    if (!profile) return failure(404, 'not-found', 'There is no such platform');
    traffic.set(first, (traffic.get(first) ?? 0) + 1);
    if (terms.delayMs > 0) await clock.sleep(terms.delayMs);
    return answer(profile, { ...asked, path: rest }, ground);
  };

  const server = createServer((request, response) => {
    if (terms.sink && request.method === 'POST' && request.url?.endsWith('/posts')) return sink(request, response);
    receive(request)
      .then(async (asked) => perform(asked === null ? failure(413, 'too-large', 'That is too much') : await reply(asked), response))
      .catch(() => response.destroy());
  });
  const sink = (request: IncomingMessage, response: ServerResponse): void => {
    const count = (traffic.get('sink') ?? 0) + 1;
    traffic.set('sink', count);
    const end = (): void => void response.writeHead(201, { 'content-type': 'application/json' }).end(`{"id":"s${count}","url":null}`);
    request.resume().once('end', () => (terms.delayMs > 0 ? setTimeout(end, terms.delayMs) : end()));
  };
  server.keepAliveTimeout = 60_000;
  await listen(server, port);
  store = new Store(now, file);
  const actual = (server.address() as AddressInfo).port;
  url = `http://127.0.0.1:${actual}`;
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    store.close();
  };
  return { url, port: actual, store, faults, close };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** Names under which only this machine reaches us; any other is a web page's trick (DNS rebinding). */
const ownNames = new Set(['127.0.0.1', 'localhost', '[::1]', new URL(builtInUrl).hostname]);
/** Each name below the built-in one is a world of its own: what befalls its platforms befalls no other's. */
const isOwnName = (host: string): boolean => ownNames.has(host) || host.endsWith(`.${new URL(builtInUrl).hostname}`);

/** Null when the body is too large. */
async function receive(request: IncomingMessage): Promise<Asked | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBody) return null;
    chunks.push(chunk);
  }
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (!isOwnName(host.toLowerCase())) throw new Error('not our name');
  return {
    method: request.method ?? 'GET',
    path: url.pathname.split('/').filter(Boolean).map(decodeURIComponent),
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks),
  };
}

const pageHeaders = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'", 'x-content-type-options': 'nosniff' };

async function perform(reply: Reply, response: ServerResponse): Promise<void> {
  switch (reply.kind) {
    case 'json': {
      const body = JSON.stringify(reply.body);
      response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body), ...reply.headers }).end(body);
      return;
    }
    case 'page':
      response.writeHead(reply.status, { ...pageHeaders, ...reply.headers }).end(reply.html);
      return;
    case 'silence':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'flood':
      return flood(response, reply.bytes);
  }
}

async function flood(response: ServerResponse, bytes: number | null): Promise<void> {
  const block = Buffer.alloc(65_536, ' ');
  const closed = new Promise((resolve) => response.once('close', resolve));
  response.writeHead(200, { 'content-type': 'application/json' });
  for (let left = bytes ?? Infinity; left > 0 && !response.destroyed; left -= block.length) {
    const isTaken = response.write(block.subarray(0, Math.min(block.length, left)));
    // Without end means slowly: a reader is to meet its time limit, not its size limit.
    if (bytes === null) await new Promise((resolve) => setTimeout(resolve, 500));
    else if (!isTaken) await Promise.race([closed, new Promise((resolve) => response.once('drain', resolve))]);
  }
  response.end();
}
