import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { Partitions } from '../../../src/infra/database/partitions.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  for (const name of await partitionsOf('events', 'evidence', 'attempts')) if (!name.endsWith('_rest')) await database.dataSource.query(`DROP TABLE ${name}`);
  await database.dataSource.query('TRUNCATE events, evidence, attempts');
});

async function partitionsOf(...tables: string[]): Promise<string[]> {
  const rows: { name: string }[] = await database.dataSource.query(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = ANY($1::regclass[]) ORDER BY 1`,
    [tables],
  );
  return rows.map((row) => row.name);
}

const round = (): Promise<void> => new Partitions(database.dataSource).round();
const event = (at: string): Promise<unknown> =>
  database.dataSource.query(`INSERT INTO events (id, kind, at) VALUES ($1, 'post.changed', ${at})`, [uuid()]);
const restOf = async (table: string): Promise<number> => {
  const [row]: { n: number }[] = await database.dataSource.query(`SELECT count(*)::integer AS n FROM ${table}_rest`);
  return row?.n ?? -1;
};

describe('A round of the partitions', () => {
  it('makes today and three days ahead, this month and two ahead', async () => {
    await round();
    expect(await partitionsOf('events')).toHaveLength(5);
    expect(await partitionsOf('evidence')).toHaveLength(5);
    expect(await partitionsOf('attempts')).toHaveLength(4);
  });

  it('keeps what is written next out of the default partition', async () => {
    await round();
    await event('now()');
    await event(`now() + interval '3 days'`);
    expect(await restOf('events')).toBe(0);
  });

  it('changes nothing the second time', async () => {
    await round();
    const before = await partitionsOf('events', 'evidence', 'attempts');
    await round();
    expect(await partitionsOf('events', 'evidence', 'attempts')).toEqual(before);
  });

  it('moves rows that already fell into the default partition, and loses none', async () => {
    await event('now()');
    await event(`now() + interval '1 day'`);
    await event(`now() - interval '2 days'`);
    await round();
    expect(await restOf('events')).toBe(1); // of a day no partition is made for any more
    const [{ n } = { n: 0 }]: { n: number }[] = await database.dataSource.query('SELECT count(*)::integer AS n FROM events');
    expect(n).toBe(3);
  });

  it('drops what ended longer ago than it is kept, and deletes it from the default partition', async () => {
    const day = (ago: number): string => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    const add = (table: string, ago: number): Promise<unknown> =>
      database.dataSource.query(`CREATE TABLE ${table}_${day(ago).replaceAll('-', '')} PARTITION OF ${table} FOR VALUES FROM ('${day(ago)}T00:00Z') TO ('${day(ago - 1)}T00:00Z')`);
    await add('events', 9);
    await add('events', 7);
    await add('evidence', 9);
    await event(`now() - interval '20 days'`);
    await round();
    const left = await partitionsOf('events', 'evidence');
    expect(left).not.toContain(`events_${day(9).replaceAll('-', '')}`);
    expect(left).toContain(`events_${day(7).replaceAll('-', '')}`); // its end lies less than 7 days back
    expect(left).toContain(`evidence_${day(9).replaceAll('-', '')}`);
    expect(await restOf('events')).toBe(0);
  });

  it('is done once when several processes do it at the same moment', async () => {
    await Promise.all([round(), round(), round()]);
    await round();
    expect(await partitionsOf('events')).toHaveLength(5);
  });

  it('leaves the making for later when someone is writing into the default partition', async () => {
    const writer = database.dataSource.createQueryRunner();
    await writer.startTransaction();
    await writer.query(`INSERT INTO events (id, kind) VALUES ($1, 'post.changed')`, [uuid()]);
    await round();
    await writer.commitTransaction();
    await writer.release();
    expect(await partitionsOf('events')).toEqual(['events_rest']);
    await round();
    expect(await restOf('events')).toBe(0);
  });
});
