import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { Lease, LeaseLostError } from '../../src/infra/lease.js';
import { createDatabase, type TestDatabase } from '../kit/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

let first: Lease;
let second: Lease;
beforeEach(async () => {
  await database.dataSource.query('DELETE FROM leases');
  first = new Lease(database.dataSource, 'watch', uuid());
  second = new Lease(database.dataSource, 'watch', uuid());
});

const write = (lease: Lease) => database.dataSource.transaction((manager) => lease.guard(manager));
/** As if the holder had been stopped for that long. */
const runOut = () => database.dataSource.query(`UPDATE leases SET until = now() - interval '1 ms'`);

describe('a lease', () => {
  it('is one process’s, and stays it while it is renewed', async () => {
    expect(await first.take()).not.toBeNull();
    expect(await second.take()).toBeNull();
    expect(await first.take()).not.toBeNull();
    await write(first);
    await expect(write(second)).rejects.toThrow(LeaseLostError);
  });

  it('is the next one’s when it runs out, and the first one writes nothing when it wakes', async () => {
    await first.take();
    await runOut();
    expect(await second.take()).not.toBeNull();
    await expect(write(first)).rejects.toThrow(LeaseLostError);
    expect(await first.take()).toBeNull();
    await write(second);
  });

  it('guards nothing once it ran out, though nobody took it', async () => {
    await first.take();
    await runOut();
    await expect(write(first)).rejects.toThrow(LeaseLostError);
    expect(await first.take()).not.toBeNull();
    await write(first);
  });

  it('raises the epoch when a holder comes back after its time, so that what it began before is void', async () => {
    const before = await first.take();
    expect(await first.take()).toBe(before);
    await runOut();
    expect(await first.take()).not.toBe(before);
  });

  it('makes the next one wait for what the leader is writing', async () => {
    await first.take();
    const order: string[] = [];
    let taking: Promise<unknown> = Promise.resolve();
    await database.dataSource.transaction(async (manager) => {
      await first.guard(manager);
      await database.dataSource.query(`SELECT 1`);
      taking = database.dataSource.query(`UPDATE leases SET holder = $1, epoch = epoch + 1`, [uuid()]).then(() => order.push('taken'));
      await manager.query('SELECT pg_sleep(0.2)');
      order.push('written');
    });
    await taking;
    expect(order).toEqual(['written', 'taken']);
  });

  it('is free at once when it is given back', async () => {
    await first.take();
    await first.giveBack();
    expect(await second.take()).not.toBeNull();
  });
});
