import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { type House, openHouse, type Visitor } from '../kit/house.js';
import { callOf, endpointsOf } from './endpoints.js';

// What the API's page promises of Idempotency-Key, held against what the whole application does.
let house: House;
let operator: Visitor;
beforeAll(async () => {
  house = await openHouse();
  operator = await house.member(await house.workspace('North'), 'owner', { operator: true });
});
afterAll(() => house.close());

const make = (key: string, { headers }: Visitor, email = 'anna@example.org') =>
  house.http().post('/api/v1/workspaces').set({ ...headers, 'Idempotency-Key': key }).send({ name: 'South', owner: { email, name: 'Anna' } });
const souths = async () => Number((await house.database.query(`SELECT count(*) FROM workspaces WHERE name = 'South'`))[0].count);

describe('An Idempotency-Key', () => {
  it('makes one workspace out of two requests, and does not keep the link that was shown once', async () => {
    const first = await make('one', operator);
    const second = await make('one', operator);
    expect([first.status, second.status, second.headers['idempotency-replayed'], await souths()]).toEqual([201, 201, 'true', 1]);
    expect(second.body.workspace).toEqual(first.body.workspace);
    expect(first.text).toContain('/sign-in/');
    const token = /\/sign-in\/([\w-]{43})/.exec(first.text)?.[1];
    expect(token).toHaveLength(43);
    expect(second.text).not.toContain(token);
  });

  it('of one person is not that of another', async () => {
    const other = await house.member(null, 'viewer', { operator: true });
    const before = await souths();
    await make('shared', operator, 'bruno@example.org');
    expect((await make('shared', other, 'carla@example.org')).headers['idempotency-replayed']).toBeUndefined();
    expect(await souths()).toBe(before + 2);
  });

  it('on a new password leaves nothing by which the password could be guessed', async () => {
    const person = await house.member(null, 'viewer');
    await house.http().put('/api/v1/me/password').set({ ...person.headers, 'Idempotency-Key': 'secret' }).send({ next: 'a long enough password' });
    const plain = `["PUT","/api/v1/me/password",{"next":"a long enough password"}]`;
    const kept = await house.database.query(
      `SELECT request_hash = sha256(convert_to($2, 'UTF8')) AS guessed FROM idempotency_keys WHERE scope_id = $1`, [person.userId, plain]);
    expect(kept).toEqual([{ guessed: false }]);
  });
});

it('is promised by the page of the API exactly where it is looked at', async () => {
  const { body: document } = await house.http().get('/api/openapi.json');
  const writes = endpointsOf(house.app).filter(({ method, path }) => method !== 'GET' && `/api/v1${path.replace(/:(\w+)/g, '{$1}')}` in document.paths);
  expect(writes.length).toBeGreaterThan(30);
  const told = writes.map(({ method, path, door }) => {
    const operation = document.paths[`/api/v1${path.replace(/:(\w+)/g, '{$1}')}`][method.toLowerCase()];
    const names: string[] = (operation.parameters ?? []).map(({ name }: { name: string }) => name);
    return { at: `${method} ${path}`, promised: names.includes('Idempotency-Key'), open: door?.kind === 'public' };
  });
  expect(told.filter(({ promised, open }) => promised === open)).toEqual([]);

  const seen = [];
  for (const endpoint of writes) {
    const { method, url } = callOf(house.app, endpoint, () => uuid());
    // A key that is none: who looks at it refuses it, before anything happens.
    const { body } = await house.http()[method.toLowerCase() as 'post'](url).set({ ...operator.headers, 'Idempotency-Key': 'x'.repeat(201) });
    seen.push({ at: `${endpoint.method} ${endpoint.path}`, looked: body?.code === 'idempotency-key-invalid' });
  }
  expect(seen.filter(({ at, looked }) => looked !== told.find((one) => one.at === at)?.promised)).toEqual([]);
});
