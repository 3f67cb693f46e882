import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Dressed, dressed } from './dressed.js';

let it_: Dressed;
beforeAll(async () => {
  it_ = await dressed();
});
afterAll(() => it_.close());

const http = () => request(it_.app.getHttpServer());
const boil = () => http().post('/api/v1/kettles').set('Authorization', 'Bearer pk_writes');

describe('A refusal', () => {
  it('is a problem with a code for programs, a sentence for people and the extra facts', async () => {
    const { body, headers, status } = await boil().send({ name: 'cold', litres: 1 });
    expect(status).toBe(409);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(body).toEqual({
      type: 'urn:postern:problem:kettle-cold', title: 'Conflict', status: 409, code: 'kettle-cold',
      detail: 'The kettle cold is cold: heat it.', instance: '/api/v1/kettles', correlationId: headers['x-request-id'], degrees: 3,
    });
  });

  it('speaks Italian to who prefers it', async () => {
    const { body } = await boil().set('Accept-Language', 'de, it;q=0.9, en;q=0.3').send({ name: 'cold', litres: 1 });
    expect(body).toMatchObject({ title: 'Conflitto', detail: 'Il bollitore cold è freddo: scaldalo.' });
  });

  it('speaks the language of the signed-in person, whatever the browser says', async () => {
    const { body } = await http().get('/api/v1/kettles/all').set('Cookie', 'postern_session=italian').set('Accept-Language', 'en');
    expect(body).toMatchObject({ code: 'operator-only', title: 'Non consentito' });
  });

  it('carries the id the caller gave, and makes one of what could not be logged', async () => {
    const given = await http().get('/api/v1/nowhere').set('X-Request-Id', 'abc-123');
    expect(given.body.correlationId).toBe('abc-123');
    const odd = await http().get('/api/v1/nowhere').set('X-Request-Id', 'a b"<script>');
    expect(odd.body.correlationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('names each field that is not valid, in the caller’s language', async () => {
    const { body, status } = await boil().set('Accept-Language', 'it').send({ litres: 12 });
    expect(status).toBe(400);
    expect(body.code).toBe('input-invalid');
    expect(body.errors).toEqual([
      { in: 'body', field: 'name', message: 'manca: aggiungilo' },
      { in: 'body', field: 'litres', message: expect.stringContaining('Troppo grande') },
    ]);
  });

  it('names a parameter of the path by its name', async () => {
    const { body, status } = await http().post('/api/v1/kettles/7/empty').set('Cookie', 'postern_session=owner').set('Sec-Fetch-Site', 'same-origin');
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ in: 'param', field: 'id', message: expect.stringContaining('UUID') }]);
  });

  it.each([
    ['an unknown address', 'GET', '/api/v1/nowhere'],
    ['an unknown address outside the API', 'GET', '/wp-login.php'],
    ['the wrong method', 'DELETE', '/api/v1/kettles/open'],
  ])('answers %s with 404', async (_, method, path) => {
    const { body, status } = await http()[method === 'GET' ? 'get' : 'delete'](path);
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'route-unknown' });
  });

  it('says nothing of the inside when the fault is ours', async () => {
    const { body, status, text } = await boil().send({ name: 'bug', litres: 1 });
    expect(status).toBe(500);
    expect(body.code).toBe('internal');
    expect(body.correlationId).toMatch(/^[0-9a-f-]{36}$/);
    expect(text).not.toMatch(/passwd|at \w+\.|\.ts/);
  });

  it('answers a percent sign that stands for nothing with 400', async () => {
    const { body, status } = await http().post('/api/v1/kettles/%FF/empty').set('Cookie', 'postern_session=owner').set('Sec-Fetch-Site', 'same-origin');
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'url-invalid' });
  });
});

describe('A body', () => {
  it('of 50 MB is refused', async () => {
    const { body, status } = await boil().set('Content-Type', 'application/json').send(`{"name":"${'x'.repeat(50 * 1024 * 1024)}"}`);
    expect({ status, code: body.code }).toEqual({ status: 413, code: 'body-too-large' });
  });

  it('of 50 MB that does not say its length is refused', async () => {
    const sent = boil().set('Content-Type', 'application/json').set('Transfer-Encoding', 'chunked');
    for (let i = 0; i < 50; i += 1) sent.write('x'.repeat(1024 * 1024));
    const { body, status } = await sent;
    expect({ status, code: body.code }).toEqual({ status: 413, code: 'body-too-large' });
  });

  it('that is not JSON is refused', async () => {
    const { body, status } = await boil().set('Content-Type', 'application/json').send('{"name":');
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'json-invalid' });
  });

  it('that is not UTF-8 is refused, not mended', async () => {
    const { body, status } = await boil()
      .set('Content-Type', 'application/json')
      .serialize((bytes: unknown) => bytes as string)
      .send(Buffer.concat([Buffer.from('{"litres":1,"name":"caff'), Buffer.from([0xe8]), Buffer.from('"}')]) as never);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'utf8-invalid' });
  });

  it.each([
    ['a NUL character', '{"litres":1,"name":"a\\u0000b"}', 'name'],
    ['half of a character pair', '{"litres":1,"name":"\\ud83d"}', 'name'],
    ['a NUL in the name of a member', '{"litres":1,"name":"a","x\\u0000":1}', ''],
  ])('with %s is refused before it reaches the database', async (_, text, field) => {
    const { body, status } = await boil().set('Content-Type', 'application/json').send(text);
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ in: 'body', field, message: expect.stringContaining('NUL') }]);
  });

  it('nested ten thousand levels deep is refused', async () => {
    const { body, status } = await boil().set('Content-Type', 'application/json').send(`{"name":${'['.repeat(10_000)}${']'.repeat(10_000)}}`);
    expect(status).toBe(400);
    expect(body.errors[0].message).toContain('nested too deeply');
  });

  it('in an unknown character set is refused', async () => {
    const { body, status } = await boil().set('Content-Type', 'application/json; charset=ebcdic').send('{}');
    expect({ status, code: body.code }).toEqual({ status: 415, code: 'media-type-unknown' });
  });

  it('as a form is not read by the API', async () => {
    const { body, status } = await boil().type('form').send('name=a&litres=1');
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'input-invalid' });
  });
});

describe('Every answer', () => {
  it('is sandboxed, unsniffed, unframed and kept by no cache', async () => {
    const { headers } = await http().get('/api/v1/kettles/open');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin', 'x-frame-options': 'DENY', 'cache-control': 'no-store',
    });
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'.*sandbox$/);
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it('holds only what its schema names', async () => {
    const { text } = await http().get('/api/v1/kettles/where').set('Cookie', 'postern_session=viewer');
    expect(text).not.toContain('never shown');
  });
});
