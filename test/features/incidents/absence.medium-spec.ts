import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { SweepsService } from '../../../src/features/posts/sweeps.service.js';
import { AbsenceService } from '../../../src/features/incidents/absence.service.js';
import { defaultTimes } from '../../../src/core/times.js';
import { Clock } from '../../../src/infra/clock.js';
import { readConfig } from '../../../src/infra/config.js';
import { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import { Heartbeat } from '../../../src/infra/heartbeat.js';
import { Seal } from '../../../src/infra/seal.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { seedClient, seedPosts } from '../../kit/seed.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.dataSource.query('TRUNCATE workers, incidents, events, event_claims, deliveries CASCADE'));

/** A process with these roles that has not beaten yet. */
function starting(roles = 'api,worker,watch'): { beat: () => Promise<void>; absence: AbsenceService; id: string } {
  const config = readConfig({ ROLES: roles });
  const facts = new FactWriter();
  const heartbeat = new Heartbeat(database.dataSource, new Clock(), config);
  const absence = new AbsenceService(database.dataSource, new SweepsService(database.dataSource, facts), facts, heartbeat, new Clock(), config);
  return { beat: () => heartbeat.beat(), absence, id: heartbeat.workerId };
}

/** What a worker left behind that was last heard so long ago. */
const lastHeard = (ago: string, roles = '{worker}'): Promise<unknown> =>
  database.dataSource.query(
    `INSERT INTO workers (id, host, pid, roles, version, started_at, heartbeat_at) VALUES ($1, 'h', 1, $2, '0', now() - interval '1 day', now() - $3::interval)`,
    [uuid(), roles, ago],
  );
const minutes = (gap: { from: Date; to: Date } | null): number => (gap ? Math.round((gap.to.getTime() - gap.from.getTime()) / 60_000) : NaN);

describe('Our own absence', () => {
  it('is told from the last heartbeat to the first one back', async () => {
    await lastHeard('3 hours');
    await lastHeard('9 hours');
    const { beat, absence } = starting();
    await beat();
    expect(minutes(await absence.settle())).toBe(180);
  });

  it('is told once, though three processes start at the same moment', async () => {
    await lastHeard('3 hours');
    const processes = [starting(), starting(), starting()];
    await Promise.all(processes.map((one) => one.beat()));
    const told = await Promise.all(processes.map((one) => one.absence.settle()));
    expect(told.filter((gap) => gap !== null)).toHaveLength(1);
    expect(await database.dataSource.query('SELECT kind, closed_at IS NOT NULL AS closed FROM incidents')).toEqual([{ kind: 'own-downtime', closed: true }]);
  });

  it('is also noticed by a process that slept with its laptop', async () => {
    const { beat, absence, id } = starting();
    await beat();
    await database.dataSource.query(`UPDATE workers SET heartbeat_at = now() - interval '20 minutes' WHERE id = $1`, [id]);
    await beat();
    expect(minutes(await absence.settle())).toBe(20);
  });

  it('is not ended by a process that does not work', async () => {
    await lastHeard('3 hours');
    const watching = starting('api,watch');
    await watching.beat();
    expect(await watching.absence.settle()).toBeNull();
    const working = starting('worker');
    await working.beat();
    expect(minutes(await watching.absence.settle())).toBe(180);
  });

  it.each([
    ['at the first start of all', async () => undefined],
    ['after a restart of four minutes', () => lastHeard('4 minutes')],
    ['while another worker lives', () => lastHeard('3 seconds')],
  ])('is not told %s', async (_, before) => {
    await before();
    const { beat, absence } = starting();
    await beat();
    expect(await absence.settle()).toBeNull();
  });
});

describe('What our absence left', () => {
  const hourAgo = -3_600_000;
  const state = (where: string, set: string): Promise<unknown> => database.dataSource.query(`UPDATE deliveries SET ${set} WHERE ${where}`);
  const awayHold = `state = 'held', hold_reason = 'late', reason = '{"code":"we-were-away"}', ready_at = 'infinity'`;
  const facts = (): Promise<{ kind: string; payload: Record<string, unknown> }[]> => database.dataSource.query('SELECT kind, payload FROM events ORDER BY at, id');
  const sweeps = (): SweepsService => new SweepsService(database.dataSource, new FactWriter());

  /** Back after three hours, with posts of two workspaces that were due an hour ago. */
  async function backWith(...counts: number[]) {
    await lastHeard('3 hours');
    const house = starting();
    await house.beat();
    const workspaces: string[] = [];
    for (const count of counts) {
      const client = await seedClient(database.dataSource, { connectorIds: ['sandbox-alpha'], url: 'http://sandbox.example', seal: new Seal('s'.repeat(32)) });
      await seedPosts(database.dataSource, client, Array.from({ length: count }, (_, n) => ({ channel: client.channels[0]!, dueInMs: hourAgo, text: `post ${n}` })));
      workspaces.push(client.workspaceId);
    }
    return { ...house, workspaces };
  }

  it('is told once, with the count of each workspace, and not as a wait too', async () => {
    const { absence, workspaces } = await backWith(40, 2);
    await state('true', awayHold);
    expect(minutes(await absence.settle())).toBe(180);
    await sweeps().tellWaiting(defaultTimes);
    expect(await facts()).toEqual([
      { kind: 'downtime.ended', payload: { from: expect.any(String), to: expect.any(String), held: { [workspaces[0]!]: 40, [workspaces[1]!]: 2 } } },
    ]);
    expect(await absence.settle()).toBeNull();
  });

  it('is counted only when all that was due meanwhile is decided, and nobody is told of a wait before', async () => {
    const { absence } = await backWith(3);
    expect(await absence.settle()).toBeNull();
    expect(await sweeps().tellWaiting(defaultTimes)).toBe(0);
    await state('true', awayHold);
    expect(await absence.settle()).not.toBeNull();
  });

  it('is counted as it stands when it cannot be decided for ten minutes, and the rest told as a wait', async () => {
    const { absence, workspaces } = await backWith(3);
    await database.dataSource.query(`UPDATE incidents SET opened_at = now() - interval '11 minutes'`);
    expect(await absence.settle()).not.toBeNull();
    await sweeps().tellWaiting(defaultTimes);
    expect(await facts()).toMatchObject([
      { kind: 'downtime.ended', payload: { held: {} } },
      { kind: 'delivery.waiting', payload: { count: 3 } },
    ]);
    expect(workspaces).toHaveLength(1);
  });

  it('waits while the installation is paused', async () => {
    const { absence } = await backWith();
    await database.dataSource.query(`INSERT INTO installation (id, paused_at) VALUES (gen_random_uuid(), now())`);
    try {
      expect(await absence.settle()).toBeNull();
    } finally {
      await database.dataSource.query('DELETE FROM installation');
    }
    expect(await absence.settle()).not.toBeNull();
  });
});
