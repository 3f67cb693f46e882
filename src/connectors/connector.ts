import type { z } from 'zod';
import type { Capability } from '../core/component.js';
import type { Instant } from '../core/instant.js';
import type { Found, Outcome, Setback } from '../core/outcome.js';
import type { Part, PartContent, PartMedia } from '../core/part.js';
import type { Fetch } from '../core/transport.js';

export type { Fetch } from '../core/transport.js';

/** A session (Bluesky's two tokens) kept sealed beside the channel and renewed under a lock, never per post. */
export interface SessionStore {
  read(): Promise<string | null>;
  /**
   * Runs `make` under the channel's lock, with the session as it stands then (another process may have renewed it
   * meanwhile: then `make` should return it unchanged), and stores what it answers before anyone uses it.
   */
  renew(make: (current: string | null) => Promise<string>): Promise<string>;
}

/**
 * An outlet of this house (its blog, its newsletter): what goes out there is a row of ours, so nothing is called outside.
 * `account`: the connector's own, as its schema gives it.
 */
export interface HouseOutlet {
  /** Takes the part for good. Again under the same `key` it does nothing and answers as the first time. */
  take(part: Part, account: unknown): Promise<Outcome>;
  /** Was it taken under this `key`? */
  find(part: Part, account: unknown): Promise<Found>;
  look(account: unknown): Promise<Look>;
  /** Takes it back, where that can be. */
  delete?(remoteId: string, account: unknown): Promise<Outcome>;
}

/** What a probe and a shadow act in: nobody's credential, no session. */
export type ProbeWorld = Pick<World, 'fetch' | 'now' | 'signal' | 'log'>;

export interface World {
  readonly fetch: Fetch;
  readonly now: () => Instant;
  readonly signal: AbortSignal;
  /** Debug line; sealed values are struck out by value. */
  readonly log: (message: string, facts?: Readonly<Record<string, unknown>>) => void;
  /** Stores a remote id of `prepare` before the next step; `name` is the connector's own, unique within the part. */
  readonly keep: (name: string, ref: string, expiresAt: Instant | null) => Promise<void>;
  /** What `keep` stored earlier and has not expired. */
  readonly kept: (name: string) => string | null;
  readonly session: SessionStore;
  /** The bytes of a medium, streamed from storage. */
  readonly open: (media: PartMedia) => Promise<Blob>;
  /** Of a connector that is an outlet of this house; null for all that speak to a server. */
  readonly house: HouseOutlet | null;
}

export type Prepared =
  | { readonly kind: 'ready' }
  /** The platform is still chewing: ask again at `at`. */
  | { readonly kind: 'wait'; readonly at: Instant }
  | Setback;

/** `component`: does the API answer in its own format? `ok` with 400, 401, 403, 404, 429 in that format too. */
export type Probe =
  | { readonly kind: 'ok'; readonly latencyMs: number }
  | { readonly kind: 'fault'; readonly detail: string }
  | { readonly kind: 'local'; readonly detail: string };

export type Look =
  /** `learned`: what the account's server tells of its own limits (JSON), stored and handed to `limits`. */
  | { readonly kind: 'ok'; readonly accountName: string; readonly url: string | null; readonly learned?: unknown; readonly expiresAt?: Instant | null }
  | Setback;

/** One rule of a platform that a text or a medium breaks; `code` names the sentence, `params` fill it. */
export interface Violation {
  readonly code:
    | 'text-too-long' | 'text-too-many-bytes' | 'text-empty' | 'too-many-media' | 'media-type' | 'media-too-large'
    | 'media-mixed' | 'alt-too-long' | 'too-many-parts' | 'media-needed' | 'option-invalid';
  readonly params: Readonly<Record<string, string | number>>;
}

/** A platform's limits as data and pure functions; shared with the composer. */
export interface Limits {
  /** The most characters of a part, counted by `measure`. */
  readonly maxText: number;
  /** Counts as the platform counts. */
  measure(text: string): number;
  readonly maxMedia: number;
  /** Accepted types and the most bytes of each. */
  readonly mediaTypes: Readonly<Record<string, number>>;
  /** The most parts of a thread; 1 = no threads. */
  readonly maxParts: number;
  check(content: PartContent): readonly Violation[];
}

export interface FindWindow {
  /** Look at nothing older than this (intent − 2 min). */
  readonly since: Instant;
  /** Remote ids on this channel that are already ours: never to be taken for this part. */
  readonly taken: ReadonlySet<string>;
  /**
   * It may be out without our own request: by hand, or by an older life of the installation at another time. Then a key
   * of our own that is not there proves nothing, and it is looked for by what it says as well.
   */
  readonly byOthers?: true;
}

/**
 * The code that speaks to one kind of outlet (DESIGN §5): a plain value of data and functions.
 * `A` is the account's schema: it validates what the person enters, is sealed whole, and draws the form.
 */
export interface Connector<A = unknown> {
  readonly id: string;
  readonly name: string;
  /** Components that fall together; null = its host alone. */
  readonly infraGroup: string | null;
  readonly account: z.ZodType<A>;
  /** Options of a part that only this platform knows. */
  readonly options: z.ZodType<Readonly<Record<string, unknown>>>;
  readonly capabilities: readonly Capability[];
  /** Many hosts speak for this platform (instances, blogs): one that hangs must not fill the platform's lane. */
  readonly manyHosts?: true;
  /** What goes out there comes to people unasked: instead of another outlet it takes only what a person wrote or approved for it. */
  readonly approvedOnly?: true;
  /** One message there carries all that a brand sends that way in other outlets' place on a day. */
  readonly collects?: true;
  /** What goes out there is a page that anybody may read: what goes out elsewhere may lead to it. */
  readonly pages?: true;
  /** Its links can be marked for the brand's own statistics, by a rule of the channel's (core/utm.ts). Elsewhere a link goes out as it was written. */
  readonly marksLinks?: true;
  /**
   * A person publishes there: where another post would be sent, those on duty are asked to post it, and one of them says that it
   * is out (core/failover.ts). Nothing is called: `commit` is never reached, and there is no `find`.
   */
  readonly byHand?: true;
  /** The host that answers for this account: with the id it names the component. Lower case, with port if not the default. */
  host(account: A): string;
  /** Posts that a host of the platform allows an app of ours, or our address, in so many ms, over all accounts, where it says so: late posts keep well below it. */
  readonly appLimit?: { readonly posts: number; readonly perMs: number };
  /** The credential of an app of ours through which the account works, by a name that is no secret; left out where every account brings its own. */
  app?(account: A): string | null;
  /** `learned`: what `look` told last, or undefined. */
  limits(learned?: unknown): Limits;
  /** How long before the due instant `prepare` starts, ms; 0 = nothing to prepare. */
  readonly leadMs: number;
  /** Set where the platform promises that a byte-identical resend with the same key does nothing twice, within this window. */
  readonly resendWindowMs: number | null;
  /**
   * The key is the place where the post lies, so that two requests under it end as one post even while both are at work:
   * only then a resend need not wait `settleMs`. A key that is remembered once the first is answered is none.
   */
  readonly keyIsAtomic?: true;
  /** How long after the intent an absence starts to mean something, ms; ≥ 2 leases. */
  readonly settleMs: number;
  prepare?(part: Part, account: A, world: World): Promise<Prepared>;
  commit(part: Part, account: A, world: World): Promise<Outcome>;
  /** Absent where the platform offers no read-back: then a person is asked. */
  find?(part: Part, account: A, world: World & { readonly window: FindWindow }): Promise<Found>;
  /** Costs nothing, uses no tenant's credential. */
  probe(host: string, world: ProbeWorld): Promise<Probe>;
  /**
   * A write that nobody sees, asked for only while the platform is suspect or down. Like the probe it is free and uses no
   * tenant's credential; absent where the platform's terms allow none.
   */
  shadow?(host: string, world: ProbeWorld): Promise<Probe>;
  /** The cheapest identity read of one channel. */
  look(account: A, world: World): Promise<Look>;
  delete?(remoteId: string, account: A, world: World): Promise<Outcome>;
}

/** Keeps the account's type inside the connector while the registry sees one shape. */
export function defineConnector<A>(connector: Connector<A>): Connector {
  return connector as unknown as Connector;
}
