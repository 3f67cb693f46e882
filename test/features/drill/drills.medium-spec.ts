import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Test } from '@nestjs/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { AppModule } from '../../../src/app.module.js';
import { builtInUrl } from '../../../src/connectors/sandbox/profiles.js';
import { TIMES, type Times } from '../../../src/core/times.js';
import { DrillEyes } from '../../../src/features/drill/drill-eyes.service.js';
import { DrillRun } from '../../../src/features/drill/drill-run.service.js';
import { DrillStart } from '../../../src/features/drill/drill.schema.js';
import { DrillsService } from '../../../src/features/drill/drills.service.js';
import { PutGateway } from '../../../src/features/phone/gateway.schema.js';
import { GatewaySettings } from '../../../src/features/phone/gateway-settings.service.js';
import { StageEnds } from '../../../src/features/drill/stage-ends.service.js';
import { AuditService } from '../../../src/features/workspaces/audit.service.js';
import { WorkspacesService } from '../../../src/features/workspaces/workspaces.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { CONFIG, type Config, readConfig } from '../../../src/infra/config.js';
import { migrate } from '../../../src/infra/database/migrate.js';
import type { Caller } from '../../../src/infra/http/access.js';
import { dressApp } from '../../../src/infra/http/dress.js';
import { RehearsedClock } from '../../../src/infra/rehearsal/rehearsed-clock.js';
import { RehearsedDatabase } from '../../../src/infra/rehearsal/rehearsed-database.js';
import { rehearsedQueue } from '../../../src/infra/rehearsal/rehearsed-queue.js';
import { RehearsedTime } from '../../../src/infra/rehearsal/rehearsed-time.js';
import { Seal } from '../../../src/infra/seal.js';
import { openPostOffice, type PostOffice } from '../../kit/post-office.js';
import { type SeededClient, seedClient, seedPosts } from '../../kit/seed.js';
import { administer, withDatabase } from '../../kit/template.js';

// The whole application with all its roles, at its own pace, on a clock that is put forward while a drill waits; and a mail server and a gateway
// to telephones as real as any: nothing may reach them.
const secret = 's'.repeat(32);
const second = 1_000;
const server = process.env['POSTERN_TEST_POSTGRES'] ?? '';
const name = `postern_drill_${randomBytes(6).toString('hex')}`;
const url = withDatabase(server, name);
const clock = new RehearsedClock(Date.now());

/** A drill's own pauses, of a second at most, put the time forward; whoever else sleeps wakes by that. */
class StageClock extends Clock {
  override now(): number {
    return clock.now();
  }

  override monotonic(): number {
    return clock.monotonic();
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return ms > second ? clock.sleep(ms, signal) : time.pass(10 * second);
  }
}

let app: NestExpressApplication;
let database: DataSource;
let rehearsed: RehearsedDatabase;
let time: RehearsedTime;
let office: PostOffice;
let callsOfPhones = 0;
const phones = createServer((_, response) => {
  callsOfPhones += 1;
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"sms"}');
});
let dataDir: string;
let drills: DrillsService;
let caller: Caller;
let agency: SeededClient;

const states = async (ids: readonly string[]) => (await database.query<{ s: string }[]>('SELECT state AS s FROM deliveries WHERE id = ANY($1::uuid[])', [ids])).map(({ s }) => s);
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
  await administer(server, `CREATE DATABASE ${name}`);
  rehearsed = await RehearsedDatabase.prepare(url, clock.ahead);
  await migrate(url);
  [database, office, dataDir] = [await new DataSource({ type: 'postgres', url }).initialize(), await openPostOffice(), await mkdtemp(join(tmpdir(), 'postern-drill-'))];
  phones.listen(0, '127.0.0.1');
  await once(phones, 'listening');
  const phonesHost = `127.0.0.1:${(phones.address() as AddressInfo).port}`;
  const config = readConfig({ PORT: '0', DATA_DIR: dataDir, ALLOW_HOSTS: phonesHost, CONTROL_TARGETS: builtInUrl, PUBLIC_URL: 'https://postern.example', SMTP_URL: `smtp://127.0.0.1:${office.port}` });
  const module = await Test.createTestingModule({ imports: [AppModule.forRoot({ config, databaseUrl: url, secret, clock, queue: rehearsedQueue(clock) })] })
    .overrideProvider(DrillsService).useFactory({
      factory: (rows: DataSource, run: DrillRun, ends: StageEnds, audit: AuditService, settings: Config, times: Times) => new DrillsService(rows, run, ends, audit, new StageClock(), settings, times),
      inject: [DataSource, DrillRun, StageEnds, AuditService, CONFIG, TIMES],
    }).compile();
  app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: ['error'] });
  await dressApp(app, config);
  await app.init();
  time = new RehearsedTime(clock, rehearsed, () => app.get(DrillEyes, { strict: false }).isInFlight());
  drills = app.get(DrillsService, { strict: false });

  agency = await seedClient(database, { connectorIds: ['sandbox-alpha'], url: builtInUrl, seal: new Seal(secret) });
  const userId = uuid();
  await database.query(`INSERT INTO users (id, email, name) VALUES ($1, 'anna@agency.example', 'Anna')`, [userId]);
  await database.query(`INSERT INTO members (workspace_id, user_id, role) VALUES ($1, $2, 'manager')`, [agency.workspaceId, userId]);
  caller = { workspaceId: agency.workspaceId, actor: { kind: 'user', id: userId, name: 'Anna' }, role: 'manager', language: 'en' };
  await app.get(GatewaySettings, { strict: false }).put(caller, PutGateway.parse({ account: { kind: 'http', url: `http://${phonesHost}/`, token: 'of this agency' }, currency: 'EUR', priceMinor: 7 }));
}, 240_000);
afterAll(async () => {
  await app?.close();
  await office?.close();
  phones.close();
  await database?.destroy();
  await rehearsed?.close();
  await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await rm(dataDir, { recursive: true, force: true });
});

describe('a drill on a running installation', () => {
  it('plays an outage to its end, touches nothing real, and reaches no mail server and no telephone, whichever is set up', async () => {
    const real = await seedPosts(database, agency, Array.from({ length: 30 }, (_, i) => ({ channel: channelOf(agency), dueInMs: 5 * second + i * 40 * second, text: `real ${i}` })));
    const { id, state } = await drills.start(caller, DrillStart.parse({}));
    expect(state).toBe('running');
    await expect(drills.start(caller, DrillStart.parse({}))).rejects.toMatchObject({ code: 'drill-running' });

    const drill = await ended(id);
    expect(drill.tally?.troubles).toEqual([]);
    expect(drill.state).toBe('passed');
    // 3 channels of one post and 8 posts go elsewhere, 900 and 300 people; 120 with a telephone; of 5 that wait, 3 are put out by hand; 4 wait for their morning.
    expect(drill.tally).toMatchObject({ held: 2 + 3 + 4, rerouted: 11, mails: 1_200, texts: 120, byHand: 3, publishedLate: 2, missed: 0, lost: 0, duplicated: 0, noticesPerPerson: 1, leftInNight: 0 });
    expect(drill.tally?.seconds).toEqual({ suspect: expect.any(Number), down: expect.any(Number), notice: expect.any(Number), recovered: expect.any(Number) });
    const codes = drill.timeline.map(({ code }) => code);
    for (const code of ['staged', 'warm', 'outage', 'component', 'incident-opened', 'letter', 'held', 'rerouted', 'mailed', 'article', 'by-hand', 'back', 'recovered', 'published', 'over']) expect(codes).toContain(code);

    expect(office.letters).toEqual([]);
    expect(callsOfPhones).toBe(0); // its 120 SMS were caught
    const [caught] = await database.query<{ n: number }[]>('SELECT count(*)::int AS n FROM caught_mails WHERE workspace_id = $1', [drill.stageId]);
    expect(caught?.n).toBeGreaterThan(4); // letters to the team and the clients, and some of the newsletters
    expect(new Set(await states(real))).toEqual(new Set(['published']));
    // What befell the drill's platforms befell no other: no incident touches the agency, and nobody of it was told anything.
    expect(await database.query('SELECT 1 FROM incident_deliveries WHERE workspace_id = $1', [agency.workspaceId])).toEqual([]);
    expect(await database.query('SELECT 1 FROM letters WHERE workspace_id = $1', [agency.workspaceId])).toEqual([]);
    const [own] = await database.query<{ state: string }[]>(`SELECT state FROM components WHERE id = 'sandbox-alpha:publish@sandbox.invalid'`);
    expect(['up', 'unknown']).toContain(own?.state); // unknown once nothing was posted for a while
  }, 600_000);

  it('leaves a workspace to be read, with nothing in it that goes on, and that is nobody’s demo', async () => {
    const [{ stageId } = { stageId: null }] = (await drills.list(caller, { limit: 1 })).items;
    const open = await database.query(
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
    await database.query(
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
