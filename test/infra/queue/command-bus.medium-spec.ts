import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type Bell, CommandBus } from '../../../src/infra/queue/command-bus.js';
import { connectPostgresQueue, connectRedisQueue } from '../../../src/infra/queue/queue-connection.js';
import { createDatabase, redisUrl, type TestDatabase } from '../../kit/database.js';

const bell = (key: string, delayMs = 0, lane = 'one'): Bell<'deliver'> => ({ lane, key: `d-${key}`, payload: { id: key, ring: 0 }, delayMs });

/** Resolves when `count` calls have come; the test's own time limit ends it otherwise. */
function collector() {
  const seen: string[] = [];
  let wake: () => void = () => undefined;
  return {
    seen,
    take: async ({ id }: { readonly id: string }) => {
      seen.push(id);
      wake();
      return Promise.resolve();
    },
    until: async (count: number) => {
      while (seen.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

const url = redisUrl();
const backends = [
  { name: 'Postgres', isHere: true },
  { name: 'Redis', isHere: url !== null },
] as const;

for (const { name, isHere } of backends) {
  (isHere ? describe : describe.skip)(`the doorbell on ${name}`, () => {
    let database: TestDatabase;
    let bus: CommandBus;
    const errors: unknown[] = [];
    const connect = () => new CommandBus(name === 'Redis' && url !== null ? connectRedisQueue(`${url}/7`) : connectPostgresQueue(database.url, 6), (error) => errors.push(error));
    const wipe = async () => {
      if (name === 'Redis' && url !== null) {
        const redis = new Redis(`${url}/7`);
        await redis.flushdb();
        redis.disconnect();
        return;
      }
      const tables = await database.dataSource.query<{ name: string }[]>(
        `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename NOT LIKE '%migration%'`,
      );
      if (tables.length > 0) await database.dataSource.query(`TRUNCATE ${tables.map((table) => table.name).join(', ')}`);
    };

    beforeAll(async () => {
      database = await createDatabase();
    });
    afterAll(async () => {
      await database.drop();
    });
    beforeEach(async () => {
      errors.length = 0;
      await wipe();
      bus = connect();
      await bus.ready();
    });
    afterEach(async () => {
      await bus.close();
    });

    it('carries a command to its handler', async () => {
      const { take, until, seen } = collector();
      bus.handle('deliver', take);
      bus.listen('one', 5);
      await bus.ring('deliver', [bell('a'), bell('b')]);
      await until(2);
      expect([...seen].sort()).toEqual(['a', 'b']);
    });

    it('keeps a delay, and rings the earlier first', async () => {
      const { take, until, seen } = collector();
      bus.handle('deliver', take);
      bus.listen('one', 5);
      const from = performance.now();
      await bus.ring('deliver', [bell('later', 900), bell('sooner', 400)]);
      await until(2);
      expect(seen).toEqual(['sooner', 'later']);
      expect(performance.now() - from).toBeGreaterThanOrEqual(850);
    });

    it('takes bells of about the same moment apart again, and lets no more run at a time than it has slots', async () => {
      let running = 0;
      let most = 0;
      const { take, until, seen } = collector();
      bus.handle('deliver', async (payload) => {
        most = Math.max(most, (running += 1));
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        await take(payload);
      });
      const keys = Array.from({ length: 25 }, (_, i) => `bell-${i}`);
      await bus.ring('deliver', keys.map((key, i) => bell(key, 100 + i)));
      expect(await bus.depths()).toEqual({ one: 3 });
      bus.listen('one', 4);
      await until(25);
      expect([...seen].sort()).toEqual([...keys].sort());
      expect(most).toBe(4);
    });

    it('swallows the same bells together, and rings them alone when it is told that they may still lie there', async () => {
      const three = ['x', 'y', 'z'].map((key) => bell(key));
      await bus.ring('deliver', three);
      await bus.ring('deliver', three);
      expect(await bus.depths()).toEqual({ one: 1 });
      await bus.ringAgain('deliver', three);
      await bus.ringAgain('deliver', three.slice(1));
      expect(await bus.depths()).toEqual({ one: 4 });
    });

    it('rings for the next process what waited in a job when it was stopped', async () => {
      let release: () => void = () => undefined;
      let isRunning: () => void = () => undefined;
      const running = new Promise<void>((resolve) => (isRunning = resolve));
      const first: string[] = [];
      bus.handle('deliver', async ({ id }) => {
        first.push(id);
        isRunning();
        await new Promise<void>((resolve) => (release = resolve));
      });
      bus.listen('one', 1);
      await bus.ring('deliver', [bell('a'), bell('b'), bell('c')]);
      await running;
      const stopping = bus.stop();
      release();
      await stopping;
      expect(first).toEqual(['a']);

      const { take, until, seen } = collector();
      const next = connect();
      next.handle('deliver', take);
      next.listen('one', 5);
      await until(2);
      expect([...seen].sort()).toEqual(['b', 'c']);
      await next.close();
    });

    it('swallows a bell whose key still waits', async () => {
      const { take, until, seen } = collector();
      bus.handle('deliver', take);
      await bus.ring('deliver', [bell('once')]);
      await bus.ring('deliver', [bell('once')]);
      bus.listen('one', 5);
      await bus.ring('deliver', [bell('last')]);
      await until(2);
      expect([...seen].sort()).toEqual(['last', 'once']);
    });

    it('rings the same key again once the first one is done, also when its handler failed', async () => {
      const { take, until, seen } = collector();
      bus.handle('deliver', async (payload) => {
        await take(payload);
        throw new Error('the handler breaks');
      });
      bus.listen('one', 1);
      await bus.ring('deliver', [bell('again')]);
      await until(1);
      // The job is removed right after its handler ends; the next one in the lane comes only then.
      await bus.ring('deliver', [bell('between')]);
      await until(2);
      await bus.ring('deliver', [bell('again')]);
      await until(3);
      expect(seen).toEqual(['again', 'between', 'again']);
      expect(errors.map(String)).toContain('Error: the handler breaks');
    });

    it('notices that it was wiped', async () => {
      expect(await bus.isWiped()).toBe(true);
      await bus.markWitness();
      expect(await bus.isWiped()).toBe(false);
      await wipe();
      expect(await bus.isWiped()).toBe(true);
    });

    it('stops taking, and waits for what runs', async () => {
      let release: () => void = () => undefined;
      let isRunning: () => void = () => undefined;
      const running = new Promise<void>((resolve) => (isRunning = resolve));
      let done = false;
      bus.handle('deliver', async () => {
        isRunning();
        await new Promise<void>((resolve) => (release = resolve));
        done = true;
      });
      bus.listen('one', 1);
      await bus.ring('deliver', [bell('long')]);
      await running;
      const stopping = bus.stop();
      release();
      await stopping;
      expect(done).toBe(true);
    });

    it('names the commands nobody handles', () => {
      bus.handle('deliver', async () => Promise.resolve());
      expect(() => bus.checkHandlers()).toThrow('No handler for prepare');
    });
  });
}
