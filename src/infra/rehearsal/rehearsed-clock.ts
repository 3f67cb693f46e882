import type { Instant } from '../../core/instant.js';
import { Clock } from '../clock.js';

interface Sleeper {
  /** By the monotonic clock. */
  readonly wakesAt: number;
  readonly arm: () => void;
  readonly wake: () => void;
}

/**
 * A clock for rehearsals: it begins at a chosen instant, goes as fast as any other, and can be put forward over the
 * hours in which nothing happens. Whoever sleeps meanwhile wakes as if that time had passed.
 */
export class RehearsedClock extends Clock {
  private readonly sleepers = new Set<Sleeper>();
  private readonly apart: number;
  private hopped = 0;

  constructor(startsAt: Instant) {
    super();
    this.apart = startsAt - super.now();
  }

  /** How far it goes ahead of the real one, ms. */
  get ahead(): number {
    return this.apart + this.hopped;
  }

  override now(): Instant {
    return super.now() + this.ahead;
  }

  override monotonic(): number {
    return super.monotonic() + this.hopped;
  }

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const wakesAt = this.monotonic() + ms;
      const sleeper: Sleeper = {
        wakesAt,
        arm: () => {
          clearTimeout(timer);
          timer = setTimeout(sleeper.wake, Math.max(0, Math.min(wakesAt - this.monotonic(), 2_000_000_000)));
        },
        wake: () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', sleeper.wake);
          this.sleepers.delete(sleeper);
          resolve();
        },
      };
      this.sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
      sleeper.arm();
    });
  }

  /** Puts it forward. Whoever was to wake meanwhile wakes now, in the order of their times. */
  hop(ms: number): void {
    this.hopped += ms;
    const now = this.monotonic();
    for (const sleeper of [...this.sleepers].sort((one, other) => one.wakesAt - other.wakesAt)) {
      if (sleeper.wakesAt <= now) sleeper.wake();
      else sleeper.arm();
    }
  }
}
