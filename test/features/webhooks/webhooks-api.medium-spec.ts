import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type House, openHouse, type Visitor } from '../../kit/house.js';

let house: House;
let workspaceId: string;
let manager: Visitor;
let stranger: Visitor;

beforeAll(async () => {
  house = await openHouse();
  workspaceId = await house.workspace('Agency');
  manager = await house.member(workspaceId, 'manager');
  stranger = await house.member(await house.workspace('Other'), 'owner');
});
afterAll(() => house.close());
beforeEach(() => house.database.query('TRUNCATE webhook_endpoints, webhook_messages CASCADE'));

const at = (path = ''): string => `/api/v1/webhooks${path}`;
const post = (path: string, body: object = {}, who = manager) => house.http().post(at(path)).set(who.headers).send(body);
const get = (path: string, who = manager) => house.http().get(at(path)).set(who.headers);
const patch = (path: string, body: object) => house.http().patch(at(path)).set(manager.headers).send(body);

async function added(body: object = { url: 'https://hooks.example/in' }): Promise<{ id: string; version: number; secret: string }> {
  const answer = await post('', body);
  expect(answer.status).toBe(201);
  return answer.body as { id: string; version: number; secret: string };
}

describe('A webhook', () => {
  it('shows its secret when it is made, and never again', async () => {
    const { id, secret } = await added();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    for (const path of ['', `/${id}`]) expect((await get(path)).text).not.toContain(secret);
    const kept = JSON.stringify(await house.database.query('SELECT * FROM webhook_endpoints'));
    expect(kept).not.toContain(secret.slice('whsec_'.length));
  });

  it('takes all kinds if none is named, and refuses kinds there are not', async () => {
    const { id } = await added();
    expect((await get(`/${id}`)).body).toMatchObject({ kinds: ['*'], state: 'on', waiting: 0 });
    expect((await post('', { url: 'https://hooks.example', kinds: ['post.eaten'] })).status).toBe(400);
  });

  it.each(['ftp://hooks.example', 'not a url', 'https://user:pw@hooks.example/in', 'javascript:alert(1)'])('refuses the address %s', async (url) => {
    expect((await post('', { url })).status).toBe(400);
  });

  it('is changed by who read it last', async () => {
    const { id, version } = await added();
    const changed = await patch(`/${id}`, { version, kinds: ['delivery.failed'], description: 'ours' });
    expect(changed.body).toMatchObject({ kinds: ['delivery.failed'], description: 'ours', version: version + 1 });
    const late = await patch(`/${id}`, { version, description: 'theirs' });
    expect({ status: late.status, code: late.body.code }).toEqual({ status: 409, code: 'edited-meanwhile' });
  });

  it('that is turned off ends what waits, and is sent nothing until it is on again', async () => {
    const { id, version } = await added();
    expect((await post(`/${id}/ping`)).status).toBe(202);
    const off = await patch(`/${id}`, { version, state: 'off' });
    expect(off.body).toMatchObject({ state: 'off', offReason: 'person', waiting: 0 });
    expect((await post(`/${id}/ping`)).body.code).toBe('webhook-off');
    const on = await patch(`/${id}`, { version: version + 1, state: 'on' });
    expect(on.body).toMatchObject({ state: 'on', offReason: null });
    const since = new Date(Date.now() - 60_000).toISOString();
    expect((await post(`/${id}/replay`, { since })).body).toEqual({ replayed: 1 });
    expect((await get(`/${id}`)).body.waiting).toBe(1);
  });

  it('gets a new secret, and the one before counts for a day', async () => {
    const { id, secret } = await added();
    const { body } = await post(`/${id}/secret`);
    expect(body.secret).not.toBe(secret);
    expect(Date.parse(body.oldSecretUntil) - Date.now()).toBeGreaterThan(23 * 3_600_000);
  });

  it('is gone when it is deleted', async () => {
    const { id } = await added();
    await house.http().delete(at(`/${id}`)).set(manager.headers).expect(204);
    expect((await get(`/${id}`)).status).toBe(404);
    expect((await get('')).body.items).toEqual([]);
  });

  it('is nobody else\'s business', async () => {
    const { id } = await added();
    const message = (await post(`/${id}/ping`)).body.id as string;
    const tries = await Promise.all([
      get(`/${id}`, stranger), get(`/${id}/messages`, stranger), get(`/${id}/messages/${message}`, stranger), post(`/${id}/secret`, {}, stranger),
      post(`/${id}/ping`, {}, stranger), post(`/${id}/messages/${message}/replay`, {}, stranger), post(`/${id}/replay`, { since: '2026-01-01T00:00:00Z' }, stranger),
    ]);
    expect(tries.map(({ status }) => status)).toEqual(Array(7).fill(404));
    const editor = await house.member(workspaceId, 'editor');
    expect((await get('', editor)).status).toBe(403);
  });

  it('leaves every change in the audit log', async () => {
    const { id, version } = await added();
    await patch(`/${id}`, { version, description: 'x' });
    await post(`/${id}/secret`);
    const deeds: { action: string }[] = await house.database.query(`SELECT action FROM audit_log WHERE subject_id = $1 ORDER BY id`, [id]);
    expect(deeds.map(({ action }) => action)).toEqual(['webhook.added', 'webhook.changed', 'webhook.secret-changed']);
  });
});

describe('Messages', () => {
  it('are listed with their state, newest first, page by page', async () => {
    const { id } = await added();
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) ids.unshift((await post(`/${id}/ping`)).body.id);
    const first = (await get(`/${id}/messages?limit=2`)).body;
    const second = (await get(`/${id}/messages?limit=2&cursor=${first.next}`)).body;
    expect([...first.items, ...second.items].map((item: { id: string }) => item.id)).toEqual(ids);
    expect(second.next).toBeNull();
    expect(first.items[0]).toMatchObject({ kind: 'ping', state: 'waiting', tries: 0 });
    expect(JSON.parse(first.items[0].body)).toMatchObject({ type: 'ping', timestamp: expect.stringMatching(/Z$/), data: { workspaceId } });
    expect((await get(`/${id}/messages?state=failed`)).body.items).toEqual([]);
  });

  it('that have ended are replayed one by one; what is still tried is left alone', async () => {
    const { id } = await added();
    const message = (await post(`/${id}/ping`)).body.id as string;
    expect((await post(`/${id}/messages/${message}/replay`)).body.code).toBe('message-on-its-way');
    await house.database.query(`UPDATE webhook_messages SET state = 'delivered', tries = 3, ended_at = now()`);
    expect((await post(`/${id}/messages/${message}/replay`)).body).toMatchObject({ id: message, state: 'waiting', tries: 0 });
  });
});

describe('Notices', () => {
  it('are listed to members, and marked as seen by editors', async () => {
    await house.database.query(`INSERT INTO notices (id, workspace_id, kind, dedupe, params) VALUES (gen_random_uuid(), $1, 'webhook-off', 'x', '{"count":1,"host":"hooks.example","reason":{"code":"gone"}}')`, [workspaceId]);
    const viewer = await house.member(workspaceId, 'viewer', { language: 'it' });
    const { body } = await house.http().get('/api/v1/notices?unseen=true').set(viewer.headers);
    expect(body.items).toMatchObject([{ title: 'Il webhook verso hooks.example è stato disattivato', text: expect.stringContaining('(410)'), seenAt: null }]);
    const seen = `/api/v1/notices/${body.items[0].id}/seen`;
    expect((await house.http().post(seen).set(viewer.headers)).status).toBe(403);
    expect((await house.http().post(seen).set(stranger.headers)).status).toBe(404);
    expect((await house.http().post(seen).set(manager.headers)).body.seenAt).not.toBeNull();
    expect((await house.http().get('/api/v1/notices?unseen=true').set(viewer.headers)).body.items).toEqual([]);
  });
});
