import { Injectable } from '@nestjs/common';
import type { Instant } from '../core/instant.js';

/** The only clock of the process; handed in everywhere, so that a test can hold its own. */
@Injectable()
export class Clock {
  /** Wall time, ms since the epoch. */
  now(): Instant {
    return Date.now();
  }

  /** Monotonic time in ms; its zero means nothing. It stands still while a laptop sleeps: see `Age`. */
  monotonic(): number {
    return performance.now();
  }

  /** Starts an age: the larger of the monotonic and the wall-clock difference (DESIGN §6.3). In ms. */
  startAge(): () => number {
    const wall = this.now();
    const mono = this.monotonic();
    return () => Math.max(this.monotonic() - mono, this.now() - wall);
  }

  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
