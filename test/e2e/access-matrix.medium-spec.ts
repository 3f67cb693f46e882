import { afterAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { type Door, type RoleName, roleNames, scopeNames } from '../../src/infra/http/access.js';
import type { Endpoint } from '../../src/infra/http/endpoints.js';
import { openHouse } from '../kit/house.js';
import { type Call, callOf, endpointsOf } from './endpoints.js';
import { fill, MARK, rowsOf } from './foreign-rows.js';

// Every endpoint of the running application times everybody who may knock. A new endpoint is in it by itself.
const house = await openHouse();
const endpoints = endpointsOf(house.app);
const named = endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const);
const ofMembers = named.filter(([, { door }]) => door?.kind === 'member');

const a = await house.workspace('A');
const b = await house.workspace('B');
const ownerOfB = await house.member(b, 'owner');
const idsOfB = await fill(house.database, b, ownerOfB.userId);
afterAll(() => house.close());

type Headers = Readonly<Record<string, string>>;

async function knock({ method, url, body }: Call, headers: Headers) {
  const verb = method.toLowerCase() as 'get' | 'post' | 'patch' | 'put' | 'delete';
  const asked = house.http()[verb](url).set(headers).redirects(0);
  const { status, body: answer, text } = await (body === undefined ? asked : asked.send(body as object));
  return { status, code: (answer as { code?: string }).code, text: text ?? '' };
}

/** What the guard itself says; any other answer means: let in. */
const refusals = ['sign-in-needed', 'key-unknown', 'person-needed', 'scope-missing', 'role-too-low', 'operator-only', 'workspace-needed', 'workspace-unknown', 'origin-foreign'];

type Knocker = 'anonymous' | RoleName | 'operator' | 'key with the scope' | 'key with every other scope';
const knockers: readonly Knocker[] = ['anonymous', ...roleNames, 'operator', 'key with the scope', 'key with every other scope'];

/** A fresh one each time: some endpoints end the caller's session. */
async function headersOf(knocker: Knocker, door: Door): Promise<Headers> {
  const scope = door.kind === 'member' ? door.scope : null;
  switch (knocker) {
    case 'anonymous':
      return {};
    case 'operator':
      return (await house.member(null, 'viewer', { operator: true })).headers;
    case 'key with the scope':
      return house.key(a, scope ? [scope] : scopeNames);
    case 'key with every other scope':
      return house.key(a, scopeNames.filter((name) => name !== scope));
    case 'owner':
    case 'manager':
    case 'editor':
    case 'viewer':
      return (await house.member(a, knocker)).headers;
  }
}

/** Who may pass which door, written out once more, apart from the code that decides it. */
function expected(knocker: Knocker, door: Door): string {
  const isKey = knocker.startsWith('key');
  switch (door.kind) {
    case 'public':
      return 'in';
    case 'signed-in':
      return knocker === 'anonymous' ? 'sign-in-needed' : isKey ? 'person-needed' : 'in';
    case 'operator':
      return knocker === 'operator' ? 'in' : knocker === 'anonymous' ? 'sign-in-needed' : isKey ? 'person-needed' : 'operator-only';
    case 'member': {
      if (knocker === 'anonymous') return 'sign-in-needed';
      if (knocker === 'operator') return 'workspace-unknown';
      if (isKey) return door.scope === null ? 'person-needed' : knocker === 'key with the scope' ? 'in' : 'scope-missing';
      const may = { owner: ['owner'], manager: ['owner', 'manager'], editor: ['owner', 'manager', 'editor'], viewer: ['owner', 'manager', 'editor', 'viewer'] };
      return may[door.role].includes(knocker) ? 'in' : 'role-too-low';
    }
  }
}

const doorOf = ({ door }: Endpoint): Door => {
  if (!door) throw new Error('No door: the start should have failed.');
  return door;
};

it('knows the endpoints of the house', () => {
  expect(named.map(([name]) => name)).toEqual(expect.arrayContaining(['GET /clients', 'POST /keys', 'POST /installation/arm', 'DELETE /members/:userId']));
});

describe('Who may pass', () => {
  it.each(named)('%s', async (_, endpoint) => {
    const call = callOf(house.app, endpoint, (name) => (name === 'sessions' ? 'a'.repeat(64) : uuid()));
    const [seen, right]: [Record<string, string>, Record<string, string>] = [{}, {}];
    for (const knocker of knockers) {
      const { status, code, text } = await knock(call, await headersOf(knocker, doorOf(endpoint)));
      // Then the body is not plausible, and the walls behind the check were never reached: see test/e2e/sample.ts.
      if (code === 'input-invalid') throw new Error(`${JSON.stringify(call)} is not plausible: ${text}`);
      seen[knocker] = code && refusals.includes(code) ? code : status === 500 ? 'a crash' : 'in';
      right[knocker] = expected(knocker, doorOf(endpoint));
    }
    expect(seen).toEqual(right);
  });
});

describe('A member and a key of A, knocking at B', () => {
  it.each(ofMembers)('%s is not let in by naming B', async (_, endpoint) => {
    const call = callOf(house.app, endpoint, idsOfB);
    for (const headers of [(await house.member(a, 'owner')).headers, await house.key(a, scopeNames)]) {
      const { status, code } = await knock(call, { ...headers, 'Postern-Workspace': b });
      expect({ status, code }).toEqual({ status: 404, code: 'workspace-unknown' });
    }
  });

  it.each(ofMembers)('%s neither shows nor touches what is in B', async (_, endpoint) => {
    let names = 0;
    const call = callOf(house.app, endpoint, (name) => {
      names += 1;
      return idsOfB(name);
    });
    const before = await rowsOf(house.database, b);
    for (const headers of [(await house.member(a, 'owner')).headers, await house.key(a, scopeNames)]) {
      const { status, code, text } = await knock(call, headers);
      expect(text).not.toContain(MARK);
      expect(status).not.toBe(500);
      if (endpoint.method !== 'GET' && names > 0 && !endpoint.path.includes('/bulk/')) expect({ refused: status >= 400, status, text }).toMatchObject({ refused: true });
      if (endpoint.method === 'GET' && endpoint.path.includes(':') && code !== 'person-needed') expect(status).toBe(404);
    }
    expect(await rowsOf(house.database, b)).toEqual(before);
  });

  // Without this the tests above might pass because the rows are not there at all.
  it.each(ofMembers.filter(([, { method, path }]) => method === 'GET' && path.endsWith('/:id')))('%s shows B to its own owner', async (_, endpoint) => {
    const { status, text } = await knock(callOf(house.app, endpoint, idsOfB), ownerOfB.headers);
    expect(status).toBe(200);
    expect(text).toContain(MARK);
  });
});
