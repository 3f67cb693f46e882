import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { FallbackWrite } from '../../../src/features/posts/fallback.schema.js';
import { PostCreate, PostEdit, PostMove } from '../../../src/features/posts/post-input.schema.js';
import { type Agency, codeOf, type House, openHouse, settle as found } from './posts-house.js';

let house: House;
let agency: Agency;
let postId: string;

beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  agency = await found(house, { channels: 4 });
  postId = await make(agency.channelIds.slice(0, 1));
});

const sql = <Row>(text: string, params: unknown[] = []) => house.dataSource.query<Row[]>(text, params);
const wall = (days: number): string => DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' }).plus({ days }).toFormat("yyyy-MM-dd'T'18:00");
const make = (channelIds: readonly string[]): Promise<string> => house.posts.create(agency.caller, PostCreate.parse({
  clientId: agency.clientId, channelIds, content: { parts: [{ text: 'first words' }] }, wallAt: wall(2), choice: 'today', policy: { rerouteTo: [[agency.channelIds[1]]] },
}));
const channel = (n: number) => ({ id: agency.channelIds[n]!, clientId: agency.clientId, name: `channel ${n + 1}`, connectorId: 'sandbox-media', componentId: 'sandbox-media:publish@sandbox.test', learned: null });
const versionOf = async () => (await sql<{ version: number }>('SELECT version FROM posts WHERE id = $1', [postId]))[0]!.version;
const edit = async (more: object) => house.edits.edit(agency.caller, postId, PostEdit.parse({ version: await versionOf(), ...more }));
const say = (text: string) => edit({ content: { parts: [{ text }] } });
/** Sends the delivery of its first channel by the second one. */
const leave = async (text = 'first words', writtenVersion: number | null = null): Promise<boolean> => {
  const [row] = await sql<{ id: string; version: number }>(`SELECT id, version FROM deliveries WHERE post_id = $1 AND channel_id = $2 AND origin = 'post'`, [postId, agency.channelIds[0]]);
  const { content } = PostCreate.parse({ clientId: agency.clientId, channelIds: [], content: { parts: [{ text }] }, editing: 'draft' });
  const [said] = await house.lookups.contents(house.dataSource.manager, agency.caller.workspaceId, [content.parts]);
  return house.reroutes.reroute(
    { ...row!, workspaceId: agency.caller.workspaceId, clientId: agency.clientId, postId, channelId: agency.channelIds[0]! },
    { reason: { code: 'rerouted-outage', detail: 'channel 2' }, after: 'ask', ways: [{ channel: channel(1), parts: said!.parts, writtenVersion }], day: { zone: 'Europe/Rome', from: '00:00', to: '00:00' }, now: house.clock.now() },
  );
};
const out = async () => {
  await sql(`UPDATE parts SET published_at = now() WHERE delivery_id IN (SELECT id FROM deliveries WHERE post_id = $1 AND origin = 'fallback')`, [postId]);
  await sql(`UPDATE deliveries SET state = 'published' WHERE post_id = $1 AND origin = 'fallback'`, [postId]);
};
/** By channel: what its delivery says and where it stands. */
const stand = () => sql<{ text: string; state: string; origin: string; approved: boolean }>(
  `SELECT p.content ->> 'text' AS text, d.state, d.origin, d.approved FROM deliveries d JOIN parts p ON p.delivery_id = d.id WHERE d.post_id = $1 ORDER BY array_position($2::uuid[], d.channel_id), d.origin`, [postId, agency.channelIds]);
const write = (text: string, version: number, approve: boolean) => house.fallbacks.write(agency.caller, { postId, channelId: agency.channelIds[1]! }, FallbackWrite.parse({ version, content: { parts: [{ text }] }, approve }));

describe('A post that went another way', () => {
  it('and is not out yet says there what it says by now, and so it does if it comes back', async () => {
    await leave();
    await say('second words');
    expect(await stand()).toMatchObject([{ text: 'second words', state: 'rerouted' }, { text: 'second words', state: 'scheduled', origin: 'fallback' }]);
    await sql(`UPDATE deliveries SET state = 'failed' WHERE post_id = $1 AND origin = 'fallback'`, [postId]);
    await house.reroutes.comeBack();
    expect((await stand())[0]).toMatchObject({ text: 'second words', state: 'scheduled' });
  });

  it('waits there too until what it says is approved', async () => {
    await leave();
    await edit({ content: { parts: [{ text: 'to be read' }] }, editing: 'in-review' });
    expect(await stand()).toMatchObject([{ approved: false }, { text: 'to be read', approved: false }]);
    await edit({ editing: 'ready' });
    expect(await stand()).toMatchObject([{ approved: true }, { approved: true }]);
  });

  it('is not changed where it is out', async () => {
    postId = await make([agency.channelIds[0]!, agency.channelIds[2]!]);
    await leave();
    await out();
    await say('second words');
    expect(await stand()).toMatchObject([{ text: 'first words', state: 'rerouted' }, { text: 'first words', state: 'published' }, { text: 'second words', state: 'scheduled', origin: 'post' }]);
  });

  it('and is out has nothing left to edit', async () => {
    await leave();
    await out();
    expect(await codeOf(say('second words'))).toBe('nothing-left');
  });

  it('is not planned on that channel as well, unless nothing came of it there', async () => {
    const both = { channelIds: [agency.channelIds[0], agency.channelIds[1]] };
    await leave();
    expect(await codeOf(edit(both))).toBe('went-there-instead');
    await out();
    expect(await codeOf(edit(both))).toBe('went-there-instead');
    await sql(`UPDATE parts SET published_at = NULL WHERE delivery_id IN (SELECT id FROM deliveries WHERE post_id = $1 AND origin = 'fallback')`, [postId]);
    await sql(`UPDATE deliveries SET state = 'failed' WHERE post_id = $1 AND origin = 'fallback'`, [postId]);
    expect(await codeOf(edit(both))).toBe('none');
  });

  it('goes nowhere else because of an outlet that is added afterwards', async () => {
    await leave();
    await edit({ policy: { rerouteTo: [[agency.channelIds[1], agency.channelIds[3]]] } });
    await house.reroutes.comeBack();
    expect(await stand()).toHaveLength(2);
  });

  it('is not moved while it is on its way', async () => {
    await leave();
    expect(await codeOf(house.edits.move(agency.caller, postId, PostMove.parse({ version: await versionOf(), wallAt: wall(3) })))).toBe('on-its-way-elsewhere');
  });
});

describe('A version written for another way', () => {
  it('that is no longer what was approved does not go out, and goes out as it is approved anew', async () => {
    await write('approved words', 0, true);
    await leave('approved words', 1);
    await write('not read by anybody', 1, false);
    expect((await stand())[1]).toMatchObject({ text: 'approved words', approved: false, state: 'scheduled' });
    await sql(`UPDATE deliveries SET state = 'held', hold_reason = 'approval' WHERE post_id = $1 AND origin = 'fallback'`, [postId]);
    await write('read again', 2, true);
    expect((await stand())[1]).toMatchObject({ text: 'read again', approved: true, state: 'scheduled' });
  });

  it('taken out leaves it the words of the post', async () => {
    await write('approved words', 0, true);
    await leave('approved words', 1);
    await house.fallbacks.remove(agency.caller, { postId, channelId: agency.channelIds[1]! });
    expect((await stand())[1]).toMatchObject({ text: 'first words', approved: true });
  });

  it('is kept as it went out, whatever is written afterwards', async () => {
    await write('approved words', 0, true);
    await leave('approved words', 1);
    await out();
    await write('second thoughts', 1, true);
    expect((await stand())[1]).toMatchObject({ text: 'approved words', state: 'published' });
  });

  it('is not changed while it is being sent', async () => {
    await leave();
    await sql(`UPDATE deliveries SET state = 'sending', lease_until = now() + interval '1 minute' WHERE post_id = $1 AND origin = 'fallback'`, [postId]);
    expect([await codeOf(write('too late', 0, true)), await sql('SELECT 1 FROM fallbacks WHERE post_id = $1', [postId])]).toEqual(['in-flight', []]);
  });

  it('that changed since it was read makes the post decide anew', async () => {
    await write('approved words', 0, true);
    await write('better words', 1, true);
    expect([await leave('approved words', 1), await leave(), (await stand()).map(({ state }) => state)]).toEqual([false, false, ['scheduled']]);
    expect(await leave('better words', 2)).toBe(true);
  });
});

describe('A post that waits for its platform', () => {
  it('is asked anew at once when it is to wait differently', async () => {
    await sql(`UPDATE deliveries SET state = 'held', hold_reason = 'outage', ready_at = now() + interval '1 hour' WHERE post_id = $1`, [postId]);
    await edit({ policy: { onOutage: 'reroute-now', rerouteTo: [[agency.channelIds[1]]] } });
    expect(await sql('SELECT ready_at <= now() AS ready, state FROM deliveries WHERE post_id = $1', [postId])).toEqual([{ ready: true, state: 'held' }]);
  });
});
