import type { RehearsedClock } from './rehearsed-clock.js';
import type { RehearsedDatabase } from './rehearsed-database.js';

/** Real time in which whoever woke begins to work, ms. */
const settleMs = 12;
const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, settleMs));

/** Puts the clocks of a rehearsal forward together, the application's and its database's, whenever nothing is on its way. */
export class RehearsedTime {
  constructor(
    private readonly clock: RehearsedClock,
    private readonly database: RehearsedDatabase,
    private readonly isInFlight: () => Promise<boolean>,
  ) {}

  async pass(ms: number): Promise<void> {
    while ((await this.isInFlight()) || (await this.database.isBusy())) await rest();
    await this.database.setAhead(this.clock.ahead + ms);
    this.clock.hop(ms);
    await rest();
  }
}
