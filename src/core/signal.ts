import type { Edge } from './edge.js';
import type { Instant } from './instant.js';
import type { OutcomeKind } from './outcome.js';
import type { VerdictState } from './verdict.js';

/** Shown inside with a confidence, never to clients (DESIGN §7). */
export const causes = [
  'traffic-surge', 'technical-fault', 'maintenance', 'shared-upstream', 'attack', 'account-or-limits', 'own-network', 'unknown',
] as const;
export type Cause = (typeof causes)[number];

/** Which process saw it ('' = none: it is read off a row), and when the request began: by that clock the self guard throws evidence away. */
interface Seen {
  readonly at: Instant;
  readonly process: string;
}

/** Whose account it was. Ids; only told apart, never looked up. */
export interface Witness {
  readonly account: string;
  readonly client: string;
  readonly workspace: string;
  /** The app credential the account signs in with, where several are in use. */
  readonly app: string | null;
}

/** One attempt at a part, not a canary. `healthy`: the account was healthy at some time in the last 24 h, else its channel-2 answers say nothing. */
export interface WriteSignal extends Seen, Witness {
  readonly kind: 'write';
  readonly outcome: OutcomeKind;
  readonly media: boolean;
  readonly healthy: boolean;
  /** From first byte sent to the answer; null where there was none. */
  readonly latencyMs: number | null;
}

/**
 * The held delivery that goes first. `sent` when it is claimed (`jitter` from −1 to 1, by chance), then how it ended.
 * `uncertain` keeps it the only canary until `ok` (found), `absent` (found to be absent: it may go again) or `gone` is
 * told: it cannot go any more, or a person put it out, which says nothing of the platform.
 */
export interface CanarySignal extends Seen {
  readonly kind: 'canary';
  readonly result: 'sent' | 'ok' | 'failed' | 'uncertain' | 'absent' | 'gone';
  readonly delivery: string;
  readonly media: boolean;
  /** Can be resent or read back; one that cannot is a canary at most every ten minutes. */
  readonly readBack: boolean;
  readonly jitter: number;
}

/** One channel asked who it is (the others, when one was refused; and each daily look). `clients`: clients with a channel here. */
export interface LookSignal extends Seen, Witness {
  readonly kind: 'look';
  /** `refused`: unauthorized, suspended, throttled. `failed`: no proper answer. */
  readonly result: 'ok' | 'refused' | 'failed';
  readonly clients: number;
}

/** Something published was read back: there, or answered properly and not there. `clients` as in a look. */
export interface ReadBackSignal extends Seen, Witness {
  readonly kind: 'read-back';
  readonly ok: boolean;
  readonly clients: number;
}

export type Signal =
  | WriteSignal
  | CanarySignal
  | LookSignal
  | ReadBackSignal
  /** `edge`: it failed because this edge answered, and not the API behind it. */
  | (Seen & { readonly kind: 'probe'; readonly ok: boolean; readonly edge?: Edge })
  | (Seen & { readonly kind: 'shadow'; readonly ok: boolean })
  /** The official feed. `operational` and words nobody knows are `none`: they count for nothing. `cause`: if it says one. */
  | { readonly kind: 'status'; readonly level: 'none' | 'minor' | 'major'; readonly cause: Cause | null }
  /** Planned work, from the feed or entered; null takes it back. */
  | { readonly kind: 'maintenance'; readonly planned: { readonly from: Instant; readonly to: Instant } | null }
  /** A component of the same infra group, or of another platform on the same upstream, fell or rose. `edge`: that upstream, by its own mark. */
  | { readonly kind: 'sibling'; readonly id: string; readonly relation: 'group' | 'upstream'; readonly down: boolean; readonly edge?: Edge }
  /** Always wins until its expiry; null takes it back. */
  | { readonly kind: 'operator'; readonly word: { readonly state: VerdictState; readonly until: Instant } | null }
  /** A tick of one process's self guard; `controls`: how many answered within 24 h. */
  | (Seen & { readonly kind: 'guard'; readonly impaired: boolean; readonly controls: number })
  | { readonly kind: 'workers'; readonly alive: number }
  /** Each second. `held`: deliveries held here; `due`: one is held or due within 24 h, so probing is wanted. */
  | { readonly kind: 'tick'; readonly held: number; readonly due: boolean };
