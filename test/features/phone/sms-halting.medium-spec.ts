import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AudienceService } from '../../../src/features/audience/audience.service.js';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { numberOf, seedList, zoneAt } from './sms-seed.js';

/** SMS under way at a time (sms-sending.service.ts). */
const atOnce = 5;
let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());
beforeEach(() => house.fresh());

const read = async (id: string) => (await house.http().get(`/api/v1/sms/rounds/${id}`).set(house.manager.headers)).body;

/** While the first is under way, and never again. */
const atTheFirst = (act: () => Promise<unknown>): void => {
  let acting: Promise<unknown> | null = null;
  house.phones.arriving = async () => void (await (acting ??= act()));
};

describe('While a round goes', () => {
  it('nobody gets it who answers STOP before their own has begun', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 30 })] });
    const stop = { workspaceId: brand.workspaceId, clientId: brand.clientId, kind: 'phone', reason: 'stop', detail: 'STOP' } as const;
    atTheFirst(() => house.database.transaction(async (manager) => {
      for (let n = 0; n < 30; n += 1) await house.get(AudienceService).suppress(manager, { ...stop, addressKey: numberOf(n) });
    }));
    await house.send();
    const { sent = 0, suppressed = 0, ...others } = await house.states(roundId);
    expect(others).toEqual({});
    expect(sent).toBeLessThanOrEqual(atOnce);
    expect(sent + suppressed).toBe(30);
    expect(house.phones.taken).toHaveLength(sent);
  });

  it('a pause of everything holds for whoever has not begun', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 60 })] });
    atTheFirst(() => house.database.query(`INSERT INTO pauses (id, workspace_id, reason, created_by) VALUES (gen_random_uuid(), $1, 'x', '{}')`, [brand.workspaceId]));
    await house.send();
    await house.database.query('DELETE FROM pauses');
    const { sent = 0, waiting = 0 } = await house.states(roundId);
    expect(sent).toBeLessThanOrEqual(atOnce);
    expect(sent + waiting).toBe(60);
  });

  it.each([['drop', 'stopped', 'dropped-after-pause'], ['review', 'paused', 'pause-over']] as const)('a pause that ends with “%s” lets nobody else get it by itself, and people are told', async (resume, state, reason) => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 60 })] });
    atTheFirst(() => house.database.query(`INSERT INTO pauses (id, workspace_id, reason, created_by, resume) VALUES (gen_random_uuid(), $1, 'x', '{}', $2)`, [brand.workspaceId, resume]));
    await house.send();
    await house.database.query('UPDATE pauses SET ended_at = now()');
    const taken = house.phones.taken.length;
    await house.send();
    await house.send();
    const round = await read(roundId);
    expect([round.state, round.reason, house.phones.taken.length]).toEqual([state, reason, taken]);
    expect(await house.database.query(`SELECT kind, payload -> 'reason' ->> 'code' AS code FROM events WHERE subject_id = $1`, [roundId])).toEqual([{ kind: 'sms.stopped', code: `sms-${reason}` }]);
    if (resume === 'review') {
      const { status } = await house.http().post(`/api/v1/sms/rounds/${roundId}/resume`).set(house.manager.headers).send({ version: round.version });
      await house.send();
      expect([status, await house.states(roundId)]).toEqual([200, { sent: 60 }]);
    }
    await house.database.query('DELETE FROM pauses');
  });
});

describe('A client or a channel that is put away', () => {
  it.each(['clients', 'channels'] as const)('ends what waits for it: %s', async (what) => {
    const brand = await house.brand();
    const { roundId, channelId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 30 })] });
    atTheFirst(() => house.database.query(`UPDATE ${what} SET archived_at = now() WHERE id = $1`, [what === 'clients' ? brand.clientId : channelId]));
    await house.send();
    const { sent = 0, expired = 0 } = await house.states(roundId);
    expect(sent).toBeLessThanOrEqual(atOnce);
    expect([sent + expired, (await read(roundId)).state, house.phones.taken.length]).toEqual([30, 'stopped', sent]);
    expect(await house.database.query(`SELECT kind, payload -> 'reason' ->> 'code' AS code FROM events WHERE subject_id = $1`, [roundId])).toEqual([{ kind: 'sms.stopped', code: 'sms-archived' }]);
  });

  it('ends also a round that is paused, and one that waits for the morning', async () => {
    const brand = await house.brand({ zone: zoneAt(2) });
    const night = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2 })], origin: 'fallback' });
    const held = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2, from: 10, name: 'B' })], origin: 'fallback' });
    await house.database.query(`UPDATE sms_rounds SET state = 'paused', paused_at = now() WHERE id = $1`, [held.roundId]);
    await house.database.query('UPDATE clients SET archived_at = now() WHERE id = $1', [brand.clientId]);
    await house.send();
    expect([await house.states(night.roundId), await house.states(held.roundId)]).toEqual([{ expired: 2 }, { expired: 2 }]);
  });
});

describe('A paused round', () => {
  it('ends at its deadline, people are told, and who waited for it is free', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 5 });
    const { roundId } = await house.take(brand, { listIds: [list] });
    house.phones.verdict = () => ({ kind: 'account', detail: '401' });
    await house.send();
    expect(await read(roundId)).toMatchObject({ state: 'paused' });
    house.phones.clear();
    await house.database.query(`UPDATE sms_rounds SET deadline_at = now() - interval '1 second' WHERE id = $1`, [roundId]);
    expect((await house.take(brand, { listIds: [list] })).outcome.kind).toBe('delivered');
    await house.send();
    expect(await read(roundId)).toMatchObject({ state: 'stopped', reason: 'too-late', counts: { expired: 5 } });
    expect(await house.database.query(`SELECT payload #>> '{reason,code}' AS code FROM events WHERE subject_id = $1 ORDER BY id`, [roundId])).toEqual([{ code: 'sms-account' }, { code: 'sms-too-late' }]);
    expect(house.phones.taken).toHaveLength(5);
  });

  it('without a deadline takes up nobody’s SMS of another day, and ends after a week', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 2 });
    const { roundId } = await house.take(brand, { listIds: [list] });
    house.phones.verdict = () => ({ kind: 'account', detail: '401' });
    await house.send();
    house.phones.clear();
    await house.database.query(`UPDATE sms_rounds SET deadline_at = 'infinity' WHERE id = $1`, [roundId]);
    expect((await house.take(brand, { listIds: [list] })).outcome.kind).toBe('refused');
    await house.database.query(`UPDATE sms_rounds SET paused_at = now() - interval '2 days' WHERE id = $1`, [roundId]);
    expect((await house.take(brand, { listIds: [list] })).outcome.kind).toBe('delivered');
    expect(await read(roundId)).toMatchObject({ state: 'paused' });
    await house.database.query(`UPDATE sms_rounds SET paused_at = now() - interval '8 days' WHERE id = $1`, [roundId]);
    await house.send();
    expect(await read(roundId)).toMatchObject({ state: 'stopped', reason: 'too-late' });
  });
});

describe('Too fast', () => {
  /** Its rest is over: as if so much time had passed. */
  const again = (id: string) => house.database.query(`UPDATE sms_rounds SET slow_since = slow_since - (rest_until - now()), rest_until = now() WHERE id = $1`, [id]);
  const rested = async (id: string): Promise<number> => (await house.database.query('SELECT extract(epoch FROM rest_until - now())::float8 AS s FROM sms_rounds WHERE id = $1', [id]))[0].s;

  it('fails nobody, however often, rests ever longer, tells once, and begins anew with one at a time', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 8 })] });
    house.phones.verdict = () => ({ kind: 'throttled', until: null, detail: '63038' });
    await house.send();
    expect(await rested(roundId)).toBeLessThanOrEqual(60);
    for (let tries = 0; tries < 9; tries += 1) {
      await again(roundId);
      const asked = house.phones.asked;
      await house.send();
      expect(house.phones.asked - asked).toBe(1);
    }
    expect(await rested(roundId)).toBeGreaterThan(800);
    expect(await house.states(roundId)).toEqual({ waiting: 8 });
    expect(await house.database.query('SELECT kind FROM events WHERE subject_id = $1', [roundId])).toHaveLength(1);
    house.phones.verdict = () => null;
    await again(roundId);
    await house.send();
    expect(await house.states(roundId)).toEqual({ sent: 8 });
  });
});

describe('What a gateway is given time for', () => {
  it('ends with the hours of SMS, unless the post’s own time is up before', async () => {
    const brand = await house.brand({ zone: zoneAt(12) });
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })], origin: 'fallback' });
    await house.send();
    const evening = (await house.database.query<{ at: number }[]>(`SELECT (extract(epoch FROM ((now() AT TIME ZONE $1)::date + time '20:00') AT TIME ZONE $1) * 1000)::float8 AS at`, [zoneAt(12)]))[0]?.at;
    expect(await house.states(roundId)).toEqual({ sent: 1 });
    expect(house.phones.taken[0]?.deadlineAt).toBe(evening);
    const soon = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1, from: 5, name: 'B' })], origin: 'fallback' });
    await house.database.query(`UPDATE sms_rounds SET deadline_at = now() + interval '30 minutes' WHERE id = $1`, [soon.roundId]);
    await house.send();
    expect((house.phones.taken[1]?.deadlineAt ?? Infinity) - Date.now()).toBeLessThanOrEqual(1_800_000);
  });
});
