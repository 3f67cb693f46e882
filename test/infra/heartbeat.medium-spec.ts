import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../../src/infra/clock.js';
import { readConfig } from '../../src/infra/config.js';
import { Heartbeat } from '../../src/infra/heartbeat.js';
import { createDatabase, type TestDatabase } from '../kit/database.js';

class OtherClock extends Clock {
  aheadMs = 0;
  override now = () => Date.now() + this.aheadMs;
}

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

describe('a process whose clock is minutes behind', () => {
  it('is warned of in the log, once, and is seen in its row until the clock is right', async () => {
    const clock = new OtherClock();
    const heartbeat = new Heartbeat(database.dataSource, clock, readConfig({}));
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const aheadS = async () => (await database.dataSource.query<{ s: number }[]>('SELECT (round(ahead_ms / 10000) * 10)::int AS s FROM workers WHERE id = $1', [heartbeat.workerId]))[0]?.s;
    await heartbeat.beat();
    expect(warn).not.toHaveBeenCalled();
    clock.aheadMs = -300_000;
    for (let i = 0; i < 2; i += 1) await heartbeat.beat();
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/\b(29|30)\d s behind/)]]);
    expect(await aheadS()).toBe(-300);
    clock.aheadMs = 0;
    await heartbeat.beat();
    expect(await aheadS()).toBe(0);
    warn.mockRestore();
  });
});
