import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DispatchService } from '../../../src/features/dispatch/dispatch.service.js';
import { HandAsks } from '../../../src/features/notifications/hand-asks.service.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import type { Visitor } from '../../kit/house.js';
import { type SeededClient, type SeededPost, seedPosts } from '../../kit/seed.js';
import { hour, type IncidentHouse, type LetterRow, minute, openIncidentHouse } from './incident-house.js';

let house: IncidentHouse;
let workspaceId: string;
let mara: Visitor;
let edith: Visitor;
let bar: SeededClient;
let channelId: string;

beforeAll(async () => {
  house = await openIncidentHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE letters, notices, hand_asks, pauses, events, event_claims CASCADE');
  await house.database.query(`UPDATE deliveries SET state = 'cancelled', hold_reason = NULL WHERE state IN ('scheduled', 'held')`);
  await house.database.query(`UPDATE users SET email = id::text || '@gone.example'`);
  workspaceId = await house.workspace('Agenzia Uno');
  await house.person(workspaceId, 'owner', 'Olga');
  mara = await house.person(workspaceId, 'manager', 'Mara');
  await house.person(workspaceId, 'manager', 'Marco', 'it');
  edith = await house.person(workspaceId, 'editor', 'Edith');
  bar = await house.client(workspaceId, 'Bar Sport');
  const connected = await house.http().post('/api/v1/channels').set(mara.headers).send({
    clientId: bar.clientId, connectorId: 'by-hand', account: { platform: 'Instagram', page: 'https://www.instagram.com/', instructions: 'With the account @bar_sport' },
  });
  expect(connected.body).toMatchObject({ name: 'Instagram (by hand)', state: 'connected' });
  channelId = connected.body.id;
});

const round = (): Promise<number> => house.get(HandAsks).round();
const plan = async (text: string, more: Partial<SeededPost> = {}): Promise<string> => {
  const [id = ''] = await seedPosts(house.database, bar, [{ channel: { id: channelId, connectorId: 'by-hand', account: '' }, dueInMs: 0, text, ...more }]);
  return id;
};
/** Its bell rings, and the worker's rounds are done. */
const ring = async (id: string): Promise<number> => {
  await house.get(DispatchService).run(id);
  await house.get(FactTakers).take('notifications');
  return round();
};
const letters = async (): Promise<readonly LetterRow[]> =>
  house.database.query(`SELECT to_address AS "to", to_name AS "toName", about, state, until, mail FROM letters WHERE about = 'by-hand' ORDER BY created_at, once`);
const told = async (): Promise<string[]> => (await letters()).map(({ toName }) => toName);
const delivery = async (id: string) => {
  const [row] = await house.database.query<{ state: string; hold: string | null; code: string | null; detail: string | null; version: number; told: boolean; inMinutes: number }[]>(
    `SELECT state, hold_reason AS hold, reason ->> 'code' AS code, reason ->> 'detail' AS detail, version, told_at IS NOT NULL AS told,
            CASE WHEN isfinite(ready_at) THEN round(extract(epoch FROM ready_at - now()) / 60)::int END AS "inMinutes" FROM deliveries WHERE id = $1`, [id]);
  if (!row) throw new Error('no such delivery');
  return row;
};
const post = (path: string, id: string, body: object, by = edith) => house.http().post(`/api/v1/deliveries/${id}/${path}`).set(by.headers).send(body);
/** What a worker does when “not now” is over. */
const wakeUp = (id: string) => house.database.query(`UPDATE deliveries SET ready_at = now(), rung_until = NULL WHERE id = $1`, [id]);

describe('A post that a person publishes', () => {
  it('is asked of the first on duty at its hour, with all that is needed to post it', async () => {
    const id = await plan('Aperitivo alle 18 #bar');
    expect(await ring(id)).toBe(1);
    expect(await delivery(id)).toMatchObject({ state: 'held', hold: 'ask', code: 'by-hand', detail: 'Instagram', told: true });
    const [letter, ...more] = await letters();
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ to: 'mara@agency.example', mail: { subject: expect.stringMatching(/^\[Agenzia Uno] Please post by hand: Bar Sport on Instagram, /) } });
    const text = letter?.mail.text ?? '';
    const places = ['Bar Sport: please post this by hand on Instagram', '(Europe/Rome)', 'https://www.instagram.com/', 'With the account @bar_sport', 'Aperitivo alle 18 #bar', `https://postern.example/desk/by-hand/${id}?workspaceId=${workspaceId}`, 'within 30 minutes'].map((words) => text.indexOf(words));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    const { body } = await house.http().get('/api/v1/notices').set(edith.headers);
    expect(body.items).toMatchObject([{ kind: 'by-hand', title: 'Bar Sport: to be posted by hand on Instagram', text: expect.stringContaining(`/desk/by-hand/${id}`), deliveryIds: [id], seenAt: null }]);
  });

  it('the letter leads to its page', async () => {
    const id = await plan('Aperitivo');
    await ring(id);
    const link = /https:\/\/postern\.example(\/desk\/\S+)/.exec((await letters())[0]?.mail.text ?? '')?.[1] ?? '';
    const { status, text } = await house.http().get(link).set(mara.headers);
    expect({ status, found: text.includes('Aperitivo') }).toEqual({ status: 200, found: true });
  });

  it('is asked of nobody before its hour, nor while it is paused or not approved', async () => {
    const early = await plan('early', { dueInMs: hour });
    expect(await ring(early)).toBe(0);
    expect((await delivery(early)).state).toBe('scheduled');
    const id = await plan('asked, then stopped');
    await house.get(DispatchService).run(id);
    await house.get(FactTakers).take('notifications');
    await house.database.query('UPDATE deliveries SET approved = false WHERE id = $1', [id]);
    expect(await round()).toBe(0);
    await house.database.query('UPDATE deliveries SET approved = true WHERE id = $1', [id]);
    await house.database.query(`INSERT INTO pauses (id, workspace_id, reason, created_by) VALUES (gen_random_uuid(), $1, 'calm', '{}')`, [workspaceId]);
    expect(await round()).toBe(0);
    await house.database.query('UPDATE pauses SET ended_at = now()');
    expect(await round()).toBe(1);
  });

  it('is asked of the next one after half an hour, of the owner last, and then of nobody; the notice stays', async () => {
    const id = await plan('Aperitivo');
    await ring(id);
    house.clock.pass(29 * minute);
    expect(await round()).toBe(0);
    house.clock.pass(minute);
    expect(await round()).toBe(1);
    const marco = (await letters()).find(({ toName }) => toName === 'Marco');
    expect(marco?.mail).toMatchObject({ subject: expect.stringContaining('Da pubblicare a mano: Bar Sport su Instagram'), text: expect.stringContaining('Interpellati prima di te, ancora nessuna risposta: Mara.') });
    house.clock.pass(30 * minute);
    expect(await round()).toBe(1);
    expect((await letters()).find(({ toName }) => toName === 'Olga')?.mail.text).toContain('Nobody is asked after you.');
    for (const _ of [1, 2, 3]) {
      house.clock.pass(hour);
      expect(await round()).toBe(0);
    }
    expect((await told()).toSorted()).toEqual(['Mara', 'Marco', 'Olga']);
    expect(await house.database.query(`SELECT seen_at FROM notices WHERE kind = 'by-hand'`)).toEqual([{ seen_at: null }]);
  });

  it('a notice somebody has seen is unseen again for the next who is asked', async () => {
    const id = await plan('Aperitivo');
    await ring(id);
    await house.database.query('UPDATE notices SET seen_at = now()');
    house.clock.pass(30 * minute);
    await round();
    expect(await house.database.query(`SELECT seen_at FROM notices WHERE kind = 'by-hand'`)).toEqual([{ seen_at: null }]);
  });

  it('is asked of nobody who may only look', async () => {
    const vera = await house.person(workspaceId, 'viewer', 'Vera');
    await house.http().put(`/api/v1/clients/${bar.clientId}/duties`).set(mara.headers).send({ userIds: [vera.userId, edith.userId] });
    await ring(await plan('Aperitivo'));
    expect(await told()).toEqual(['Edith']);
  });

  it('is asked once, by however many workers', async () => {
    const ids = await Promise.all(['one', 'two', 'three'].map((text) => plan(text)));
    for (const id of ids) await house.get(DispatchService).run(id);
    await Promise.all([1, 2, 3].map(() => house.get(FactTakers).take('notifications')));
    const counts = await Promise.all([round(), round(), round(), round()]);
    expect(counts.reduce((sum, count) => sum + count, 0) + (await round())).toBe(3);
    expect(await told()).toEqual(['Mara', 'Mara', 'Mara']);
  });
});

describe('“It is out”', () => {
  it('ends it as posted by hand, with the link, and nobody else is asked', async () => {
    const id = await plan('Aperitivo');
    await ring(id);
    const { version } = await delivery(id);
    expect((await post('say', id, { version, out: true, url: 'https://www.instagram.com/p/1' })).status).toBe(204);
    expect(await delivery(id)).toMatchObject({ state: 'published', code: 'said-by-hand', detail: 'Edith' });
    expect(await house.database.query('SELECT url, published_at IS NOT NULL AS out FROM parts WHERE delivery_id = $1', [id])).toEqual([{ url: 'https://www.instagram.com/p/1', out: true }]);
    house.clock.pass(2 * hour);
    expect(await round()).toBe(0);
    expect(await told()).toEqual(['Mara']);
  });
});

describe('“Not now”', () => {
  it('asks nobody until then, and then everybody anew, the first first', async () => {
    const id = await plan('Aperitivo');
    await ring(id);
    expect((await post('not-now', id, { version: (await delivery(id)).version })).status).toBe(204);
    expect(await delivery(id)).toMatchObject({ state: 'held', hold: 'ask', code: 'not-now', detail: 'Edith', inMinutes: 30 });
    house.clock.pass(2 * hour);
    expect(await ring(id)).toBe(0);
    expect(await delivery(id)).toMatchObject({ code: 'not-now' });
    await wakeUp(id);
    expect(await ring(id)).toBe(1);
    expect(await delivery(id)).toMatchObject({ state: 'held', hold: 'ask', code: 'by-hand' });
    expect(await told()).toEqual(['Mara', 'Mara']);
    expect(await house.database.query(`SELECT actor ->> 'name' AS by FROM audit_log WHERE subject_id = $1 AND action = 'delivery.not-now'`, [id])).toEqual([{ by: 'Edith' }]);
  });

  it('holds no longer than its late limit, which then does what its policy says', async () => {
    const id = await plan('Aperitivo', { choice: 'hour-counts', lateLimitMs: 10 * minute });
    await ring(id);
    await post('not-now', id, { version: (await delivery(id)).version, minutes: 120 });
    expect((await delivery(id)).inMinutes).toBe(10);
    await house.database.query('UPDATE deliveries SET deadline_at = now(), ready_at = now() WHERE id = $1', [id]);
    expect(await ring(id)).toBe(0);
    expect(await delivery(id)).toMatchObject({ state: 'missed', code: 'hour-has-passed', detail: null });
  });

  it('is refused to viewers, of what nobody is asked to post, of what changed meanwhile, and for too long', async () => {
    const id = await plan('Aperitivo');
    expect((await post('not-now', id, { version: 1 })).body).toMatchObject({ status: 409, code: 'not-in-this-state' });
    await ring(id);
    const { version } = await delivery(id);
    const viewer = await house.person(workspaceId, 'viewer', 'Vito');
    expect((await post('not-now', id, { version }, viewer)).body.code).toBe('role-too-low');
    expect((await post('not-now', id, { version: version - 1 })).body.code).toBe('edited-meanwhile');
    for (const minutes of [4, 721, 7.5]) expect((await post('not-now', id, { version, minutes })).body.code).toBe('input-invalid');
    await house.database.query(`UPDATE deliveries SET hold_reason = 'late', reason = '{"code":"we-were-away"}' WHERE id = $1`, [id]);
    expect((await post('not-now', id, { version })).body.code).toBe('nobody-asked');
    expect(await told()).toEqual(['Mara']);
  });
});

describe('At its late limit', () => {
  it.each([
    ['an hour that counts is missed', 'hour-counts', { state: 'missed', code: 'hour-has-passed' }],
    ['what was for today goes into the review list', 'today', { state: 'held', hold: 'late', code: 'late-limit-passed' }],
  ] as const)('%s, and nobody else is asked', async (_, choice, expected) => {
    const id = await plan('Aperitivo', { choice, lateLimitMs: 15 * minute });
    await ring(id);
    expect((await delivery(id)).inMinutes).toBe(15);
    await house.database.query(`UPDATE deliveries SET deadline_at = now(), ready_at = now() WHERE id = $1`, [id]);
    await ring(id);
    expect(await delivery(id)).toMatchObject(expected);
    house.clock.pass(hour);
    expect(await round()).toBe(0);
    expect(await told()).toEqual(['Mara']);
  });

  it('released from the review list it is asked for again', async () => {
    const id = await plan('Aperitivo', { choice: 'today' });
    await house.database.query(`UPDATE deliveries SET state = 'held', hold_reason = 'late', reason = '{"code":"we-were-away"}', due_at = due_at - interval '1 hour', ready_at = 'infinity' WHERE id = $1`, [id]);
    expect(await ring(id)).toBe(0);
    await post('release', id, { version: (await delivery(id)).version });
    expect(await ring(id)).toBe(1);
    expect(await delivery(id)).toMatchObject({ state: 'held', hold: 'ask', code: 'by-hand' });
  });
});

it('What is late is asked for in the client’s day', async () => {
  const id = await plan('approved in the night', { dueInMs: -5 * minute });
  await house.database.query(`UPDATE clients SET day_from = ((now() AT TIME ZONE zone) + interval '2 hours')::time, day_to = ((now() AT TIME ZONE zone) + interval '3 hours')::time WHERE id = $1`, [bar.clientId]);
  expect(await ring(id)).toBe(0);
  expect(await delivery(id)).toMatchObject({ state: 'held', hold: 'pace' });
  expect([119, 120]).toContain((await delivery(id)).inMinutes);
});

it('A post whose platform is out of reach goes out by a person where its policy names one', async () => {
  const [alpha] = bar.channels;
  if (!alpha) throw new Error('A client without a channel.');
  const [id = ''] = await seedPosts(house.database, bar, [{ channel: alpha, dueInMs: 0, text: 'another way', choice: 'hour-counts' }]);
  await house.database.query('UPDATE posts SET policy = $2 WHERE id = (SELECT post_id FROM deliveries WHERE id = $1)', [id, JSON.stringify({ rerouteTo: [[channelId]] })]);
  await house.database.query(`UPDATE deliveries SET deadline_at = now(), ready_at = now() WHERE id = $1`, [id]);
  await ring(id);
  expect(await delivery(id)).toMatchObject({ state: 'rerouted', detail: 'Instagram (by hand)' });
  const [child] = await house.database.query<{ id: string }[]>(`SELECT child_id AS id FROM reroute_children WHERE delivery_id = $1`, [id]);
  expect(await ring(child?.id ?? '')).toBe(1);
  expect(await told()).toEqual(['Mara']);
  await post('say', child?.id ?? '', { version: (await delivery(child?.id ?? '')).version, out: true });
  expect(await delivery(child?.id ?? '')).toMatchObject({ state: 'published', code: 'said-by-hand' });
});
