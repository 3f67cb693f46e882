import type { Instant } from './instant.js';

/**
 * What one attempt told us (DESIGN §5). A connector answers with exactly one of these and never throws.
 * `detail` holds the platform's own words or a short technical sentence in English, at most 500 characters,
 * and never a secret.
 */
export type Outcome =
  | { readonly kind: 'delivered'; readonly remoteId: string; readonly url: string | null }
  /** `house`: we ourselves do, before anything goes anywhere; `detailIt`: our sentence in Italian. */
  | { readonly kind: 'refused'; readonly detail: string; readonly scope?: 'house'; readonly detailIt?: string }
  | { readonly kind: 'unauthorized'; readonly detail: string }
  /** `house`: we ask it of ourselves for a moment, which says nothing of an outlet. */
  | { readonly kind: 'throttled'; readonly until: Instant | null; readonly scope: 'account' | 'app' | 'house'; readonly detail: string }
  | { readonly kind: 'unavailable'; readonly detail: string }
  | { readonly kind: 'uncertain'; readonly detail: string }
  | { readonly kind: 'local'; readonly detail: string };

export type OutcomeKind = Outcome['kind'];

/** An answer other than "it is out". */
export type Setback = Exclude<Outcome, { kind: 'delivered' }>;

/** What looking for a part told us. `unknown`: the look itself failed, so nothing is concluded. */
export type Found =
  | { readonly kind: 'found'; readonly remoteId: string; readonly url: string | null }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly detail: string };

/** How an outcome counts as evidence for the platform's health: 1 = availability, 2 = authorisation and limits (§7). */
export function evidenceChannel(kind: OutcomeKind): 1 | 2 | null {
  switch (kind) {
    case 'delivered':
    case 'unavailable':
    case 'uncertain':
      return 1;
    case 'unauthorized':
    case 'throttled':
      return 2;
    case 'refused':
    case 'local':
      return null;
  }
}
