import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { AppModule } from '../../src/app.module.js';
import type { Fault } from '../../src/connectors/sandbox/faults.js';
import { profiles } from '../../src/connectors/sandbox/profiles.js';
import { scaledTimes } from '../../src/core/times.js';
import { DETECTOR } from '../../src/features/health/watch.service.js';
import { readConfig } from '../../src/infra/config.js';
import { Seal } from '../../src/infra/seal.js';
import { scaledDetector } from '../features/health/scaled.js';
import { createDatabase, type TestDatabase } from '../kit/database.js';
import { quietPort } from '../kit/quiet-port.js';
import { type SeededClient, seedClient, seedPosts } from '../kit/seed.js';
import { startSandboxProcess } from '../kit/server-house.js';

// Six platforms on two servers of their own, real processes both; four clients of one agency on each of the six. The whole
// application with all its roles on a real database. The seconds are those of life: nothing is scaled in the first part.
const secret = 's'.repeat(32);
const victim = 'sandbox-alpha';
const neighbours = profiles.map(({ id }) => id).filter((id) => id !== victim);
const CLIENTS = 4;

interface OutageHouse {
  readonly app: INestApplication;
  readonly database: TestDatabase;
  readonly clients: readonly SeededClient[];
  close(): Promise<void>;
}

/** @param urlOf the server of each platform; @param scale of all durations */
async function openOutageHouse(urls: ReadonlyMap<string, string>, scale: number): Promise<OutageHouse> {
  const database = await createDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-outage-'));
  const hosts = [...new Set([...urls.values()].map((url) => new URL(url).host))];
  const workspaceId = uuid();
  const clients: SeededClient[] = [];
  for (let i = 0; i < CLIENTS; i += 1) {
    clients.push(await seedClient(database.dataSource, {
      connectorIds: [...urls.keys()], url: (id) => urls.get(id) ?? '', seal: new Seal(secret), workspaceId, latePace: { perHour: 3 },
    }));
  }
  const userId = uuid();
  await database.dataSource.query(`INSERT INTO users (id, email, name) VALUES ($1, 'manager@example.org', 'Manager')`, [userId]);
  await database.dataSource.query(`INSERT INTO members (workspace_id, user_id, role) VALUES ($1, $2, 'manager')`, [workspaceId, userId]);
  const config = readConfig({ ROLES: 'api,worker,watch', PORT: '0', DATA_DIR: dataDir, ALLOW_HOSTS: hosts.join(','), CONTROL_TARGETS: [...urls.values()][0] ?? '' });
  const module = await Test.createTestingModule({ imports: [AppModule.forRoot({ config, databaseUrl: database.url, secret, times: scaledTimes(scale) })] })
    .overrideProvider(DETECTOR).useValue(scaledDetector(scale)).compile();
  const app = module.createNestApplication({ logger: ['error'] });
  await app.init();
  return {
    app, database, clients,
    close: async () => {
      await app.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

type Server = Awaited<ReturnType<typeof startSandboxProcess>>;

/** Plans posts for one platform, the clients in turn. @returns the delivery ids */
async function plan(house: OutageHouse, platform: string, posts: readonly { readonly dueInMs: number; readonly text: string }[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const [nth, client] of house.clients.entries()) {
    const channel = client.channels.find(({ connectorId }) => connectorId === platform);
    if (!channel) throw new Error(`no channel on ${platform}`);
    const own = posts.filter((_, i) => i % CLIENTS === nth);
    ids.push(...(await seedPosts(house.database.dataSource, client, own.map((post) => ({ channel, ...post })))));
  }
  return ids;
}
const every = (ms: number, forMs: number, text: string) => Array.from({ length: Math.floor(forMs / ms) }, (_, i) => ({ dueInMs: 2_000 + i * ms, text: `${text} ${i}` }));

interface Seen {
  readonly state: string;
  readonly canary: string | null;
}
async function look(house: OutageHouse, platform: string): Promise<Seen> {
  const [row] = await house.database.dataSource.query<Seen[]>(`SELECT state, canary FROM components WHERE id LIKE $1 || ':publish@%'`, [platform]);
  return row ?? { state: 'none', canary: null };
}
/** @returns the seconds it took */
async function until(what: string, is: () => Promise<boolean>, withinS: number): Promise<number> {
  const began = performance.now();
  const passed = (): number => (performance.now() - began) / 1_000;
  while (!(await is())) {
    if (passed() > withinS) throw new Error(`${what}: not within ${withinS} s`);
    await sleep(100);
  }
  return passed();
}
const states = async (house: OutageHouse, ids: readonly string[]): Promise<readonly string[]> =>
  (await house.database.dataSource.query<{ s: string }[]>(`SELECT state || coalesce(':' || hold_reason, '') AS s FROM deliveries WHERE id = ANY($1::uuid[])`, [ids])).map(({ s }) => s);
const control = async <Answer>(server: Server, path: string, body?: readonly Partial<Fault>[]): Promise<Answer> => {
  const answer = await fetch(`${server.url}/control/${path}`, body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {});
  return (await answer.json()) as Answer;
};
const twice = async (server: Server): Promise<number> => (await control<{ totals: { moreThanOnce: number } }>(server, 'counts')).totals.moreThanOnce;

describe('of six platforms, one that is killed', () => {
  let mine: Server;
  let theirs: Server;
  let house: OutageHouse;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-victim-'));
    [mine, theirs] = await Promise.all([startSandboxProcess(['--port', String(await quietPort()), '--file', join(folder, 'posts.jsonl')]), startSandboxProcess()]);
    house = await openOutageHouse(new Map(profiles.map(({ id }) => [id, id === victim ? mine.url : theirs.url])), 1);
  });
  afterAll(async () => {
    await house?.close();
    mine?.stop();
    theirs?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is suspect and down within the seconds told, and back soon after it is; nobody else waits', async () => {
    const planned = every(4_000, 300_000, 'six');
    const own = await plan(house, victim, planned);
    for (const platform of neighbours) await plan(house, platform, planned);
    const platforms = profiles.map(({ id }) => id);
    await until('all six are up', async () => (await Promise.all(platforms.map((id) => look(house, id)))).every(({ state }) => state === 'up'), 120);

    const port = new URL(mine.url).port;
    mine.stop();
    const killedAt = new Date();
    const suspectS = await until('suspect', async () => (await look(house, victim)).state !== 'up', 60);
    const downS = suspectS + (await until('down', async () => (await look(house, victim)).state === 'down', 120));
    // Without SMTP_URL the letter ends in the catcher, which is as good as a mailbox.
    const letters = () => house.database.dataSource.query<{ to: string; subject: string }[]>(`SELECT to_address AS "to", subject FROM caught_mails`);
    const noticeS = downS + (await until('the notice', async () => (await letters()).length > 0, 120));
    await sleep(15_000);
    expect(await letters()).toEqual([{ to: 'manager@example.org', subject: expect.stringContaining('down') }]);
    expect(await states(house, own)).toContain('held:outage');
    expect((await states(house, own)).filter((state) => state === 'failed' || state === 'unconfirmed')).toEqual([]);

    mine = await startSandboxProcess(['--port', port, '--file', join(folder, 'posts.jsonl')]);
    const backAt = new Date();
    const canaryS = await until('the first canary', async () => (await look(house, victim)).canary !== null, 120);
    const recoveredS = canaryS + (await until('recovered', async () => ['recovering', 'up'].includes((await look(house, victim)).state), 180));
    process.stdout.write(`of six platforms one is killed: suspect after ${suspectS.toFixed(1)} s, down after ${downS.toFixed(1)} s, somebody is told after ${noticeS.toFixed(1)} s; back again: first canary after ${canaryS.toFixed(1)} s, recovered after ${recoveredS.toFixed(1)} s\n`);
    expect(suspectS).toBeLessThanOrEqual(20);
    expect(downS).toBeLessThanOrEqual(90);
    expect(noticeS).toBeLessThanOrEqual(120);
    expect(canaryS).toBeLessThanOrEqual(60);
    expect(recoveredS).toBeLessThanOrEqual(180);

    await until('what was held goes out', async () => (await states(house, own)).filter((state) => state === 'held:outage').length === 0, 120);
    const neighbourly = await house.database.dataSource.query<{ state: string; late: number; n: number }[]>(
      `SELECT d.state, count(*)::int AS n, coalesce(max(extract(epoch FROM p.published_at - d.due_at)), 0)::float8 AS late
         FROM deliveries d JOIN parts p ON p.delivery_id = d.id
        WHERE d.connector_id <> $1 AND d.due_at BETWEEN $2 AND $3 GROUP BY d.state`,
      [victim, killedAt, backAt],
    );
    expect(neighbourly.map(({ state }) => state)).toEqual(['published']);
    expect(neighbourly[0]?.n).toBeGreaterThan(neighbours.length * 5);
    expect(neighbourly[0]?.late).toBeLessThanOrEqual(20); // held with the victim it would be as long as that is down
    expect([await twice(mine), await twice(theirs)]).toEqual([0, 0]);
  }, 600_000);
});

describe('a platform that takes requests and never answers', () => {
  const platform = 'sandbox-beta'; // no key, but it can be read back
  const HELD = 40;
  let server: Server;
  let house: OutageHouse;
  beforeAll(async () => {
    server = await startSandboxProcess(['--seed', '3']);
    house = await openOutageHouse(new Map([[platform, server.url]]), 0.1);
  });
  afterAll(async () => {
    await house?.close();
    server?.stop();
  });

  it('costs one unconfirmed delivery at a time, with forty waiting, for as long as it lasts', async () => {
    const warm = await plan(house, platform, every(500, 2_000, 'warm'));
    await until('it is up', async () => (await states(house, warm)).every((state) => state === 'published'), 120);
    await control(server, 'faults', [{ kind: 'status', status: 503 }]);
    const held = await plan(house, platform, Array.from({ length: HELD }, (_, i) => ({ dueInMs: 0, text: `held ${i}` })));
    await until('it is down, and forty wait', async () => (await states(house, held)).filter((state) => state === 'held:outage').length === HELD, 120);

    // Half of what it swallows it posts, half it loses; reads are well.
    await fetch(`${server.url}/control/faults`, { method: 'DELETE' });
    await control(server, 'faults', [{ kind: 'hang', taken: true, on: ['post'], probability: 0.5 }, { kind: 'hang', taken: false, on: ['post'] }]);
    const open: number[] = [];
    const everOpen = new Set<string>();
    for (const endAt = Date.now() + 60_000; Date.now() < endAt; await sleep(50)) {
      const rows = await house.database.dataSource.query<{ id: string }[]>(`SELECT id FROM deliveries WHERE component_id LIKE $1 || ':%' AND state IN ('sending', 'unconfirmed')`, [platform]);
      open.push(rows.length);
      for (const { id } of rows) everOpen.add(id);
    }
    process.stdout.write(`a platform that never answers, ten minutes of it at ten times the speed: ${everOpen.size} of ${HELD} tried, ${Math.max(...open)} open at a time\n`);
    expect(Math.max(...open)).toBe(1);
    expect(everOpen.size).toBeLessThan(HELD);

    await fetch(`${server.url}/control/faults`, { method: 'DELETE' });
    await until('it is back', async () => ['recovering', 'up'].includes((await look(house, platform)).state), 120);
    expect(await twice(server)).toBe(0);
  }, 480_000);
});
