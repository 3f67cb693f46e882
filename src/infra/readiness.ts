import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

const patienceMs = 3_000;

/** What must answer before this process is of use. Rooms add their own check in `onModuleInit`. */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, () => Promise<unknown>>();

  constructor(database: DataSource) {
    this.register('database', () => database.query('SELECT 1'));
  }

  register(name: string, check: () => Promise<unknown>): void {
    this.checks.set(name, check);
  }

  /** Asks all at once; what does not answer within 3 s is not ready. Never throws. */
  async ask(): Promise<Readonly<Record<string, boolean>>> {
    const answers = await Promise.all(
      [...this.checks].map(async ([name, check]) => {
        const timeout = AbortSignal.timeout(patienceMs);
        const late = new Promise<boolean>((resolve) => timeout.addEventListener('abort', () => resolve(false), { once: true }));
        const ready = await Promise.race([check().then(() => true, () => false), late]);
        return [name, ready] as const;
      }),
    );
    return Object.fromEntries(answers);
  }
}
