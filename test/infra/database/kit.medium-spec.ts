import { afterAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

describe('the test kit', () => {
  const made: TestDatabase[] = [];
  afterAll(async () => {
    for (const database of made) await database.drop();
  });

  it('gives each caller a migrated database that nobody else writes to', async () => {
    const one = await createDatabase();
    const other = await createDatabase();
    made.push(one, other);

    await one.dataSource.query("INSERT INTO workspaces (id, name) VALUES (gen_random_uuid(), 'One')");

    expect(await one.dataSource.query('SELECT name FROM workspaces')).toEqual([{ name: 'One' }]);
    expect(await other.dataSource.query('SELECT name FROM workspaces')).toEqual([]);
  });
});
