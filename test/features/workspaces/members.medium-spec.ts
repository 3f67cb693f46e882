import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RoleName } from '../../../src/infra/http/access.js';
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

let invited = 0;
const invite = (by: Visitor, role: RoleName, email = `new${(invited += 1)}@example.com`) =>
  house.http().post('/api/v1/members').set(by.headers).send({ email, name: 'New', role });
const change = (by: Visitor, userId: string, role: RoleName) => house.http().patch(`/api/v1/members/${userId}`).set(by.headers).send({ role });
const remove = (by: Visitor, userId: string) => house.http().delete(`/api/v1/members/${userId}`).set(by.headers);

describe('An invitation', () => {
  it('gives a link that lets the new member in as what they were invited', async () => {
    const { status, body } = await invite(manager, 'editor');
    expect(status).toBe(201);
    expect(body.member).toMatchObject({ role: 'editor', joined: false });
    const used = await house.http().post(new URL(body.link).pathname).set('Sec-Fetch-Site', 'same-origin');
    const cookie = String(used.headers['set-cookie']).split(';')[0] ?? '';
    const me = await house.http().get('/api/v1/me').set('Cookie', cookie);
    expect(me.body.workspaces).toEqual([expect.objectContaining({ workspaceId, role: 'editor' })]);
  });

  it('gives no link into an account that exists already', async () => {
    await house.member(null, 'viewer');
    const [{ email }] = await house.database.query('SELECT email FROM users u WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.user_id = u.id) LIMIT 1');
    const { status, body } = await invite(owner, 'viewer', email.toUpperCase());
    expect({ status, link: body.link }).toEqual({ status: 201, link: null });
  });

  it.each(['owner', 'manager'] as const)('to be %s is not a manager’s to give', async (role) => {
    const { status, body } = await invite(manager, role);
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'member-above-you' });
  });

  it('of a member is refused', async () => {
    const { body } = await invite(owner, 'viewer', 'twice@example.com');
    expect((await invite(owner, 'viewer', 'twice@example.com')).body.code).toBe('member-already');
    expect((await house.http().post(`/api/v1/members/${body.member.userId}/link`).set(owner.headers)).status).toBe(201);
  });

  it('can be renewed until it is used, and the link before stops working', async () => {
    const first = (await invite(owner, 'viewer')).body;
    const second = (await house.http().post(`/api/v1/members/${first.member.userId}/link`).set(owner.headers)).body;
    const own = { 'Sec-Fetch-Site': 'same-origin' };
    expect((await house.http().post(new URL(first.link).pathname).set(own)).status).toBe(410);
    expect((await house.http().post(new URL(second.link).pathname).set(own)).status).toBe(303);
    expect((await house.http().post(`/api/v1/members/${first.member.userId}/link`).set(owner.headers)).body.code).toBe('member-joined');
  });
});

describe('A role', () => {
  it('is not raised by its own holder', async () => {
    expect((await change(manager, manager.userId, 'owner')).status).toBe(403);
    expect((await change(owner, owner.userId, 'owner')).status).toBe(200);
  });

  it('of an owner or manager is not a manager’s to change or take', async () => {
    const other = await house.member(workspaceId, 'manager');
    for (const { userId } of [owner, other]) {
      expect((await change(manager, userId, 'viewer')).body.code).toBe('member-above-you');
      expect((await remove(manager, userId)).body.code).toBe('member-above-you');
    }
  });

  it('of an editor is a manager’s to change and take', async () => {
    const { userId, headers } = await house.member(workspaceId, 'editor');
    expect((await change(manager, userId, 'viewer')).body.role).toBe('viewer');
    expect((await remove(manager, userId)).status).toBe(204);
    expect((await house.http().get('/api/v1/workspace').set(headers)).body.code).toBe('workspace-unknown');
  });

  it('can be given back by leaving', async () => {
    const viewer = await house.member(workspaceId, 'viewer');
    expect((await remove(viewer, owner.userId)).body.code).toBe('member-above-you');
    expect((await remove(viewer, viewer.userId)).status).toBe(204);
  });

  it('of the last owner is neither lowered nor taken, even by two owners at the same moment', async () => {
    const alone = await house.workspace('B');
    const [one, two] = [await house.member(alone, 'owner'), await house.member(alone, 'owner')];
    const answers = await Promise.all([change(one, two.userId, 'viewer'), change(two, one.userId, 'viewer')]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).not.toEqual([200, 200]);
    const [{ owners }] = await house.database.query(`SELECT count(*)::int AS owners FROM members WHERE workspace_id = $1 AND role = 'owner'`, [alone]);
    expect(owners).toBe(1);
    const last = answers[0]?.status === 200 ? one : two;
    expect((await change(last, last.userId, 'viewer')).body.code).toBe('last-owner');
    expect((await remove(last, last.userId)).body.code).toBe('last-owner');
  });
});
