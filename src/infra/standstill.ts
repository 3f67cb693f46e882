import type { Clock } from './clock.js';

const tickMs = 1_000;
/** Later than this after its tick, this process stood still: a machine that slept or was moved, a process that was stopped. A busy one is late by less. */
const stillMs = 3_000;

/**
 * Watches whether this process itself stands still. When it goes on, its timeouts fire before it reads what came meanwhile, so that
 * whoever it speaks to seems to have fallen silent.
 */
export class Standstill {
  private readonly done = new AbortController();
  private lastAt = -Infinity;

  constructor(private readonly clock: Clock) {
    void this.watch();
  }

  /** Was there one that ended after `at` (monotonic ms)? */
  since(at: number): boolean {
    return this.lastAt >= at;
  }

  stop(): void {
    this.done.abort();
  }

  private async watch(): Promise<void> {
    while (!this.done.signal.aborted) {
      const age = this.clock.startAge(); // a laptop that slept shows on the wall clock alone
      await this.clock.sleep(tickMs, this.done.signal);
      if (age() > tickMs + stillMs) this.lastAt = this.clock.monotonic();
    }
  }
}
