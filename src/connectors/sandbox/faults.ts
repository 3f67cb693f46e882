import { z } from 'zod';
import { profiles } from './profiles.js';

export const calls = ['post', 'media', 'read', 'me', 'probe', 'delete', 'shadow'] as const;
export type Call = (typeof calls)[number];

const ms = z.number().int().min(0).max(86_400_000);
/** `taken`: the post is taken before things go wrong. */
const taken = z.boolean().default(false);
/** It comes through this network, whose mark it carries. */
const edge = z.enum(['cloudflare']).optional();

const Behaviour = z.discriminatedUnion('kind', [
  /** Answers with an error status: in the platform's own format, or as a proxy's HTML page. */
  z.object({ kind: z.literal('status'), status: z.number().int().min(300).max(599).default(503), html: z.boolean().default(false), edge, taken }),
  /** 200 with a page where JSON is due. */
  z.object({ kind: z.literal('html'), edge, taken }),
  /** 200 with JSON of another shape. */
  z.object({ kind: z.literal('shape'), taken }),
  z.object({ kind: z.literal('hang'), taken }),
  z.object({ kind: z.literal('reset'), taken }),
  /** Says 201 and forgets it. */
  z.object({ kind: z.literal('lose') }),
  /** Answers nothing; the post appears after `minMs`…`ms`. */
  z.object({ kind: z.literal('late'), ms, minMs: ms.optional() }),
  /** Read-back shows a post only `minMs`…`ms` after it appeared. */
  z.object({ kind: z.literal('lag'), ms, minMs: ms.optional() }),
  z.object({ kind: z.literal('slow'), ms, minMs: ms.optional() }),
  z.object({ kind: z.literal('throttle'), retryAfterMs: ms.nullable().default(null), says: z.enum(['seconds', 'date', 'iso', 'epoch']).default('seconds') }),
  z.object({ kind: z.literal('unauthorized') }),
  z.object({ kind: z.literal('suspended') }),
  z.object({ kind: z.literal('refuse'), message: z.string().default('This content is not welcome here') }),
  z.object({ kind: z.literal('huge'), bytes: z.number().int().min(1).default(300_000_000), taken }),
  z.object({ kind: z.literal('endless'), taken }),
]);
export type Behaviour = z.output<typeof Behaviour>;

/** How a platform misbehaves, for whom, in which calls, and how long. */
export const Fault = z.intersection(
  Behaviour,
  z.object({
    platform: z.enum(profiles.map(({ id }) => id)).optional(),
    account: z.string().optional(),
    /** The host name it was asked under: each name below the built-in one is a world of its own. */
    world: z.string().optional(),
    /** Default: what the kind is about (`lag` reads, `lose`, `late` and `refuse` posts, else everything). */
    on: z.array(z.enum(calls)).min(1).optional(),
    forMs: ms.optional(),
    count: z.number().int().min(1).optional(),
    probability: z.number().min(0).max(1).default(1),
    /** Flapping: this long bad, this long good, and again. */
    flap: z.object({ badMs: ms.min(1), goodMs: ms.min(1) }).optional(),
  }),
);
export type Fault = z.output<typeof Fault>;

interface Asking {
  readonly platform: string;
  readonly account: string | null;
  readonly world: string;
}

interface Standing {
  readonly id: string;
  readonly fault: Fault;
  readonly since: number;
  left: number;
}

/** The faults in force. Chance is seeded: the same requests meet the same faults. */
export class FaultBoard {
  #standing: Standing[] = [];
  #made = 0;
  #state: number;

  constructor(
    private readonly now: () => number,
    seed = 1,
  ) {
    this.#state = seed >>> 0;
  }

  add(fault: Fault): string {
    const id = `f${(this.#made += 1)}`;
    this.#standing.push({ id, fault, since: this.now(), left: fault.count ?? Infinity });
    return id;
  }

  list(): readonly { readonly id: string; readonly fault: Fault }[] {
    this.#sweep();
    return this.#standing.map(({ id, fault }) => ({ id, fault }));
  }

  remove(id: string): boolean {
    const before = this.#standing.length;
    this.#standing = this.#standing.filter((standing) => standing.id !== id);
    return this.#standing.length < before;
  }

  clear(): void {
    this.#standing = [];
  }

  /** What hits this call, in the order the faults were set; counts them down. */
  hitting(call: Call, { platform, account, world }: Asking): readonly Behaviour[] {
    if (this.#standing.length === 0) return [];
    this.#sweep();
    return this.#standing.filter((standing) => this.#hits(standing, call, { platform, account, world })).map(({ fault }) => fault);
  }

  /** A number in [0, 1) (mulberry32). */
  chance(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  between({ ms: most, minMs = most }: { readonly ms: number; readonly minMs?: number | undefined }): number {
    return Math.round(minMs + this.chance() * (most - minMs));
  }

  #hits(standing: Standing, call: Call, { platform, account, world }: Asking): boolean {
    const { fault, since } = standing;
    if (fault.platform !== undefined && fault.platform !== platform) return false;
    if (fault.account !== undefined && fault.account !== account) return false;
    if (fault.world !== undefined && fault.world !== world) return false;
    if (!(fault.on ?? callsOf(fault.kind)).includes(call)) return false;
    if (fault.flap && (this.now() - since) % (fault.flap.badMs + fault.flap.goodMs) >= fault.flap.badMs) return false;
    if (fault.probability < 1 && this.chance() >= fault.probability) return false;
    standing.left -= 1;
    return true;
  }

  #sweep(): void {
    const now = this.now();
    this.#standing = this.#standing.filter(({ fault, since, left }) => left > 0 && (fault.forMs === undefined || now < since + fault.forMs));
  }
}

function callsOf(kind: Behaviour['kind']): readonly Call[] {
  switch (kind) {
    case 'lag':
    case 'lose':
    case 'late':
    case 'refuse':
      return ['post'];
    case 'unauthorized':
    case 'suspended':
      return ['post', 'media', 'read', 'me', 'delete'];
    case 'status':
    case 'html':
    case 'shape':
    case 'hang':
    case 'reset':
    case 'slow':
    case 'throttle':
    case 'huge':
    case 'endless':
      return calls;
  }
}
