import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PhoneNews } from '../../../src/features/phone/phone-news.service.js';
import { SmsLooks } from '../../../src/features/phone/sms-looks.service.js';
import { SmsLoop } from '../../../src/features/phone/sms-loop.service.js';
import { openSmsHouse, type SmsHouse } from './sms-house.js';
import { type Brand, numberOf, seedList } from './sms-seed.js';

let house: SmsHouse;
let brand: Brand;
let roundId: string;
let ref: string;

beforeAll(async () => {
  house = await openSmsHouse();
});
afterAll(() => house.close());

/** Two people, of whom the second was sent one that nobody answered for. */
beforeEach(async () => {
  await house.fresh();
  brand = await house.brand();
  house.phones.verdict = ({ to }) => (to === numberOf(1) ? { kind: 'uncertain', detail: 'timeout' } : null);
  ({ roundId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 2 })] }));
  await house.send();
  expect(await house.states(roundId)).toEqual({ sent: 1, unconfirmed: 1 });
  [{ ref }] = await house.database.query(`SELECT ref FROM sms_recipients WHERE round_id = $1 AND state = 'unconfirmed'`, [roundId]);
});

/** As if that much time had gone by since. */
const later = (minutes: number) => house.database.query(`UPDATE sms_recipients SET look_at = now(), intent_at = now() - $2 * interval '1 minute' WHERE round_id = $1 AND state = 'unconfirmed'`, [roundId, minutes]);
const spent = async (): Promise<number> => (await house.http().get(`/api/v1/clients/${brand.clientId}/sms-cap`).set(house.manager.headers)).body.spentMinor;
const paid = async () => (await house.database.query('SELECT pieces, minor::float8 AS minor FROM phone_costs WHERE subject_id = $1', [roundId]))[0];
const tell = (state: 'taken' | 'arrived' | 'failed', by = { workspaceId: brand.workspaceId, ref }) => house.get(PhoneNews).tell({ ...by, remoteId: 'SM9', state, detail: state === 'failed' ? '30003: unreachable' : null });

describe('An SMS that nobody answered for', () => {
  it('is sent, once the gateway is found to have it', async () => {
    house.phones.found = ({ ref: asked, text }) => (asked === ref && text.startsWith('Aperitivo') ? { kind: 'found', remoteId: 'SM7' } : { kind: 'absent' });
    await later(1);
    await house.send();
    expect(await house.states(roundId)).toEqual({ sent: 2 });
    expect(await paid()).toEqual({ pieces: 2, minor: 20 });
    expect(house.phones.asked).toBe(2);
  });

  it('that is not there twice is failed, gives its money and its day back, and is not sent again', async () => {
    house.phones.found = () => ({ kind: 'absent' });
    await later(10);
    await house.send();
    expect(await house.states(roundId)).toEqual({ sent: 1, unconfirmed: 1 });
    await later(11);
    await house.send();
    expect(await house.states(roundId)).toEqual({ failed: 1, sent: 1 });
    expect([await spent(), await paid(), house.phones.asked]).toEqual([10, { pieces: 1, minor: 10 }, 2]);
    expect(await house.database.query('SELECT FROM sms_days WHERE workspace_id = $1', [brand.workspaceId])).toHaveLength(1);
  });

  it('may still be on its way: an absence at once means nothing', async () => {
    house.phones.found = () => ({ kind: 'absent' });
    for (const minutes of [0, 1]) {
      await later(minutes);
      await house.send();
    }
    expect(await house.states(roundId)).toEqual({ sent: 1, unconfirmed: 1 });
    expect(await house.database.query('SELECT looks FROM sms_recipients WHERE ref = $1', [ref])).toEqual([{ looks: 0 }]);
  });

  it('is looked for beside the rounds: none waits for a gateway that does not answer', async () => {
    let answer: (found: { kind: 'unknown'; detail: string }) => void = () => undefined;
    house.phones.found = () => new Promise((resolve) => void (answer = resolve));
    await later(10);
    const looking = house.get(SmsLooks).round(new AbortController().signal);
    const other = await house.brand();
    house.phones.verdict = () => null;
    const { roundId: others } = await house.take(other, { listIds: [await seedList(house.database, other, { people: 1, from: 50 })] });
    await house.get(SmsLoop).round();
    await house.get(SmsLoop).idle();
    expect(await house.states(others)).toEqual({ sent: 1 });
    answer({ kind: 'unknown', detail: 'late' });
    await looking;
  });

  it('is not taken for absent where something else was sent that may be it, and hinders no other look', async () => {
    await house.database.query(`UPDATE sms_recipients SET state = 'unconfirmed' WHERE round_id = $1`, [roundId]);
    house.phones.found = ({ to }) => (to === numberOf(1) ? { kind: 'unclear', detail: 'other words' } : { kind: 'found', remoteId: 'SM8' });
    for (const minutes of [10, 11]) {
      await later(minutes);
      await house.send();
    }
    expect(await house.states(roundId)).toEqual({ sent: 1, unconfirmed: 1 });
    expect(await house.database.query('SELECT looks FROM sms_recipients WHERE ref = $1', [ref])).toEqual([{ looks: 0 }]);
  });

  it('is not looked for once nobody knows what it said: its person is gone', async () => {
    house.phones.found = () => ({ kind: 'absent' });
    await house.database.query('DELETE FROM subscriptions WHERE workspace_id = $1', [brand.workspaceId]);
    await house.database.query('DELETE FROM subscribers WHERE client_id = $1', [brand.clientId]);
    for (const minutes of [10, 11]) {
      await later(minutes);
      await house.send();
    }
    expect(await house.states(roundId)).toEqual({ sent: 1, unconfirmed: 1 });
  });

  it('by a gateway that cannot be asked is told of once, as soon as its round has ended', async () => {
    const { phones } = house;
    house.road.open = { gateway: { kind: 'http', host: phones.host, send: (sms) => phones.send(sms), probe: () => phones.probe() } };
    await later(1);
    for (let round = 0; round < 2; round += 1) await house.send();
    expect(await house.database.query(`SELECT kind, payload ->> 'count' AS n FROM events WHERE subject_id = $1`, [roundId])).toEqual([{ kind: 'sms.unsure', n: '1' }]);
  });

  it('stays what it is while the gateway cannot be asked', async () => {
    await later(10);
    await house.send();
    expect(await house.states(roundId)).toEqual({ sent: 1, unconfirmed: 1 });
    expect(await spent()).toBe(20);
  });
});

describe('What the gateway tells later', () => {
  it('while its answer is still out outweighs the answer', async () => {
    const other = await house.brand();
    house.phones.verdict = () => null;
    house.phones.arriving = async (sms) => void (await house.get(PhoneNews).tell({ workspaceId: other.workspaceId, ref: sms.ref, remoteId: 'SM9', state: 'failed', detail: '30003: unreachable' }));
    const taken = await house.take(other, { listIds: [await seedList(house.database, other, { people: 1, from: 60 })] });
    await house.send();
    expect(await house.database.query('SELECT state, detail FROM sms_recipients WHERE round_id = $1', [taken.roundId])).toEqual([{ state: 'failed', detail: '30003: unreachable' }]);
    expect(await house.database.query('SELECT pieces FROM phone_costs WHERE subject_id = $1', [taken.roundId])).toEqual([{ pieces: 1 }]);
  });

  it.each([
    ['taken', 'uncertain', 'sent'], ['taken', 'unavailable', 'sent'], ['failed', 'unavailable', 'failed'], ['opted-out', 'uncertain', 'suppressed'],
  ] as const)('before the answer decides, also without a number of its own: %s, then %s, is %s', async (said, answer, state) => {
    const other = await house.brand();
    house.phones.verdict = () => ({ kind: answer, detail: '502' });
    house.phones.arriving = async (sms) => void (await house.get(PhoneNews).tell({ workspaceId: other.workspaceId, ref: sms.ref, remoteId: null, state: said, detail: null }));
    const taken = await house.take(other, { listIds: [await seedList(house.database, other, { people: 1, from: 70 })] });
    await house.send();
    expect([await house.states(taken.roundId), (await house.database.query('SELECT pieces FROM phone_costs WHERE subject_id = $1', [taken.roundId]))[0]]).toEqual([{ [state]: 1 }, { pieces: 1 }]);
  });

  it('of one that nobody answered for settles it, and told again changes nothing', async () => {
    expect([await tell('taken'), await tell('arrived')]).toEqual([true, true]);
    expect(await house.states(roundId)).toEqual({ sent: 2 });
    expect(await paid()).toEqual({ pieces: 2, minor: 20 });
  });

  it('of one that did not arrive after all is kept with its reason', async () => {
    await tell('failed');
    expect(await house.database.query('SELECT state, detail FROM sms_recipients WHERE ref = $1', [ref])).toEqual([{ state: 'failed', detail: '30003: unreachable' }]);
  });

  it('in another workspace is nobody’s', async () => {
    expect(await tell('failed', { workspaceId: await house.workspace('Altra'), ref })).toBe(false);
    expect(await tell('failed', { workspaceId: brand.workspaceId, ref: 'c-17' })).toBe(false);
    expect(await house.states(roundId)).toEqual({ sent: 1, unconfirmed: 1 });
  });
});
