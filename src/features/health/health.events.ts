import type { DownBy, DownKind } from '../../core/detector-state.js';
import type { Edge } from '../../core/edge.js';
import type { Observed } from '../../core/observed.js';
import type { Cause } from '../../core/signal.js';
import type { VerdictState } from '../../core/verdict.js';

/** What a platform says itself, in its own words. */
export interface OfficialWords {
  readonly text: string;
  readonly url: string | null;
  /** ISO; when it was last said. */
  readonly at: string;
}

/** What it stands on and others too, found by the mark that an edge leaves on the answers it gives itself. */
export interface Upstream {
  readonly edge: Edge;
  /** Components of other groups that fail at it as well; some of them. */
  readonly with: readonly string[];
}

/**
 * Payload of the fact `component.changed`: what is said of a component is no longer what it was. `from` and `to` are for
 * what has text only; with only media down they are the same, `degraded`, and `kind` and `media` tell. While it is
 * neither up nor unknown the fact also comes, `from` equal to `to`, when the platform's own words change, or when its
 * upstream turns out to be what is down.
 */
export interface ComponentChanged {
  readonly componentId: string;
  /** Also of outlets, which no connector of the registry stands for. */
  readonly platform: { readonly connectorId: string; readonly host: string; readonly name: string; readonly infraGroup: string | null };
  readonly from: VerdictState;
  readonly to: VerdictState;
  /** The same for what has media. */
  readonly media: VerdictState;
  /** It is unknown because our own network is in doubt, not for lack of evidence: nothing is over. */
  readonly impaired: boolean;
  /** ISO; since when it is so. Recovering: since the first of the good signs, which is when the outage ended. */
  readonly at: string;
  /** ISO; when the oldest of what speaks against it began: for people that is when the trouble began. `at`, where nothing does. */
  readonly firstAt: string;
  readonly kind: DownKind | null;
  readonly by: DownBy | null;
  readonly cause: Cause;
  /** Of the cause, 0 to 1. */
  readonly confidence: number;
  readonly evidence: Observed;
  /** null: it says nothing. */
  readonly official: OfficialWords | null;
  /** It fell by an upstream that others share; null or left out (as facts of before it was known do) = none is known. */
  readonly upstream?: Upstream | null;
}
