import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DispatchService } from '../../../src/features/dispatch/dispatch.service.js';
import { PhoneNews } from '../../../src/features/phone/phone-news.service.js';
import { OpenRounds } from '../../../src/features/phone/sms-open-rounds.service.js';
import { openSmsHouse, type SmsHouse, type TakenSms } from './sms-house.js';
import { type Brand, numberOf, seedList } from './sms-seed.js';

let house: SmsHouse;
beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());
beforeEach(() => house.fresh());

type Taken = TakenSms & { readonly listId: string };

/** A round, and the delivery that it was taken for, which is published with that. */
async function taken(brand: Brand, { people = 3, from = 0, origin = 'fallback' } = {}): Promise<Taken> {
  const listId = await seedList(house.database, brand, { people, from });
  return { ...(await house.take(brand, { listIds: [listId], origin })), listId };
}
const rows = <Row>(sql: string, ...params: readonly unknown[]): Promise<Row[]> => house.database.query<Row[]>(sql, [...params]);
const state = async ({ postId, channelId }: TakenSms): Promise<unknown> => (await rows(`SELECT state, reason ->> 'code' AS code FROM deliveries WHERE post_id = $1 AND channel_id = $2`, postId, channelId))[0];
const round = async ({ roundId }: TakenSms) => (await house.http().get(`/api/v1/sms/rounds/${roundId}`).set(house.manager.headers)).body;
const told = async ({ roundId }: TakenSms): Promise<unknown[]> => (await rows<{ code: string }>(`SELECT payload #>> '{reason,code}' AS code FROM events WHERE subject_id = $1 ORDER BY id`, roundId)).map(({ code }) => code);
const tooLate = (roundId: string) => rows(`UPDATE sms_rounds SET deadline_at = now() - interval '1 second' WHERE id = $1`, roundId);
/** What became of its taking is not yet written, or is again. */
const asTaken = ({ postId, channelId }: TakenSms, to: 'sending' | 'published') => rows('UPDATE deliveries SET state = $3 WHERE post_id = $1 AND channel_id = $2', postId, channelId, to);
const away = () => ({ kind: 'unavailable', detail: 'gone' }) as const;
const refused = () => ({ kind: 'refused', detail: 'no such number' }) as const;
/** A minute later: a gateway that took nothing is asked again, and a person has had no SMS today. */
const later = async (): Promise<void> => {
  house.phones.clear();
  await rows(`UPDATE sms_rounds SET rest_until = '-infinity'`);
};

describe('SMS that nobody got', () => {
  it('have not gone out: the gateway took none until it was too late', async () => {
    const one = await taken(await house.brand());
    house.phones.verdict = away;
    await house.send();
    expect(await state(one)).toEqual({ state: 'published', code: null });
    await tooLate(one.roundId);
    await house.send();
    expect(await state(one)).toEqual({ state: 'failed', code: 'reached-nobody' });
  });

  it('have not gone out: each of them was refused', async () => {
    const one = await taken(await house.brand());
    house.phones.verdict = refused;
    await house.send();
    expect(await state(one)).toEqual({ state: 'failed', code: 'reached-nobody' });
  });

  it('have not gone out: so many were refused that it was paused, and nobody let it go on', async () => {
    const one = await taken(await house.brand(), { people: 30 });
    house.phones.verdict = refused;
    await house.send();
    expect([await round(one), await state(one)]).toMatchObject([{ state: 'paused', reason: 'refusals', counts: { failed: 30 } }, { state: 'published' }]);
    await tooLate(one.roundId);
    await house.send();
    expect(await state(one)).toEqual({ state: 'failed', code: 'reached-nobody' });
    expect(await told(one)).toEqual(['sms-refusals', 'sms-nobody']);
  });

  it('have not gone out: it became too late while the last were under way, which were refused', async () => {
    const one = await taken(await house.brand(), { people: 60 });
    let ending: Promise<void> | null = null;
    house.phones.arriving = async () => {
      await tooLate(one.roundId);
      await (ending ??= house.get(OpenRounds).settle());
    };
    house.phones.verdict = refused;
    await house.send();
    await house.send();
    expect(await round(one)).toMatchObject({ state: 'stopped', reason: 'too-late', counts: { sent: 0, failed: expect.any(Number) } });
    expect(await state(one)).toEqual({ state: 'failed', code: 'reached-nobody' });
  });

  it('have not gone out after all: nobody answered for them, and the gateway never had them', async () => {
    const one = await taken(await house.brand(), { people: 2 });
    house.phones.verdict = () => ({ kind: 'uncertain', detail: 'timeout' });
    await house.send();
    expect([await state(one), await house.states(one.roundId)]).toEqual([{ state: 'published', code: null }, { unconfirmed: 2 }]);
    house.phones.found = () => ({ kind: 'absent' });
    for (const minutes of [10, 11]) {
      await rows(`UPDATE sms_recipients SET look_at = now(), intent_at = now() - $2 * interval '1 minute' WHERE round_id = $1 AND state = 'unconfirmed'`, one.roundId, minutes);
      await house.send();
    }
    await house.send();
    expect([await state(one), await house.states(one.roundId), await told(one)]).toEqual([{ state: 'failed', code: 'reached-nobody' }, { failed: 2 }, ['sms-nobody']]);
    await house.send();
    expect(await told(one)).toEqual(['sms-nobody']);
  });

  it('have not gone out after all: the gateway took them, and told later that none arrived', async () => {
    const one = await taken(await house.brand(), { people: 2 });
    await house.send();
    expect(await state(one)).toEqual({ state: 'published', code: null });
    const tell = async (remoteId: string): Promise<void> => {
      const [sent] = await rows<{ workspaceId: string; ref: string }>('SELECT b.workspace_id AS "workspaceId", r.ref FROM sms_recipients r JOIN sms_rounds b ON b.id = r.round_id WHERE r.round_id = $1 AND r.remote_id = $2', one.roundId, remoteId);
      await house.get(PhoneNews).tell({ workspaceId: sent?.workspaceId ?? '', ref: sent?.ref ?? '', remoteId, state: 'failed', detail: '30003: unreachable' });
      await house.send();
    };
    await tell('SM1');
    expect(await state(one)).toEqual({ state: 'published', code: null });
    await tell('SM2');
    expect([await state(one), await told(one)]).toEqual([{ state: 'failed', code: 'reached-nobody' }, ['sms-nobody']]);
  });

  it('are out as soon as one person may have theirs', async () => {
    const one = await taken(await house.brand());
    let asked = 0;
    house.phones.verdict = () => ((asked += 1) === 1 ? null : away());
    await house.send();
    await tooLate(one.roundId);
    await house.send();
    expect(await house.states(one.roundId)).toEqual({ sent: 1, expired: 2 });
    expect(await state(one)).toEqual({ state: 'published', code: null });
  });
});

describe('A round that is to end before its taking is written', () => {
  it.each<[string, (one: TakenSms) => Promise<unknown>, string]>([
    ['as it is too late', ({ roundId }) => tooLate(roundId), 'failed'],
    ['as its channel was put away', ({ channelId }) => rows('UPDATE channels SET archived_at = now() WHERE id = $1', channelId), 'failed'],
    ['as it costs too much by now', async () => (house.road.open = { segmentMinor: () => 40_000 }), 'failed'],
    ['as a pause is over that drops', async () => rows(`INSERT INTO pauses (id, workspace_id, reason, created_by, resume, ended_at) VALUES (gen_random_uuid(), $1, 'x', '{}', 'drop', now())`, house.workspaceId), 'skipped'],
  ])('waits for that, and takes its delivery along: %s', async (_, cause, ends) => {
    const one = await taken(await house.brand());
    await asTaken(one, 'sending');
    await cause(one);
    await house.send();
    expect([(await round(one)).counts.waiting, await state(one)]).toEqual([3, { state: 'sending', code: null }]);
    await asTaken(one, 'published');
    await later();
    await house.send();
    await rows('DELETE FROM pauses');
    expect([await house.states(one.roundId), await state(one)]).toMatchObject([{ expired: 3 }, { state: ends }]);
    expect(house.phones.asked).toBe(0);
  });
});

describe('Who got nothing', () => {
  const reached = ({ postId }: TakenSms) => rows('SELECT address_key AS number FROM reached WHERE post_id = $1 ORDER BY 1', postId);

  it('may have the post by the next outlet: nobody else has it either', async () => {
    const brand = await house.brand();
    const one = await taken(brand, { from: 900 });
    let asked = 0;
    house.phones.verdict = () => ((asked += 1) === 1 ? { kind: 'opted-out', detail: 'STOP' } : refused());
    await house.send();
    expect([await house.states(one.roundId), await reached(one)]).toEqual([{ failed: 2, suppressed: 1 }, []]);
    await later();
    const next = await house.take(brand, { listIds: [one.listId], postId: one.postId, origin: 'fallback' });
    await house.send();
    expect([next.outcome.kind, await house.states(next.roundId)]).toEqual(['delivered', { sent: 2 }]);
  });

  it('may have it too where the rest became too late', async () => {
    const brand = await house.brand();
    const one = await taken(brand);
    let asked = 0;
    house.phones.verdict = () => ((asked += 1) === 1 ? refused() : away());
    await house.send();
    await tooLate(one.roundId);
    await house.send();
    expect([await house.states(one.roundId), await reached(one)]).toEqual([{ expired: 2, failed: 1 }, []]);
  });

  it('has had their turn where others got it, or may have', async () => {
    const brand = await house.brand();
    const one = await taken(brand);
    let asked = 0;
    house.phones.verdict = () => ((asked += 1) === 1 ? refused() : { kind: 'uncertain', detail: 'timeout' });
    await house.send();
    expect([await house.states(one.roundId), (await reached(one)).length]).toEqual([{ failed: 1, unconfirmed: 2 }, 3]);
    expect(await state(one)).toEqual({ state: 'published', code: null });
  });
});

describe('Tried again by a person', () => {
  const delivery = async ({ postId, channelId }: TakenSms): Promise<{ id: string; version: number; state: string; reason: { detail?: string } | null }> => {
    const [row] = await rows<{ id: string; version: number; state: string; reason: null }>('SELECT id, version, state, reason FROM deliveries WHERE post_id = $1 AND channel_id = $2', postId, channelId);
    if (!row) throw new Error('It is gone.');
    return row;
  };
  const post = (path: string, body: object) => house.http().post(`/api/v1${path}`).set(house.manager.headers).send(body);
  const retry = async (one: TakenSms): Promise<void> => {
    const { id, version } = await delivery(one);
    await post(`/deliveries/${id}/retry`, { version }).expect(200);
    await house.get(DispatchService).run(id);
    await house.send();
  };
  const money = async ({ clientId }: Brand): Promise<unknown> => (await rows(
    `SELECT coalesce((SELECT sum(minor) FROM sms_spending WHERE client_id = $1), 0)::float8 AS spent, coalesce((SELECT sum(minor) FROM phone_costs WHERE client_id = $1), 0)::float8 AS booked`, clientId))[0];
  const left = async ({ clientId }: Brand): Promise<number> => (await house.http().get(`/api/v1/clients/${clientId}/sms-cap`).set(house.manager.headers)).body.leftMinor;
  const failed = async (brand: Brand, origin?: string): Promise<Taken> => {
    const one = await taken(brand, origin === undefined ? {} : { origin });
    house.phones.verdict = away;
    await house.send();
    await tooLate(one.roundId);
    await house.send();
    expect(await state(one)).toEqual({ state: 'failed', code: 'reached-nobody' });
    await later();
    return one;
  };

  it('it begins anew: each gets it once, and it is paid for once', async () => {
    const brand = await house.brand({ capMinor: 50 });
    const one = await failed(brand);
    const before = await round(one);
    await retry(one);
    expect([await delivery(one), await round(one)]).toMatchObject([{ state: 'published', reason: null }, { state: 'sent', reason: null, detail: null, recipients: 3, counts: { sent: 3, expired: 0 }, spentMinor: 30 }]);
    expect((await round(one)).version).toBeGreaterThan(before.version);
    expect(house.arrived().toSorted()).toEqual([0, 1, 2].map(numberOf));
    expect([await money(brand), await left(brand)]).toEqual([{ spent: 30, booked: 30 }, 20]);
  });

  it('it begins anew with many at once as well', async () => {
    const one = await failed(await house.brand());
    const { body } = await post('/posts/bulk/retry', { filter: { channelId: one.channelId } }).expect(200);
    await house.get(DispatchService).run((await delivery(one)).id);
    await house.send();
    expect([body.changed, house.arrived().length]).toEqual([1, 3]);
  });

  it('it says what it says now', async () => {
    const one = await failed(await house.brand(), 'post');
    await rows(`UPDATE parts SET content = jsonb_set(content, '{text}', '"Aperitivo domani."') WHERE delivery_id = $1`, (await delivery(one)).id);
    await retry(one);
    expect(house.phones.taken.map(({ text }) => text.split('\n')[0])).toEqual(['Aperitivo domani.', 'Aperitivo domani.', 'Aperitivo domani.']);
  });

  it('it needs its approval as it did at first', async () => {
    const one = await failed(await house.brand());
    await rows('UPDATE fallbacks SET approved_at = NULL, approved_by = NULL WHERE post_id = $1', one.postId);
    await retry(one);
    expect(await delivery(one)).toMatchObject({ state: 'failed', reason: { detail: expect.stringContaining('Nobody has approved') } });
    expect([(await round(one)).state, house.phones.asked]).toEqual(['stopped', 0]);
  });

  it('it is not published where there is nobody left, though others have it by e-mail', async () => {
    const one = await failed(await house.brand());
    await rows(`INSERT INTO reached (client_id, post_id, address_key) SELECT client_id, id, 'anna@example.com' FROM posts WHERE id = $1`, one.postId);
    await rows(`UPDATE subscriptions SET state = 'unsubscribed' WHERE list_id = $1`, one.listId);
    await retry(one);
    expect(await delivery(one)).toMatchObject({ state: 'failed', reason: { detail: expect.stringContaining('Nobody would get it') } });
  });

  it('it stays as it is where one of them may have it', async () => {
    const brand = await house.brand();
    const one = await taken(brand);
    let asked = 0;
    house.phones.verdict = () => ((asked += 1) === 1 ? { kind: 'uncertain', detail: 'timeout' } : refused());
    await house.send();
    await later();
    await rows(`UPDATE deliveries SET state = 'failed' WHERE post_id = $1`, one.postId);
    await rows('UPDATE parts SET published_at = NULL WHERE delivery_id = $1', (await delivery(one)).id);
    await retry(one);
    expect([house.phones.asked, await house.states(one.roundId)]).toEqual([0, { failed: 2, unconfirmed: 1 }]);
  });

  it('it stays stopped where a person stopped it', async () => {
    const one = await taken(await house.brand());
    await post(`/sms/rounds/${one.roundId}/stop`, { version: (await round(one)).version }).expect(200);
    await rows(`UPDATE deliveries SET state = 'failed' WHERE post_id = $1`, one.postId);
    await rows('UPDATE parts SET published_at = NULL WHERE delivery_id = $1', (await delivery(one)).id);
    await retry(one);
    expect(await delivery(one)).toMatchObject({ state: 'failed', reason: { detail: expect.stringContaining('Somebody stopped this.') } });
    expect([(await round(one)).state, house.phones.asked]).toEqual(['stopped', 0]);
  });
});
