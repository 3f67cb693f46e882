import { afterEach, describe, expect, it } from '@jest/globals';
import type { Sms } from '../../../src/infra/phone/gateway.js';
import { TwilioGateway } from '../../../src/infra/phone/twilio-gateway.js';
import { closeAll } from '../http/loopback.js';
import { accountSid, authToken, FakeTwilio, serviceSid, type TwilioFault } from './fake-twilio.js';

const now = Date.UTC(2026, 10, 23, 17, 0, 0);
const sms: Sms = { to: '+393331234567', from: null, text: 'Il bar è aperto: €5', ref: 'r-1', deadlineAt: null };
const patient = (): AbortSignal => new AbortController().signal;

let fake: FakeTwilio;
async function open(account: { messagingServiceSid?: string | null; number?: string | null; authToken?: string; accountSid?: string } = {}): Promise<TwilioGateway> {
  const opened = await FakeTwilio.open(() => now);
  fake = opened.fake;
  return new TwilioGateway(
    { accountSid, authToken, messagingServiceSid: null, number: '+390612345678', ...account },
    { way: opened.way, now: () => now, statusUrl: (ref) => `https://postern.example/status?ref=${ref}` },
  );
}

afterEach(async () => {
  expect(fake.slips).toEqual([]);
  await closeAll();
});

describe('an SMS by Twilio', () => {
  it('is taken with number, text and where to tell what became of it', async () => {
    const result = await (await open()).send(sms, patient());
    expect(result).toEqual({ kind: 'accepted', remoteId: fake.kept[0]?.sid });
    expect(fake.kept[0]?.form).toEqual({ To: sms.to, Body: sms.text, From: '+390612345678', StatusCallback: 'https://postern.example/status?ref=r-1' });
  });

  it('goes from the messaging service, unless it names its sender', async () => {
    const gateway = await open({ messagingServiceSid: serviceSid });
    await gateway.send(sms, patient());
    await gateway.send({ ...sms, from: 'Bar Sport' }, patient());
    expect(fake.kept.map(({ form }) => [form['MessagingServiceSid'], form['From']])).toEqual([[serviceSid, undefined], [undefined, 'Bar Sport']]);
  });

  it('is worth nothing after its deadline, and Twilio is told so', async () => {
    await (await open()).send({ ...sms, deadlineAt: now + 90_000 }, patient());
    expect(fake.kept[0]?.form['ValidityPeriod']).toBe('90');
  });

  it.each<[string, TwilioFault, string]>([
    ['a number that wrote STOP', { kind: 'error', status: 400, code: 21_610 }, 'opted-out'],
    ['what is no mobile number', { kind: 'error', status: 400, code: 21_614 }, 'refused'],
    ['a country that is not opened', { kind: 'error', status: 403, code: 21_408 }, 'refused'],
    ['a code nobody has seen yet', { kind: 'error', status: 400, code: 29_999 }, 'refused'],
    ['a wrong password', { kind: 'error', status: 401, code: 20_003 }, 'account'],
    ['a sender that is not ours', { kind: 'error', status: 400, code: 21_606 }, 'account'],
    ['a full queue', { kind: 'error', status: 400, code: 21_611 }, 'throttled'],
    ['the maintenance of Twilio itself', { kind: 'error', status: 503, code: 20_503 }, 'unavailable'],
    ['an error inside Twilio', { kind: 'error', status: 500, code: 20_500 }, 'uncertain'],
    ['HTML with 200', { kind: 'page', status: 200 }, 'uncertain'],
    ['HTML with 502', { kind: 'page', status: 502 }, 'uncertain'],
    ['a stranger’s page with 404', { kind: 'page', status: 404 }, 'unavailable'],
    ['a connection cut in the middle', { kind: 'cut' }, 'uncertain'],
  ])('knows %s', async (_name, fault, kind) => {
    const gateway = await open();
    fake.faults.push(fault);
    expect((await gateway.send(sms, patient())).kind).toBe(kind);
    expect(fake.kept).toEqual([]);
  });

  it('comes again when Twilio said, after 429', async () => {
    const gateway = await open();
    fake.faults.push({ kind: 'error', status: 429, code: 20_429, headers: { 'retry-after': '17' } });
    expect(await gateway.send(sms, patient())).toMatchObject({ kind: 'throttled', until: now + 17_000 });
  });

  it('may be out when no answer comes after it was sent, and is found by its text', async () => {
    const gateway = await open();
    fake.faults.push({ kind: 'lost' });
    const cut = new AbortController();
    const sending = gateway.send(sms, cut.signal);
    while (fake.kept.length === 0) await new Promise((resolve) => setImmediate(resolve));
    cut.abort();
    expect((await sending).kind).toBe('uncertain');
    expect(await gateway.find(sms, now - 120_000, patient())).toEqual({ kind: 'found', remoteId: fake.kept[0]?.sid });
    expect(await gateway.find({ ...sms, to: '+393330000009' }, now - 120_000, patient())).toEqual({ kind: 'absent' });
    // In other words it may be ours all the same.
    expect((await gateway.find({ ...sms, text: 'Another one' }, now - 120_000, patient())).kind).toBe('unclear');
    expect(await gateway.find(sms, now + 5_000, patient())).toEqual({ kind: 'absent' });
  });

  it('is not said to be absent when Twilio could not be asked', async () => {
    const gateway = await open();
    fake.faults.push({ kind: 'page', status: 200 });
    expect((await gateway.find(sms, now, patient())).kind).toBe('unknown');
  });

  it('does not leave under a claim that has grown old', async () => {
    const gateway = await open();
    expect((await gateway.send(sms, patient(), () => 25_000)).kind).toBe('local');
    expect(fake.requests).toEqual([]);
  });

  it('never shows the password, not even when Twilio repeats it', async () => {
    const gateway = await open();
    const basic = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
    fake.faults.push({ kind: 'error', status: 400, code: 29_999, message: `Bad header Basic ${basic} (${authToken})` });
    const result = await gateway.send(sms, patient());
    expect(JSON.stringify(result)).toContain('Bad header');
    expect(JSON.stringify(result)).not.toContain(authToken);
    expect(JSON.stringify(result)).not.toContain(basic.slice(52, 90));
  });
});

describe('a call by Twilio', () => {
  it('says the text twice, in its language, and nothing in it is markup', async () => {
    const result = await (await open()).call?.({ to: sms.to, text: 'Instagram è giù: <Hangup/> & "aspetta"', language: 'it', ref: 'c-1' }, patient());
    expect(result).toEqual({ kind: 'accepted', remoteId: fake.kept[0]?.sid });
    const twiml = fake.kept[0]?.form['Twiml'] ?? '';
    expect(twiml.match(/<Say language="it-IT">Instagram è giù: &#60;Hangup\/&#62; &#38; &#34;aspetta&#34;<\/Say>/g)).toHaveLength(2);
    expect(fake.kept[0]?.form).toMatchObject({ To: sms.to, From: '+390612345678', StatusCallback: 'https://postern.example/status?ref=c-1' });
  });

  it('is refused here when it is longer than Twilio takes', async () => {
    expect((await (await open()).call?.({ to: sms.to, text: '"'.repeat(500), language: 'en', ref: 'c-1' }, patient()))?.kind).toBe('refused');
    expect(fake.requests).toEqual([]);
  });

  it('is not to be had without a number to call from', async () => {
    expect((await open({ number: null, messagingServiceSid: serviceSid })).call).toBeUndefined();
  });
});

describe('is Twilio there?', () => {
  it('its own "who are you?" is good, and nobody says who we are', async () => {
    const gateway = await open();
    expect(await gateway.probe(patient())).toEqual({ kind: 'ok' });
    expect(fake.requests).toEqual(['GET /2010-04-01/Accounts.json']);
  });

  it.each<TwilioFault>([{ kind: 'page', status: 200 }, { kind: 'page', status: 503 }, { kind: 'error', status: 503, code: 20_503 }, { kind: 'cut' }])('%j is not', async (fault) => {
    const gateway = await open();
    fake.faults.push(fault);
    expect((await gateway.probe(patient())).kind).toBe('failed');
  });
});
