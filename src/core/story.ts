import type { DetectorState, DownBy, DownKind } from './detector-state.js';
import { isImpaired } from './guard.js';
import type { Instant } from './instant.js';
import type { Cause } from './signal.js';
import type { Verdict } from './verdict.js';

/**
 * What dispatch may do. With only media down, text flows (`degraded`) and media waits.
 * @param of what the delivery carries; without a delivery in hand, `text`
 */
export function verdict(state: DetectorState, of: 'text' | 'media' = 'text'): Verdict {
  if (state.word && state.at < state.word.until) return { state: state.word.state, impaired: false };
  const shut = state.phase === 'down' || state.phase === 'maintenance';
  if (isImpaired(state)) return { state: shut && state.kind !== 'media' ? state.phase : 'unknown', impaired: true };
  const textFlows = state.kind === 'media' && of === 'text' && (shut || state.phase === 'recovering');
  return { state: textFlows ? 'degraded' : state.phase, impaired: false };
}

/** What is told inside: since when, what is down, found by which rule, and why it may be. */
export interface Story {
  readonly since: Instant;
  readonly kind: DownKind | null;
  readonly by: DownBy | null;
  readonly cause: Cause;
  /** 0 to 1. */
  readonly confidence: number;
}

export function story(state: DetectorState): Story {
  return { since: state.since, kind: state.kind, by: state.by, ...cause(state) };
}

/** The likeliest cause, the surest evidence first. Confidences are ranks in numbers, not frequencies. */
function cause(state: DetectorState): Pick<Story, 'cause' | 'confidence'> {
  if (isImpaired(state)) return { cause: 'own-network', confidence: 0.9 };
  if (state.phase === 'up' || state.phase === 'unknown') return { cause: 'unknown', confidence: 0 };
  if (state.phase === 'maintenance') return { cause: 'maintenance', confidence: 0.9 };
  if (state.status.level !== 'none' && state.status.cause) return { cause: state.status.cause, confidence: 0.8 };
  if (state.siblings.some(({ relation }) => relation === 'upstream')) return { cause: 'shared-upstream', confidence: 0.7 };
  switch (state.kind) {
    case 'auth-or-limits':
      return { cause: 'account-or-limits', confidence: 0.8 };
    case 'read':
    case 'media':
      return { cause: 'technical-fault', confidence: 0.6 };
    case 'unavailable':
      return wasSlow(state) ? { cause: 'traffic-surge', confidence: 0.5 } : { cause: 'technical-fault', confidence: 0.5 };
    case null:
      return { cause: 'unknown', confidence: state.phase === 'suspect' ? 0.3 : 0 };
  }
}

/** Its answers had become slow before they stopped. */
function wasSlow({ latency, config }: DetectorState): boolean {
  return latency.samples >= config.degraded.slowSamples && latency.recent > config.degraded.slowFactor * latency.p95;
}
