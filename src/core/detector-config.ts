import { HOUR_MS, MINUTE_MS, SECOND_MS } from './instant.js';

/** What one failure and one success weigh: logarithms of how much likelier each is in an outage (p1) than in calm (p0). */
export interface Weights {
  readonly failure: number;
  readonly success: number;
}

/** @param p0 share of failing calls in calm times; @param p1 share of failing calls in an outage */
export function weights(p0: number, p1: number): Weights {
  return { failure: Math.log(p1 / p0), success: Math.log((1 - p1) / (1 - p0)) };
}

/**
 * Every number of the detector, each with where it comes from: "§7" is the design's table, "0011" the decision that
 * changed or added it, with figures. The first block is what a component differs in; the rest is one for all.
 */
export const detectorConfig = {
  /** The connector has a write nobody sees. */
  hasShadow: false,
  /** False for loopback, private and sandbox hosts: they are judged without the self guard (§7). */
  guarded: true,

  /** How far back evidence counts (§7: 300 s). */
  windowMs: 300 * SECOND_MS,
  /** Failures that no success has followed count on for so long: with one post an hour 300 s hold one witness (0011). */
  openMs: 6 * HOUR_MS,
  /** Availability: unavailable, uncertain vs delivered (§7: p0 = 0.02, p1 = 0.5). */
  channel1: weights(0.02, 0.5),
  /** Authorisation and limits on accounts that were healthy (§7: p0 = 0.02, p1 = 0.4). */
  channel2: weights(0.02, 0.4),
  /** Groups are workspaces, or clients, if so many of them used the component within `seenMs` (§7: 3 in 24 h). */
  groupsMin: 3,
  seenMs: 24 * HOUR_MS,

  suspect: {
    /** §7: sum of channel 1 when busy (at least `busyOks` delivered in the window) and when quiet. */
    busy: 6,
    quiet: 3,
    busyOks: 20,
    /** The same for channel 2: one failure of a healthy account weighs 2.996 (0011). */
    busy2: 6,
    quiet2: 2.9,
    /** §7: up again after so long without a fault, the last probe good. */
    calmMs: 60 * SECOND_MS,
  },

  down: {
    /** §7, channel 1: sum, accounts, groups, sum without the loudest group, age of the oldest failure. */
    passive: { sum: 8, accounts: 3, groups: 3, loto: 4, dwellMs: 30 * SECOND_MS, answered: { sum: 12, accounts: 5, loto: 8 } },
    /** §7, channel 2. */
    limits: { sum: 10, accounts: 5, groups: 3, loto: 6, dwellMs: 30 * SECOND_MS },
    /** §7 says 5 failures over 25 s: see 0011. In a row, over at least `overMs`. */
    probes: { failures: 8, overMs: 35 * SECOND_MS },
    /** §7: failed probes at least 5 s apart with passive evidence; how long the probes and the sums may lie back: 0011. */
    mixed: { failures: 4, apartMs: 90 * SECOND_MS, withinMs: 150 * SECOND_MS, sum: 3, groups: 3, loto: 2.5, dwellMs: 60 * SECOND_MS },
    /** §7: shadow writes, with one passive failure. */
    shadow: { failures: 3, overMs: 20 * SECOND_MS },
    /** §7: the official feed says major, and probes or passive evidence agree. */
    status: { failures: 2, apartMs: 5 * SECOND_MS, sum: 6, loto: 2.5, validMs: 15 * MINUTE_MS },
  },

  degraded: {
    /** §7: suspect for so long. */
    suspectMs: 10 * MINUTE_MS,
    /** §7: 5–50 % failures, sustained; how many calls a share needs and how long it lasts: ours. */
    shareFrom: 0.05,
    shareTo: 0.5,
    shareCalls: 20,
    sustainedMs: 300 * SECOND_MS,
    /** §7: latency over 3 × its p95; how many samples a p95 needs: ours. */
    slowFactor: 3,
    slowSamples: 20,
  },

  recovering: {
    /** §7: good signs, their distance, and the time without a fault. */
    signs: 3,
    signGapMs: 10 * SECOND_MS,
    quietMs: 20 * SECOND_MS,
    /** §7: from recovering to up. */
    upMs: 5 * MINUTE_MS,
    /** A single fault only starts the five minutes anew; so much is a relapse: two accounts' failures and no answer to them, or a row of failed tests, or one account failing on for so long (0011). */
    relapse: { sum: 5, accounts: 2, tests: 2, alikeMs: 10 * SECOND_MS },
    /** With enough good signs gathered one fault undoes nothing; a second within this time does (0011). */
    stumbleMs: 60 * SECOND_MS,
  },

  /** §7: 3·2^min(k,2) good signs, quiet 60·3^k s, at most 15 min; k halves in 60 min. */
  flap: { halfLifeMs: 60 * MINUTE_MS, quietMs: 60 * SECOND_MS, factor: 3, mostMs: 15 * MINUTE_MS, againMs: 60 * MINUTE_MS },

  /** §7: first after 30 s, then × 1.5 up to 120 s ± 20 %; without read-back at most every 10 min. */
  canary: {
    firstMs: 30 * SECOND_MS, factor: 1.5, mostMs: 120 * SECOND_MS, jitter: 0.2, blindMs: 10 * MINUTE_MS, answerMs: 120 * SECOND_MS,
    /** Where posts are taken and not seen: one each hour, to be read back. It may be lost as well (0011). */
    readMs: HOUR_MS,
  },

  /** §7: every 30 s, every 5 s once suspicious; shadow writes every 10 s on suspicion: ours (3 over 20 s). */
  probe: { calmMs: 30 * SECOND_MS, suspiciousMs: 5 * SECOND_MS, shadowMs: 10 * SECOND_MS, shadowDownMs: 30 * SECOND_MS },

  small: {
    /** §7: three clients (or all, at least two) failing alike; the share of those looked at that must fail: 0011. */
    alike: 3,
    atLeast: 2,
    share: 0.75,
    /** §7: every other channel is looked at within 10 s; an answer older than this says nothing. */
    freshMs: 5 * MINUTE_MS,
    /** Nobody else to ask answered in so long: the account's own look decides. */
    decideMs: 15 * SECOND_MS,
    againMs: 60 * SECOND_MS,
  },

  guard: {
    /** §7: evidence begun this close to an impaired tick is thrown away; a `delivered` begun this lately outvotes it. */
    doubtMs: 15 * SECOND_MS,
    /** §7: fewer controls than this and the guard is off. */
    controls: 3,
    /** A process not heard for so long has no say. */
    silentMs: 60 * SECOND_MS,
  },

  /** Platforms with nothing else in common fall by a shared upstream if so many probes of each failed at the same edge, and their troubles began this close together (§1: within 10 min; the count: 0016). */
  upstream: { failures: 2, withinMs: 10 * MINUTE_MS },

  /** Announced work is under way once so many tests or posts fail: one may be lost on its way. */
  planned: { faults: 2 },

  /** §7: no evidence for so long is unknown. */
  unknownMs: 10 * MINUTE_MS,

  clock: {
    /** The watch ticks each second; time it did not see proves nothing (a jump, a stop): evidence is dropped, timers begin anew. */
    gapMs: 60 * SECOND_MS,
    backMs: 5 * SECOND_MS,
  },

  /** What keeps the state small whatever comes: accounts, processes, looks kept, letters of a name kept. */
  most: { votes: 256, looks: 256, processes: 32, names: 8, letters: 64, probes: 16 },
} as const;

type Wide<T> = T extends number ? number : T extends boolean ? boolean : { readonly [K in keyof T]: Wide<T[K]> };
export type DetectorConfig = Wide<typeof detectorConfig>;
