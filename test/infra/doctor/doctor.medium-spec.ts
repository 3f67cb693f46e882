import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { AccountSeal } from '../../../src/features/channels/account-seal.js';
import { ChannelCheckService } from '../../../src/features/channels/channel-check.service.js';
import { OpenChannelsService } from '../../../src/features/channels/open-channels.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { readConfig } from '../../../src/infra/config.js';
import { lookAtControls, lookAtDatabaseClock } from '../../../src/infra/doctor/clock.js';
import { examine, type Finding, type Ground } from '../../../src/infra/doctor/finding.js';
import { lookAtBacklog, lookAtHeartbeat, lookAtPause } from '../../../src/infra/doctor/life.js';
import { lookAtDisk, lookAtJournal, lookAtKey } from '../../../src/infra/doctor/machine.js';
import { lookAtPublicUrl, lookAtQueue, lookAtRoads } from '../../../src/infra/doctor/roads.js';
import { roadsOf } from '../../../src/infra/mail/roads.js';
import { Seal } from '../../../src/infra/seal.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { openPostOffice } from '../../kit/post-office.js';
import { seedClient, seedPosts } from '../../kit/seed.js';

const secret = 'the secret of this installation, long enough';
const seal = new Seal(secret);
const shape = (findings: readonly Finding[]): string => findings.map(({ name, colour }) => `${name}: ${colour}`).join(', ');
const remedies = (findings: readonly Finding[]): boolean => findings.every(({ colour, remedy }) => colour === 'green' || (remedy ?? '').length > 10);

class OtherClock extends Clock {
  constructor(private readonly aheadMs: number) {
    super();
  }
  override now(): number {
    return super.now() + this.aheadMs;
  }
}

describe('doctor', () => {
  let database: TestDatabase;
  let dataDir: string;
  beforeAll(async () => {
    database = await createDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'postern-doctor-'));
  });
  beforeEach(async () => {
    await database.dataSource.query('TRUNCATE installation, workers, rounds, workspaces CASCADE');
  });
  afterAll(async () => {
    await database.drop();
    await rm(dataDir, { recursive: true });
  });

  const answering = (headers: Record<string, string> = {}, body: unknown = {}) => async () => Response.json(body, { headers });
  const ground = (settings: Record<string, string> = {}, more: Partial<Ground> = {}): Ground => ({
    config: readConfig({ DATA_DIR: dataDir, CONTROL_TARGETS: 'https://a.example,https://b.example,https://c.example', ...settings }),
    database: database.dataSource, clock: new Clock(), ask: answering(), ...more,
  });
  const worker = async (roles: readonly string[], silentS = 0): Promise<string> => {
    const id = uuid();
    await database.dataSource.query(`INSERT INTO workers (id, host, pid, roles, version, heartbeat_at) VALUES ($1, 'here', 1, $2, '0', now() - $3 * interval '1 second')`, [id, roles, silentS]);
    return id;
  };
  const rounds = (ageS: number) =>
    database.dataSource.query(`INSERT INTO rounds (name, at, worker_id) SELECT name, now() - $1 * interval '1 second', gen_random_uuid() FROM unnest('{planner,sweeper,watch}'::text[]) AS name`, [ageS]);
  const install = (columns: Record<string, unknown> = {}) =>
    database.dataSource.query(`INSERT INTO installation (id, counter, key_id, paused_at, pause_reason) VALUES ($1, 1, $2, $3, $4)`,
      [uuid(), columns['keyId'] ?? seal.keyId, columns['reason'] ? new Date() : null, columns['reason'] ?? null]);

  it('says that nothing runs', async () => {
    await worker(['worker', 'watch'], 120);
    const findings = await lookAtHeartbeat(ground());
    expect(shape(findings)).toBe('heartbeat: red');
    expect(findings[0]?.remedy).toBe('Start it with npm start.');
  });

  it('is content with a worker and rounds that go round', async () => {
    await worker(['api', 'worker', 'watch']);
    await rounds(3);
    expect(shape(await lookAtHeartbeat(ground()))).toBe('heartbeat: green, rounds: green');
  });

  it('names missing roles and rounds that stand still', async () => {
    await worker(['api']);
    expect(shape(await lookAtHeartbeat(ground()))).toBe('heartbeat: red, rounds: red');
    await worker(['worker', 'watch']);
    await rounds(300);
    const findings = await lookAtHeartbeat(ground());
    expect(shape(findings)).toBe('heartbeat: green, rounds: red');
    expect(findings[1]?.says).toContain('planner, sweeper, watch');
  });

  it.each([[undefined, 'green'], ['operator', 'yellow'], ['restored', 'red']])('sees an installation paused by %s as %s', async (reason, colour) => {
    await install({ reason });
    expect(shape(await lookAtPause(ground()))).toBe(`installation: ${colour}`);
  });

  it('counts what is due and was not looked at', async () => {
    expect(shape(await lookAtBacklog(ground()))).toBe('backlog: green');
    const client = await seedClient(database.dataSource, { connectorIds: ['sandbox-alpha'], url: 'http://127.0.0.1:9', seal });
    const [channel] = client.channels;
    if (channel) await seedPosts(database.dataSource, client, [{ channel, dueInMs: -600_000, text: 'late' }]);
    const findings = await lookAtBacklog(ground());
    expect(shape(findings)).toBe('backlog: yellow');
    expect(findings[0]?.says).toContain('1 due deliveries');
  });

  it.each([[0, 'green'], [5_000, 'yellow'], [-120_000, 'red']])('judges a clock %d ms apart from the database’s as %s', async (aheadMs, colour) => {
    expect(shape(await lookAtDatabaseClock(ground({}, { clock: new OtherClock(aheadMs) })))).toBe(`clock of the database: ${colour}`);
  });

  it.each([[5_000, 'yellow'], [-300_000, 'red']])('judges the clock of each machine where a process lives: %d ms from the database’s is %s', async (aheadMs, colour) => {
    const id = await worker(['worker']);
    await database.dataSource.query('UPDATE workers SET ahead_ms = $2, host = $3 WHERE id = $1', [id, aheadMs, 'elsewhere']);
    await worker(['worker']);
    expect(shape(await lookAtDatabaseClock(ground()))).toBe(`clock of the database: green, clock of elsewhere: ${colour}`);
    await database.dataSource.query('UPDATE workers SET stopped_at = now() WHERE id = $1', [id]);
    expect(shape(await lookAtDatabaseClock(ground()))).toBe('clock of the database: green');
  });

  it.each([[0, 'green'], [20, 'yellow'], [300, 'red']])('judges a clock %d s apart from the control targets’ as %s', async (aheadS, colour) => {
    const ask = async () => new Response('', { headers: { date: new Date(Date.now() + aheadS * 1000).toUTCString() } });
    expect(shape(await lookAtControls(ground({}, { ask })))).toBe(`control targets: green, clock of the world: ${colour}`);
  });

  it('says what fewer than three control targets mean', async () => {
    const only = (many: number) => async (url: string) => ('abc'.indexOf(new URL(url).hostname[0] ?? '') < many ? new Response('') : Promise.reject(new Error('no route')));
    const two = await lookAtControls(ground({}, { ask: only(2) }));
    expect(shape(two)).toBe('control targets: yellow');
    expect(two[0]?.says).toContain('our own outage cannot be told');
    expect(two[0]?.remedy).toContain('https://c.example');
    expect(shape(await lookAtControls(ground({}, { ask: only(0) })))).toBe('control targets: red');
  });

  it('tells the room on the disk', async () => {
    expect((await lookAtDisk(ground()))[0]?.says).toMatch(/^\d+ [MG]B free/);
    expect(shape(await examine([{ name: 'disk', look: () => lookAtDisk(ground({ DATA_DIR: join(dataDir, 'gone') })) }]))).toBe('disk: red');
  });

  it('compares the key with the one of the installation, and looks at who may read it', async () => {
    await install();
    expect(shape(await lookAtKey(ground(), secret, 0o600))).toBe('key: green');
    expect(shape(await lookAtKey(ground(), secret, 0o644))).toBe('key: yellow');
    expect(shape(await lookAtKey(ground(), null, null))).toBe('key: red');
    const other = await lookAtKey(ground(), 'another secret, which is long enough too', 0o600);
    expect(shape(other)).toBe('key: red');
    expect(JSON.stringify(other)).not.toContain('another secret');
  });

  it('finds outcomes that wait on the disk', async () => {
    expect(shape(await lookAtJournal(ground()))).toBe('journal: green');
    await mkdir(join(dataDir, 'journal'));
    await writeFile(join(dataDir, 'journal', 'x.jsonl'), '{}\n');
    expect(shape(await lookAtJournal(ground()))).toBe('journal: yellow');
  });

  it('tells a queue that answers from one that was wiped and one that is away', async () => {
    const queue = { kind: 'redis' as const, ready: async () => undefined, isWiped: async () => false };
    expect(shape(await lookAtQueue(queue))).toBe('queue: green');
    expect(shape(await lookAtQueue({ ...queue, isWiped: async () => true }))).toBe('queue: yellow');
    const wrong = await lookAtQueue({ ...queue, ready: async () => Promise.reject(new Error('Set maxmemory-policy noeviction there.')) });
    expect(shape(wrong)).toBe('queue: red');
    expect(wrong[0]?.says).toContain('noeviction');
  });

  const road = (place: 'first' | 'second', problem: string | null = null) => ({ place, host: `${place}.example`, carriesClients: true, check: async () => problem });

  it('is red while a live workspace has fewer than two roads, and yellow in a trial', async () => {
    expect(shape(await lookAtRoads(ground(), []))).toBe('mail: yellow');
    expect(shape(await lookAtRoads(ground(), [road('first')]))).toBe('mail: green, second road: yellow');
    await database.dataSource.query(`INSERT INTO workspaces (id, name, kind) VALUES ($1, 'Demo', 'demo')`, [uuid()]);
    expect(shape(await lookAtRoads(ground(), [road('first')]))).toBe('mail: green, second road: yellow');
    await database.dataSource.query(`INSERT INTO workspaces (id, name, kind) VALUES ($1, 'Agency', 'live')`, [uuid()]);
    expect(shape(await lookAtRoads(ground(), []))).toBe('mail: red');
    const one = await lookAtRoads(ground(), [road('first')]);
    expect(shape(one)).toBe('mail: green, second road: red');
    expect(remedies(one)).toBe(true);
    expect(shape(await lookAtRoads(ground(), [road('first'), road('second')]))).toBe('mail: green, second road: green');
  });

  it('names the road that does not let us in', async () => {
    const findings = await lookAtRoads(ground(), [road('first', '535 wrong password'), road('second', 'ECONNREFUSED')]);
    expect(shape(findings)).toBe('mail: red, second road: red');
    expect(findings.map(({ says, remedy }) => `${says} ${remedy}`)).toEqual([
      expect.stringMatching(/first\.example .*535 wrong password.*SMTP_URL/), expect.stringMatching(/second\.example .*ECONNREFUSED.*SECOND_ROAD_URL/),
    ]);
  });

  it('knocks at the mail servers themselves, as the roads that carry the letters do', async () => {
    const office = await openPostOffice();
    const roads = roadsOf({ SMTP_URL: `smtp://127.0.0.1:${office.port}`, SECOND_ROAD_URL: 'smtp://127.0.0.1:1' });
    expect(shape(await lookAtRoads(ground(), roads))).toBe('mail: green, second road: red');
    expect(shape(await lookAtRoads(ground(), roads.slice(0, 1)))).toBe('mail: green, second road: yellow');
    for (const road of roads) road.close();
    await office.close();
  });

  it('knows a public address that is ours from one that is somebody else’s', async () => {
    const id = await worker(['api']);
    const at = { PUBLIC_URL: 'https://social.example.org' };
    expect(shape(await lookAtPublicUrl(ground()))).toBe('public address: yellow');
    expect(shape(await lookAtPublicUrl(ground(at, { ask: answering({}, { workers: [{ id }] }) })))).toBe('public address: green');
    expect(shape(await lookAtPublicUrl(ground({ PUBLIC_URL: 'http://social.example.org' }, { ask: answering({}, { workers: [{ id }] }) })))).toBe('public address: yellow');
    expect(shape(await lookAtPublicUrl(ground(at, { ask: answering({}, { workers: [{ id: uuid() }] }) })))).toBe('public address: red');
    expect(shape(await lookAtPublicUrl(ground(at, { ask: async () => new Response('<html>') })))).toBe('public address: red');
    expect(shape(await lookAtPublicUrl(ground(at, { ask: async () => Promise.reject(new Error('ECONNREFUSED')) })))).toBe('public address: red');
  });

  it('is red while a live workspace writes to clients with links that lead to this machine', async () => {
    await database.dataSource.query(`INSERT INTO workspaces (id, name, kind) VALUES ($1, 'Demo', 'demo')`, [uuid()]);
    expect(shape(await lookAtPublicUrl(ground()))).toBe('public address: yellow');
    await database.dataSource.query(`INSERT INTO workspaces (id, name, kind) VALUES ($1, 'Agency', 'live')`, [uuid()]);
    expect(shape(await lookAtPublicUrl(ground()))).toBe('public address: red');
  });

  it('opens channels with the key, and warns of access that ends', async () => {
    const checks = (key: Seal) => new ChannelCheckService(database.dataSource, new OpenChannelsService(database.dataSource, new AccountSeal(key)));
    expect(shape(await checks(seal).lookAtSeals())).toBe('sealed channels: green');
    await seedClient(database.dataSource, { connectorIds: ['sandbox-alpha', 'sandbox-beta'], url: 'http://127.0.0.1:9', seal });
    expect(shape(await checks(seal).lookAtSeals())).toBe('sealed channels: green');
    expect(shape(await checks(new Seal('another secret, which is long enough too')).lookAtSeals())).toBe('sealed channels: red');

    expect(shape(await checks(seal).lookAtExpiry())).toBe('access of channels: green');
    await database.dataSource.query(`UPDATE channels SET expires_at = now() + interval '3 days'`);
    expect(shape(await checks(seal).lookAtExpiry())).toBe('access of channels: yellow');
    await database.dataSource.query(`UPDATE channels SET expires_at = now() - interval '1 day', state = 'reconnect' WHERE connector_id = 'sandbox-alpha'`);
    expect(shape(await checks(seal).lookAtExpiry())).toBe('access of channels: red, access of channels: red, access of channels: yellow');
  });

  it('gives every finding that is not green a remedy, and makes one of a check that fails or hangs', async () => {
    await worker(['api']);
    await install({ reason: 'restored', keyId: 'other' });
    await chmod(dataDir, 0o700);
    const g = ground({}, { ask: async () => Promise.reject(new Error('away')) });
    const findings = await examine([
      { name: 'a', look: () => lookAtHeartbeat(g) }, { name: 'b', look: () => lookAtPause(g) }, { name: 'c', look: () => lookAtControls(g) },
      { name: 'd', look: () => lookAtKey(g, secret, null) }, { name: 'breaks', look: async () => Promise.reject(new Error('boom')) }, { name: 'hangs', look: () => new Promise<never>(() => undefined) },
    ], 500);
    expect(remedies(findings)).toBe(true);
    expect(shape(findings)).toBe('heartbeat: red, rounds: red, installation: red, control targets: red, key: red, breaks: red, hangs: red');
  });
});
