import { fork } from 'node:child_process';
import { v7 as uuid } from 'uuid';
import { seedClient, seedPosts } from '../kit/seed.js';
import { spawnOurs } from '../kit/server-house.js';
import { type Ground, quantile, readOptions, report, round, say, startGround, until } from './ground.js';

// A platform is down for a quarter of an hour, and so many clients, 50 to a workspace, have a post planned there today. From the
// first decision to tell one of them until a mail server that needs `delay` ms for each has accepted a letter to each: as that
// server saw it, letters told apart by their Message-ID. The people of the workspaces are told at the same time.
const { backend, json, rows, delay } = readOptions({ rows: 1_000, delay: 200 });
const perWorkspace = 50;
const ground = await startGround(backend);
const office = await openOffice(delay);
await seedOutage(ground, rows);
say(`${rows} clients to be told by a mail server that takes ${delay} ms for each letter`);

const worker = await spawnOurs('../bench/worker.mjs', {
  DATA_DIR: ground.dataDir, ROLES: 'worker', PORT: '0', CONTROL_TARGETS: ground.sink.url, ALLOW_HOSTS: new URL(ground.sink.url).host, LOG_LEVEL: 'error',
  PUBLIC_URL: 'https://postern.example', SMTP_URL: `smtp://127.0.0.1:${office.port}?from=agency%40example.com`,
  BENCH_DATABASE_URL: ground.databaseUrl, BENCH_SECRET: 'benches need a secret of thirty-two letters', ...(ground.redisUrl !== null && { REDIS_URL: ground.redisUrl }),
});
const sent = (about: string) => ground.dataSource.query<{ id: string }[]>(`SELECT id FROM letters WHERE about = $1 AND state = 'sent'`, [about]);
await until('a letter to every client', async () => (await sent('client-notice')).length >= rows, { everyMs: 500 });
const ended = new Promise((resolve) => worker.once('exit', resolve));
worker.kill('SIGTERM');
await ended;

const [{ at: decidedAt } = { at: Number.NaN }] = await ground.dataSource.query<{ at: number }[]>(`SELECT extract(epoch FROM min(decided_at))::float8 AS at FROM client_notices`);
const toClients = new Set((await sent('client-notice')).map(({ id }) => id));
const taken = office.taken.filter(({ id }) => toClients.has(id));
const waits = taken.map(({ at }) => at / 1_000 - decidedAt);
office.close();
const twice = taken.length - new Set(taken.map(({ id }) => id)).size;
await report(ground, json, {
  bench: 'notices', backend, clients: rows, delayMs: delay, lettersToTheTeam: (await sent('incident')).length,
  p50S: round(quantile(waits, 0.5)), p95S: round(quantile(waits, 0.95)), maxS: round(Math.max(...waits)),
  twice,
  wanted: { p95S: 60, twice: 0 },
}, { twice: twice === 0 });

async function seedOutage({ dataSource, sink, seal }: Ground, clients: number): Promise<void> {
  let componentId = '';
  for (let n = 0, workspaceId = uuid(); n < clients; n += 1) {
    if (n % perWorkspace === 0) {
      const userId = uuid();
      workspaceId = uuid();
      await dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency')`, [workspaceId]);
      await dataSource.query(`INSERT INTO users (id, email, name, language) VALUES ($1, $2, 'Anna', 'it')`, [userId, `anna${n}@agency.example`]);
      await dataSource.query(`INSERT INTO members (workspace_id, user_id, role) VALUES ($1, $2, 'manager')`, [workspaceId, userId]);
    }
    const client = await seedClient(dataSource, { connectorIds: ['sandbox-alpha'], url: sink.url, seal, workspaceId });
    const [channel] = client.channels;
    if (channel) await seedPosts(dataSource, client, [{ channel, dueInMs: 2 * 3_600_000, text: `Today's special of ${n}` }]);
    const contacts = { emails: [`client${n}@example.com`], phones: [], newsletter: null, blog: null, shop: null };
    const [row] = await dataSource.query<{ id: string }[]>(
      `WITH told AS (UPDATE clients SET name = $2, contacts = $3 WHERE id = $1) SELECT component_id AS id FROM channels WHERE client_id = $1`,
      [client.clientId, `Client ${n}`, JSON.stringify(contacts)],
    );
    componentId = row?.id ?? componentId;
  }
  const incidentId = uuid();
  await dataSource.query(`INSERT INTO incidents (id, kind, subject, began_at, opened_at) VALUES ($1, 'outage', 'sandbox', now() - interval '16 minutes', now() - interval '15 minutes')`, [incidentId]);
  await dataSource.query(
    `INSERT INTO incident_components (incident_id, component_id, connector_id, host, state, fell_at)
     SELECT $1, $2, connector_id, host, 'down', now() - interval '16 minutes' FROM channels WHERE component_id = $2 LIMIT 1`, [incidentId, componentId]);
  await dataSource.query(
    `INSERT INTO incident_deliveries (incident_id, delivery_id, workspace_id, client_id, planned_at) SELECT $1, id, workspace_id, client_id, due_at FROM deliveries`, [incidentId]);
}

async function openOffice(delayMs: number) {
  const child = fork(new URL('./smtp-sink.mjs', import.meta.url), { env: { ...process.env, DELAY_MS: String(delayMs) } });
  const taken: { readonly id: string; readonly at: number }[] = [];
  const { port } = await new Promise<{ port: number }>((resolve) => child.once('message', resolve as (message: unknown) => void));
  child.on('message', ({ id, at }: { id: string; at: number }) => taken.push({ id: id.slice(1).split('@')[0] ?? '', at }));
  return { port, taken, close: () => void child.kill('SIGKILL') };
}
