import { closeSync, openSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../src/infra/database/binaries.js';
import { freePort } from '../../src/infra/database/free-port.js';
import { initCluster, serverUrl, startServer, untilReady } from '../../src/infra/database/server.js';
import { serviceUser } from '../../src/infra/database/service-user.js';
import { keepUntilWeEnd } from './keeper.js';

export interface TestPostgres {
  /** Of its maintenance database `postgres`; swap the path for another. */
  readonly url: string;
  readonly pid: number;
  readonly folder: string;
  readonly stop: () => Promise<void>;
}

const quick: Readonly<Record<string, string>> = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
const modest: Readonly<Record<string, string>> = { shared_buffers: '64MB', max_connections: '200', io_method: 'sync', jit: 'off', log_min_messages: 'fatal' };

/**
 * A Postgres of its own on a free port with its data in a temporary folder; ends and vanishes with this process.
 * @param settings e.g. `{ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }` for chaos and bench; quick and forgetful unless told
 */
export async function startTestPostgres(settings: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
  const user = serviceUser();
  const folder = await mkdtemp(join(tmpdir(), 'postern-postgres-'));
  const cluster = { folder: join(folder, 'cluster'), binaries: await findBinaries(user), user };
  await initCluster(cluster, 'test', { sync: false });
  const log = openSync(join(folder, 'log'), 'a');
  const port = await freePort();
  const running = startServer(cluster, port, log, { ...modest, ...quick, ...settings });
  closeSync(log);
  const stop = keepUntilWeEnd(running.pid, 'QUIT', folder);
  const url = serverUrl(port, 'test', 'postgres');
  await untilReady(running, url, 120_000);
  return { url, pid: running.pid, folder, stop };
}
