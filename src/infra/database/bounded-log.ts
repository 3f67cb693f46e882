import { closeSync, openSync } from 'node:fs';
import { copyFile, readFile, stat, truncate } from 'node:fs/promises';

const MOST_BYTES = 5_000_000;
const LOOK_EVERY_MS = 600_000;

/**
 * A log file another process writes to by its descriptor, kept under 2 × 5 MB: the older half lies in `<path>.1`.
 * It is opened for appending, so the writer goes on at the new end after it was cut.
 */
export class BoundedLog {
  private timer: NodeJS.Timeout | null = null;

  constructor(readonly path: string) {}

  /** @returns a descriptor to hand to the writer; close it with `closeSync` when handed over */
  async open(): Promise<number> {
    await this.cut();
    this.timer ??= setInterval(() => void this.cut(), LOOK_EVERY_MS).unref();
    return openSync(this.path, 'a', 0o600);
  }

  close(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  async lastLines(count: number): Promise<string> {
    const text = await readFile(this.path, 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-count).join('\n');
  }

  async cut(mostBytes = MOST_BYTES): Promise<void> {
    try {
      if ((await stat(this.path)).size <= mostBytes) return;
      await copyFile(this.path, `${this.path}.1`);
      await truncate(this.path, 0);
    } catch {
      // A log that cannot be cut (no file yet, a full disk) is no reason to stop.
    }
  }

  /** Hands the descriptor to `use` and closes our side of it. */
  async lend<T>(use: (descriptor: number) => T): Promise<T> {
    const descriptor = await this.open();
    try {
      return use(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}
