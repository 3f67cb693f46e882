import { step } from '../../src/core/detector.js';
import { initial } from '../../src/core/detector-state.js';
import type { Signal } from '../../src/core/signal.js';
import { Chance } from '../replay/chance.js';

/** Signals a second through one component: 5,000 accounts of 60 workspaces, 3 % of the calls fail, 10,000 signals between two ticks. The best of three rounds. */
export function signalsPerSecond(count: number, seed: number): number {
  return Math.max(...[0, 1, 2].map((nth) => round(count, seed + nth)));
}

function round(count: number, seed: number): number {
  const chance = new Chance(`${seed}/speed`);
  let now = Date.UTC(2026, 0, 1);
  const signals = Array.from({ length: 50_000 }, (): Signal => {
    const nth = chance.below(5_000);
    const who = { account: `account-${nth}`, client: `client-${nth % 600}`, workspace: `workspace-${nth % 60}`, app: null };
    const roll = chance.unit();
    const outcome = roll < 0.01 ? 'unavailable' : roll < 0.02 ? 'throttled' : roll < 0.03 ? 'unauthorized' : 'delivered';
    return { kind: 'write', at: now, process: `p${nth % 4}`, ...who, outcome, media: chance.is(0.6), healthy: true, latencyMs: 300 };
  });
  let state = initial();
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const signal = signals[i % signals.length]!;
    if (i % 10_000 === 0) {
      now += 1_000;
      state = step(state, { kind: 'tick', held: 0, due: true }, now);
    }
    state = step(state, { ...signal, at: now } as Signal, now);
  }
  return Math.round(count / ((performance.now() - began) / 1_000));
}
