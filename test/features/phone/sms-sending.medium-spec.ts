import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { numberOf, seedList } from './sms-seed.js';

let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());
beforeEach(() => house.fresh());

const read = async (id: string) => (await house.http().get(`/api/v1/sms/rounds/${id}`).set(house.manager.headers)).body;
const act = (id: string, what: string, version: number) => house.http().post(`/api/v1/sms/rounds/${id}/${what}`).set(house.manager.headers).send({ version });
const spent = async (clientId: string): Promise<number> => (await house.http().get(`/api/v1/clients/${clientId}/sms-cap`).set(house.manager.headers)).body.spentMinor;
const costs = async (clientId: string) => (await house.http().get(`/api/v1/sms/costs?clientId=${clientId}`).set(house.manager.headers)).body.items;

describe('An SMS', () => {
  it('goes to everybody on the list, once, cleaned, with the way out in it, and is booked to its client', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 120 });
    const { outcome, roundId } = await house.take(brand, { listIds: [list], text: '“Aperitivo” – stasera alle 18…', link: 'https://bar.example/menu' });
    expect(outcome).toMatchObject({ kind: 'delivered', url: null });
    await house.send();
    expect(await house.states(roundId)).toEqual({ sent: 120 });
    expect(new Set(house.arrived()).size).toBe(120);
    expect(house.phones.taken).toHaveLength(120);
    expect(house.phones.taken[0]).toMatchObject({ from: null, text: '"Aperitivo" - stasera alle 18...\nhttps://bar.example/menu\nNon ne vuoi più? Rispondi STOP' });
    expect(await read(roundId)).toMatchObject({ state: 'sent', encoding: 'gsm-7', segments: 1, costMinor: 1_200, spentMinor: 1_200, currency: 'EUR', recipients: 120, counts: { sent: 120 } });
    expect(await spent(brand.clientId)).toBe(1_200);
    expect(await costs(brand.clientId)).toEqual([expect.objectContaining({ clientName: 'Bar Sport', kind: 'sms', pieces: 120, costMinor: 1_200, currency: 'EUR' })]);
  });

  it('is one round, however often it is taken', async () => {
    const brand = await house.brand();
    const taken = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 3 })] });
    expect(await Promise.all([taken.again(), taken.again()])).toEqual([taken.outcome, taken.outcome]);
    await house.send();
    expect(house.phones.taken).toHaveLength(3);
  });

  it('reaches those on two lists once, also when they stand there in two spellings, whichever channel goes first', async () => {
    const brand = await house.brand();
    const [one, two] = [await seedList(house.database, brand, { people: 0 }), await seedList(house.database, brand, { people: 0, name: 'Soci' })];
    const add = (list: string, address: string) => house.http().post(`/api/v1/lists/${list}/subscribers`).set(house.manager.headers).send({ address, consent: { source: 'signed at the bar', at: '2026-01-01T10:00:00Z' } }).expect(201);
    for (const [list, address] of [[one, '333 123 4567'], [one, '+39 (333) 7654321'], [two, '0039 333 1234567']] as const) await add(list, address);
    const first = await house.take(brand, { listIds: [one] });
    const second = await house.take(brand, { listIds: [one, two], postId: first.postId });
    await house.send();
    expect([...house.arrived()].sort()).toEqual(['+393331234567', '+393337654321']);
    expect(second.outcome.kind).toBe('delivered');
    expect(await read(second.roundId)).toMatchObject({ state: 'sent', recipients: 0, costMinor: 0 });
  });

  it('is at most one a day for each person, and who had one is free for another outlet', async () => {
    const brand = await house.brand();
    const [one, two] = [await seedList(house.database, brand, { people: 4 }), await seedList(house.database, brand, { people: 6, name: 'Soci' })];
    await house.take(brand, { listIds: [one] });
    await house.send();
    const second = await house.take(brand, { listIds: [two], text: 'Un altro' });
    await house.send();
    expect(await read(second.roundId)).toMatchObject({ recipients: 2, costMinor: 20 });
    expect(await house.states(second.roundId)).toEqual({ sent: 2 });
    expect(house.phones.taken).toHaveLength(6);
    expect(await spent(brand.clientId)).toBe(60);
    expect(await house.database.query('SELECT count(*)::int AS n FROM reached WHERE post_id = $1', [second.postId])).toEqual([{ n: 2 }]);
    expect((await house.take(brand, { listIds: [two], text: 'E uno' })).outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('Nobody would get it') });
  });

  it('is at most one a day for each person, from whichever brand: they see one number', async () => {
    const [bar, shop] = [await house.brand(), await house.brand()];
    await house.take(bar, { listIds: [await seedList(house.database, bar, { people: 3 })] });
    const coming = await house.take(shop, { listIds: [await seedList(house.database, shop, { people: 4 })] });
    await house.send();
    const after = await house.take(shop, { listIds: [await seedList(house.database, shop, { people: 6, name: 'Soci' })], text: 'Un altro' });
    await house.send();
    expect([(await read(coming.roundId)).recipients, (await read(after.roundId)).recipients, house.phones.taken.length]).toEqual([1, 2, 6]);
  });

  it('of another brand, begun meanwhile, leaves out whom that one has reached', async () => {
    const [bar, shop] = [await house.brand(), await house.brand()];
    const { roundId } = await house.take(bar, { listIds: [await seedList(house.database, bar, { people: 2 })] });
    const [{ day }] = await house.database.query(`SELECT (now() AT TIME ZONE zone)::date::text AS day FROM clients WHERE id = $1`, [shop.clientId]);
    await house.database.query('INSERT INTO sms_days (workspace_id, address_key, day) VALUES ($1, $2, $3)', [shop.workspaceId, numberOf(1), day]);
    await house.send();
    expect(await house.states(roundId)).toEqual({ expired: 1, sent: 1 });
  });

  it('that is on its way to somebody is their one of the day for the next post too, which says that nobody would get it', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 4 });
    await house.take(brand, { listIds: [list] });
    expect((await house.take(brand, { listIds: [list], text: 'Un altro' })).outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('Nobody would get it') });
  });

  it('that reached nobody is told of', async () => {
    const brand = await house.brand();
    house.phones.verdict = () => ({ kind: 'refused', detail: 'landline' });
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2 })] });
    await house.send();
    expect(await read(roundId)).toMatchObject({ state: 'sent', counts: { failed: 2 }, spentMinor: 0 });
    expect(await house.database.query(`SELECT payload #>> '{reason,code}' AS code, payload #>> '{reason,params,refused}' AS refused FROM events WHERE subject_id = $1`, [roundId])).toEqual([{ code: 'sms-nobody', refused: '2' }]);
  });

  it('leaves out who unsubscribed after it was frozen', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 5 });
    const { roundId } = await house.take(brand, { listIds: [list] });
    await house.database.query(`UPDATE subscriptions SET state = 'unsubscribed' WHERE list_id = $1 AND subscriber_id = (SELECT id FROM subscribers WHERE client_id = $2 AND address_key = $3)`, [list, brand.clientId, numberOf(3)]);
    await house.send();
    expect(await house.states(roundId)).toEqual({ sent: 4, suppressed: 1 });
    expect(house.arrived()).not.toContain(numberOf(3));
    expect(await spent(brand.clientId)).toBe(40);
  });

  it('with an emoji makes two messages of one, and costs twice', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2 })], text: `${'a'.repeat(60)} 🎉` });
    expect(await read(roundId)).toMatchObject({ encoding: 'ucs-2', segments: 2, costMinor: 40 });
  });

  it('in the name of a brand, which takes no answer, carries a link out for each', async () => {
    const brand = await house.brand();
    await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2 })], from: 'Bar Sport' });
    await house.send();
    const links = house.phones.taken.map(({ text }) => /Basta SMS: (https:\/\/postern\.example\/public\/u\/\w+)$/.exec(text)?.[1]);
    expect(new Set(links.filter((link) => link !== undefined)).size).toBe(2);
    expect(house.phones.taken[0]?.from).toBe('Bar Sport');
  });

  it('by a gateway whose sender may be a name carries that link too: nobody knows whether STOP would arrive', async () => {
    const brand = await house.brand();
    house.road.open = { hasNumber: false };
    await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })] });
    await house.send();
    expect(house.phones.taken[0]).toMatchObject({ from: null, text: expect.stringMatching(/Basta SMS: https:/) });
  });
});

describe('What the gateway answers', () => {
  it('of a number that opted out is told by it once, and then goes nowhere in the workspace', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 5 });
    house.phones.verdict = ({ to }) => (to === numberOf(2) ? { kind: 'opted-out', detail: '21610: has replied STOP' } : null);
    const { roundId } = await house.take(brand, { listIds: [list] });
    await house.send();
    await house.send();
    expect(await house.states(roundId)).toEqual({ sent: 4, suppressed: 1 });
    expect(house.phones.asked).toBe(5);
    expect(await house.database.query('SELECT client_id, reason FROM suppressions WHERE address_key = $1 AND workspace_id = $2', [numberOf(2), brand.workspaceId])).toEqual([{ client_id: null, reason: 'stop' }]);
    expect(await spent(brand.clientId)).toBe(40);
    await house.database.query('DELETE FROM suppressions WHERE address_key = $1', [numberOf(2)]);
  });

  it('of one number that cannot be is no reason to stop', async () => {
    const brand = await house.brand();
    house.phones.verdict = ({ to }) => (to === numberOf(7) ? { kind: 'refused', detail: '21211: not a valid number' } : null);
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 50 })] });
    await house.send();
    expect(await house.states(roundId)).toEqual({ failed: 1, sent: 49 });
    expect(await spent(brand.clientId)).toBe(490);
  });

  it('without an answer leaves it unconfirmed, and it is never sent again', async () => {
    const brand = await house.brand();
    house.phones.verdict = ({ to }) => (to === numberOf(1) ? { kind: 'uncertain', detail: 'reset after the request was sent' } : null);
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 3 })] });
    for (let round = 0; round < 3; round += 1) await house.send();
    expect(await house.states(roundId)).toEqual({ sent: 2, unconfirmed: 1 });
    expect(house.phones.asked).toBe(3);
    expect(await spent(brand.clientId)).toBe(30);
  });

  it('three times in a row without an answer pauses the round and tells people; it goes on when one says so', async () => {
    const brand = await house.brand();
    house.phones.verdict = () => ({ kind: 'uncertain', detail: 'timeout' });
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 40 })] });
    await house.send();
    const paused = await read(roundId);
    expect(paused).toMatchObject({ state: 'paused', reason: 'silence' });
    expect(paused.counts.unconfirmed).toBeLessThanOrEqual(8);
    expect(await house.database.query(`SELECT kind FROM events WHERE subject_id = $1`, [roundId])).toEqual([{ kind: 'sms.stopped' }]);
    house.phones.verdict = () => null;
    expect((await act(roundId, 'resume', paused.version)).status).toBe(200);
    await house.send();
    expect((await read(roundId)).counts).toMatchObject({ sent: 40 - paused.counts.unconfirmed, unconfirmed: paused.counts.unconfirmed });
  });

  it('that lets us not in pauses the round before anybody else is tried', async () => {
    const brand = await house.brand();
    house.phones.verdict = () => ({ kind: 'account', detail: '20003: authenticate' });
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 30 })] });
    await house.send();
    expect(await read(roundId)).toMatchObject({ state: 'paused', reason: 'account', detail: '20003: authenticate', counts: { waiting: 30 } });
    expect(house.phones.asked).toBeLessThanOrEqual(5);
    expect(await spent(brand.clientId)).toBe(0);
  });

  it('while it is down together with the platform makes it wait, and past its time it goes to nobody and people are told', async () => {
    const brand = await house.brand();
    house.phones.verdict = () => ({ kind: 'unavailable', detail: 'connection refused' });
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 3 })], origin: 'fallback' });
    await house.send();
    expect(await read(roundId)).toMatchObject({ state: 'sending', counts: { waiting: 3 } });
    const asked = house.phones.asked;
    await house.send();
    expect(house.phones.asked).toBe(asked); // it rests
    for (let tries = 0; tries < 9; tries += 1) {
      await house.database.query(`UPDATE sms_rounds SET rest_until = '-infinity' WHERE id = $1`, [roundId]);
      await house.send();
    }
    expect(await house.database.query(`SELECT count(*)::int AS n FROM events WHERE subject_id = $1 AND kind = 'sms.waiting'`, [roundId])).toEqual([{ n: 1 }]);
    await house.database.query(`UPDATE sms_rounds SET deadline_at = now() - interval '1 second', rest_until = '-infinity' WHERE id = $1`, [roundId]);
    house.phones.verdict = () => null;
    await house.send();
    expect(await read(roundId)).toMatchObject({ state: 'stopped', reason: 'too-late', counts: { expired: 3 } });
    expect(house.phones.taken).toEqual([]);
    expect(await house.database.query(`SELECT payload ->> 'count' AS n FROM events WHERE subject_id = $1 AND kind = 'sms.stopped'`, [roundId])).toEqual([{ n: '3' }]);
    expect(await spent(brand.clientId)).toBe(0);
  });

  it('comes back: what waited goes out', async () => {
    const brand = await house.brand();
    house.phones.verdict = () => ({ kind: 'unavailable', detail: '503' });
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 3 })] });
    await house.send();
    house.phones.verdict = () => null;
    await house.database.query(`UPDATE sms_rounds SET rest_until = '-infinity' WHERE id = $1`, [roundId]);
    await house.send();
    expect(await house.states(roundId)).toEqual({ sent: 3 });
    expect(new Set(house.arrived()).size).toBe(3);
  });

  it('that cannot be opened at all makes the round rest, and is not asked for every second', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2 })] });
    house.road.open = { get gateway(): never { throw new Error('sealed with another key'); } };
    await house.send();
    expect(await read(roundId)).toMatchObject({ state: 'sending', detail: 'Error: sealed with another key', counts: { waiting: 2 }, waitsUntil: expect.any(String) });
  });

  it('too fast makes the round wait until it may again', async () => {
    const brand = await house.brand();
    const until = Date.now() + 3_600_000;
    house.phones.verdict = () => ({ kind: 'throttled', until, detail: '20429' });
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 20 })] });
    await house.send();
    const [row] = await house.database.query('SELECT (extract(epoch FROM rest_until) * 1000)::float8 AS rest FROM sms_rounds WHERE id = $1', [roundId]);
    expect(row.rest).toBeCloseTo(until, -2);
    expect(await house.states(roundId)).toEqual({ waiting: 20 });
  });
});

describe('People', () => {
  it('pause it, let it go on, and stop it for good: what is sent stays sent', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 6 })] });
    const paused: Promise<number>[] = [];
    const pause = async (): Promise<number> => (await act(roundId, 'pause', (await read(roundId)).version)).status;
    house.phones.arriving = async () => void (await (paused[0] ??= pause()));
    await house.send();
    expect(await Promise.all(paused)).toEqual([200]);
    const half = await read(roundId);
    expect(half).toMatchObject({ state: 'paused', reason: 'person' });
    expect(half.counts.waiting).toBeGreaterThan(0);
    expect((await act(roundId, 'stop', half.version - 1)).status).toBe(409);
    const stopped = (await act(roundId, 'stop', half.version)).body;
    expect(stopped).toMatchObject({ state: 'stopped', counts: { sent: half.counts.sent, expired: 6 - half.counts.sent } });
    expect((await act(roundId, 'resume', stopped.version)).body).toMatchObject({ code: 'round-not' });
  });

  it('of another workspace find nothing', async () => {
    const brand = await house.brand();
    const { roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })] });
    const { headers } = await house.member(await house.workspace('Altra'), 'owner');
    expect((await house.http().get(`/api/v1/sms/rounds/${roundId}`).set(headers)).status).toBe(404);
    expect((await house.http().post(`/api/v1/sms/rounds/${roundId}/stop`).set(headers).send({ version: 1 })).status).toBe(404);
    expect((await house.http().get(`/api/v1/clients/${brand.clientId}/sms-cap`).set(headers)).status).toBe(404);
    expect((await house.http().put(`/api/v1/clients/${brand.clientId}/sms-cap`).set(headers).send({ version: 0, capMinor: 1, currency: 'EUR' })).status).toBe(404);
    expect((await house.http().get(`/api/v1/sms/costs?clientId=${brand.clientId}`).set(headers)).status).toBe(404);
    expect((await house.http().get('/api/v1/sms/rounds').set(headers)).body.items).toEqual([]);
  });
});
