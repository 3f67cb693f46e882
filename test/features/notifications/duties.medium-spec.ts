import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { Visitor } from '../../kit/house.js';
import { hour, type IncidentHouse, openIncidentHouse } from './incident-house.js';

let house: IncidentHouse;
let workspaceId: string;
let clientId: string;
let people: Record<'Olga' | 'Mara' | 'Marco' | 'Edith' | 'Vito', Visitor>;

beforeAll(async () => {
  house = await openIncidentHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  workspaceId = await house.workspace('Agency');
  await house.database.query(`UPDATE users SET email = id::text || '@gone.example'`);
  people = {
    Olga: await house.person(workspaceId, 'owner', 'Olga'),
    Mara: await house.person(workspaceId, 'manager', 'Mara'),
    Marco: await house.person(workspaceId, 'manager', 'Marco'),
    Edith: await house.person(workspaceId, 'editor', 'Edith'),
    Vito: await house.person(workspaceId, 'viewer', 'Vito'),
  };
  clientId = (await house.client(workspaceId, 'Bar Sport')).clientId;
});

type Name = keyof typeof people;
const read = async (): Promise<{ userIds: string[]; order: { name: string }[] }> => (await house.http().get(`/api/v1/clients/${clientId}/duties`).set(people.Vito.headers)).body;
const order = async (): Promise<string[]> => (await read()).order.map(({ name }) => name);
const set = (by: Name, ...names: Name[]) => house.http().put(`/api/v1/clients/${clientId}/duties`).set(people[by].headers).send({ userIds: names.map((name) => people[name].userId) });
const away = (by: Name, whom: Name, until: string | null) => house.http().put(`/api/v1/members/${people[whom].userId}/away`).set(people[by].headers).send({ until });
const later = (): string => new Date(house.clock.now() + 24 * hour).toISOString();

describe('Who is asked', () => {
  it('is, where nobody is set, the managers by date of joining, and the owner last', async () => {
    expect(await read()).toMatchObject({ userIds: [], order: [{ name: 'Mara' }, { name: 'Marco' }, { name: 'Olga' }] });
  });

  it('is whoever was set, in that order, and the owner last', async () => {
    expect((await set('Mara', 'Edith', 'Marco')).status).toBe(200);
    expect(await order()).toEqual(['Edith', 'Marco', 'Olga']);
    await set('Mara', 'Marco', 'Edith');
    expect(await order()).toEqual(['Marco', 'Edith', 'Olga']);
  });

  it('is nobody who is away or shut out, and is again when back', async () => {
    await away('Mara', 'Mara', later());
    await house.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [people.Marco.userId]);
    expect(await order()).toEqual(['Olga']);
    house.clock.pass(25 * hour);
    expect(await order()).toEqual(['Mara', 'Olga']);
    await away('Mara', 'Mara', later());
    await away('Mara', 'Mara', null);
    expect(await order()).toEqual(['Mara', 'Olga']);
  });

  it('is who never signed in only after everybody who did', async () => {
    await set('Mara', 'Edith', 'Marco');
    for (const name of ['Marco', 'Olga'] as const) await house.database.query(`UPDATE users SET password_hash = 'x' WHERE id = $1`, [people[name].userId]);
    expect(await order()).toEqual(['Marco', 'Olga', 'Edith']);
  });

  it('is the owner although away, when nobody else is there', async () => {
    for (const name of ['Mara', 'Marco', 'Olga'] as const) await away('Olga', name, later());
    expect(await order()).toEqual(['Olga']);
  });

  it('is no longer somebody who left: then it is the managers', async () => {
    await set('Mara', 'Edith');
    await house.http().delete(`/api/v1/members/${people.Edith.userId}`).set(people.Mara.headers);
    expect(await read()).toMatchObject({ userIds: [], order: [{ name: 'Mara' }, { name: 'Marco' }, { name: 'Olga' }] });
  });
});

describe('It is refused', () => {
  it('to set somebody of another workspace, or one person twice', async () => {
    const stranger = await house.member(await house.workspace('Other'), 'manager');
    const put = (userIds: string[]) => house.http().put(`/api/v1/clients/${clientId}/duties`).set(people.Mara.headers).send({ userIds });
    expect((await put([people.Mara.userId, stranger.userId])).body).toMatchObject({ status: 404, code: 'duty-not-member' });
    expect((await put([people.Mara.userId, people.Mara.userId])).status).toBe(400);
    expect(await read()).toMatchObject({ userIds: [] });
  });

  it('to editors to say that another is away, but not of themselves', async () => {
    expect((await away('Edith', 'Mara', later())).body).toMatchObject({ status: 403, code: 'away-others' });
    const nobody = await house.http().put(`/api/v1/members/${uuid()}/away`).set(people.Edith.headers).send({ until: later() });
    expect(nobody.body).toMatchObject({ status: 403, code: 'away-others' }); // who may not learns not who is there
    expect((await away('Edith', 'Edith', later())).status).toBe(200);
    expect(await order()).toContain('Mara');
  });
});

it('What was set and who is away stand in the audit log', async () => {
  await set('Mara', 'Edith');
  await away('Mara', 'Edith', later());
  const rows = await house.database.query<{ action: string }[]>('SELECT action FROM audit_log WHERE workspace_id = $1 ORDER BY id DESC LIMIT 2', [workspaceId]);
  expect(rows.map(({ action }) => action)).toEqual(['member.away-set', 'client.duties-set']);
});
