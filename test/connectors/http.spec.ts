import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { classify, type Dialect } from '../../src/connectors/classify.js';
import { probeJson, readJson, send, TransportError } from '../../src/connectors/http.js';

const now = Date.UTC(2026, 10, 22, 12);
const Own = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const dialect: Dialect = {
  own: (body) => Own.safeParse(body).data?.error ?? null,
  meaning: ({ code }) => (code === 'duplicate' ? { kind: 'uncertain', detail: 'it is there already' } : null),
};
const own = (status: number, code = 'x', message = 'words', headers: Record<string, string> = {}): Response => Response.json({ error: { code, message } }, { status, headers });
const page = (status: number): Response => new Response('<style>p{}</style><h1>Bad</h1>\n<p>gateway</p>', { status });
const worldWith = (answer: () => Response | Promise<Response>) => ({ fetch: async () => answer(), now: () => now });
const write = { dialect, method: 'POST', headers: { Authorization: 'Bearer s3cr3t-token' } };

describe('what an answer means', () => {
  it.each([
    ['own 400', own(400), 'refused'], ['own 401', own(401), 'unauthorized'], ['own 403', own(403), 'unauthorized'], ['own 404', own(404), 'refused'], ['own 408', own(408), 'unavailable'],
    ['own 422', own(422), 'refused'], ['own 429', own(429), 'throttled'], ['own 500', own(500), 'unavailable'], ['own 502', own(502), 'uncertain'], ['own 503', own(503), 'unavailable'], ['own 504', own(504), 'uncertain'],
    ['own code', own(403, 'duplicate'), 'uncertain'],
    ['page 401', page(401), 'unavailable'], ['page 403', page(403), 'unavailable'], ['page 413', page(413), 'refused'], ['page 429', page(429), 'throttled'],
    ['page 500', page(500), 'uncertain'], ['page 502', page(502), 'uncertain'], ['page 503', page(503), 'uncertain'], ['301', page(301), 'unavailable'], ['303', page(303), 'uncertain'],
  ])('%s', async (_name, response, kind) => {
    expect(classify({ status: response.status, headers: response.headers, text: await response.text() }, dialect, now).kind).toBe(kind);
  });

  it('tells the words of a page without its tags', async () => {
    expect(classify({ status: 502, headers: new Headers(), text: await page(502).text() }, dialect, now).kind).toBe('uncertain');
    expect(await send(worldWith(() => page(502)), 'https://p.test', write, () => 'read')).toEqual({ kind: 'uncertain', detail: "502, not in the platform's own format: Bad gateway" });
  });
});

describe('send', () => {
  it('hands a 2xx answer to the reader', async () => {
    expect(await send(worldWith(() => Response.json({ id: '1' })), 'https://p.test', write, async (response) => (await readJson(response, z.object({ id: z.string() }))).id)).toBe('1');
  });

  it('leaves a write uncertain and a read unavailable when the answer is not as documented', async () => {
    const reader = (response: Response) => readJson(response, z.object({ id: z.string() }));
    for (const body of ['<html>', '{"id":', '{"id":1}', '']) {
      expect(await send(worldWith(() => new Response(body)), 'https://p.test', write, reader)).toMatchObject({ kind: 'uncertain' });
      expect(await send(worldWith(() => new Response(body)), 'https://p.test', { dialect }, reader)).toMatchObject({ kind: 'unavailable' });
      expect(await send(worldWith(() => new Response(body)), 'https://p.test', { ...write, visible: false }, reader)).toMatchObject({ kind: 'unavailable' });
    }
  });

  it('calls a fault in our own reader ours, unless something was written', async () => {
    const broken = (): never => {
      throw new TypeError('ours');
    };
    expect(await send(worldWith(() => Response.json({})), 'https://p.test', { dialect }, broken)).toMatchObject({ kind: 'local' });
    expect(await send(worldWith(() => Response.json({})), 'https://p.test', write, broken)).toMatchObject({ kind: 'uncertain' });
  });

  it('strikes the credential and the named secrets out of every detail, and keeps it short', async () => {
    const told = `the token s3cr3t-token of pass-word is bad ${'x'.repeat(900)}`;
    const outcome = await send(worldWith(() => own(401, 'bad', told)), 'https://p.test', { ...write, secrets: ['pass-word'] }, () => 'read');
    expect(outcome).toMatchObject({ kind: 'unauthorized', detail: expect.stringMatching(/^401: bad: the token ••• of ••• is bad x+$/) });
    expect((outcome as { detail: string }).detail).toHaveLength(500);
    const thrown = await send({ fetch: async () => Promise.reject(new TransportError('reset', true, 'after s3cr3t-token')), now: () => now }, 'https://p.test', write, () => 'read');
    expect(thrown).toEqual({ kind: 'uncertain', detail: 'after •••' });
  });
});

describe('probeJson', () => {
  const probe = (answer: () => Response) => probeJson(worldWith(answer), 'https://p.test', (body) => Own.safeParse(body).success);

  it('is content with an error in the API\'s own format', async () => {
    for (const status of [400, 401, 403, 404, 429]) expect(await probe(() => own(status))).toMatchObject({ kind: 'ok' });
  });

  it('is not content with 5xx, pages and other JSON', async () => {
    for (const make of [() => own(500), () => page(200), () => Response.json({})]) expect(await probe(make)).toMatchObject({ kind: 'fault' });
  });
});
