import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { NewPause, type Resume } from '../../../src/features/posts/pause.schema.js';
import { PauseEnds } from '../../../src/features/posts/pause-ends.service.js';
import { PausesService } from '../../../src/features/posts/pauses.service.js';
import type { Caller } from '../../../src/infra/http/access.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';

let house: DispatchHouse;
let caller: Caller;
beforeAll(async () => {
  house = await openDispatch();
  caller = { workspaceId: house.client.workspaceId, actor: { kind: 'user', id: uuid(), name: 'Anna' }, role: 'manager', language: 'en' };
});
afterAll(() => house.close());
afterEach(async () => {
  for (const table of ['pauses', 'slots', 'drain_turns', 'drains', 'events', 'audit_log']) await house.dataSource.query(`DELETE FROM ${table}`);
  await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled', hold_reason = NULL WHERE state IN ('scheduled', 'held')`);
  await house.dataSource.query('UPDATE channels SET late_at = NULL, late_by = NULL');
});

const begin = (resume: Resume, more: { connectorId?: string; clientId?: string } = {}) => house.get(PausesService).begin(caller, NewPause.parse({ reason: 'a storm', resume, ...more }));
const end = (id: string, resume?: Resume) => house.get(PausesService).end(caller, id, resume ? { resume } : {});
/** Planned for now, and held by what is in force. */
async function held(text: string, platform = 'beta'): Promise<string> {
  const [id = ''] = await house.plan({ channel: house.channel(platform), dueInMs: 0, text });
  await house.dispatch.run(id);
  expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pause' });
  return id;
}
const isSettled = async (id: string): Promise<boolean> =>
  (await house.dataSource.query<{ done: boolean }[]>('SELECT settled_at IS NOT NULL AS done FROM pauses WHERE id = $1', [id]))[0]?.done ?? false;
/** A minute later there is nobody left who read it while it was in force. */
const later = (id: string) => house.dataSource.query(`UPDATE pauses SET ended_at = ended_at - interval '61 seconds', until = until - interval '61 seconds' WHERE id = $1`, [id]);
const rung = async (): Promise<void> => {
  const rows = await house.dataSource.query<{ id: string }[]>(`SELECT id FROM deliveries WHERE state IN ('held', 'scheduled') AND ready_at <= now() AND rung_until IS DISTINCT FROM 'infinity'`);
  for (const { id } of rows) await house.dispatch.run(id);
};

describe('a pause that is over', () => {
  it('lets what it held go, in its turn, unless something else was said', async () => {
    const pause = await begin('paced');
    const id = await held('paced');
    await house.rounds.sweep();
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pause' });
    await end(pause.id);
    await house.rounds.sweep();
    await rung();
    expect(house.visible('paced')).toBe(1);
    await later(pause.id);
    await house.rounds.sweep();
    expect(await isSettled(pause.id)).toBe(true);
  });

  it('drops what it held, told, and nothing else', async () => {
    const other = await begin('paced', { connectorId: 'sandbox-alpha' });
    const kept = await held('held by the other one', 'alpha');
    const pause = await begin('drop', { connectorId: 'sandbox-beta' });
    const id = await held('dropped');
    const [planned = ''] = await house.plan({ channel: house.channel('beta'), dueInMs: 3_600_000, text: 'planned for later' });
    await end(pause.id);
    await house.rounds.sweep();
    expect(await house.delivery(id)).toMatchObject({ state: 'skipped', code: 'dropped-after-pause' });
    expect(await house.facts(id)).toEqual(['delivery.held', 'delivery.skipped']);
    expect([(await house.delivery(kept)).state, (await house.delivery(planned)).state]).toEqual(['held', 'scheduled']);
    expect(await isSettled(other.id)).toBe(false);
  });

  it('leaves what it held to a person, one by one', async () => {
    const pause = await begin('review');
    const ids = [await held('review 1'), await held('review 2')];
    await end(pause.id);
    await house.rounds.sweep();
    await rung();
    for (const id of ids) expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'late', code: 'pause-over' });
    expect(house.visible('review 1')).toBe(0);
  });

  it('moves what it held to the next free slots, in order; without one, or where it speaks of its time, a person decides', async () => {
    const pause = await begin('to-slots');
    const [first, second, third, timed] = [await held('slot 1'), await held('slot 2'), await held('slot 3', 'gamma'), await held('only that one')];
    const old = await held('see you tonight');
    await house.dataSource.query('UPDATE parts SET time_word = NULL, words_read = false WHERE delivery_id = $1', [old]); // of before they were looked for
    await house.dataSource.query(`UPDATE parts SET time_word = 'today' WHERE delivery_id = $1`, [timed]);
    for (const wall of ['10:00', '15:00']) {
      await house.dataSource.query(`INSERT INTO slots (id, workspace_id, client_id, channel_id, weekday, wall_time) SELECT gen_random_uuid(), $1, $2, $3, day, $4 FROM generate_series(1, 7) AS day`,
        [caller.workspaceId, house.client.clientId, house.channel('beta').id, wall]);
    }
    await end(pause.id);
    await house.rounds.sweep();
    const [a, b] = [await house.delivery(first), await house.delivery(second)];
    expect([a, b]).toMatchObject([{ state: 'scheduled', code: 'moved-to-slot' }, { state: 'scheduled', code: 'moved-to-slot' }]);
    expect(await house.facts(first)).toEqual(['delivery.held', 'delivery.moved']);
    expect(a.readyAt.getTime()).toBeGreaterThan(Date.now());
    expect(b.readyAt.getTime()).toBeGreaterThan(a.readyAt.getTime());
    expect(await house.delivery(third)).toMatchObject({ state: 'held', hold: 'late', code: 'pause-over' });
    for (const id of [timed, old]) expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'late', code: 'words-of-time' });
  });

  it('by its timer does what was said, and once: what a person releases then is not taken back', async () => {
    const pause = await begin('review');
    const id = await held('by the timer');
    await house.dataSource.query(`UPDATE pauses SET until = now() WHERE id = $1`, [pause.id]);
    await house.rounds.sweep();
    expect(await house.delivery(id)).toMatchObject({ hold: 'late' });
    await house.dataSource.query(`UPDATE deliveries SET released = true, ready_at = now(), version = version + 1 WHERE id = $1`, [id]);
    await house.rounds.sweep();
    await rung();
    expect(house.visible('by the timer')).toBe(1);
  });

  it('is done with by another process when the first one dies in between', async () => {
    const pause = await begin('drop');
    const ids = [await held('before the crash'), await held('after the crash')];
    await end(pause.id);
    await house.dataSource.query(`UPDATE deliveries SET state = 'skipped', hold_reason = NULL, pause_id = NULL WHERE id = $1`, [ids[0]]); // so far it came
    expect(await isSettled(pause.id)).toBe(false);
    await house.rounds.sweep();
    expect(await house.delivery(ids[1] ?? '')).toMatchObject({ state: 'skipped', code: 'dropped-after-pause' });
    await later(pause.id);
    await Promise.all([house.get(PauseEnds).settle(), house.get(PauseEnds).settle()]);
    const settled = await house.dataSource.query(`SELECT 1 FROM audit_log WHERE action = 'pause.settled'`);
    expect([await isSettled(pause.id), settled.length]).toEqual([true, 1]);
  });

  it('still takes care of what a bell held a moment after its end', async () => {
    const pause = await begin('drop');
    const id = await held('a straggler');
    await house.dataSource.query(`UPDATE deliveries SET state = 'scheduled', hold_reason = NULL, version = version + 1 WHERE id = $1`, [id]);
    await end(pause.id);
    await house.rounds.sweep();
    expect(await isSettled(pause.id)).toBe(false);
    await house.dataSource.query(`UPDATE deliveries SET state = 'held', hold_reason = 'pause', pause_id = $2, ready_at = deadline_at, version = version + 1 WHERE id = $1`, [id, pause.id]);
    await house.rounds.sweep();
    expect(await house.delivery(id)).toMatchObject({ state: 'skipped' });
  });

  it('leaves to another pause what that one covers too', async () => {
    const client = await begin('drop', { clientId: house.client.clientId });
    const id = await held('under two');
    const all = await begin('review');
    await end(client.id);
    await house.rounds.sweep();
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pause' });
    await end(all.id);
    await house.rounds.sweep();
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'late', code: 'pause-over' });
  });

  it('is ended otherwise than it began, where the person says so', async () => {
    const pause = await begin('drop');
    const id = await held('not dropped after all');
    await end(pause.id, 'review');
    await house.rounds.sweep();
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'late' });
    const [entry] = await house.dataSource.query<{ details: object }[]>(`SELECT details FROM audit_log WHERE action = 'pause.end'`);
    expect(entry?.details).toEqual({ resume: 'review' });
  });
});
