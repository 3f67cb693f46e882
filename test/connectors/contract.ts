import type { HouseOutlet, World } from '../../src/connectors/connector.js';
import { TransportError } from '../../src/connectors/http.js';
import type { Instant } from '../../src/core/instant.js';
import type { Part, PartContent } from '../../src/core/part.js';
import type { Fetch, FetchInit } from '../../src/core/transport.js';

/**
 * A fake platform for one connector: `test/connectors/<id>/fake.ts` exports `makePeer: MakePeer`, and one line in
 * peers.ts hands it to contract.spec.ts. Deterministic, no sleeping. The suite itself breaks the wire (below), so a
 * fake only has to play the platform in good order and to word its own errors.
 */
export interface Peer {
  /** A healthy account, valid by the connector's schema. */
  readonly account: unknown;
  /** An account the platform refuses: its token was revoked. */
  readonly revoked: unknown;
  /** What must never stand in a detail or a log line: tokens, passwords, of both accounts. */
  readonly secrets: readonly string[];
  /** A session as the channel keeps it, where the connector needs one. */
  readonly session?: string;
  /** The platform: answers like `world.fetch`. */
  readonly fetch: Fetch;
  /** Is this the one visible request? */
  isCommit(url: URL, init: FetchInit): boolean;
  /** Errors in the platform's own format. */
  readonly own: {
    refused(): Response;
    unauthorized(): Response;
    /** `until` null: it does not say when. */
    throttled(until: Instant | null): Response;
    unavailable(): Response;
  };
  /** Set where even its own 500 and 503 may stand for a post that was taken: then they are `uncertain`. */
  readonly own5xxMayHideAPost?: true;
  /** What is visible on the account now. */
  posts(): Promise<readonly { readonly remoteId: string; readonly text: string }[]>;
  /** The platform's clock, also the world's. */
  now(): Instant;
  /** Of an outlet of this house: it speaks to no server, so what the wire can do is left out for it. */
  readonly house?: HouseOutlet;
  close?(): Promise<void>;
}

/** Of an outlet of this house: what a platform would have. */
export const unheard: Omit<Peer, 'account' | 'posts' | 'house'> = {
  revoked: null,
  secrets: [],
  fetch: async () => { throw new Error('An outlet of this house asks nobody.'); },
  isCommit: () => false,
  own: { refused: noAnswer, unauthorized: noAnswer, throttled: noAnswer, unavailable: noAnswer },
  now: () => Date.UTC(2026, 10, 22, 12),
};

function noAnswer(): never {
  throw new Error('An outlet of this house has no answers on the wire.');
}

export type MakePeer = () => Promise<Peer>;

/** What happens to the visible request (or to every request, `on: 'all'`) between the connector and its platform. */
export type Breakage = (pass: () => Promise<Response>, init: FetchInit) => Promise<Response>;

export const answering = (make: (init: FetchInit) => Response): Breakage => async (_pass, init) => make(init);
/** The platform takes the request, its answer never comes. */
export const losingTheAnswer = (kind: 'reset' | 'timeout' | 'too-large'): Breakage => async (pass) => {
  await pass();
  throw new TransportError(kind, true, `${kind} after the request was sent`);
};
/** Nothing reaches the platform. */
export const neverSent = (kind: TransportError['kind']): Breakage => async () => {
  throw new TransportError(kind, false, `${kind} before the first byte`);
};

export interface Bench {
  readonly world: World;
  readonly logged: readonly string[];
  /** Breaks the wire until `mend`. */
  readonly broken: (breakage: Breakage, on?: 'commit' | 'all') => void;
  readonly mend: () => void;
}

/** A world around a peer, with everything a connector may ask for in memory. */
export function worldOf(peer: Peer): Bench {
  let breakage: { readonly how: Breakage; readonly on: 'commit' | 'all' } | null = null;
  let session = peer.session ?? null;
  const refs = new Map<string, string>();
  const logged: string[] = [];
  const world: World = {
    fetch: (url, init = {}) => {
      const pass = (): Promise<Response> => peer.fetch(url, init);
      const hits = breakage !== null && (breakage.on === 'all' || peer.isCommit(new URL(url), init));
      return hits && breakage !== null ? breakage.how(pass, init) : pass();
    },
    now: () => peer.now(),
    signal: new AbortController().signal,
    log: (message, facts) => logged.push(`${message} ${JSON.stringify(facts ?? {})}`),
    keep: async (name, ref) => void refs.set(name, ref),
    kept: (name) => refs.get(name) ?? null,
    session: {
      read: async () => session,
      renew: async (make) => (session = await make(session)),
    },
    open: async (media) => new Blob([new Uint8Array(media.bytes)], { type: media.mime }),
    house: peer.house ?? null,
  };
  return { world, logged, broken: (how, on = 'commit') => (breakage = { how, on }), mend: () => (breakage = null) };
}

export function contentOf(text: string): PartContent {
  return { text, media: [], link: null, language: 'en', options: {} };
}

/** A post of its own key; `n` tells parts apart. */
export function partOf(text: string, n = 1, stampAt: Instant = Date.UTC(2026, 10, 22, 12)): Part {
  const key = n.toString(16).padStart(32, '0');
  return { partId: `00000000-0000-7000-8000-${key.slice(-12)}`, key, position: 0, kind: 'post', content: contentOf(text), stampAt, parent: null, root: null };
}
