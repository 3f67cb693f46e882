import { type CanaryState, type DetectorState, noCanary } from './detector-state.js';
import type { Instant } from './instant.js';
import type { CanarySignal } from './signal.js';

/** It fell: the first canary goes a while later. One that is not cleared up yet stays the only one. */
export function firstCanary(state: DetectorState, now: Instant): CanaryState {
  const { firstMs } = state.config.canary;
  return { ...noCanary, nextAt: now + firstMs, blindAt: Math.max(state.canary.blindAt, now + firstMs), waitMs: firstMs, only: state.canary.only, open: state.canary.open };
}

/** A canary was sent or told how it ended: when may the next one go? */
export function canaryAfter(state: DetectorState, signal: CanarySignal): CanaryState {
  const { canary, config: { canary: times, recovering } } = state;
  const at = signal.at;
  const id = signal.delivery.slice(0, state.config.most.letters);
  // How another one ended does not clear up the one that is not.
  const others = canary.only !== null && canary.only !== id;
  switch (signal.result) {
    case 'sent': {
      const jitter = Number.isFinite(signal.jitter) ? Math.max(-1, Math.min(1, signal.jitter)) : 0;
      const waitMs = Math.min(times.mostMs, canary.waitMs * times.factor);
      const nextAt = state.kind === 'read' ? at + times.readMs : at + waitMs * (1 + times.jitter * jitter);
      return { ...canary, sentAt: at, waitMs, nextAt, blindAt: signal.readBack ? canary.blindAt : at + times.blindMs };
    }
    case 'ok':
      if (others) return canary;
      // Where posts are taken and not seen, that one more was taken says nothing: it is read back first.
      return { ...canary, sentAt: null, only: null, open: false, nextAt: state.kind === 'read' ? canary.nextAt : at + recovering.signGapMs };
    case 'failed':
    case 'gone':
      return others ? canary : { ...canary, sentAt: null, only: null, open: false };
    case 'uncertain':
      return { ...canary, sentAt: null, only: id, open: true };
    case 'absent':
      // It may go again, and only it.
      return canary.only === id ? { ...canary, sentAt: null, open: false } : canary;
  }
}

/** A canary as its row says it is. `waits`: it may still go first, now or soon. `gone`: it never will, whatever became of it. */
export interface CanaryRow {
  readonly id: string;
  readonly now: 'sending' | 'unconfirmed' | 'published' | 'waits' | 'gone';
  /** A part of it is out since its latest try began. */
  readonly isPartOut: boolean;
  /** That part has a picture or film. */
  readonly media: boolean;
}

/** What its row says that the detector does not know yet; null = nothing. Told by whoever ended it or by nobody, the row knows. */
export function canaryNews({ canary }: DetectorState, row: CanaryRow): CanarySignal['result'] | null {
  switch (row.now) {
    case 'sending':
      return null;
    case 'unconfirmed':
      return canary.open ? null : 'uncertain';
    case 'published':
      return 'ok';
    case 'waits':
      return canary.open ? (row.isPartOut ? 'ok' : 'absent') : null;
    case 'gone':
      return 'gone';
  }
}
