import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Test } from '@nestjs/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { AppModule } from '../../../src/app.module.js';
import { builtInUrl } from '../../../src/connectors/sandbox/profiles.js';
import { defaultTimes, scaledTimes } from '../../../src/core/times.js';
import { DrillStart } from '../../../src/features/drill/drill.schema.js';
import { DrillsService } from '../../../src/features/drill/drills.service.js';
import { DETECTOR } from '../../../src/features/health/watch.service.js';
import { WorkspacesService } from '../../../src/features/workspaces/workspaces.service.js';
import { readConfig } from '../../../src/infra/config.js';
import type { Caller } from '../../../src/infra/http/access.js';
import { dressApp } from '../../../src/infra/http/dress.js';
import { Seal } from '../../../src/infra/seal.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { openPostOffice, type PostOffice } from '../../kit/post-office.js';
import { type SeededClient, seedClient, seedPosts } from '../../kit/seed.js';
import { scaledDetector } from '../health/scaled.js';

// The whole application with all its roles, ten times as fast as life, and a mail server as real as any: nothing may reach it.
const scale = 0.1;
/** How long a machine may take for an exchange: of no use to shrink, for it does not get any faster by that. */
const { leaseMs, claimAgeMs, requestMs } = defaultTimes;
const secret = 's'.repeat(32);

let app: NestExpressApplication;
let database: TestDatabase;
let office: PostOffice;
let dataDir: string;
let drills: DrillsService;
let caller: Caller;
let agency: SeededClient;

const states = async (ids: readonly string[]) => (await database.dataSource.query<{ s: string }[]>('SELECT state AS s FROM deliveries WHERE id = ANY($1::uuid[])', [ids])).map(({ s }) => s);
function channelOf({ channels: [channel] }: SeededClient): SeededClient['channels'][number] {
  if (!channel) throw new Error('There is no channel.');
  return channel;
}
async function ended(id: string) {
  for (;;) {
    const drill = await drills.one(caller, id);
    if (drill.state !== 'running') return drill;
    await sleep(250);
  }
}

beforeAll(async () => {
  [database, office, dataDir] = [await createDatabase(), await openPostOffice(), await mkdtemp(join(tmpdir(), 'postern-drill-'))];
  const config = readConfig({ PORT: '0', DATA_DIR: dataDir, CONTROL_TARGETS: builtInUrl, PUBLIC_URL: 'https://postern.example', SMTP_URL: `smtp://127.0.0.1:${office.port}` });
  const module = await Test.createTestingModule({ imports: [AppModule.forRoot({ config, databaseUrl: database.url, secret, times: { ...scaledTimes(scale), leaseMs, claimAgeMs, requestMs } })] })
    .overrideProvider(DETECTOR).useValue(scaledDetector(scale)).compile();
  app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: ['error'] });
  await dressApp(app, config);
  await app.init();
  drills = app.get(DrillsService, { strict: false });

  agency = await seedClient(database.dataSource, { connectorIds: ['sandbox-alpha'], url: builtInUrl, seal: new Seal(secret) });
  const userId = uuid();
  await database.dataSource.query(`INSERT INTO users (id, email, name) VALUES ($1, 'anna@agency.example', 'Anna')`, [userId]);
  await database.dataSource.query(`INSERT INTO members (workspace_id, user_id, role) VALUES ($1, $2, 'manager')`, [agency.workspaceId, userId]);
  caller = { workspaceId: agency.workspaceId, actor: { kind: 'user', id: userId, name: 'Anna' }, role: 'manager', language: 'en' };
}, 240_000);
afterAll(async () => {
  await app?.close();
  await office?.close();
  await database?.drop();
  await rm(dataDir, { recursive: true, force: true });
});

describe('a drill on a running installation', () => {
  it('plays an outage to its end, touches nothing real, and reaches no mail server, whichever is set up', async () => {
    const real = await seedPosts(database.dataSource, agency, Array.from({ length: 30 }, (_, i) => ({ channel: channelOf(agency), dueInMs: 5_000 + i * 4_000, text: `real ${i}` })));
    const { id, state } = await drills.start(caller, DrillStart.parse({}));
    expect(state).toBe('running');
    await expect(drills.start(caller, DrillStart.parse({}))).rejects.toMatchObject({ code: 'drill-running' });

    const drill = await ended(id);
    expect(drill.tally?.troubles).toEqual([]);
    expect(drill.state).toBe('passed');
    // 3 channels of one post and 8 posts go elsewhere, 900 and 300 people; 120 with a telephone; of 5 that wait, 3 are put out by hand.
    expect(drill.tally).toMatchObject({ rerouted: 11, mails: 1_200, texts: 120, byHand: 3, publishedLate: 2, missed: 0, lost: 0, duplicated: 0, noticesPerPerson: 1, leftInNight: 0 });
    expect(drill.tally?.seconds).toEqual({ suspect: expect.any(Number), down: expect.any(Number), notice: expect.any(Number), recovered: expect.any(Number) });
    const codes = drill.timeline.map(({ code }) => code);
    for (const code of ['staged', 'warm', 'outage', 'component', 'incident-opened', 'letter', 'held', 'rerouted', 'mailed', 'article', 'by-hand', 'back', 'recovered', 'published', 'over']) expect(codes).toContain(code);

    expect(office.letters).toEqual([]);
    const [caught] = await database.dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM caught_mails WHERE workspace_id = $1', [drill.stageId]);
    expect(caught?.n).toBeGreaterThan(4); // letters to the team and the clients, and some of the newsletters
    expect(new Set(await states(real))).toEqual(new Set(['published']));
    // What befell the drill's platforms befell no other: no incident touches the agency, and nobody of it was told anything.
    expect(await database.dataSource.query('SELECT 1 FROM incident_deliveries WHERE workspace_id = $1', [agency.workspaceId])).toEqual([]);
    expect(await database.dataSource.query('SELECT 1 FROM letters WHERE workspace_id = $1', [agency.workspaceId])).toEqual([]);
    const [own] = await database.dataSource.query<{ state: string }[]>(`SELECT state FROM components WHERE id = 'sandbox-alpha:publish@sandbox.invalid'`);
    expect(['up', 'unknown']).toContain(own?.state); // unknown once nothing was posted for a while
  }, 600_000);

  it('leaves a workspace to be read, with nothing in it that goes on, and that is nobody’s demo', async () => {
    const [{ stageId } = { stageId: null }] = (await drills.list(caller, { limit: 1 })).items;
    const open = await database.dataSource.query(
      `SELECT 'delivery' AS what, state AS it FROM deliveries WHERE workspace_id = $1 AND state IN ('scheduled', 'held', 'sending') UNION ALL SELECT 'channel', name FROM channels WHERE workspace_id = $1 AND archived_at IS NULL
       UNION ALL SELECT 'person', u.email FROM users u JOIN members m ON m.user_id = u.id WHERE m.workspace_id = $1 AND m.role = 'manager' AND u.disabled_at IS NULL`, [stageId]);
    expect(open).toEqual([]);
    expect(await app.get(WorkspacesService, { strict: false }).demo()).toBeNull();
    await expect(drills.start({ ...caller, workspaceId: stageId ?? '' }, DrillStart.parse({}))).rejects.toMatchObject({ code: 'drill-within-drill' });
  });

  it('is nobody else’s to read', async () => {
    const [{ id } = { id: '' }] = (await drills.list(caller, { limit: 1 })).items;
    const stranger = { ...caller, workspaceId: uuid() };
    expect((await drills.list(stranger, { limit: 10 })).items).toEqual([]);
    await expect(drills.one(stranger, id)).rejects.toMatchObject({ code: 'drill-unknown' });
  });

  it('is broken off when nobody has heard of its process for a minute, and makes room for another', async () => {
    const id = uuid();
    await database.dataSource.query(
      `INSERT INTO drills (id, workspace_id, scenarios, started_by, seen_at) VALUES ($1, $2, '{night}', '{"kind":"user","id":"x","name":"Anna"}', now() - interval '2 minutes')`, [id, agency.workspaceId]);
    expect(await drills.one(caller, id)).toMatchObject({ state: 'broken-off', tally: null, endedAt: expect.any(String) });
  });

  it('is broken off when its process stops, and says so', async () => {
    const { id } = await drills.start(caller, DrillStart.parse({ scenarios: ['night'] }));
    while ((await drills.one(caller, id)).timeline.length === 0) await sleep(100);
    await drills.onModuleDestroy();
    const drill = await drills.one(caller, id);
    expect(drill.state).toBe('broken-off');
    expect(drill.timeline.at(-1)?.sentence).toBe('The drill ended before its time: It was stopped.');
  }, 240_000);
});
