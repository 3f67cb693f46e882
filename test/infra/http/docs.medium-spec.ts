import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Dressed, dressed } from './dressed.js';

let house: Dressed;
beforeAll(async () => {
  house = await dressed();
});
afterAll(() => house.close());

const http = () => request(house.app.getHttpServer());

describe('The documentation', () => {
  it('says of each endpoint what it takes, answers, who may and how a refusal looks', async () => {
    const { body } = await http().get('/api/openapi.json');
    const boil = body.paths['/api/v1/kettles'].post;
    expect(boil.requestBody.content['application/json'].schema).toEqual({ $ref: '#/components/schemas/Kettle' });
    expect(boil.security).toEqual([{ key: [] }, { session: [] }]);
    expect(boil.description).toContain('role `editor`, or an API key with the scope `posts:write`');
    expect(boil.responses.default.content['application/problem+json'].schema).toEqual({ $ref: '#/components/schemas/Problem' });
    expect(boil.parameters.map(({ name }: { name: string }) => name)).toEqual(['Postern-Workspace', 'Idempotency-Key']);
    const where = body.paths['/api/v1/kettles/where'].get;
    expect(where.responses['200'].content['application/json'].schema).toEqual({ $ref: '#/components/schemas/Where' });
    expect(body.paths['/api/v1/kettles/open'].get.security).toEqual([]);
    expect(body.components.schemas).toMatchObject({ Kettle: { required: ['name', 'litres'] }, Problem: {}, Where: {} });
    expect(body.components.securitySchemes).toMatchObject({ key: { scheme: 'bearer' }, session: { in: 'cookie', name: 'postern_session' } });
  });

  it('points nowhere that is not there', async () => {
    const { text, body } = await http().get('/api/openapi.json');
    const refs = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '');
    expect(Object.keys(body.components.schemas)).toEqual(expect.arrayContaining([...new Set(refs)]));
  });

  it('is a page that runs our own scripts only', async () => {
    const { status, headers, text } = await http().get('/api/docs');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(text).not.toMatch(/<script>(?!\s*<\/script>)[^<]/);
    for (const [, src] of text.matchAll(/<script src="([^"]+)"/g)) expect((await http().get(new URL(src ?? '', 'http://x/api/docs').pathname)).status).toBe(200);
  });
});
