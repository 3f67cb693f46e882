import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { AudienceResealService } from '../../../src/features/audience/audience-reseal.service.js';
import { ErasedAddresses } from '../../../src/features/audience/erased-addresses.service.js';
import { Seal } from '../../../src/infra/seal.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it('knows an erased address after the key was changed, and a second run changes nothing', async () => {
  const [former, next] = [new Seal('the first secret, which is long enough'), new Seal('the next secret, which is long enough')];
  const { manager } = database.dataSource;
  const [workspaceId, other] = [uuid(), uuid()];
  await manager.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency'), ($2, 'Other')`, [workspaceId, other]);
  const before = (await new ErasedAddresses(former).makeMark(manager, workspaceId))('email', 'anna@example.com');
  expect((await new ErasedAddresses(former).makeMark(manager, other))('email', 'anna@example.com')).not.toBe(before);
  const reseal = new AudienceResealService(database.dataSource, next);
  expect(await reseal.resealAll(former)).toBe(2);
  const mark = await new ErasedAddresses(next).mark(manager, workspaceId);
  expect([mark?.('email', 'anna@example.com'), mark?.('phone', 'anna@example.com') === before, before.includes('anna')]).toEqual([before, false, false]);
  expect(await reseal.resealAll(former)).toBe(0);
});
