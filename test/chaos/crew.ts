import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnOurs } from '../kit/server-house.js';

export const say = (line: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

/** Seeded chance (xorshift), from 0 to 1, so that a run can be told from another; the processes' own timing stays random. */
export function chanceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}

const STOPPED_AT_ONCE = 2;

/** Real worker processes, to be killed with -9 and replaced, or stopped for a while. One is always left alone. */
export class Crew {
  private readonly living = new Set<ChildProcess>();
  private readonly stopped = new Set<ChildProcess>();
  private readonly spawning: Promise<void>[] = [];
  readonly done = { kills: 0, stops: 0 };

  constructor(
    private readonly environment: Readonly<Record<string, string>>,
    private readonly chance: () => number,
  ) {}

  async start(workers: number): Promise<void> {
    await Promise.all(Array.from({ length: workers }, () => this.spawn()));
  }

  /** Resolves when it is gone; its successor comes by itself. @returns whether there was one to spare */
  async kill(): Promise<boolean> {
    const victim = this.any();
    if (!victim || this.living.size < 2) return false;
    this.living.delete(victim);
    victim.removeAllListeners('exit');
    const gone = new Promise((resolve) => victim.once('exit', resolve));
    victim.kill('SIGKILL');
    this.done.kills += 1;
    this.spawning.push(this.spawn());
    await gone;
    return true;
  }

  stop(ms: number): void {
    const victim = this.any();
    if (!victim || this.stopped.size >= STOPPED_AT_ONCE || this.living.size < 2) return;
    this.living.delete(victim);
    this.stopped.add(victim);
    victim.kill('SIGSTOP');
    this.done.stops += 1;
    setTimeout(() => {
      victim.kill('SIGCONT');
      this.stopped.delete(victim);
      this.living.add(victim);
    }, ms);
  }

  /** Everybody who was to come is there. */
  async whole(): Promise<void> {
    await Promise.all(this.spawning);
  }

  end(): void {
    for (const child of [...this.living, ...this.stopped]) child.kill('SIGKILL');
  }

  private any(): ChildProcess | undefined {
    return [...this.living][Math.floor(this.chance() * this.living.size)];
  }

  private async spawn(): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        this.living.add(await spawnOurs('../chaos/worker.mjs', this.environment));
        return;
      } catch (error) {
        if (tries === 10) throw error; // Postgres may be recovering
        await sleep(1_000);
      }
    }
  }
}
