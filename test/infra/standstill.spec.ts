import { expect, it } from '@jest/globals';
import { Clock } from '../../src/infra/clock.js';
import { Standstill } from '../../src/infra/standstill.js';

/** Sleeps until it is woken, however late that is. */
class HeldClock extends Clock {
  private at = 1_000;
  private wake: () => void = () => undefined;
  override now = (): number => this.at;
  override monotonic = (): number => this.at;
  override sleep = (): Promise<void> => new Promise((resolve) => (this.wake = resolve));
  async pass(ms: number): Promise<void> {
    this.at += ms;
    this.wake();
    await new Promise(setImmediate);
  }
}

it('knows that this process stood still, and since when it did not', async () => {
  const clock = new HeldClock();
  const standstill = new Standstill(clock);
  await clock.pass(1_900);
  expect(standstill.since(1_000)).toBe(false); // busy, and no more
  const begun = clock.monotonic();
  await clock.pass(9_000);
  expect(standstill.since(begun)).toBe(true);
  const later = clock.monotonic() + 1;
  await clock.pass(1_000);
  expect(standstill.since(later)).toBe(false);
  standstill.stop();
  await clock.pass(0);
});
