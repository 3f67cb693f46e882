/** Checks against real servers, counted. */
export interface Tally {
  passed: number;
  failed: number;
}

export type Check = (name: string, run: () => Promise<void>) => Promise<void>;

export function checker(tally: Tally): Check {
  return async (name, run) => {
    try {
      await run();
      tally.passed += 1;
      console.log(`ok ${name}`);
    } catch (error) {
      tally.failed += 1;
      console.log(`not ok ${name}\n${error instanceof Error ? error.stack : String(error)}`);
    }
  };
}
