import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeAll, serving } from '../../infra/http/loopback.js';
import { authToken } from '../../infra/phone/fake-twilio.js';
import { type Agency, openAgency, ours, setTwilio, site, twilioAccount } from './twilio-house.js';

let agency: Agency;
const terms = { fromNumber: ours, currency: 'EUR', priceMinor: 8 };

beforeAll(async () => {
  agency = await openAgency();
});
afterAll(async () => {
  await agency.house.close();
  await closeAll();
});

/** A workspace of its own, so that no test meets the gateway of another. */
async function fresh() {
  const { house } = agency;
  const workspaceId = await house.workspace('Other');
  const manager = await house.member(workspaceId, 'manager');
  return { house, workspaceId, manager, put: (body: object) => house.http().put('/api/v1/phone/gateway').set(manager.headers).send(body) };
}

describe('the gateway of a workspace', () => {
  it('is set once, shown without its secrets, and kept sealed', async () => {
    const { house, manager, workspaceId, put } = await fresh();
    expect((await house.http().get('/api/v1/phone/gateway').set(manager.headers)).body).toMatchObject({ status: 404, code: 'gateway-none' });
    const { body } = await put({ account: twilioAccount, ...terms }).expect(200);
    expect(body).toMatchObject({ kind: 'twilio', host: 'api.twilio.com', fromNumber: ours, priceMinor: 8, canCall: true, isTold: true, trouble: null, version: 1 });
    expect((body as { incomingUrl: string }).incomingUrl).toMatch(new RegExp(`^${site}/api/v1/phone/callbacks/[\\w-]{32}/incoming$`));
    expect(JSON.stringify(body)).not.toContain(authToken);
    const rows = await house.database.query<unknown[]>('SELECT g::text, a::text AS audit FROM phone_gateways g, audit_log a WHERE g.workspace_id = $1 AND a.workspace_id = $1', [workspaceId]);
    expect(JSON.stringify(rows)).toContain('api.twilio.com');
    expect(JSON.stringify(rows)).not.toContain(authToken);
  });

  it('keeps its account when only prices change, and refuses what was read too long ago', async () => {
    const { put } = await fresh();
    await put({ account: twilioAccount, ...terms }).expect(200);
    expect((await put({ version: 1, ...terms, priceMinor: 9 })).body).toMatchObject({ kind: 'twilio', priceMinor: 9, version: 2 });
    expect((await put({ version: 1, ...terms })).body).toMatchObject({ status: 409, code: 'edited-meanwhile' });
    expect((await put({ account: twilioAccount, ...terms })).body).toMatchObject({ status: 409, code: 'edited-meanwhile' });
  });

  it.each([
    ['nobody to send as', { account: twilioAccount, ...terms, fromNumber: null }, 'gateway-no-sender'],
    ['no account', terms, 'gateway-account-missing'],
    ['a token in the open', { account: { kind: 'http', url: 'http://sms.example.com/', token: 'longenough' }, ...terms }, 'gateway-plain'],
  ])('is refused with %s', async (_name, body, code) => {
    const { put } = await fresh();
    expect((await put(body)).body).toMatchObject({ status: 422, code });
  });

  it.each([['192.168.1.7:8443', '192.168.1.7'], ['[fe80::1]', 'fe80::1'], ['localhost', '127.0.0.1']])('is refused at %s, which nothing is ever sent to, with what the operator can do', async (host, address) => {
    const { put } = await fresh();
    const { body } = await put({ account: { kind: 'http', url: `https://${host}/sms`, token: 'longenough' }, ...terms });
    expect(body).toMatchObject({ status: 422, code: 'gateway-private', detail: expect.stringMatching(/`ALLOW_HOSTS` and start Postern again/) });
    expect((body as { detail: string }).detail).toContain(address);
  });

  it('at a name that does not resolve now is taken: it may tomorrow', async () => {
    const { put } = await fresh();
    await put({ account: { kind: 'http', url: 'https://sms.invalid/', token: 'longenough' }, ...terms }).expect(200);
  });

  it('of one’s own signs with a new secret at once, unless somebody changed it meanwhile', async () => {
    const { house, manager, put } = await fresh();
    await put({ account: { kind: 'http', url: 'https://127.0.0.1/sms', token: 'longenough' }, ...terms }).expect(200);
    const renew = (version: number) => house.http().post('/api/v1/phone/gateway/secret').set(manager.headers).send({ version });
    expect((await renew(1)).body).toEqual({ secret: expect.any(String), version: 2 });
    expect((await renew(1)).body).toMatchObject({ status: 409, code: 'edited-meanwhile' });
    expect((await put({ version: 2, ...terms })).body).toMatchObject({ version: 3 });
  });

  it('is refused in a demo', async () => {
    const { house, workspaceId, put } = await fresh();
    await house.database.query(`UPDATE workspaces SET kind = 'demo' WHERE id = $1`, [workspaceId]);
    expect((await put({ account: twilioAccount, ...terms })).body).toMatchObject({ status: 409, code: 'gateway-demo' });
    await house.database.query(`UPDATE workspaces SET kind = 'live' WHERE id = $1`, [workspaceId]);
  });

  it('of another workspace is not there', async () => {
    await setTwilio(agency);
    const { house, manager } = await fresh();
    for (const ask of [house.http().get('/api/v1/phone/gateway'), house.http().delete('/api/v1/phone/gateway?version=1'), house.http().post('/api/v1/phone/gateway/secret').send({ version: 1 })]) {
      expect((await ask.set(manager.headers)).body).toMatchObject({ status: 404, code: 'gateway-none' });
    }
    expect((await house.http().get('/api/v1/phone/gateway').set(agency.manager.headers)).status).toBe(200);
  });

  it('is gone when it is removed', async () => {
    const { house, manager, put } = await fresh();
    await put({ account: twilioAccount, ...terms }).expect(200);
    await house.http().delete('/api/v1/phone/gateway?version=1').set(manager.headers).expect(204);
    expect((await house.http().get('/api/v1/phone/gateway').set(manager.headers)).status).toBe(404);
  });
});

describe('what it told before', () => {
  it('is told at the same address when it is taken away and put again: that stands at the provider', async () => {
    const { house, manager, put } = await fresh();
    const { body: first } = await put({ account: twilioAccount, ...terms }).expect(200);
    await house.http().delete('/api/v1/phone/gateway?version=1').set(manager.headers).expect(204);
    const { body: second } = await put({ account: twilioAccount, ...terms }).expect(200);
    expect(second).toMatchObject({ incomingUrl: (first as { incomingUrl: string }).incomingUrl, statusUrl: (first as { statusUrl: string }).statusUrl });
  });
});

describe('a trial', () => {
  const mine = '+393331234567';

  it('goes to a number that a member entered as their own, and not twice in a row', async () => {
    const { house, manager, put } = await fresh();
    const asked: unknown[] = [];
    const { url } = await serving((_request, response, body) => {
      asked.push(JSON.parse(body));
      response.end('{"id":"1"}');
    });
    await put({ account: { kind: 'http', url: `${url}/sms`, token: 'longenough' }, ...terms }).expect(200);
    const test = (to: string) => house.http().post('/api/v1/phone/gateway/test').set(manager.headers).send({ to });
    expect((await test(mine)).body).toMatchObject({ status: 422, code: 'gateway-test-own-only' });
    await house.http().put('/api/v1/me/phone').set(manager.headers).send({ phone: mine, callMe: 'never' }).expect(200);
    expect((await test(mine)).body).toEqual({ state: 'sent', detail: null });
    expect((await test(mine)).body).toMatchObject({ status: 429, code: 'gateway-test-too-soon' });
    expect(asked).toEqual([expect.objectContaining({ to: mine, text: expect.stringContaining('trial') })]);
    expect((await house.http().get('/api/v1/phone/gateway').set(manager.headers)).body).toMatchObject({ trouble: null, checkedAt: expect.any(String) });
  });

  it('says why the gateway let us not in, and so do the settings', async () => {
    const { house, manager, put } = await fresh();
    const { url } = await serving((_request, response) => void response.writeHead(401).end('{"error":"who are you","message":"not longenough"}'));
    await put({ account: { kind: 'http', url: `${url}/sms`, token: 'longenough' }, ...terms }).expect(200);
    await house.http().put('/api/v1/me/phone').set(manager.headers).send({ phone: mine, callMe: 'never' }).expect(200);
    const { body } = await house.http().post('/api/v1/phone/gateway/test').set(manager.headers).send({ to: mine });
    expect(body).toEqual({ state: 'failed', detail: '401: who are you not [struck out]' });
    expect((await house.http().get('/api/v1/phone/gateway').set(manager.headers)).body).toMatchObject({ trouble: '401: who are you not [struck out]' });
  });

  it('is refused in a demo, whatever gateway it has', async () => {
    const { house, manager, workspaceId } = await fresh();
    await setTwilio({ house, manager });
    await house.database.query(`UPDATE workspaces SET kind = 'demo' WHERE id = $1`, [workspaceId]);
    expect((await house.http().post('/api/v1/phone/gateway/test').set(manager.headers).send({ to: mine })).body).toMatchObject({ status: 409, code: 'gateway-demo' });
    await house.database.query(`UPDATE workspaces SET kind = 'live' WHERE id = $1`, [workspaceId]);
  });
});

describe('one’s own telephone', () => {
  it('is nobody’s affair, and rings for nobody, until one says so', async () => {
    const { house, manager } = await fresh();
    const ask = () => house.http().get('/api/v1/me/phone').set(manager.headers);
    expect((await ask()).body).toEqual({ phone: null, callMe: 'never' });
    const set = (body: object) => house.http().put('/api/v1/me/phone').set(manager.headers).send(body);
    expect((await set({ phone: null, callMe: 'at-once' })).body).toMatchObject({ status: 422, code: 'phone-needed' });
    expect((await set({ phone: '333 1234567', callMe: 'never' })).status).toBe(400);
    expect((await set({ phone: '+393331234567' })).body).toEqual({ phone: '+393331234567', callMe: 'never' });
    await set({ phone: '+393331234567', callMe: 'unanswered' }).expect(200);
    await set({ phone: '+393331234567' }).expect(200);
    expect((await ask()).body).toEqual({ phone: '+393331234567', callMe: 'unanswered' });
    expect((await set({ phone: null })).body).toEqual({ phone: null, callMe: 'never' });
  });
});
