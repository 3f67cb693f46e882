import { afterAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Header } from '@nestjs/common';
import request from 'supertest';
import { v7 as uuid } from 'uuid';
import { Public } from '../../src/infra/http/access.js';
import { dressed } from '../infra/http/dressed.js';
import { openHouse } from '../kit/house.js';
import { callOf, endpointsOf } from './endpoints.js';

// Public pages and media on an origin of their own (DESIGN §9): nothing else answers there, and they answer nowhere else.
@Controller('public/notices')
class NoticeController {
  @Public()
  @Get(':token')
  @Header('Content-Type', 'text/html')
  read(): string {
    return '<p>A notice</p>';
  }
}

const site = 'pages.example.net';
const settings = { PUBLIC_URL: 'https://desk.example.com', PUBLIC_SITE_URL: `https://${site}` };
const house = await openHouse(settings);
const skin = await dressed(settings, { controllers: [NoticeController] });
const owner = await house.member(await house.workspace('Agency'), 'owner', { operator: true });
afterAll(async () => {
  await skin.close();
  await house.close();
});

const all = endpointsOf(house.app).map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const);
const endpoints = all.filter(([, { path }]) => !path.startsWith('/public/'));
const publicOnes = all.filter(([, { path }]) => path.startsWith('/public/'));

describe('Under PUBLIC_SITE_URL', () => {
  it.each(endpoints)('%s does not answer', async (_, endpoint) => {
    const { method, url } = callOf(house.app, endpoint, () => uuid());
    const { status, body } = await house.http()[method.toLowerCase() as 'get'](url).set({ ...owner.headers, Host: site });
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'site-only-public' });
  });

  it.each(publicOnes)('%s answers, in a sandbox without scripts', async (_, endpoint) => {
    const { headers, body } = await house.http().get(callOf(house.app, endpoint, () => uuid()).url).set('Host', site);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';(?!.*script).* sandbox( allow-downloads| allow-forms)?$/);
    expect(body.code).toBeUndefined(); // a page says that there is nothing
  });

  it.each(['/api/docs', '/api/openapi.json', '/API/V1/me', '/public', '/public/../api/v1/me', '/nothing'])('%s does not answer either', async (path) => {
    const { status, body } = await house.http().get(path).set({ ...owner.headers, Host: `${site.toUpperCase()}.:443` });
    expect(status).toBe(404);
    if (path.startsWith('/public/')) expect(body.code).toBe('route-unknown');
    else expect(body).toMatchObject({ code: 'site-only-public', detail: expect.stringContaining('https://desk.example.com.') });
  });

  it('what is public answers, in a sandbox without scripts', async () => {
    const { status, text, headers } = await request(skin.app.getHttpServer()).get('/public/notices/x').set('Host', site);
    expect([status, text]).toEqual([200, '<p>A notice</p>']);
    expect(headers['content-security-policy']).toMatch(/default-src 'none';(?!.*script-src).* sandbox$/);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('Under PUBLIC_URL', () => {
  it('what is public does not answer, so that it never shares the desk’s origin', async () => {
    const { status, body } = await request(skin.app.getHttpServer()).get('/public/notices/x').set('Host', 'desk.example.com');
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'site-elsewhere' });
  });

  it.each(publicOnes)('%s does not answer', async (_, endpoint) => {
    const { status, body } = await house.http().get(callOf(house.app, endpoint, () => uuid()).url).set({ ...owner.headers, Host: 'desk.example.com' });
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'site-elsewhere' });
  });

  it('everything else answers as ever', async () => {
    expect((await house.http().get('/api/v1/me').set({ ...owner.headers, Host: 'desk.example.com' })).status).toBe(200);
  });
});

it.each([site, 'desk.example.com'])('%s tells search engines that they may read what is public, and nothing else', async (host) => {
  const { status, headers, text } = await house.http().get('/robots.txt').set('Host', host);
  expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/plain; charset=utf-8' });
  expect(text.split('\n')).toEqual(['User-agent: *', 'Allow: /public/', 'Disallow: /', '']);
});

it('is all one address when PUBLIC_SITE_URL is not set', async () => {
  const plain = await dressed({}, { controllers: [NoticeController] });
  expect((await request(plain.app.getHttpServer()).get('/public/notices/x')).status).toBe(200);
  await plain.close();
});
