import { Clock } from '../../src/infra/clock.js';
import { Outgoing } from '../../src/infra/http/outgoing.js';
import type { Fetch } from '../../src/core/transport.js';
import type { Part, PartContent } from '../../src/core/part.js';
import type { World } from '../../src/connectors/connector.js';

/** What one channel of Postern has: a kept session, kept ids, the real way out, and a count of what went out. */
export class PeerWorld {
  session: string | null = null;
  /** ms added to the machine's clock. */
  clockOff = 0;
  /** Stands between the connector and the wire, to lose an answer. */
  between: (pass: () => Promise<Response>, url: URL) => Promise<Response> = (pass) => pass();
  readonly asked: string[] = [];
  readonly #kept = new Map<string, string>();
  readonly #fetch: Fetch;

  constructor(allowed: readonly string[], timeoutMs = 5_000) {
    const outgoing = new Outgoing({ ALLOW_HOSTS: [...allowed], CONTROL_TARGETS: [] }, new Clock());
    this.#fetch = outgoing.fetch({ timeoutMs });
  }

  readonly world: World = {
    fetch: (url, init) => {
      const at = new URL(url);
      this.asked.push(at.pathname.replace('/xrpc/', ''));
      return this.between(() => this.#fetch(at, init), at);
    },
    now: () => Date.now() + this.clockOff,
    signal: new AbortController().signal,
    log: () => undefined,
    keep: async (name, ref) => void this.#kept.set(name, ref),
    kept: (name) => this.#kept.get(name) ?? null,
    session: {
      read: async () => this.session,
      renew: async (make) => (this.session = await make(this.session)),
    },
    open: async ({ mime }) => new Blob([png], { type: mime }),
    house: null,
  };
}

/** One grey pixel. */
export const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==', 'base64');

let n = 0;
/** A part of its own key, stamped now. */
export function partOf(text: string, over: Partial<PartContent> = {}): Part {
  n += 1;
  const key = `${Date.now().toString(16).padStart(16, '0')}${(n * 40_503).toString(16).padStart(16, '0')}`.split('').reverse().join('');
  const content: PartContent = { text, media: [], link: null, language: 'en', options: {}, ...over };
  return { partId: `part-${n}`, key, position: 0, kind: 'post', content, stampAt: Date.now(), parent: null, root: null };
}
