import { type DetectorConfig, detectorConfig } from '../../src/core/detector-config.js';
import { type DetectorState, initial } from '../../src/core/detector-state.js';
import { step } from '../../src/core/detector.js';
import type { LookSignal, Signal, WriteSignal } from '../../src/core/signal.js';

export const START = Date.UTC(2026, 5, 10, 10);
const SECOND = 1_000;

/** One component under test, ticking each second; times in seconds from its start. */
export class Bed {
  state: DetectorState;
  /** What the guard says in `wait`. */
  controls = 3;
  #now = START;

  constructor(config: Partial<DetectorConfig> = {}) {
    this.state = initial({ ...detectorConfig, ...config });
    this.send({ kind: 'workers', alive: 1 });
    this.guard();
    this.probe(true).probe(true);
  }

  get seconds(): number {
    return (this.#now - START) / SECOND;
  }

  send(signal: Signal, now = this.#now): this {
    this.state = step(this.state, signal, now);
    return this;
  }

  /** Lets time pass: a tick each second, a guard tick each ten, and whatever `each` does. */
  wait(seconds: number, each: (bed: Bed) => void = () => {}, held = 0): this {
    for (let i = 0; i < seconds; i++) {
      this.#now += SECOND;
      if (this.seconds % 10 === 0) this.guard();
      each(this);
      this.send({ kind: 'tick', held, due: true });
    }
    return this;
  }

  /** Until the phase is reached; NaN if it is not within so long. */
  until(phase: string, most: number, each: (bed: Bed) => void = () => {}, held = 0): number {
    for (let i = 0; i < most; i++) {
      if (this.state.phase === phase) return i;
      this.wait(1, each, held);
    }
    return this.state.phase === phase ? most : Number.NaN;
  }

  guard(more: { readonly impaired?: boolean; readonly controls?: number; readonly process?: string } = {}): this {
    return this.send({ kind: 'guard', at: this.#now, process: 'p', impaired: false, controls: this.controls, ...more });
  }

  probe(ok: boolean): this {
    return this.send({ kind: 'probe', at: this.#now, process: 'p', ok });
  }

  /** A good or bad probe every five seconds. */
  probing(ok: boolean): (bed: Bed) => void {
    return (bed) => {
      if (bed.seconds % 5 === 0) bed.probe(ok);
    };
  }

  write(outcome: WriteSignal['outcome'], who: string, more: Partial<WriteSignal> = {}): this {
    return this.send({ kind: 'write', at: this.#now, process: 'p', ...person(who), outcome, media: false, healthy: true, latencyMs: 300, ...more });
  }

  look(result: LookSignal['result'], who: string, clients = 12): this {
    return this.send({ kind: 'look', at: this.#now, process: 'p', ...person(who), result, clients });
  }

  /** Yesterday these workspaces (`w1/c1/a1`) used it. */
  used(...who: readonly string[]): this {
    for (const one of who) this.write('delivered', one);
    return this.wait(1);
  }
}

/** `w1/c2/a3`: workspace, client, account; `c2/a3`: of workspace w; `a3`: a client of its own. */
export function person(path: string) {
  const [account = '', client = `client of ${account}`, workspace = 'w'] = path.split('/').toReversed();
  return { account: path, client, workspace, app: null };
}
