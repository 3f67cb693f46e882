import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { RecorderService } from '../../../src/features/dispatch/recorder.service.js';
import { type DeliveredRecord, OutcomesService, type SetbackRecord, type Tried } from '../../../src/features/posts/outcomes.service.js';
import { Clock } from '../../../src/infra/clock.js';
import type { Heartbeat } from '../../../src/infra/heartbeat.js';
import { Metrics } from '../../../src/infra/metrics.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

let house: DispatchHouse;
let dataDir: string;
let isAway = false;
const applied: string[] = [];
const stopping: RecorderService[] = [];

beforeAll(async () => {
  house = await openDispatch();
});
afterAll(async () => {
  await house.close();
});
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'postern-recorder-'));
  isAway = false;
  applied.length = 0;
});
afterEach(async () => {
  isAway = false;
  for (const recorder of stopping.splice(0)) await recorder.onModuleDestroy();
  await rm(dataDir, { recursive: true, force: true });
});

/** The real statements behind a database that can be away, or refuse one remote id for ever. */
function open(owner = uuid()): RecorderService {
  const real = house.get(OutcomesService);
  const guarded = async <T extends Tried, R>(record: T, write: (record: T) => Promise<R>): Promise<R> => {
    if (isAway) throw new Error('connection refused');
    if ('remoteId' in record && record.remoteId === 'poison') throw new Error('index row too large');
    applied.push(record.attemptId);
    return write(record);
  };
  const outcomes: Pick<OutcomesService, 'delivered' | 'setback'> = {
    delivered: (record) => guarded(record, (one) => real.delivered(one)),
    setback: (record) => guarded(record, (one) => real.setback(one)),
  };
  const heartbeat: Pick<Heartbeat, 'workerId'> = { workerId: owner };
  const recorder = new RecorderService(outcomes as OutcomesService, house.dataSource, new Metrics(new Clock()), heartbeat as Heartbeat, new Clock(), { ...house.config, DATA_DIR: dataDir });
  stopping.push(recorder);
  return recorder;
}

async function sending(replies: readonly string[] = []) {
  const [id = ''] = await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: uuid(), replies });
  await house.dataSource.query(`UPDATE deliveries SET state = 'sending', epoch = 1, intent_at = now(), lease_until = now() + interval '1 minute' WHERE id = $1`, [id]);
  const [part] = await house.dataSource.query<{ id: string }[]>('SELECT id FROM parts WHERE delivery_id = $1 ORDER BY position LIMIT 1', [id]);
  const now = Date.now();
  const tried: Tried = {
    attemptId: uuid(), deliveryId: id, partId: part?.id ?? '', workspaceId: house.client.workspaceId, kind: 'commit', arming: 1, epoch: 1,
    workerId: uuid(), startedAt: now, finishedAt: now, contentHash: '00', stampAt: now,
  };
  const delivered: DeliveredRecord = { ...tried, remoteId: `r-${id}`, url: null };
  const setback: SetbackRecord = { ...tried, outcome: 'unavailable', detail: '503', to: 'scheduled', hold: null, at: now + 5_000, reason: { code: 'retrying' } };
  return { id, delivered, setback };
}
const journals = () => readdir(join(dataDir, 'journal')).catch(() => []);
const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
};

describe('outcomes the database does not take', () => {
  it('wait on disk and are written when it is back: in order, once', async () => {
    const recorder = open();
    await recorder.onModuleInit();
    const [one, two] = [await sending(), await sending()];
    isAway = true;
    expect(await recorder.delivered(one.delivered)).toBe('journaled');
    expect(await recorder.setback(two.setback)).toBe(false);
    expect(await journals()).toHaveLength(1);
    expect(await house.delivery(one.id)).toMatchObject({ state: 'sending' });
    isAway = false;
    await until(async () => (await journals()).length === 0);
    expect(applied).toEqual([one.delivered.attemptId, two.setback.attemptId]);
    expect(await house.delivery(one.id)).toMatchObject({ state: 'published', perhapsTwice: false });
    expect(await house.delivery(two.id)).toMatchObject({ state: 'scheduled', tries: 1 });
  });

  it('are written by the next start, before anything else is', async () => {
    const first = open();
    const one = await sending();
    isAway = true;
    await first.delivered(one.delivered);
    isAway = false;
    const next = open();
    await next.onModuleInit();
    expect(await house.delivery(one.id)).toMatchObject({ state: 'published' });
    expect(await journals()).toEqual([]);
  });

  it('of a process that lives are left to it', async () => {
    const owner = uuid();
    await house.dataSource.query(`INSERT INTO workers (id, host, pid, roles, version) VALUES ($1, 'here', 1, '{worker}', '0')`, [owner]);
    const first = open(owner);
    const one = await sending();
    isAway = true;
    await first.delivered(one.delivered);
    isAway = false;
    await open().onModuleInit();
    expect(await house.delivery(one.id)).toMatchObject({ state: 'sending' });
    await house.dataSource.query('UPDATE workers SET stopped_at = now() WHERE id = $1', [owner]);
    await open().onModuleInit();
    expect(await house.delivery(one.id)).toMatchObject({ state: 'published' });
  });

  it('written, and written again after a crash before the file was cleared, change nothing the second time', async () => {
    const one = await sending(['second part']);
    isAway = true;
    await open().delivered(one.delivered);
    const [name = ''] = await journals();
    const copy = await readFile(join(dataDir, 'journal', name));
    isAway = false;
    await open().onModuleInit();
    await house.dataSource.query(`UPDATE deliveries SET state = 'sending', epoch = 2, lease_until = now() + interval '1 minute' WHERE id = $1`, [one.id]); // its second part
    await writeFile(join(dataDir, 'journal', name), copy);
    await open().onModuleInit();
    expect(await house.delivery(one.id)).toMatchObject({ state: 'sending', epoch: 2, perhapsTwice: false });
  });

  it('of which one can never be written still let the others through', async () => {
    const [bad, good] = [await sending(), await sending()];
    const recorder = open();
    isAway = true;
    await recorder.delivered({ ...bad.delivered, remoteId: 'poison' });
    await recorder.delivered(good.delivered);
    isAway = false;
    await recorder.onModuleDestroy();
    expect(await house.delivery(good.id)).toMatchObject({ state: 'published' });
    expect(await journals()).toHaveLength(1);
  });

  it('nor the disk takes stop nobody: the lease runs out, and it is looked up', async () => {
    await writeFile(join(dataDir, 'journal'), 'in the way');
    const one = await sending();
    isAway = true;
    expect(await open().delivered(one.delivered)).toBe('journaled');
    isAway = false;
    await house.dataSource.query(`UPDATE deliveries SET lease_until = now() - interval '1 second' WHERE id = $1`, [one.id]);
    await house.rounds.sweep();
    expect(await house.delivery(one.id)).toMatchObject({ state: 'unconfirmed' });
  });
});
