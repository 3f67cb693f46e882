import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { FactTakers, type FactHandler, type TakenFact } from '../../../src/infra/facts/fact-takers.js';
import { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import { type Fact, facts as takersByKind } from '../../../src/infra/facts/facts.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

let database: TestDatabase;
const writer = new FactWriter();

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.dataSource.query('TRUNCATE events, event_claims'));

const fact = (name: string): Fact => ({ kind: 'delivery.failed', workspaceId: null, subjectId: uuid(), payload: { name } });
const write = (...facts: Fact[]): Promise<void> => database.dataSource.transaction((manager) => writer.write(manager, facts));
const claims = async (taker: string): Promise<{ tries: number; late: boolean }[]> =>
  database.dataSource.query('SELECT tries, after > now() AS late FROM event_claims WHERE taker = $1', [taker]);

/** A process that takes the facts of webhooks by `handler`, and leaves those of notifications alone. */
function taking(handler: FactHandler): FactTakers {
  const takers = new FactTakers(database.dataSource);
  takers.register('webhooks', handler);
  return takers;
}

function collecting(into: string[]): FactHandler {
  return async (facts) => {
    into.push(...facts.map((taken) => String(taken.payload['name'])));
  };
}

describe('Facts', () => {
  it('are handed to a taker whole', async () => {
    const written = fact('one');
    await write(written);
    const seen: TakenFact[] = [];
    await taking(async (facts) => void seen.push(...facts)).take('webhooks');
    expect(seen).toEqual([{ ...written, id: expect.any(String), at: expect.any(Date) }]);
  });

  it('are claimed for every taker of their kind, and taken by each on its own', async () => {
    await write(fact('one'));
    await taking(async () => undefined).take('webhooks');
    expect(await claims('webhooks')).toEqual([]);
    expect(await claims('notifications')).toEqual([{ tries: 0, late: false }]);
  });

  it('are not there when the transaction they belong to is undone', async () => {
    const gone = database.dataSource.transaction(async (manager) => {
      await writer.write(manager, [fact('one')]);
      throw new Error('undone');
    });
    await expect(gone).rejects.toThrow('undone');
    expect(await taking(async () => undefined).take('webhooks')).toBe(0);
  });

  it('are taken even when one with a smaller id commits later', async () => {
    const seen: string[] = [];
    const takers = taking(collecting(seen));
    const slow = database.dataSource.createQueryRunner();
    await slow.startTransaction();
    await writer.write(slow.manager, [fact('early id, late commit')]);
    await write(fact('late id, early commit'));
    await takers.take('webhooks');
    await slow.commitTransaction();
    await slow.release();
    await takers.take('webhooks');
    expect(seen).toEqual(['late id, early commit', 'early id, late commit']);
  });

  it('are each taken once by several processes at once, 1,000 of them', async () => {
    await write(...Array.from({ length: 1_000 }, (_, n) => fact(`n${n}`)));
    const seen: string[] = [];
    await Promise.all([1, 2, 3].map(() => taking(collecting(seen)).take('webhooks')));
    expect(seen).toHaveLength(1_000);
    expect(new Set(seen).size).toBe(1_000);
  });

  it('go on when one of them cannot be taken, and that one is tried again later', async () => {
    await write(fact('good'), fact('poison'), fact('also good'));
    const seen: string[] = [];
    const takers = taking(async (facts, manager) => {
      await manager.query(`INSERT INTO audit_log (actor, action, subject, subject_id) VALUES ('{}', $1, 'fact', 'x')`, [facts.map((one) => one.payload['name']).join()]);
      if (facts.some((one) => one.payload['name'] === 'poison')) throw new Error('cannot stomach this');
      seen.push(...facts.map((one) => String(one.payload['name'])));
    });
    expect(await takers.take('webhooks')).toBe(2);
    expect(seen).toEqual(['good', 'also good']);
    expect(await claims('webhooks')).toEqual([{ tries: 1, late: true }]);
    const left: { action: string }[] = await database.dataSource.query(`SELECT action FROM audit_log WHERE subject = 'fact' ORDER BY id`);
    expect(left.map((row) => row.action)).toEqual(['good', 'also good']); // what the failed try wrote is undone
  });

  it('are handed in again when the process dies before the taking commits', async () => {
    await write(fact('one'));
    const dying = database.dataSource.createQueryRunner();
    await dying.startTransaction();
    const [claimed] = await dying.query(`SELECT event_id FROM event_claims WHERE taker = 'webhooks' FOR UPDATE SKIP LOCKED`);
    expect(claimed).toBeDefined();
    expect(await taking(async () => undefined).take('webhooks')).toBe(0); // held by the other
    await dying.rollbackTransaction();
    await dying.release();
    expect(await taking(async () => undefined).take('webhooks')).toBe(1);
  });

  it('may quote what Postgres cannot store', async () => {
    await write({ ...fact('x'), payload: { name: 'a\u0000b \ud800 c 😀' } });
    const seen: string[] = [];
    await taking(collecting(seen)).take('webhooks');
    expect(seen).toEqual(['a\ufffdb \ufffd c 😀']);
  });

  it('whose event is no longer kept leave no claim behind', async () => {
    await write(fact('old'));
    await database.dataSource.query('DELETE FROM events');
    expect(await taking(async () => undefined).take('webhooks')).toBe(0);
    expect(await claims('webhooks')).toEqual([]);
  });
});

describe('The start', () => {
  it('fails and names the taker that is missing', () => {
    const takers = taking(async () => undefined);
    expect(() => takers.onApplicationBootstrap()).toThrow("meant for 'notifications'");
  });

  it('goes on when every taker is there', () => {
    const takers = taking(async () => undefined);
    for (const taker of new Set(Object.values(takersByKind).flat())) if (taker !== 'webhooks') takers.register(taker, async () => undefined);
    expect(() => takers.onApplicationBootstrap()).not.toThrow();
  });

  it('refuses two handlers for one taker', () => {
    const takers = taking(async () => undefined);
    expect(() => takers.register('webhooks', async () => undefined)).toThrow('exactly one');
  });
});
