import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DemoService } from '../../../src/features/desk/demo.service.js';
import { MembersService } from '../../../src/features/workspaces/members.service.js';
import { WorkspacesService } from '../../../src/features/workspaces/workspaces.service.js';
import { fill, MARK } from '../../e2e/foreign-rows.js';
import { type House, openHouse } from '../../kit/house.js';

let house: House;
const own = { 'Sec-Fetch-Site': 'same-origin' };
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const demo = () => house.app.get(DemoService, { strict: false });
const counts = async () => (await house.database.query(
  `SELECT (SELECT count(*)::int FROM workspaces WHERE kind = 'demo') AS demos, (SELECT count(*)::int FROM channels) AS channels, (SELECT count(*)::int FROM posts) AS posts`))[0];

describe('The demo', () => {
  it('stands once, on four sandbox channels, with a first post within 20 s, however often it is set up', async () => {
    const [{ before }] = await house.database.query('SELECT now() AS before');
    await Promise.all([demo().ensure(), demo().ensure()]).then(() => demo().ensure());
    expect(await counts()).toEqual({ demos: 1, channels: 4, posts: 6 });
    const channels: { connector_id: string }[] = await house.database.query('SELECT DISTINCT connector_id FROM channels ORDER BY 1');
    expect(channels.map(({ connector_id }) => connector_id)).toEqual(['sandbox-alpha', 'sandbox-beta', 'sandbox-delta', 'sandbox-gamma']);
    const [due] = await house.database.query(`SELECT min(due_at) BETWEEN $1 AND now() + interval '20 seconds' AS soon, max(due_at) < now() + interval '11 minutes' AS all FROM deliveries`, [before]);
    expect(due).toEqual({ soon: true, all: true });
  });

  it('is planned once only', async () => {
    await demo().ensure();
    const before = await counts();
    await demo().ensure();
    expect(await counts()).toEqual(before);
  });

  it('runs again when an editor of it says so, and for nobody else', async () => {
    await demo().ensure();
    const { posts } = await counts();
    const workspace = await house.app.get(WorkspacesService).demo();
    const [editor, viewer, stranger] = [await house.member(workspace?.id ?? null, 'editor'), await house.member(workspace?.id ?? null, 'viewer'), await house.member(null, 'viewer', { operator: true })];
    expect((await house.http().post('/api/v1/demo/again').set(viewer.headers)).body.code).toBe('demo-not-yours');
    expect((await house.http().post('/api/v1/demo/again').set(stranger.headers)).status).toBe(403);
    expect((await house.http().post('/demo').set('Cookie', editor.headers['Cookie'] ?? '').set('Origin', 'https://evil.example')).status).toBe(403);
    expect((await counts()).posts).toBe(posts);
    expect((await house.http().post('/api/v1/demo/again').set(editor.headers)).body).toEqual({ posts: 6 });
    expect((await house.http().post('/demo').set(editor.headers)).headers['location']).toBe('/');
    expect((await counts()).posts).toBe(posts + 12);
  });

  it('belongs to the operators of the installation', async () => {
    const fresh = await openHouse();
    try {
      const { userId } = await fresh.member(null, 'viewer', { operator: true });
      await fresh.app.get(DemoService, { strict: false }).ensure();
      const workspace = await fresh.app.get(WorkspacesService).demo();
      expect(await fresh.app.get(MembersService).list(workspace?.id ?? '')).toEqual([expect.objectContaining({ userId, role: 'owner' })]);
    } finally {
      await fresh.close();
    }
  });
});

describe('The page at /', () => {
  it('shows the demo, says that it is one, and runs no script', async () => {
    await demo().ensure();
    const { text, headers, status } = await house.http().get('/').set('Accept-Language', 'it');
    expect(status).toBe(200);
    expect(text).toContain('Questa è una demo.');
    expect(text).toContain('croissants');
    expect(text).toContain('<meta http-equiv="refresh" content="2">');
    expect(text).not.toContain('<script');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; .*form-action 'self'; frame-ancestors 'none'$/);
    expect(headers['content-security-policy']).not.toContain('script-src');
  });

  it('can be held still, for who reads slowly', async () => {
    expect((await house.http().get('/?still=1')).text).not.toContain('http-equiv="refresh"');
  });

  it('shows nothing of a live workspace, to nobody', async () => {
    const live = await house.workspace('Live');
    const owner = await house.member(live, 'owner');
    await fill(house.database, live, owner.userId);
    for (const headers of [{}, owner.headers]) expect((await house.http().get('/').set(headers)).text).not.toContain(MARK);
  });

  it('offers the button only to who may press it', async () => {
    const workspace = await house.app.get(WorkspacesService).demo();
    const editor = await house.member(workspace?.id ?? null, 'editor');
    expect((await house.http().get('/').set(editor.headers)).text).toContain('action="/demo"');
    expect((await house.http().get('/').set(own)).text).not.toContain('action="/demo"');
  });
});
