import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Sms } from '../../../src/infra/phone/gateway.js';
import { HttpGateway } from '../../../src/infra/phone/http-gateway.js';
import { closeAll, outgoing, serving } from '../http/loopback.js';

afterEach(closeAll);

const now = Date.UTC(2026, 10, 23, 17, 0, 0);
const token = 'a-token-of-their-own';
const sms: Sms = { to: '+393331234567', from: 'BarSport', text: 'Siamo aperti', ref: 'r-1', deadlineAt: now + 60_000 };
const patient = (): AbortSignal => new AbortController().signal;

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function gatewayThat(answer: Answer) {
  const asked: { headers: IncomingHttpHeaders; method: string; body: string }[] = [];
  const { url } = await serving((request, response, body) => {
    asked.push({ headers: request.headers, method: request.method ?? '', body });
    response.writeHead(answer.status, answer.headers ?? {}).end(answer.body ?? '');
  });
  return { gateway: new HttpGateway({ url: `${url}/sms`, token, number: null }, outgoing(), () => now), asked };
}

describe('an SMS by a gateway of one’s own', () => {
  it('is a POST of JSON with the token, and a key by which a second one is known', async () => {
    const { gateway, asked } = await gatewayThat({ status: 200, body: '{"id":77}' });
    expect(await gateway.send(sms, patient())).toEqual({ kind: 'accepted', remoteId: '77' });
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ to: sms.to, from: 'BarSport', text: sms.text, ref: 'r-1', validUntil: '2026-11-23T17:01:00.000Z' });
    expect(asked[0]?.headers).toMatchObject({ authorization: `Bearer ${token}`, 'idempotency-key': 'r-1', 'content-type': 'application/json' });
  });

  it.each<[Answer, string]>([
    [{ status: 204 }, 'accepted'],
    [{ status: 202, body: '{}' }, 'accepted'],
    [{ status: 200, body: '<html>Please sign in</html>' }, 'uncertain'],
    [{ status: 400, body: '{"error":"opted-out"}' }, 'opted-out'],
    [{ status: 422, body: '{"error":"no-number","message":"landline"}' }, 'refused'],
    [{ status: 401 }, 'account'],
    [{ status: 404 }, 'account'],
    [{ status: 302, headers: { location: '/login' } }, 'account'],
    [{ status: 503 }, 'unavailable'],
    [{ status: 408 }, 'unavailable'],
    [{ status: 500 }, 'uncertain'],
    [{ status: 504, body: '<html>' }, 'uncertain'],
  ])('%j means: %s', async (answer, kind) => {
    const { gateway } = await gatewayThat(answer);
    expect((await gateway.send(sms, patient())).kind).toBe(kind);
  });

  it('comes again when the gateway said, after 429', async () => {
    const { gateway } = await gatewayThat({ status: 429, headers: { 'retry-after': '30' } });
    expect(await gateway.send(sms, patient())).toMatchObject({ kind: 'throttled', until: now + 30_000 });
  });

  it('does not reach an address inside our own network', async () => {
    const gateway = new HttpGateway({ url: 'http://10.1.2.3/sms', token, number: null }, outgoing([]), () => now);
    expect(await gateway.send(sms, patient())).toMatchObject({ kind: 'account', detail: expect.stringContaining('not an address of the open internet') });
  });

  it('was not taken by a gateway that is not there', async () => {
    const { gateway } = await gatewayThat({ status: 200 });
    await closeAll();
    const gone = new HttpGateway({ url: `http://${gateway.host}/sms`, token, number: null }, outgoing(), () => now);
    expect((await gone.send(sms, patient())).kind).toBe('unavailable');
  });

  it('never shows the token', async () => {
    const { gateway } = await gatewayThat({ status: 422, body: JSON.stringify({ error: 'bad', message: `who is Bearer ${token}?` }) });
    const result = await gateway.send(sms, patient());
    expect(result).toMatchObject({ kind: 'refused', detail: expect.stringContaining('who is Bearer') });
    expect(JSON.stringify(result)).not.toContain(token);
  });

  it('is asked whether it is there without the token', async () => {
    const { gateway, asked } = await gatewayThat({ status: 405 });
    expect(await gateway.probe(patient())).toEqual({ kind: 'ok' });
    expect(asked.map(({ method, headers }) => [method, headers.authorization])).toEqual([['HEAD', undefined]]);
  });

  it.each([
    [204, 'ok'], [302, 'ok'], [401, 'ok'], [404, 'ok'], [405, 'ok'], [429, 'ok'], [500, 'ok'], [501, 'ok'], // it knows no HEAD, or fails at it: it is there
    [502, 'failed'], [503, 'failed'], [504, 'failed'], [522, 'failed'], // a proxy, and nobody behind it
  ])('is there, or is not, when it answers a HEAD with %i: %s', async (status, kind) => {
    const { gateway } = await gatewayThat({ status });
    expect((await gateway.probe(patient())).kind).toBe(kind);
  });

  it('goes from the gateway’s number where it names no sender', async () => {
    const { gateway, asked } = await gatewayThat({ status: 200 });
    const own = new HttpGateway({ url: `http://${gateway.host}/sms`, token, number: '+390612345678' }, outgoing(), () => now);
    await own.send({ ...sms, from: null }, patient());
    await own.send(sms, patient());
    expect(asked.map(({ body }) => (JSON.parse(body) as { from: unknown }).from)).toEqual(['+390612345678', 'BarSport']);
  });
});
