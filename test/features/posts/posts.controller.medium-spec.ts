import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { v7 as uuid } from 'uuid';
import { type House, openHouse, type Visitor } from '../../kit/house.js';

let house: House;
let workspaceId: string;
let editor: Visitor;
let clientId: string;
let channelId: string;

beforeAll(async () => {
  house = await openHouse();
  workspaceId = await house.workspace('Agency');
  editor = await house.member(workspaceId, 'editor', { language: 'it' });
  [clientId, channelId] = [uuid(), uuid()];
  await house.database.query(`INSERT INTO clients (id, workspace_id, name, zone) VALUES ($1, $2, 'Bar Sport', 'Europe/Rome')`, [clientId, workspaceId]);
  await house.database.query(
    `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'sandbox-alpha', 'Alpha', 'h', 'sandbox-alpha:publish@h', 's')`,
    [channelId, workspaceId, clientId],
  );
});
afterAll(() => house.close());

const wallAt = DateTime.utc().plus({ days: 10 }).toFormat("yyyy-MM-dd'T'09:30");
const body = (over: object = {}) => ({ clientId, channelIds: [channelId], content: { parts: [{ text: 'Ciao' }] }, wallAt, ...over });
const post = (path: string, sent: object, visitor: Visitor = editor) => house.http().post(`/api/v1/${path}`).set(visitor.headers).send(sent);
const get = (path: string, visitor: Visitor = editor) => house.http().get(`/api/v1/${path}`).set(visitor.headers);

describe('posts over HTTP', () => {
  it('are made, read, edited, moved and cancelled', async () => {
    const made = await post('posts', body()).expect(201);
    expect(made.body).toMatchObject({ state: 'scheduled', version: 1, deliveries: [{ state: 'scheduled', connectorId: 'sandbox-alpha', parts: [{ content: { text: 'Ciao' } }] }] });
    const { id } = made.body as { id: string };
    await get(`posts/${id}`).expect(200);
    const edited = await house.http().patch(`/api/v1/posts/${id}`).set(editor.headers).send({ version: 1, content: { parts: [{ text: 'Buongiorno' }] } }).expect(200);
    expect(edited.body).toMatchObject({ version: 2, content: { parts: [{ text: 'Buongiorno' }] } });
    await post(`posts/${id}/move`, { version: 2, wallAt: wallAt.replace('09:30', '11:00') }).expect(200);
    expect((await post(`posts/${id}/cancel`, { version: 3 }).expect(200)).body).toMatchObject({ state: 'cancelled' });
    expect((await get('posts?limit=1').expect(200)).body).toMatchObject({ items: [{ id, state: 'cancelled' }], next: null });
  });

  it('mark the word of time in what they say, as it stands there, on whichever channel, also while they are written', async () => {
    const made = await post('posts', body({ content: { parts: [{ text: 'Tutto nuovo' }, { text: 'Ci vediamo Stasera' }] } })).expect(201);
    const { id } = made.body as { id: string };
    expect(made.body.timeWord).toBe('Stasera');
    const patch = async (version: number, over: object) => (await house.http().patch(`/api/v1/posts/${id}`).set(editor.headers).send({ version, ...over }).expect(200)).body.timeWord as string | null;
    expect(await patch(1, { content: { parts: [{ text: 'Tutto nuovo' }] } })).toBeNull();
    expect(await patch(2, { variants: [{ channelId, parts: [{ text: 'Aperti fino alle 18' }] }] })).toBe('alle 18');
    expect((await get('posts?limit=1').expect(200)).body.items[0]).toMatchObject({ id, timeWord: 'alle 18' });
    const asked = async (texts: readonly string[]) => (await post('posts/if-down', { clientId, choice: 'today', texts }).expect(200)).body.timeWord as string | null;
    expect([await asked(['Novità', 'A domani']), await asked(['Novità'])]).toEqual(['domani', null]);
  });

  it('answer a problem in the language of the reader, with what to do', async () => {
    const made = await post('posts', body()).expect(201);
    const { id } = made.body as { id: string };
    const answer = await house.http().patch(`/api/v1/posts/${id}`).set(editor.headers).send({ version: 9, labels: ['x'] }).expect(409);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ code: 'edited-meanwhile', version: 1 });
    expect(JSON.stringify(answer.body)).toContain('Rileggi, e ripeti');
    expect((await post('posts', body({ content: { parts: [{ text: 'x'.repeat(501) }] } })).expect(422)).body).toMatchObject({ code: 'content-breaks-limits', violations: [{ channelId, part: 0, code: 'text-too-long', params: { count: 501, max: 500 } }] });
    expect((await post('posts', body({ wallAt: '2027-03-28T02:30' })).expect(422)).body).toMatchObject({ code: 'time-does-not-exist', nearest: ['2027-03-28T01:59:00', '2027-03-28T03:00:00'] });
  });

  it('are read by viewers, not written, and not seen from elsewhere', async () => {
    const made = await post('posts', body()).expect(201);
    const { id } = made.body as { id: string };
    const viewer = await house.member(workspaceId, 'viewer');
    const stranger = await house.member(await house.workspace('Other'), 'owner');
    await get(`posts/${id}`, viewer).expect(200);
    await post('posts', body(), viewer).expect(403);
    await get(`posts/${id}`, stranger).expect(404);
    await post('posts', body(), stranger).expect(404);
    await post(`posts/${id}/cancel`, { version: 1 }, stranger).expect(404);
  });
});

describe('series and slots over HTTP', () => {
  it('make posts ahead, and the next free slot takes one', async () => {
    const series = await post('series', { clientId, rule: 'FREQ=WEEKLY;BYDAY=MO', wallStart: wallAt, template: { channelIds: [channelId], content: { parts: [{ text: 'Lunedì' }] } } }).expect(201);
    const { id } = series.body as { id: string };
    expect((await get(`posts?seriesId=${id}&limit=50`).expect(200)).body.items.length).toBeGreaterThanOrEqual(6);
    expect((await post('series', { clientId, rule: 'FREQ=SECONDLY', wallStart: wallAt, template: { channelIds: [channelId], content: { parts: [{ text: 'x' }] } } }).expect(422)).body).toMatchObject({ code: 'rule-too-often' });
    await house.http().patch(`/api/v1/series/${id}`).set(editor.headers).send({ version: 1, scope: 'all', rule: 'FREQ=WEEKLY;BYDAY=TU' }).expect(200);
    await post(`series/${id}/cancel`, { version: 2, scope: 'all' }).expect(200);

    await post(`clients/${clientId}/slots`, { weekday: 3, wallTime: '18:00' }).expect(201);
    await post(`clients/${clientId}/slots`, { weekday: 3, wallTime: '18:00' }).expect(409);
    const free = await get(`clients/${clientId}/slots/free?limit=2&channelIds=${channelId}`).expect(200);
    const taken = await post('posts', body({ wallAt: undefined, slot: 'next' })).expect(201);
    expect(taken.body).toMatchObject({ choice: 'can-wait', wallAt: free.body.items[0].wallAt });
    const next = await get(`clients/${clientId}/slots/free?limit=1&channelIds=${channelId}`).expect(200);
    expect(next.body.items[0]).toEqual(free.body.items[1]);
    const slots = await get(`clients/${clientId}/slots`).expect(200);
    await house.http().delete(`/api/v1/slots/${slots.body.items[0].id}`).set(editor.headers).expect(204);
  });
});

describe('bulk over HTTP', () => {
  const csv = (text: string | Buffer, preview: boolean) =>
    house.http().post(`/api/v1/posts/import?preview=${preview}`).set({ ...editor.headers, 'Content-Type': 'text/csv' }).send(text as string);

  it('imports a file with BOM and semicolons, after a preview', async () => {
    const file = `\uFEFFcliente;canali;data;ora;testo\r\nBar Sport;Alpha;${wallAt.slice(0, 10)};10:00;Però\r\n`;
    expect((await csv(file, true).expect(200)).body).toMatchObject({ posts: 1, faults: 0, preview: true });
    expect((await csv(file, false).expect(200)).body).toMatchObject({ posts: 1, preview: false, sample: [{ text: 'Però' }] });
    expect((await csv(file.replace('Alpha', 'Omega'), false).expect(422)).body).toMatchObject({ code: 'csv-has-errors', errors: [{ row: 2, column: 'channels' }] });
  });

  it('refuses bytes that are no UTF-8, and what is no CSV', async () => {
    await csv(Buffer.from([0x63, 0x6c, 0x69, 0xff, 0xfe]), true).expect(400);
    expect((await post('posts/import?preview=true', {}).expect(415)).body).toMatchObject({ code: 'csv-expected' });
  });

  it('counts, retries, moves and cancels by filter', async () => {
    const made = await post('posts', body()).expect(201);
    const [delivery] = (made.body as { deliveries: { id: string }[] }).deliveries;
    await house.database.query(`UPDATE deliveries SET state = 'failed' WHERE id = $1`, [delivery!.id]);
    const filter = { clientId, state: 'failed', connectorId: 'sandbox-alpha' };
    expect((await post('posts/bulk/retry', { filter, dryRun: true }).expect(200)).body).toMatchObject({ matched: 1, changed: 1, dryRun: true });
    expect((await post(`deliveries/${delivery!.id}/retry`, { version: 1 }).expect(200)).body).toMatchObject({ state: 'scheduled', arming: 2 });
    expect((await post('posts/bulk/move', { filter: { channelId }, by: { days: 1 }, dryRun: true }).expect(200)).body.changed).toBeGreaterThan(0);
    await post('posts/bulk/cancel', { filter: {} }).expect(400);
    await post('posts/bulk/cancel', { filter: { channelId } }).expect(200);
  });

  it('shows the calendar as JSON', async () => {
    const from = DateTime.utc().toISO();
    const answer = await get(`calendar?from=${from}&to=${DateTime.utc().plus({ days: 40 }).toISO()}&clientId=${clientId}`).expect(200);
    expect(answer.headers['content-type']).toContain('application/json');
    expect(answer.body.items.length).toBeGreaterThan(0);
    await get(`calendar?from=${from}&to=${from}`).expect(400);
  });
});
