import type { DataSource } from 'typeorm';
import type { Clock } from '../clock.js';
import type { Config } from '../config.js';

export type Colour = 'green' | 'yellow' | 'red';

/** One line of the doctor: what was looked at, how it is, and what to do if it is not well. */
export interface Finding {
  readonly name: string;
  readonly colour: Colour;
  readonly says: string;
  readonly remedy?: string;
}

export const green = (name: string, says: string): Finding => ({ name, colour: 'green', says });
export const yellow = (name: string, says: string, remedy: string): Finding => ({ name, colour: 'yellow', says, remedy });
export const red = (name: string, says: string, remedy: string): Finding => ({ name, colour: 'red', says, remedy });

export interface Ground {
  readonly config: Config;
  /** Of a database that answers and has the schema of this version. */
  readonly database: DataSource;
  readonly clock: Clock;
  /** Asks an address the operator configured. */
  readonly ask: (url: string, signal: AbortSignal) => Promise<Response>;
}

export interface Check {
  readonly name: string;
  readonly look: () => Promise<readonly Finding[]>;
}

/** Looks at everything at once; a check that fails is a finding of its own, and stops no other. */
export async function examine(checks: readonly Check[], withinMs = 30_000): Promise<readonly Finding[]> {
  const findings = await Promise.all(checks.map(async ({ name, look }) => {
    const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error(`no answer within ${withinMs / 1000} s`)), withinMs).unref());
    return Promise.race([look(), late]).catch((error: unknown) => [red(name, `could not be looked at: ${error instanceof Error ? error.message : String(error)}`, 'Put that right and run doctor again.')]);
  }));
  return findings.flat();
}
