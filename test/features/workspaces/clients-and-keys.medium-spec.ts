import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Scope } from '../../../src/features/workspaces/key.schema.js';
import { scopeNames } from '../../../src/infra/http/access.js';
import { type House, openHouse, type Visitor } from '../../kit/house.js';

let house: House;
let workspaceId: string;
let owner: Visitor;
let manager: Visitor;
beforeAll(async () => {
  house = await openHouse();
  workspaceId = await house.workspace('A');
  owner = await house.member(workspaceId, 'owner');
  manager = await house.member(workspaceId, 'manager');
});
afterAll(() => house.close());

const create = (body: object) => house.http().post('/api/v1/clients').set(manager.headers).send({ name: 'Bar', zone: 'Europe/Rome', ...body });

describe('A client', () => {
  it('gets a day, a pace and the workspace’s language unless told otherwise', async () => {
    const { status, body } = await create({});
    expect(status).toBe(201);
    expect(body).toMatchObject({ zone: 'Europe/Rome', language: 'en', day: { from: '08:00', to: '21:00' }, latePace: { perHour: 1, clearMinutes: 60 }, version: 1 });
  });

  it('may have a day that ends at midnight', async () => {
    const { body } = await create({ day: { from: '00:00', to: '24:00' } });
    expect((await house.http().get(`/api/v1/clients/${body.id}`).set(manager.headers)).body.day).toEqual({ from: '00:00', to: '24:00' });
  });

  it.each([
    ['zone', { zone: 'Europe/Rom' }],
    ['zone', { zone: '+02:00' }],
    ['day.to', { day: { from: '20:00', to: '08:00' } }],
    ['day.from', { day: { from: '25:00', to: '26:00' } }],
    ['latePace.perHour', { latePace: { perHour: 4 } }],
    ['contacts.phones.0', { contacts: { phones: ['06 1234'] } }],
    ['contacts.blog', { contacts: { blog: 'javascript:alert(1)' } }],
  ])('is refused for its %s', async (field, body) => {
    const answer = await create(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
  });

  it('that two people edit at once keeps the first edit and tells the second', async () => {
    const { body } = await create({});
    const edit = (name: string) => house.http().patch(`/api/v1/clients/${body.id}`).set(manager.headers).send({ version: 1, name });
    const answers = await Promise.all([edit('One'), edit('Two')]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('edited-meanwhile');
    const kept = answers.find(({ status }) => status === 200)?.body;
    expect((await house.http().get(`/api/v1/clients/${body.id}`).set(manager.headers)).body).toEqual(kept);
  });

  it('is put away, not deleted, and only when no channel of it is in use', async () => {
    const { body } = await create({});
    await house.database.query(
      `INSERT INTO channels (workspace_id, id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $2, 'sandbox-alpha', 'Alpha', 'h', 'c', 'x')`,
      [workspaceId, body.id]);
    const away = () => house.http().delete(`/api/v1/clients/${body.id}?version=1`).set(manager.headers);
    expect((await away()).body.code).toBe('client-in-use');
    await house.database.query(`UPDATE channels SET archived_at = now() WHERE id = $1`, [body.id]);
    expect((await away()).status).toBe(204);
    expect((await house.http().get(`/api/v1/clients/${body.id}`).set(manager.headers)).body.archivedAt).not.toBeNull();
    const ids = async (query: string) => (await house.http().get(`/api/v1/clients?limit=200${query}`).set(manager.headers)).body.items.map(({ id }: { id: string }) => id);
    expect(await ids('')).not.toContain(body.id);
    expect(await ids('&archived=true')).toContain(body.id);
  });

  it('is found on exactly one page, whatever the names', async () => {
    const elsewhere = await house.workspace('Pages');
    const { headers } = await house.member(elsewhere, 'owner');
    for (const name of ['b', 'A', 'a', 'Ö', 'a', 'z']) await house.http().post('/api/v1/clients').set(headers).send({ name, zone: 'UTC' });
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await house.http().get(`/api/v1/clients?limit=2${cursor && `&cursor=${cursor}`}`).set(headers);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.next ?? '';
    } while (cursor);
    expect([seen.length, new Set(seen).size]).toEqual([6, 6]);
  });

  it('stands in the audit log with who made it', async () => {
    const { body } = await create({ name: 'Audited' });
    const { body: log } = await house.http().get(`/api/v1/audit?subject=client&subjectId=${body.id}`).set(manager.headers);
    expect(log.items).toEqual([expect.objectContaining({ action: 'client.created', actor: expect.objectContaining({ kind: 'user', id: manager.userId }), details: { name: 'Audited' } })]);
  });
});

describe('An API key', () => {
  const make = (by: Visitor, scopes: string[]) => house.http().post('/api/v1/keys').set(by.headers).send({ name: 'robot', scopes });

  it('may have each scope that doors ask for, and no other', () => {
    expect(Scope.options.toSorted()).toEqual([...scopeNames].toSorted());
  });

  it('is shown once and kept as a hash', async () => {
    const { body } = await make(manager, ['clients:read']);
    expect(body.token).toMatch(/^pk_[\w-]{43}$/);
    expect(body.key.hint).toBe(body.token.slice(-4));
    expect((await house.http().get('/api/v1/keys').set(manager.headers)).text).not.toContain(body.token);
    expect(JSON.stringify(await house.database.query('SELECT * FROM api_keys'))).not.toContain(body.token);
  });

  it('opens what its scopes say until it is revoked', async () => {
    const { body } = await make(manager, ['clients:read']);
    const read = () => house.http().get('/api/v1/clients').set('Authorization', `Bearer ${body.token}`);
    expect((await read()).status).toBe(200);
    expect((await house.http().delete(`/api/v1/keys/${body.key.id}`).set(manager.headers)).status).toBe(204);
    expect((await read()).body.code).toBe('key-unknown');
    expect((await house.http().delete(`/api/v1/keys/${body.key.id}`).set(manager.headers)).status).toBe(404);
  });

  it('that could do an owner’s work is not a manager’s to make', async () => {
    expect((await make(manager, ['workspace:write'])).body.code).toBe('scope-above-you');
    expect((await make(owner, ['workspace:write'])).status).toBe(201);
  });

  it('notes when it was used, at most once a minute', async () => {
    const { body } = await make(manager, ['clients:read']);
    const used = async () => (await house.database.query('SELECT used_at FROM api_keys WHERE id = $1', [body.key.id]))[0].used_at;
    await house.http().get('/api/v1/clients').set('Authorization', `Bearer ${body.token}`);
    const first = await used();
    await house.http().get('/api/v1/clients').set('Authorization', `Bearer ${body.token}`);
    expect(await used()).toEqual(first);
    await house.database.query(`UPDATE api_keys SET used_at = used_at - interval '2 minutes' WHERE id = $1`, [body.key.id]);
    await house.http().get('/api/v1/clients').set('Authorization', `Bearer ${body.token}`);
    expect((await used()).getTime()).toBeGreaterThanOrEqual(first.getTime());
  });
});

describe('The operator', () => {
  it('pauses and arms the installation, and it is written down', async () => {
    await house.database.query(`INSERT INTO installation (id) VALUES ('01900000-0000-7000-8000-000000000001') ON CONFLICT DO NOTHING`);
    const { headers } = await house.member(null, 'viewer', { operator: true, language: 'it' });
    const paused = await house.http().post('/api/v1/installation/pause').set(headers);
    expect(paused.body.paused).toMatchObject({ reason: 'operator', sentence: expect.stringContaining('IN PAUSA') });
    expect((await house.http().post('/api/v1/installation/arm').set(headers)).body.paused).toBeNull();
    expect((await house.http().post('/api/v1/installation/arm').set(headers)).body.code).toBe('installation-not-paused');
    const { body } = await house.http().get('/api/v1/installation/audit?subject=installation').set(headers);
    expect(body.items.map(({ action }: { action: string }) => action)).toEqual(['installation.armed', 'installation.paused']);
  });

  it('makes a workspace with its owner, and sees nothing of what is in it', async () => {
    const { headers } = await house.member(null, 'viewer', { operator: true });
    const { status, body } = await house.http().post('/api/v1/workspaces').set(headers).send({ name: 'Agency', owner: { email: 'boss@example.com', name: 'Boss' } });
    expect(status).toBe(201);
    expect(body.owner).toMatchObject({ member: { role: 'owner' }, link: expect.stringContaining('/sign-in/') });
    expect((await house.http().get('/api/v1/clients').set({ ...headers, 'Postern-Workspace': body.workspace.id })).status).toBe(404);
  });
});
