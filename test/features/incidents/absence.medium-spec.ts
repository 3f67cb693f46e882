import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { AbsenceService } from '../../../src/features/incidents/absence.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { readConfig } from '../../../src/infra/config.js';
import { Heartbeat } from '../../../src/infra/heartbeat.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.dataSource.query('TRUNCATE workers, incidents'));

/** A process with these roles that has not beaten yet. */
function starting(roles = 'api,worker,watch'): { beat: () => Promise<void>; absence: AbsenceService; id: string } {
  const heartbeat = new Heartbeat(database.dataSource, new Clock(), readConfig({ ROLES: roles }));
  const absence = new AbsenceService(database.dataSource, heartbeat);
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
    expect(minutes(await absence.check())).toBe(180);
  });

  it('is told once, though three processes start at the same moment', async () => {
    await lastHeard('3 hours');
    const processes = [starting(), starting(), starting()];
    await Promise.all(processes.map((one) => one.beat()));
    const told = await Promise.all(processes.map((one) => one.absence.check()));
    expect(told.filter((gap) => gap !== null)).toHaveLength(1);
    expect(await database.dataSource.query('SELECT kind, closed_at IS NOT NULL AS closed FROM incidents')).toEqual([{ kind: 'own-downtime', closed: true }]);
  });

  it('is told again when the transaction that dealt with it is undone', async () => {
    await lastHeard('3 hours');
    const { beat, absence } = starting();
    await beat();
    await expect(
      database.dataSource.transaction(async (manager) => {
        await absence.check(manager);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(minutes(await absence.check())).toBe(180);
  });

  it('is also noticed by a process that slept with its laptop', async () => {
    const { beat, absence, id } = starting();
    await beat();
    await database.dataSource.query(`UPDATE workers SET heartbeat_at = now() - interval '20 minutes' WHERE id = $1`, [id]);
    await beat();
    expect(minutes(await absence.check())).toBe(20);
  });

  it('is not ended by a process that does not work', async () => {
    await lastHeard('3 hours');
    const watching = starting('api,watch');
    await watching.beat();
    expect(await watching.absence.check()).toBeNull();
    const working = starting('worker');
    await working.beat();
    expect(minutes(await watching.absence.check())).toBe(180);
  });

  it.each([
    ['at the first start of all', async () => undefined],
    ['after a restart of four minutes', () => lastHeard('4 minutes')],
    ['while another worker lives', () => lastHeard('3 seconds')],
  ])('is not told %s', async (_, before) => {
    await before();
    const { beat, absence } = starting();
    await beat();
    expect(await absence.check()).toBeNull();
  });
});
