import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Clock } from '../../src/infra/clock.js';
import { readConfig } from '../../src/infra/config.js';
import { Partitions } from '../../src/infra/database/partitions.js';
import { type CallOperator, HeartbeatUrl } from '../../src/infra/heartbeat-url.js';
import { Heartbeat } from '../../src/infra/heartbeat.js';
import { Rounds } from '../../src/infra/rounds.js';
import { Watch } from '../../src/infra/watch.js';
import { Workers } from '../../src/infra/workers.js';
import { createDatabase, type TestDatabase } from '../kit/database.js';

let database: TestDatabase;
const url = 'https://watchdog.example/ping';

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.dataSource.query('TRUNCATE workers, rounds'));

class HeldClock extends Clock {
  passed = 0;
  override monotonic(): number {
    return this.passed;
  }
}

/** A process of all roles; `answer` is what the watchdog says. */
function house(answer: CallOperator = async () => ({ ok: true, status: 200 })) {
  const calls: string[] = [];
  const config = readConfig({ HEARTBEAT_URL: url });
  const clock = new HeldClock();
  const heartbeat = new Heartbeat(database.dataSource, clock, config);
  const rounds = new Rounds(database.dataSource, heartbeat);
  const workers = new Workers(database.dataSource);
  const heartbeatUrl = new HeartbeatUrl(database.dataSource, heartbeat, config, async (to, signal) => {
    calls.push(to);
    return answer(to, signal);
  });
  const watch = new Watch(new Partitions(database.dataSource), workers, rounds, heartbeatUrl, clock, config);
  return { calls, clock, heartbeat, rounds, workers, heartbeatUrl, watch };
}

const age = (table: string, column: string, seconds: number, where = 'true'): Promise<unknown> =>
  database.dataSource.query(`UPDATE ${table} SET ${column} = now() - make_interval(secs => $1) WHERE ${where}`, [seconds]);

describe('HEARTBEAT_URL', () => {
  it('is called while planner, a worker and the watch do their rounds', async () => {
    const { calls, heartbeat, rounds, watch } = house();
    await heartbeat.beat();
    await rounds.did('planner');
    await watch.round();
    expect(calls).toEqual([url]);
  });

  it.each([
    ['planner', () => age('rounds', 'at', 61, `name = 'planner'`)],
    ['watch', () => age('rounds', 'at', 61, `name = 'watch'`)],
    ['worker', () => age('workers', 'heartbeat_at', 61)],
    ['worker, which was stopped', () => database.dataSource.query('UPDATE workers SET stopped_at = now()')],
  ])('is not called when the round of one has stopped: %s', async (_, stop) => {
    const { calls, heartbeat, rounds, heartbeatUrl } = house();
    await heartbeat.beat();
    await rounds.did('planner');
    await rounds.did('watch');
    await stop();
    expect(await heartbeatUrl.round()).toBe(false);
    expect(calls).toEqual([]);
  });

  it('is called once a minute, however many processes watch', async () => {
    const houses = [house(), house(), house()];
    await houses[0]!.heartbeat.beat();
    await houses[0]!.rounds.did('planner');
    for (const one of [...houses, ...houses]) await one.watch.round();
    expect(houses.flatMap((one) => one.calls)).toHaveLength(1);
    await age('rounds', 'at', 58, `name = 'heartbeat-url'`);
    await houses[1]!.watch.round();
    expect(houses.flatMap((one) => one.calls)).toHaveLength(2);
  });

  it('that cannot be called stops nothing', async () => {
    const { calls, heartbeat, rounds, watch } = house(async () => Promise.reject(new Error('no route')));
    await heartbeat.beat();
    await rounds.did('planner');
    await watch.round();
    expect(calls).toHaveLength(1);
  });
});

describe('The watch', () => {
  it('does its chores at the start and every hour, and one that fails stops no other', async () => {
    const { clock, watch } = house();
    const done: string[] = [];
    watch.hourly('bad', async () => Promise.reject(new Error('tired')));
    watch.hourly('good', async () => void done.push('good'));
    await watch.round();
    await watch.round();
    expect(done).toHaveLength(1);
    clock.passed += 3_600_000;
    await watch.round();
    expect(done).toHaveLength(2);
  });
});

describe('A process', () => {
  it('is alive from its first beat until it stops', async () => {
    const { heartbeat, workers } = house();
    await heartbeat.beat();
    expect(await workers.alive()).toMatchObject([{ id: heartbeat.workerId, roles: ['api', 'worker', 'watch'] }]);
    await heartbeat.beforeApplicationShutdown();
    expect(await workers.alive()).toEqual([]);
  });

  it('is forgotten after a month, unless it was the last that worked', async () => {
    const first = house();
    const second = house();
    await first.heartbeat.beat();
    await second.heartbeat.beat();
    await age('workers', 'heartbeat_at', 40 * 86_400);
    await age('workers', 'heartbeat_at', 41 * 86_400, `id = '${first.heartbeat.workerId}'`);
    await first.workers.prune();
    expect(await database.dataSource.query('SELECT id FROM workers')).toEqual([{ id: second.heartbeat.workerId }]);
  });
});
