import { Logger } from '@nestjs/common';
import type { Clock } from './clock.js';

/**
 * Runs a round again and again, never two at once: `everyMs` after the last one ended, or at once when rung.
 * A round that throws is logged when the trouble begins and when it is over, not each time.
 */
export class Loop {
  private readonly logger: Logger;
  private readonly stopping = new AbortController();
  private wake = new AbortController();
  private running: Promise<void> | null = null;
  private failing = false;

  constructor(
    private readonly name: string,
    private readonly everyMs: number,
    private readonly clock: Clock,
    private readonly round: (signal: AbortSignal) => Promise<unknown>,
  ) {
    this.logger = new Logger(name);
  }

  start(): void {
    this.running ??= this.run();
  }

  /** The next round comes now; if one is running, right after it. */
  ring(): void {
    this.wake.abort();
  }

  /** Resolves when the round that was running has ended; it sees the signal and may cut itself short. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.wake = new AbortController();
      await this.once();
      if (this.stopping.signal.aborted) return;
      await this.clock.sleep(this.everyMs, this.wake.signal);
    }
  }

  private async once(): Promise<void> {
    try {
      await this.round(this.stopping.signal);
      if (this.failing) this.logger.log(`${this.name} runs again.`);
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.logger.warn(`${this.name} could not do its round and keeps trying: ${String(error)}`);
      this.failing = true;
    }
  }
}
