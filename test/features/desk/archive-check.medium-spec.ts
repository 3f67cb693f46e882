import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { ChannelsService } from '../../../src/features/channels/channels.service.js';
import { ArchiveCheckService } from '../../../src/features/desk/archive-check.service.js';
import type { ArchiveCheck, ClientsService } from '../../../src/features/workspaces/clients.service.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { codeOf } from '../posts/posts-house.js';

let database: TestDatabase;
let check: ArchiveCheck;
beforeAll(async () => {
  database = await createDatabase();
  const clients: Pick<ClientsService, 'beforeArchive'> = {
    beforeArchive: (asked) => {
      check = asked;
    },
  };
  new ArchiveCheckService(clients as ClientsService, new ChannelsService(database.dataSource)).onModuleInit();
});
afterAll(() => database.drop());

it('Whether a client still has channels is asked inside the transaction that puts it away', async () => {
  const [workspaceId, clientId] = [uuid(), uuid()];
  await database.dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency')`, [workspaceId]);
  await database.dataSource.query(`INSERT INTO clients (id, workspace_id, name, zone) VALUES ($1, $2, 'Bar Sport', 'UTC')`, [clientId, workspaceId]);
  await database.dataSource.transaction(async (manager) => {
    expect(await codeOf(check(manager, workspaceId, clientId))).toBe('none');
    await manager.query(
      `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'x', 'x', 'x', 'x', '')`,
      [uuid(), workspaceId, clientId],
    );
    expect(await codeOf(check(manager, workspaceId, clientId))).toBe('client-in-use');
  });
});
