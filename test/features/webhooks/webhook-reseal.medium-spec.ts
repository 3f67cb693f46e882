import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { WebhookResealService } from '../../../src/features/webhooks/webhook-reseal.service.js';
import { Seal } from '../../../src/infra/seal.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it('leaves the secrets of webhooks open with the new key, and a second run changes nothing', async () => {
  const [former, next] = [new Seal('the first secret, which is long enough'), new Seal('the next secret, which is long enough')];
  const [workspaceId, rowId] = [uuid(), uuid()];
  await database.dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency')`, [workspaceId]);
  await database.dataSource.query(
    `INSERT INTO webhook_endpoints (id, workspace_id, url, kinds, sealed_secret, sealed_old_secret) VALUES ($1, $2, 'https://example.org', '{*}', $3, $4)`,
    [rowId, workspaceId, former.seal('whsec_now', { workspaceId, rowId }), former.seal('whsec_before', { workspaceId, rowId })],
  );
  const reseal = new WebhookResealService(database.dataSource, next);
  expect(await reseal.resealAll(former)).toBe(1);
  const [row] = await database.dataSource.query('SELECT sealed_secret, sealed_old_secret FROM webhook_endpoints');
  expect(next.open(row.sealed_secret, { workspaceId, rowId })).toBe('whsec_now');
  expect(next.open(row.sealed_old_secret, { workspaceId, rowId })).toBe('whsec_before');
  expect(await reseal.resealAll(former)).toBe(0);
});
