import { afterAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { openHouse } from '../kit/house.js';
import { callOf, endpointsOf } from './endpoints.js';

// Pages, media and answers in a browser: no script, no frame, no guessing of types, no strange name (DESIGN §9).
const house = await openHouse();
afterAll(() => house.close());

const incidentId = uuid(); // our own absence: it touches everybody
await house.database.query(`INSERT INTO incidents (id, kind, subject, began_at, opened_at) VALUES ($1, 'own-downtime', 'postern', now() - interval '1 hour', now())`, [incidentId]);
const endpoints = endpointsOf(house.app);
const pages = endpoints.filter(({ controller, method, path }) => method === 'GET' && !path.endsWith('.csv') && ['HomeController', 'SignInPageController', 'IncidentPagesController'].includes(controller)).map(({ path }) => path.replace(':token', 'a'.repeat(43)).replace(':id', incidentId));
const workspaceId = await house.workspace('Agency');
const owner = await house.member(workspaceId, 'owner');

/** What a secret in the address opens, or nothing has to: the caller's cookie counts for nothing there. */
const isFromAnywhere = ({ door }: (typeof endpoints)[number]): boolean => door?.kind === 'public' && door.fromAnywhere === true;

it('takes from other sites\' pages what subscribers send, and nothing else', () => {
  expect(endpoints.filter(isFromAnywhere).map(({ method, path }) => `${method} ${path}`).toSorted((a, b) => a.localeCompare(b))).toEqual([
    'POST /public/confirm/:token', 'POST /public/join/:token', 'POST /public/p/:token', 'POST /public/p/:token/erase', 'POST /public/u/:token', 'POST /public/u/:token/:listId',
  ]);
});

it('knows the pages of the house', () => {
  expect(pages.toSorted((a, b) => a.localeCompare(b))).toEqual(['/', '/desk/incidents', `/desk/incidents/${incidentId}`, '/sign-in', `/sign-in/${'a'.repeat(43)}`, '/sign-in/welcome']);
});

describe('The page', () => {
  it.each(pages)('%s runs no script, sits in no frame and sends forms only to us', async (path) => {
    const { headers, text } = await house.http().get(path).set(owner.headers);
    expect(headers['content-type']).toContain('text/html');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';(?!.*script-src).* form-action 'self'; frame-ancestors 'none'$/);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'cache-control': 'no-store', 'cross-origin-opener-policy': 'same-origin' });
    expect(text).not.toMatch(/<script|\son\w+=|javascript:/i);
    expect([...text.matchAll(/<form[^>]* action="([^"]*)"/g)].map(([, action]) => action?.startsWith('/') && !action.startsWith('//'))).not.toContain(false);
  });
});

describe('Every endpoint', () => {
  it.each(endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))('%s says nothing under a name that is not ours', async (_, endpoint) => {
    const { method, url, body } = callOf(house.app, endpoint, () => uuid());
    const asked = house.http()[method.toLowerCase() as 'get' | 'post' | 'patch' | 'put' | 'delete'](url).set({ ...owner.headers, Host: 'rebound.example' });
    const answer = await (body === undefined ? asked : asked.send(body as object));
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 421, code: 'host-unknown' });
  });

  it.each(endpoints.filter((endpoint) => endpoint.method !== 'GET' && !isFromAnywhere(endpoint)).map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))('%s changes nothing when another site’s page asks', async (_, endpoint) => {
    const { method, url, body } = callOf(house.app, endpoint, () => uuid());
    const asked = house.http()[method.toLowerCase() as 'post' | 'patch' | 'put' | 'delete'](url).set({ ...owner.headers, 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' });
    const answer = await (body === undefined ? asked : asked.send(body as object));
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 403, code: 'origin-foreign' });
  });
});
