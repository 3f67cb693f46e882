/** The sandbox's time, handed in so that tests hold their own. */
export interface SandboxClock {
  /** Wall time, ms since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const systemClock: SandboxClock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
