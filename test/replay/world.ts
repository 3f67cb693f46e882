import { Chance } from './chance.js';

export const classes = [
  'total', '5xx', 'dns', 'login', 'media', 'partial', 'slow', 'limit_error', 'api_error', 'account_error', 'read_only', 'intermittent', 'none_for_platforms',
] as const;
export type FaultClass = (typeof classes)[number];

export interface Span {
  readonly from: number;
  readonly to: number;
}
export interface Fault extends Span {
  readonly kind: FaultClass;
}

export type WriteAnswer = 'delivered' | 'unavailable' | 'uncertain' | 'unauthorized' | 'throttled' | 'refused';
export interface Answer<T> {
  readonly result: T;
  readonly afterMs: number;
}

const DAY = 86_400_000;
const FLAP_MS = 300_000;
const TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 5_000;
export const PROBE_NOISE = 0.002;

/** The platform, and the way to it, by the rules of the replay: faults as given, noise by chance. Asked with times that never go back by more than a timeout. */
export class World {
  readonly blips: readonly Span[];
  readonly bursts: readonly Span[];
  readonly #rough: readonly Span[];
  #next = 0;

  constructor(readonly faults: readonly Fault[], { from, to }: Span, private readonly chance: Chance) {
    this.blips = spans(new Chance(`blip${chance.unit()}`), { from, to }, DAY, () => 15_000, 60_000);
    this.bursts = spans(new Chance(`burst${chance.unit()}`), { from, to }, DAY / 2, () => 20_000, Number.POSITIVE_INFINITY);
    this.#rough = [...this.blips, ...this.bursts, ...faults].toSorted((a, b) => a.from - b.from);
  }

  /** When the next trouble begins, or 0 if there is some now. Beyond noise per call nothing happens before. */
  calmUntil(at: number): number {
    while (this.#next < this.#rough.length && this.#rough.slice(this.#next, this.#next + 4).every((span) => span.to < at - 60_000)) this.#next++;
    let next = Number.POSITIVE_INFINITY;
    for (let i = this.#next; i < this.#rough.length && i < this.#next + 40; i++) {
      const span = this.#rough[i]!;
      if (at >= span.from && at < span.to) return 0;
      if (span.from > at) {
        next = Math.min(next, span.from);
        break;
      }
    }
    return next;
  }

  fault(at: number): Fault | null {
    const found = this.faults.find((fault) => at >= fault.from && at < fault.to) ?? null;
    if (found?.kind !== 'intermittent') return found;
    return Math.floor((at - found.from) / FLAP_MS) % 2 === 0 ? { ...found, kind: 'total' } : null;
  }

  isOffline(at: number): boolean {
    return this.fault(at)?.kind === 'none_for_platforms';
  }

  #rattled(at: number): boolean {
    if (this.calmUntil(at) !== 0) return false;
    for (let i = this.#next; i < this.#rough.length && this.#rough[i]!.from <= at; i++) {
      const span = this.#rough[i]!;
      if (!('kind' in span) && at < span.to) return this.chance.is(0.5);
    }
    return false;
  }

  write(at: number, media: boolean): Answer<WriteAnswer> {
    const broken = this.#writeFault(at, media);
    if (broken) return broken;
    if (this.#rattled(at)) return { result: 'unavailable', afterMs: 300 };
    const roll = this.chance.unit();
    if (roll < 0.01 + 0.008 * 0.03) return { result: 'unavailable', afterMs: 300 };
    if (roll < 0.015 + 0.008 * 0.03) return { result: 'throttled', afterMs: 300 };
    if (roll < 0.023) return { result: 'unauthorized', afterMs: 300 };
    return { result: 'delivered', afterMs: this.fault(at)?.kind === 'slow' ? 20_000 : 300 };
  }

  #writeFault(at: number, media: boolean): Answer<WriteAnswer> | null {
    const fail = { result: 'unavailable', afterMs: 300 } as const;
    switch (this.fault(at)?.kind) {
      case 'total':
      case 'dns':
      case 'login':
      case 'none_for_platforms':
        return fail;
      case '5xx':
        return this.chance.is(0.5) ? { result: 'uncertain', afterMs: TIMEOUT_MS } : fail;
      case 'media':
        return media ? fail : null;
      case 'partial':
        return this.chance.is(0.4) ? fail : null;
      case 'slow':
        return this.chance.is(0.2) ? fail : null;
      case 'limit_error':
      case 'api_error':
        return { result: 'throttled', afterMs: 300 };
      case 'account_error':
        return { result: 'unauthorized', afterMs: 300 };
      case 'read_only':
      case 'intermittent':
      case undefined:
        return null;
    }
  }

  /** An unsigned read. */
  read(at: number): Answer<boolean> {
    const kind = this.fault(at)?.kind;
    const share = kind === 'total' || kind === '5xx' || kind === 'dns' ? 0.97 : kind === 'partial' ? 0.4 : kind === 'slow' ? 0.2 : kind === 'none_for_platforms' ? 1 : 0;
    if (this.chance.is(share)) return { result: false, afterMs: kind !== 'dns' && this.chance.is(0.5) ? PROBE_TIMEOUT_MS : 300 };
    if (this.#rattled(at)) return { result: false, afterMs: 300 };
    return { result: !this.chance.is(PROBE_NOISE), afterMs: kind === 'slow' ? PROBE_TIMEOUT_MS : 200 };
  }

  /** A signed look at one channel whose own account is in order. */
  look(at: number): Answer<'ok' | 'refused' | 'failed'> {
    if (this.fault(at)?.kind === 'account_error') return { result: 'refused', afterMs: 300 };
    const { result, afterMs } = this.read(at);
    return { result: result ? 'ok' : 'failed', afterMs };
  }

  /** Is it there? null: not answered. */
  readBack(at: number): Answer<boolean | null> {
    if (this.fault(at)?.kind === 'read_only') return { result: false, afterMs: 300 };
    const { result, afterMs } = this.read(at);
    return { result: result ? true : null, afterMs };
  }
}

function spans(chance: Chance, { from, to }: Span, every: number, mean: () => number, most: number): readonly Span[] {
  const made: Span[] = [];
  for (let at = from + chance.wait(every); at < to; at += chance.wait(every)) made.push({ from: at, to: at + Math.min(most, chance.wait(mean())) });
  return made;
}
