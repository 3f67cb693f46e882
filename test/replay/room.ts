import type { DetectorConfig } from '../../src/core/detector-config.js';
import { step } from '../../src/core/detector.js';
import { type DetectorState, initial } from '../../src/core/detector-state.js';
import type { Signal } from '../../src/core/signal.js';
import { story, verdict } from '../../src/core/story.js';
import type { VerdictState } from '../../src/core/verdict.js';
import { nextChangeAt, wants } from '../../src/core/wants.js';
import { Agenda } from './agenda.js';
import type { Chance } from './chance.js';
import { PROBE_NOISE, type World } from './world.js';

export interface Change {
  readonly at: number;
  readonly from: VerdictState;
  readonly to: VerdictState;
  readonly cause: string;
  readonly confidence: number;
  readonly by: string | null;
}

/** The watch around the detector, in simulated time: ticks, probes and the self guard. What it can promise to change nothing is skipped. */
export class Room {
  readonly agenda: Agenda;
  readonly changes: Change[] = [];
  state: DetectorState;
  held: () => number = () => 0;
  /** Called after each step that may want something. */
  onWants: () => void = () => {};
  onChange: (change: Change) => void = () => {};
  #tickAt = Number.POSITIVE_INFINITY;
  #probeAt = Number.POSITIVE_INFINITY;
  #guardAt = 0;
  #seen: VerdictState;
  #deep = false;

  constructor(readonly world: World, readonly chance: Chance, from: number, readonly processes: readonly string[], config?: DetectorConfig) {
    this.agenda = new Agenda(from);
    this.state = initial(config);
    this.#seen = this.state.phase;
    for (const fault of world.faults) if (fault.kind === 'none_for_platforms') this.agenda.at(fault.from, () => this.#watchOurselves(fault.to));
    this.tell({ kind: 'workers', alive: processes.length });
    this.#freshen();
    this.#planProbe();
  }

  get now(): number {
    return this.agenda.now;
  }

  /** Nothing but a signal could change anything for a while. */
  isIdle(): boolean {
    return this.state.phase === 'up' && this.state.faults1.length === 0 && this.state.faults2.length === 0 && this.state.probe.failures === 0 && this.state.siblings.length === 0;
  }

  tell(signal: Signal): void {
    if (!(signal.kind === 'write' && signal.outcome === 'delivered' && this.isIdle())) this.#freshen();
    this.#step(signal);
    this.#follow();
  }

  #step(signal: Signal): void {
    this.state = step(this.state, signal, this.now);
    const seen = verdict(this.state, 'media').state;
    if (seen === this.#seen) return;
    const { cause, confidence, by } = story(this.state);
    const change = { at: this.now, from: this.#seen, to: seen, cause, confidence, by };
    this.#seen = seen;
    this.changes.push(change);
    this.onChange(change);
  }

  /** Calm hours are skipped: their ticks, good probes and good controls are told at their end, as they would have been. */
  #freshen(): void {
    const now = this.now;
    if (this.#deep || now - this.#guardAt < 45_000 || this.world.isOffline(now)) return;
    this.#guardAt = now;
    this.#deep = true;
    if (this.isIdle() && now - this.state.evidenceAt > 30_000) this.#step({ kind: 'probe', at: now - 1, process: this.processes[0]!, ok: true });
    for (const process of this.processes) this.#step({ kind: 'guard', at: now, process, impaired: false, controls: 3 });
    this.#deep = false;
  }

  #follow(): void {
    if (this.#deep) return;
    if (this.isIdle()) return;
    const every = wants(this.state).probeEveryMs;
    if (every !== null && this.now + every * 1.05 < this.#probeAt) this.#planProbe();
    // The watch ticks each second; here time is judged every five with the probes, which can only make it look slower.
    const open = this.state.phase === 'suspect' || this.state.phase === 'degraded' || this.state.phase === 'up';
    if (!open || this.#probeAt > this.now + 5_500) this.#planTick(Math.max(nextChangeAt(this.state) ?? 0, this.now + 5_000));
    this.onWants();
  }

  #planTick(at: number): void {
    if (at >= this.#tickAt) return;
    this.#tickAt = at;
    this.agenda.at(at, () => {
      if (this.#tickAt !== at) return;
      this.#tickAt = Number.POSITIVE_INFINITY;
      this.tell({ kind: 'tick', held: this.held(), due: true });
    });
  }

  /** The next probe; in calm weather the next that fails, since the good ones change nothing. */
  #planProbe(): void {
    const every = wants(this.state).probeEveryMs;
    if (every === null) return;
    let at = this.now + every * this.chance.between(0.95, 1.05);
    let noise = false;
    if (this.isIdle()) {
      const calm = this.world.calmUntil(this.now);
      if (calm !== 0) {
        const fails = this.now + every * Math.ceil(Math.log(1 - this.chance.unit()) / Math.log(1 - PROBE_NOISE));
        noise = fails < calm;
        at = noise ? fails : Math.min(calm, 8e15) + every * this.chance.unit();
      }
    }
    this.#probeAt = at;
    this.agenda.at(at, () => {
      if (this.#probeAt !== at) return;
      this.#probeAt = Number.POSITIVE_INFINITY;
      this.#probe(noise);
    });
  }

  #probe(noise: boolean): void {
    const began = this.now;
    const { result, afterMs } = noise ? { result: false, afterMs: 300 } : this.world.read(began);
    this.agenda.at(began + afterMs, () => {
      this.tell({ kind: 'probe', at: began, process: this.processes[0]!, ok: result });
      if (this.#probeAt === Number.POSITIVE_INFINITY) this.#planProbe();
    });
    if (afterMs >= 1_000) this.#planProbe(); // a hanging one delays no other
  }

  /** Our own network fails: the guards tick as they do, every 10 s and every 3 s on suspicion, each answer after its timeout. */
  #watchOurselves(to: number): void {
    for (const process of this.processes) {
      const tick = () => {
        const began = this.now;
        const offline = this.world.isOffline(began);
        this.agenda.at(began + (offline ? 2_000 : 100), () => this.tell({ kind: 'guard', at: began, process, impaired: offline, controls: 3 }));
        if (began < to + 20_000) this.agenda.at(began + (offline ? 3_000 : 10_000), tick);
      };
      this.agenda.at(this.now + this.chance.between(0, 10_000), tick);
    }
  }
}
