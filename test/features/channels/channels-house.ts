import { v7 as uuid } from 'uuid';
import { startSandbox } from '../../../src/connectors/sandbox/server.js';
import { AccountSeal } from '../../../src/features/channels/account-seal.js';
import { ChannelCareService } from '../../../src/features/channels/channel-care.service.js';
import { ChannelLooksService } from '../../../src/features/channels/channel-looks.service.js';
import { ChannelSessionsService } from '../../../src/features/channels/channel-sessions.service.js';
import { ChannelStatesService } from '../../../src/features/channels/channel-states.service.js';
import { ChannelsService } from '../../../src/features/channels/channels.service.js';
import { ConnectingService } from '../../../src/features/channels/connecting.service.js';
import { HouseOutlets } from '../../../src/features/channels/house-outlets.service.js';
import { OpenChannelsService } from '../../../src/features/channels/open-channels.service.js';
import { WorldMaker } from '../../../src/features/channels/world.service.js';
import type { MediaService } from '../../../src/features/media/media.service.js';
import { AuditService } from '../../../src/features/workspaces/audit.service.js';
import type { ClientsService } from '../../../src/features/workspaces/clients.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import type { Caller } from '../../../src/infra/http/access.js';
import { Outgoing } from '../../../src/infra/http/outgoing.js';
import { Seal } from '../../../src/infra/seal.js';
import { createDatabase } from '../../kit/database.js';

export const SECRET = 'the secret of the tests, long enough for a key';

/** The channels room on a fresh database, with a sandbox to connect to. `process()` is another process on the same rows. */
export async function openHouse() {
  const database = await createDatabase();
  const sandbox = await startSandbox();
  const outgoing = new Outgoing({ ALLOW_HOSTS: ['127.0.0.1'], CONTROL_TARGETS: [] }, new Clock());
  const { dataSource } = database;

  const process = (secret = SECRET) => {
    const clock = new Clock();
    const audit = new AuditService(dataSource);
    // Of the neighbours only what channels ask them for.
    const clients: Pick<ClientsService, 'read'> = {
      read: async (workspaceId, id) => {
        const rows = await dataSource.query(`SELECT name, archived_at AS "archivedAt" FROM clients WHERE workspace_id = $1 AND id = $2`, [workspaceId, id]);
        if (!rows[0]) throw new Error('client-unknown');
        return rows[0];
      },
    };
    const media: Pick<MediaService, 'open'> = { open: async (workspaceId, id) => new Blob([`${workspaceId} ${id}`]) };
    const accounts = new AccountSeal(new Seal(secret));
    const opened = new OpenChannelsService(dataSource, accounts);
    const states = new ChannelStatesService(dataSource, new FactWriter(), clock);
    const sessions = new ChannelSessionsService(dataSource, accounts, clock);
    const worlds = new WorldMaker(outgoing, sessions, media as MediaService, new HouseOutlets(), dataSource, clock);
    const looks = new ChannelLooksService(opened, states, sessions, worlds);
    return {
      accounts, opened, states, sessions, worlds, looks,
      channels: new ChannelsService(dataSource),
      care: new ChannelCareService(dataSource, states),
      connecting: new ConnectingService(dataSource, accounts, looks, states, clients as ClientsService, audit),
    };
  };

  const agency = async () => {
    const workspaceId = uuid();
    await dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency')`, [workspaceId]);
    const caller: Caller = { workspaceId, actor: { kind: 'user', id: uuid(), name: 'Ada' }, role: 'owner', language: 'en' };
    return { workspaceId, caller, clientId: await client(workspaceId) };
  };
  const client = async (workspaceId: string): Promise<string> => {
    const id = uuid();
    await dataSource.query(`INSERT INTO clients (id, workspace_id, name, zone) VALUES ($1, $2, 'Brand', 'Europe/Rome')`, [id, workspaceId]);
    return id;
  };
  const account = (name: string, token = `token-of-${name}`) => ({ url: sandbox.url, account: name, token });
  const facts = async (subjectId: string): Promise<string[]> =>
    (await dataSource.query(`SELECT kind FROM events WHERE subject_id = $1 ORDER BY at, id`, [subjectId])).map((row: { kind: string }) => row.kind);
  const close = async (): Promise<void> => {
    await outgoing.onApplicationShutdown();
    await sandbox.close();
    await database.drop();
  };
  return { dataSource, sandbox, process, agency, client, account, facts, close, ...process() };
}
export type House = Awaited<ReturnType<typeof openHouse>>;

/** The code of the problem a call ends in. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(() => 'no problem', (error: { code?: string; message: string }) => error.code ?? error.message);
}
