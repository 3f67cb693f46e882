import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SmsPeople } from '../../../src/features/phone/sms-people.service.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import type { Visitor } from '../../kit/house.js';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { numberOf, seedList, zoneAt } from './sms-seed.js';

let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());
beforeEach(() => house.fresh());

const read = async (id: string) => (await house.http().get(`/api/v1/sms/rounds/${id}`).set(house.manager.headers)).body;
const spent = async (clientId: string): Promise<number> => (await house.http().get(`/api/v1/clients/${clientId}/sms-cap`).set(house.manager.headers)).body.spentMinor;

describe('The limit of the month', () => {
  it('refuses what would cost more, and says how much is left', async () => {
    const brand = await house.brand({ capMinor: 45 });
    expect((await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 5 })] })).outcome).toMatchObject({ kind: 'refused', detail: expect.stringMatching(/would cost €0\.50.*€0\.45 is left/) });
  });

  it('is none until it is set', async () => {
    const brand = await house.brand({ capMinor: 0 });
    expect((await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })] })).outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('set a monthly limit') });
    await house.send();
    expect(house.phones.asked).toBe(0);
  });

  it('reached in the middle ends the round: the rest is not sent, and people are told how many', async () => {
    const brand = await house.brand({ capMinor: 100 });
    const list = await seedList(house.database, brand, { people: 8 });
    const { roundId, postId } = await house.take(brand, { listIds: [list] });
    await house.database.query('UPDATE sms_caps SET cap_minor = 55 WHERE client_id = $1', [brand.clientId]); // a call was made meanwhile
    await house.send();
    expect(await house.states(roundId)).toEqual({ expired: 3, sent: 5 });
    expect(await read(roundId)).toMatchObject({ state: 'stopped', reason: 'over-cap', spentMinor: 50 });
    expect(await spent(brand.clientId)).toBe(50);
    expect(await house.database.query(`SELECT kind, payload ->> 'count' AS n FROM events WHERE subject_id = $1`, [roundId])).toEqual([{ kind: 'sms.over-cap', n: '3' }]);
    expect(await house.database.query('SELECT count(*)::int AS n FROM reached WHERE post_id = $1', [postId])).toEqual([{ n: 5 }]); // the others are free for another outlet
    await house.get(FactTakers).take('notifications');
    const { body } = await house.http().get('/api/v1/notices').set(house.manager.headers);
    expect(body.items.find(({ kind }: { kind: string }) => kind === 'sms-over-cap')).toMatchObject({ title: 'The SMS of Bar Sport have reached their limit', text: expect.stringContaining('so 3 people did not get the message') });
  });

  it('counts what is frozen and not yet sent, so that no second round is cut in the middle', async () => {
    const brand = await house.brand({ capMinor: 60 });
    const one = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 5 })] });
    const two = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 5, from: 100, name: 'B' })] });
    expect([one.outcome.kind, two.outcome]).toEqual(['delivered', expect.objectContaining({ kind: 'refused', detail: expect.stringMatching(/€0\.10 is left/) })]);
  });

  it('is asked again when the gateway has become dearer: each costs what it costs now, or the round ends whole', async () => {
    const brand = await house.brand({ capMinor: 80 });
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 4 })] });
    house.road.open = { segmentMinor: () => 15 };
    await house.send();
    expect([await house.states(roundId), await spent(brand.clientId)]).toEqual([{ sent: 4 }, 60]);
    const dear = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1, from: 100, name: 'B' })] });
    house.road.open = { segmentMinor: () => 90 };
    await house.send();
    expect(await read(dear.roundId)).toMatchObject({ state: 'stopped', reason: 'over-cap', counts: { expired: 1 } });
  });

  it('holds nothing in another currency: a gateway that counts in one ends the round, and people are told', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 3 })] });
    house.road.open = { currency: 'USD', segmentMinor: () => 900 };
    await house.send();
    expect(house.phones.asked).toBe(0);
    expect(await read(roundId)).toMatchObject({ state: 'stopped', reason: 'currency', counts: { expired: 3 } });
    expect(await house.database.query(`SELECT kind FROM events WHERE subject_id = $1`, [roundId])).toEqual([{ kind: 'sms.stopped' }]);
  });

  it('in another currency than the gateway’s is none', async () => {
    const brand = await house.brand();
    await house.database.query(`UPDATE sms_caps SET currency = 'CHF' WHERE client_id = $1`, [brand.clientId]);
    expect((await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })] })).outcome).toMatchObject({ kind: 'refused' });
  });
});

describe('At night', () => {
  it('what goes instead of another outlet waits for the morning', async () => {
    const brand = await house.brand({ zone: zoneAt(2) });
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2 })], origin: 'fallback' });
    await house.send();
    expect(house.phones.asked).toBe(0);
    const [row] = await house.database.query(`SELECT extract(hour FROM rest_until AT TIME ZONE $2)::int AS hour FROM sms_rounds WHERE id = $1`, [roundId, zoneAt(2)]);
    expect(row.hour).toBe(9);
    expect(await house.database.query(`SELECT kind FROM events WHERE subject_id = $1`, [roundId])).toEqual([{ kind: 'sms.waiting' }]);
    expect((await read(roundId)).waitsUntil).not.toBeNull();
    await house.get(FactTakers).take('notifications');
    const said = async ({ headers }: Visitor): Promise<string> =>
      (await house.http().get('/api/v1/notices').set(headers)).body.items.find((notice: { kind: string; clientId: string }) => notice.kind === 'sms-waiting' && notice.clientId === brand.clientId).text;
    const hour = zoneAt(2).replace('+', '\\+');
    expect(await said(house.manager)).toMatch(new RegExp(`^It is not an hour for SMS there: the next one begins at 09:00 on .* \\(${hour}\\)\\. They leave by themselves`));
    expect(await said(await house.member(house.workspaceId, 'manager', { language: 'it' }))).toMatch(/^Lì non è un orario da SMS: il prossimo comincia alle 09:00 del /);
  });

  it('what is late waits, and a time that a person chose is kept', async () => {
    const brand = await house.brand({ zone: zoneAt(2) });
    const late = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2 })], dueInMs: -600_000 });
    const chosen = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2, from: 10, name: 'Soci' })] });
    await house.send();
    expect(await house.states(late.roundId)).toEqual({ waiting: 2 });
    expect(await house.states(chosen.roundId)).toEqual({ sent: 2 });
  });
});

describe('A demo', () => {
  it('reaches no gateway: its SMS are caught, cost nothing, and can be looked at', async () => {
    const workspaceId = await house.workspace('Prova');
    await house.database.query(`UPDATE workspaces SET kind = 'demo' WHERE id = $1`, [workspaceId]);
    const brand = await house.brand({ workspaceId, capMinor: 0 });
    const { outcome, roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 60 })] });
    expect(outcome.kind).toBe('delivered');
    await house.send();
    expect(await house.states(roundId)).toEqual({ sent: 60 });
    expect(house.phones.asked).toBe(0);
    const { headers } = await house.member(workspaceId, 'manager');
    const { body } = await house.http().get('/api/v1/caught-mails?limit=100').set(headers);
    expect(body.items).toHaveLength(50);
    expect(body.items[0]).toMatchObject({ about: 'sms', subject: 'SMS' });
    expect((await house.http().get('/api/v1/sms/costs').set(headers)).body.items).toEqual([]);
  });
});

describe('A round of long ago', () => {
  it('is still counted when nobody is known any more whom it went to', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 3, from: 900 })] });
    await house.send();
    for (const ago of ['8 days', '14 months']) {
      await house.database.query(`UPDATE sms_rounds SET ended_at = now() - $2::interval WHERE id = $1`, [roundId, ago]);
      await house.get(SmsPeople).prune();
    }
    expect(await house.states(roundId)).toEqual({});
    expect(await read(roundId)).toMatchObject({ recipients: 3, counts: { sent: 3 }, spentMinor: 30 });
  });
});

describe('What is known of somebody', () => {
  it('is handed out and erased with the rest; what it cost stays', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2, from: 700 })], text: 'Chiusi oggi' });
    await house.send();
    const [{ id }] = await house.database.query('SELECT id FROM subscribers WHERE client_id = $1 AND address_key = $2', [brand.clientId, numberOf(701)]);
    const known = await house.http().get(`/api/v1/subscribers/${id}/export`).set(house.manager.headers);
    expect(JSON.stringify(known.body)).toContain('Chiusi oggi');
    expect((await house.http().delete(`/api/v1/subscribers/${id}`).set(house.manager.headers)).status).toBeLessThan(300);
    expect(JSON.stringify(await house.database.query('SELECT r.*, d.* FROM sms_recipients r LEFT JOIN sms_days d ON d.workspace_id = $2 WHERE round_id = $1', [roundId, brand.workspaceId]))).not.toContain(numberOf(701));
    expect(await spent(brand.clientId)).toBe(20);
  });

  it('to another brand too is not forgotten with the first: it was their SMS of the day', async () => {
    const [bar, shop] = [await house.brand(), await house.brand()];
    await house.take(bar, { listIds: [await seedList(house.database, bar, { people: 1, from: 800 })] });
    await house.send();
    const list = await seedList(house.database, shop, { people: 1, from: 800 });
    const [{ id }] = await house.database.query('SELECT id FROM subscribers WHERE client_id = $1', [bar.clientId]);
    expect((await house.http().delete(`/api/v1/subscribers/${id}`).set(house.manager.headers)).status).toBeLessThan(300);
    expect((await house.take(shop, { listIds: [list] })).outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('Nobody would get it') });
  });
});
