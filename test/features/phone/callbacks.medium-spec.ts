import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { PhoneNews, type PhoneTold } from '../../../src/features/phone/phone-news.service.js';
import { twilioSignature } from '../../../src/infra/phone/twilio-signature.js';
import { authToken } from '../../infra/phone/fake-twilio.js';
import { addClient, type Agency, fromOwn, fromTwilio, openAgency, ours, setTwilio, site } from './twilio-house.js';

const person = '+393337654321';
let agency: Agency;
let paths: { status: string; incoming: string };
const told: PhoneTold[] = [];

beforeAll(async () => {
  agency = await openAgency();
  paths = await setTwilio(agency);
  agency.house.app.get(PhoneNews, { strict: false }).register(async (one) => (told.push(one), true));
});
afterAll(() => agency.house.close());
beforeEach(async () => {
  told.length = 0;
  await agency.house.database.query('DELETE FROM suppressions');
});

const suppressed = (): Promise<unknown[]> => agency.house.database.query<unknown[]>('SELECT workspace_id AS "workspaceId", client_id AS "clientId", address_key AS address, reason FROM suppressions');
let number = 0;
const message = (text: string, more: Readonly<Record<string, string>> = {}) => ({ MessageSid: `SM${String((number += 1)).padStart(32, '0')}`, From: person, To: ours, Body: text, NumMedia: '0', ...more });

describe('what people write back', () => {
  it('STOP counts for the whole workspace, and START takes it back', async () => {
    const { house, workspaceId } = agency;
    const answer = await fromTwilio(house, paths.incoming, message('Basta!'));
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([200, expect.stringContaining('text/xml'), '<Response/>']);
    expect(await suppressed()).toEqual([{ workspaceId, clientId: null, address: person, reason: 'stop' }]);
    await fromTwilio(house, paths.incoming, message('Inizia')).expect(200);
    expect(await suppressed()).toEqual([]);
  });

  it('a STOP that is told again does nothing: they may have written START since', async () => {
    const { house } = agency;
    const stop = message('STOP');
    await fromTwilio(house, paths.incoming, stop).expect(200);
    await fromTwilio(house, paths.incoming, message('START')).expect(200);
    await fromTwilio(house, paths.incoming, stop).expect(200);
    expect(await suppressed()).toEqual([]);
  });

  it('START does not undo what a person of the workspace decided', async () => {
    const { house, workspaceId } = agency;
    await house.database.query(`INSERT INTO suppressions (id, workspace_id, kind, address_key, reason) VALUES (gen_random_uuid(), $1, 'phone', $2, 'person')`, [workspaceId, person]);
    await fromTwilio(house, paths.incoming, message('START')).expect(200);
    expect(await suppressed()).toHaveLength(1);
  });

  it('STOP after a person’s own decision stands beside it, once: who lifts that sees both', async () => {
    const { house, workspaceId } = agency;
    await house.database.query(`INSERT INTO suppressions (id, workspace_id, kind, address_key, reason, detail) VALUES (gen_random_uuid(), $1, 'phone', $2, 'person', 'asked at the bar')`, [workspaceId, person]);
    for (let i = 0; i < 2; i += 1) await fromTwilio(house, paths.incoming, message('STOP grazie')).expect(200);
    expect(await house.database.query('SELECT reason, detail FROM suppressions')).toEqual([{ reason: 'person', detail: 'asked at the bar · STOP grazie' }]);
  });

  it('Twilio’s own word for it counts, whatever was written', async () => {
    await fromTwilio(agency.house, paths.incoming, message('Ferma tutto', { OptOutType: 'STOP' })).expect(200);
    expect(await suppressed()).toHaveLength(1);
  });

  it('talk changes nothing', async () => {
    await fromTwilio(agency.house, paths.incoming, message('A che ora aprite?')).expect(200);
    expect(await suppressed()).toEqual([]);
  });

  it.each([
    ['a forged signature', (): object => ({ signature: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' })],
    ['none', (): object => ({ signature: '' })],
    ['the address of no gateway', (): object => ({ path: `/api/v1/phone/callbacks/${'x'.repeat(32)}/incoming` })],
  ])('with %s nothing happens', async (_name, change) => {
    const { signature, path = paths.incoming } = change() as { signature?: string; path?: string };
    const answer = await fromTwilio(agency.house, path, message('STOP'), signature);
    expect(answer.body).toMatchObject({ status: 403, code: 'callback-unsigned' });
    expect(await suppressed()).toEqual([]);
  });

  it('a form whose words were changed under its signature is refused', async () => {
    const { house } = agency;
    const sent = message('ciao');
    const signature = twilioSignature(authToken, { url: site + paths.incoming, fields: sent });
    await fromTwilio(house, paths.incoming, sent, signature).expect(200);
    await fromTwilio(house, paths.incoming, { ...sent, Body: 'STOP' }, signature).expect(403);
    expect(await suppressed()).toEqual([]);
  });
});

describe('what became of a message', () => {
  const at = (ref: string): string => `${paths.status}?ref=${ref}`;

  it('is handed to whoever sent it', async () => {
    const { house, workspaceId } = agency;
    await fromTwilio(house, at('r-1'), { MessageSid: 'SM1', MessageStatus: 'delivered', To: person }).expect(204);
    await fromTwilio(house, at('r-2'), { MessageSid: 'SM2', MessageStatus: 'undelivered', ErrorCode: '30005', To: person }).expect(204);
    await fromTwilio(house, at('r-3'), { CallSid: 'CA3', CallStatus: 'no-answer' }).expect(204);
    expect(told).toEqual([
      { workspaceId, ref: 'r-1', remoteId: 'SM1', state: 'arrived', detail: null },
      { workspaceId, ref: 'r-2', remoteId: 'SM2', state: 'failed', detail: 'Twilio: error 30005' },
      { workspaceId, ref: 'r-3', remoteId: 'CA3', state: 'no-answer', detail: null },
    ]);
  });

  it('with another reference than the one that was signed is refused', async () => {
    const { house } = agency;
    const fields = { MessageSid: 'SM1', MessageStatus: 'delivered' };
    const signature = twilioSignature(authToken, { url: site + at('r-1'), fields });
    await fromTwilio(house, at('r-2'), fields, signature).expect(403);
    expect(told).toEqual([]);
    await fromTwilio(house, at('r-1'), fields, signature).expect(204);
  });

  it('a number that opted out gets nothing more, also when only the gateway knew', async () => {
    await fromTwilio(agency.house, at('r-4'), { MessageSid: 'SM4', MessageStatus: 'failed', ErrorCode: '21610', To: person }).expect(204);
    expect(await suppressed()).toEqual([expect.objectContaining({ address: person, reason: 'stop' })]);
    expect(told).toEqual([expect.objectContaining({ state: 'opted-out' })]);
  });

  it('signed, but nothing we know, is refused with what is missing', async () => {
    const answer = await fromTwilio(agency.house, paths.status, { MessageSid: 'SM1', MessageStatus: 'delivered' });
    expect(answer.body).toMatchObject({ status: 422, code: 'callback-strange' });
  });
});

describe('a gateway of one’s own', () => {
  async function own() {
    const { house } = agency;
    const workspaceId = await house.workspace('Own');
    const manager = await house.member(workspaceId, 'manager');
    const set = await house.http().put('/api/v1/phone/gateway').set(manager.headers)
      .send({ account: { kind: 'http', url: 'https://sms.example.com/', token: 'longenough' }, currency: 'EUR', priceMinor: 5 }).expect(200);
    const { secret } = (await house.http().post('/api/v1/phone/gateway/secret').set(manager.headers).send({ version: 1 }).expect(200)).body as { secret: string };
    const { statusUrl, incomingUrl } = set.body as { statusUrl: string; incomingUrl: string };
    return { house, workspaceId, secret, status: new URL(statusUrl).pathname, incoming: new URL(incomingUrl).pathname };
  }

  it('tells with the secret that was made for it', async () => {
    const { house, workspaceId, secret, status, incoming } = await own();
    await fromOwn(house, incoming, { id: 'in-1', from: person, text: 'stop' }, { secret }).expect(200);
    expect(await suppressed()).toEqual([expect.objectContaining({ workspaceId, address: person, reason: 'stop' })]);
    await fromOwn(house, status, { ref: 'r-9', status: 'delivered', id: '77' }, { secret }).expect(204);
    expect(told).toEqual([{ workspaceId, ref: 'r-9', remoteId: '77', state: 'arrived', detail: null }]);
  });

  it.each(['393337654321', '00393337654321', '+39 333 765 4321'])('is understood when it writes a number as %s', async (from) => {
    const { house, secret, incoming } = await own();
    await fromOwn(house, incoming, { id: 'in-1', from, text: 'STOP' }, { secret }).expect(200);
    expect(await suppressed()).toEqual([expect.objectContaining({ address: person })]);
  });

  it('whose STOP comes from a number that cannot be read is told so: none is passed over', async () => {
    const { house, secret, incoming } = await own();
    const answer = await fromOwn(house, incoming, { id: 'in-1', from: 'unknown', text: 'STOP' }, { secret });
    expect(answer.body).toMatchObject({ status: 422, code: 'callback-strange' });
    await fromOwn(house, incoming, { id: 'in-1', from: person, text: 'STOP' }, { secret }).expect(200); // the same, mended
    expect(await suppressed()).toHaveLength(1);
  });

  it('need not name the number that opted out: whom we wrote to, we know', async () => {
    const { house, workspaceId, secret, status } = await own();
    const ref = uuid();
    await house.database.query(
      `INSERT INTO phone_calls (id, workspace_id, client_id, once, reason, to_number, text, language, state, lease_until, expires_at, created_by) VALUES ($1, $2, $3, 'x', 'person', $4, 'Ciao', 'it', 'calling', now() + interval '1 minute', now() + interval '1 hour', '{}')`,
      [ref, workspaceId, await addClient(house, workspaceId), person]);
    await fromOwn(house, status, { ref, status: 'opted-out' }, { secret }).expect(204);
    expect(await suppressed()).toEqual([expect.objectContaining({ workspaceId, address: person })]);
    expect((await fromOwn(house, status, { ref: uuid(), status: 'opted-out' }, { secret })).status).toBe(422);
  });

  it('is not believed with another secret, or ten minutes later', async () => {
    const { house, secret, incoming } = await own();
    const stop = { id: 'in-2', from: person, text: 'stop' };
    await fromOwn(house, incoming, stop, { secret: 'another' }).expect(403);
    await fromOwn(house, incoming, stop, { secret, at: Date.now() - 600_000 }).expect(403);
    expect(await suppressed()).toEqual([]);
  });
});
