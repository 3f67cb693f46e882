import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { v7 as uuid } from 'uuid';
import { HOUR_MS } from '../../../src/core/instant.js';
import { FallbackWrite, ReroutedQuery, Settle, WayOutSet } from '../../../src/features/posts/fallback.schema.js';
import { PostCreate, PostEdit } from '../../../src/features/posts/post-input.schema.js';
import type { Post } from '../../../src/features/posts/post.schema.js';
import { type Agency, codeOf, type House, openHouse, settle as found } from './posts-house.js';

let house: House;
let agency: Agency;
let stranger: Agency;
let post: Post;

beforeAll(async () => {
  house = await openHouse();
  stranger = await found(house);
});
afterAll(() => house.close());
beforeEach(async () => {
  agency = await found(house, { channels: 3 });
  const wallAt = DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' }).plus({ days: 2 }).toFormat("yyyy-MM-dd'T'18:00");
  const id = await house.posts.create(agency.caller, PostCreate.parse({
    clientId: agency.clientId, channelIds: agency.channelIds.slice(0, 1), content: { parts: [{ text: 'as on the platform' }] }, wallAt, choice: 'hour-counts', policy: { rerouteTo: [[agency.channelIds[1]], [agency.channelIds[2]]] },
  }));
  post = await house.reads.one(agency.caller, id);
});

const sql = <Row>(text: string, params: unknown[] = []) => house.dataSource.query<Row[]>(text, params);
const write = (text: string, more: Record<string, unknown> = {}, caller = agency.caller) =>
  house.fallbacks.write(caller, { postId: post.id, channelId: agency.channelIds[1]! }, FallbackWrite.parse({ version: 0, content: { parts: [{ text }] }, ...more }));

describe('what a post says elsewhere', () => {
  it('is listed for every outlet of its way out, in its order, with what would be said', async () => {
    expect(await house.fallbacks.list(agency.caller, post.id)).toMatchObject([
      { channelId: agency.channelIds[1], set: 0, state: 'none', version: 0, needsApproval: false, content: { parts: [{ text: 'as on the platform' }] } },
      { channelId: agency.channelIds[2], set: 1, state: 'none', version: 0 },
    ]);
  });

  it('is a draft until it is approved, and a draft again once it is edited', async () => {
    const [draft] = await write('a draft');
    expect(draft).toMatchObject({ state: 'draft', version: 1, approvedBy: null });
    const [approved] = await write('read it', { version: 1, approve: true });
    expect(approved).toMatchObject({ state: 'approved', version: 2, approvedBy: 'Anna', content: { parts: [{ text: 'read it' }] } });
    const [edited] = await write('not read', { version: 2 });
    expect(edited).toMatchObject({ state: 'draft', approvedBy: null, approvedAt: null });
  });

  it('of two who write at once the second is told', async () => {
    await write('first');
    expect(await codeOf(write('second'))).toBe('edited-meanwhile');
    expect(await codeOf(write('from nowhere', { version: 7 }))).toBe('edited-meanwhile');
  });

  it('is approved only if its outlet would take it', async () => {
    expect(await codeOf(write('x'.repeat(90_000), { approve: true }))).toBe('content-breaks-limits');
    expect(await codeOf(write('x'.repeat(90_000)))).toBe('none');
  });

  it('is nothing of another workspace’s, nor of another client’s channel', async () => {
    expect(await codeOf(house.fallbacks.list(stranger.caller, post.id))).toBe('post-not-found');
    expect(await codeOf(write('x', {}, stranger.caller))).toBe('post-not-found');
    expect(await codeOf(house.fallbacks.write(agency.caller, { postId: post.id, channelId: stranger.channelIds[0]! }, FallbackWrite.parse({ version: 0, content: { parts: [{ text: 'x' }] } })))).toBe('channel-not-found');
    expect(await codeOf(house.fallbacks.remove(stranger.caller, { postId: post.id, channelId: agency.channelIds[1]! }))).toBe('post-not-found');
  });

  it('can be taken out again', async () => {
    await write('gone soon');
    await house.fallbacks.remove(agency.caller, { postId: post.id, channelId: agency.channelIds[1]! });
    expect((await house.fallbacks.list(agency.caller, post.id))[0]).toMatchObject({ state: 'none' });
    expect(await codeOf(house.fallbacks.remove(agency.caller, { postId: post.id, channelId: agency.channelIds[1]! }))).toBe('fallback-not-found');
  });
});

describe('the sentence under a post', () => {
  it('names its way out and its hour, in the client’s zone', () => {
    expect(post.ifDown).toMatch(/^If the platform is down then, this post waits\. If the platform is not back by .* 18:15 \(Europe\/Rome\), it goes out by channel 2 instead\.$/);
  });

  it('names the outlet however its id is written', async () => {
    const { policy } = PostCreate.parse({ clientId: agency.clientId, channelIds: agency.channelIds, content: { parts: [{ text: 'x' }] }, policy: { rerouteTo: [[agency.channelIds[1]!.toUpperCase()]] } });
    expect(policy.rerouteTo).toEqual([[agency.channelIds[1]]]);
    expect(WayOutSet.parse({ rerouteTo: [[agency.channelIds[1]!.toUpperCase()]] })).toEqual({ rerouteTo: [[agency.channelIds[1]]] });
  });

  it('is said before anything is saved, from the client’s own way out where the post names none', async () => {
    await sql('UPDATE clients SET reroute_to = $2 WHERE id = $1', [agency.clientId, JSON.stringify([[agency.channelIds[2]]])]);
    const say = (policy: object) => house.ifDown.say({ ...agency.caller, language: 'it' }, { clientId: agency.clientId, choice: 'hour-counts', policy, dueAt: null });
    expect(await say({})).toContain('esce invece con channel 3.');
    expect(await say({ rerouteTo: [] })).toContain('non viene pubblicato e ricevi un avviso');
    expect(await codeOf(house.ifDown.say(stranger.caller, { clientId: agency.clientId, choice: 'today', policy: {}, dueAt: null }))).toBe('client-not-found');
  });
});

describe('after it went out elsewhere', () => {
  const leave = async (after: 'ask' | 'skip' | 'publish-edited' | 'publish-anyway', isOut = true) => {
    const [row] = await sql<{ id: string; version: number }>('SELECT id, version FROM deliveries WHERE post_id = $1', [post.id]);
    const channel = { id: agency.channelIds[1]!, clientId: agency.clientId, name: 'channel 2', connectorId: 'sandbox-media', componentId: 'sandbox-media:publish@sandbox.test', learned: null };
    const { id, version } = row!;
    expect(await house.reroutes.reroute(
      { id, version, workspaceId: agency.caller.workspaceId, clientId: agency.clientId, postId: post.id, channelId: agency.channelIds[0]! },
      { reason: { code: 'rerouted-outage', detail: 'channel 2' }, after, ways: [{ channel, parts: post.content.parts, writtenVersion: null }], day: { zone: 'Europe/Rome', from: '00:00', to: '00:00' }, now: house.clock.now() },
    )).toBe(true);
    if (isOut) await sql(`UPDATE deliveries SET state = 'published' WHERE post_id = $1 AND origin = 'fallback'`, [post.id]);
    return { id, version: version + 1 };
  };
  const late = () => sql<{ state: string; origin: string; text: string }>(
    `SELECT d.state, d.origin, p.content ->> 'text' AS text FROM deliveries d JOIN parts p ON p.delivery_id = d.id WHERE d.post_id = $1 AND d.origin LIKE 'late:%'`, [post.id]);
  const open = async () => (await house.after.list(agency.caller, ReroutedQuery.parse({ open: 'true' }))).items;
  const settle = (id: string, how: string, version: number, more: object = {}, caller = agency.caller) => house.after.settle(caller, id, Settle.parse({ version, how, ...more }));

  it('it stands in the review list with what happened instead, until somebody decides', async () => {
    const { id, version } = await leave('ask');
    await house.after.settleRipe();
    expect(await open()).toMatchObject([{ deliveryId: id, text: 'as on the platform', after: 'ask', instead: [{ channelName: 'channel 2', state: 'published' }], version }]);
    await settle(id, 'publish', version, { content: { parts: [{ text: 'once more, with feeling' }] } });
    expect([await open(), await late()]).toEqual([[], [{ state: 'scheduled', origin: `late:${id}`, text: 'once more, with feeling' }]]);
    expect(await codeOf(settle(id, 'skip', version))).toBe('already-settled');
  });

  it('undecided for two days it is left out', async () => {
    const { id } = await leave('ask');
    await sql(`UPDATE reroutes SET asked_at = now() - interval '48 hours 1 minute' WHERE delivery_id = $1`, [id]);
    expect(await house.after.settleRipe()).toBe(1);
    expect([await open(), await late(), (await house.after.list(agency.caller, ReroutedQuery.parse({}))).items[0]?.settledAs]).toEqual([[], [], 'skipped']);
  });

  it('skip leaves it out, publish anyway sends it once its platform takes it: each once it is out elsewhere, and once', async () => {
    await leave('publish-anyway', false);
    expect(await house.after.settleRipe()).toBe(0);
    await sql(`UPDATE deliveries SET state = 'published' WHERE post_id = $1 AND origin = 'fallback'`, [post.id]);
    expect([await house.after.settleRipe(), await house.after.settleRipe()]).toEqual([1, 0]);
    expect(await late()).toMatchObject([{ state: 'scheduled', text: 'as on the platform' }]);
  });

  it('publish edited waits for the version a person wrote for its own platform', async () => {
    await leave('publish-edited');
    expect(await house.after.settleRipe()).toBe(0);
    await house.fallbacks.write(agency.caller, { postId: post.id, channelId: agency.channelIds[0]! }, FallbackWrite.parse({ version: 0, content: { parts: [{ text: 'by now it was yesterday' }] }, approve: true }));
    expect(await house.after.settleRipe()).toBe(1);
    expect(await late()).toMatchObject([{ text: 'by now it was yesterday' }]);
  });

  it('what follows late is due in the client’s day, and never at night', async () => {
    const at = DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' });
    const [from, to] = [at.plus({ hours: 2 }).startOf('hour'), at.plus({ hours: 4 }).startOf('hour')];
    await sql('UPDATE clients SET day_from = $2, day_to = $3 WHERE id = $1', [agency.clientId, from.toFormat('HH:mm'), to.toFormat('HH:mm')]);
    const due = async () => (await sql<{ dueAt: Date }>(`SELECT due_at AS "dueAt" FROM deliveries WHERE post_id = $1 AND origin LIKE 'late:%'`, [post.id])).map(({ dueAt }) => dueAt.getTime());
    const { id, version } = await leave('ask');
    await settle(id, 'publish', version);
    expect(await due()).toEqual([from.toMillis()]);
    await sql(`DELETE FROM parts WHERE delivery_id IN (SELECT id FROM deliveries WHERE origin = $1)`, [`late:${id}`]);
    await sql('DELETE FROM deliveries WHERE origin = $1', [`late:${id}`]);
    await sql(`UPDATE reroutes SET settled_at = NULL, settled_as = NULL, after = 'publish-anyway' WHERE delivery_id = $1`, [id]);
    expect([await house.after.settleRipe(), await due()]).toEqual([1, [from.toMillis()]]);
  });

  it('one that cannot be settled keeps no other from it', async () => {
    const { id } = await leave('skip');
    const stuck = id;
    await sql(`CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stuck'; END $$`);
    await sql(`CREATE TRIGGER stuck BEFORE UPDATE ON reroutes FOR EACH ROW WHEN (OLD.delivery_id = '${stuck}') EXECUTE FUNCTION stuck()`);
    try {
      const other = await house.posts.create(agency.caller, PostCreate.parse({
        clientId: agency.clientId, channelIds: agency.channelIds.slice(0, 1), content: { parts: [{ text: 'another' }] }, wallAt: post.wallAt, choice: 'hour-counts', policy: { rerouteTo: [[agency.channelIds[1]]] },
      }));
      post = await house.reads.one(agency.caller, other);
      const { id: free } = await leave('skip');
      expect([await house.after.settleRipe(), await house.after.settleRipe()]).toEqual([1, 0]);
      const list = (await house.after.list(agency.caller, ReroutedQuery.parse({}))).items;
      expect(new Map(list.map(({ deliveryId, settledAs }) => [deliveryId, settledAs]))).toEqual(new Map([[stuck, null], [free, 'skipped']]));
    } finally {
      await sql('DROP FUNCTION stuck CASCADE');
      await sql(`UPDATE reroutes SET settled_at = now(), settled_as = 'skipped' WHERE delivery_id = $1`, [stuck]);
    }
  });

  it('what speaks of its time is left to a person, although it was to be published anyway', async () => {
    await sql(`UPDATE posts SET content = jsonb_set(content, '{parts,0,text}', '"ci vediamo stasera"') WHERE id = $1`, [post.id]);
    await leave('publish-anyway');
    expect([await house.after.settleRipe(), await late(), (await open()).map(({ after }) => after)]).toEqual([1, [], ['ask']]);
  });

  it('edited meanwhile and not approved, it waits for that', async () => {
    await sql(`UPDATE posts SET editing = 'in-review' WHERE id = $1`, [post.id]);
    await leave('publish-anyway');
    await house.after.settleRipe();
    expect(await sql(`SELECT approved FROM deliveries WHERE post_id = $1 AND origin LIKE 'late:%'`, [post.id])).toEqual([{ approved: false }]);
  });

  it('a next slot is asked for only if there is one; a channel that is gone stops nobody else', async () => {
    const { id, version } = await leave('ask');
    expect(await codeOf(settle(id, 'next-slot', version))).toBe('no-free-slot');
    expect(await codeOf(settle(id, 'skip', version + 1))).toBe('edited-meanwhile');
    await sql(`UPDATE reroutes SET after = 'publish-anyway' WHERE delivery_id = $1`, [id]);
    await sql('UPDATE channels SET archived_at = now() WHERE id = $1', [agency.channelIds[0]]);
    expect(await house.after.settleRipe()).toBe(1);
    expect(await late()).toEqual([]);
  });

  it('what its platform would not take is left to a person, with two days from then', async () => {
    const { id, version } = await leave('publish-anyway');
    await sql(`UPDATE reroutes SET at = now() - interval '50 hours', asked_at = now() - interval '50 hours' WHERE delivery_id = $1`, [id]);
    await sql('UPDATE channels SET archived_at = now() WHERE id = $1', [agency.channelIds[0]]);
    expect([await house.after.settleRipe(), await house.after.settleRipe()]).toEqual([1, 0]);
    const [left] = await open();
    expect(left).toMatchObject({ deliveryId: id, after: 'ask', settledAs: null });
    expect(Date.parse(left!.until!)).toBeGreaterThan(Date.now() + 40 * HOUR_MS);
    await sql('UPDATE channels SET archived_at = NULL WHERE id = $1', [agency.channelIds[0]]);
    await settle(id, 'publish', version);
    expect(await late()).toHaveLength(1);
  });

  it('its end is told and recorded, and it says when nobody had decided', async () => {
    const { id } = await leave('ask');
    await sql(`UPDATE reroutes SET asked_at = now() - interval '48 hours 1 minute' WHERE delivery_id = $1`, [id]);
    await house.after.settleRipe();
    expect(await sql(`SELECT payload FROM events WHERE kind = 'reroute.settled' AND subject_id = $1`, [id])).toMatchObject([{ payload: { deliveryId: id, how: 'skip', lateDeliveryId: null, unasked: true } }]);
    expect(await sql(`SELECT actor ->> 'kind' AS by FROM audit_log WHERE action = 'reroute.settled' AND subject_id = $1`, [id])).toEqual([{ by: 'system' }]);
  });

  it('nobody decides before it is out there: it may still come back', async () => {
    const { id, version } = await leave('ask', false);
    expect(await codeOf(settle(id, 'skip', version))).toBe('not-out-elsewhere');
  });

  it('a person waits for the sweep that has it in hand, and is not told that it is settled', async () => {
    const { id, version } = await leave('ask');
    let settling: Promise<string> | undefined;
    await house.dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1 FROM reroutes WHERE delivery_id = $1 FOR UPDATE', [id]);
      let over = false;
      settling = codeOf(settle(id, 'skip', version)).finally(() => (over = true));
      while (!over && (await sql(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).length === 0);
    });
    expect(await settling).toBe('none');
  });

  it('all of it is listed page by page, also what left in the same millisecond', async () => {
    const { id } = await leave('ask');
    const others = [uuid(), uuid(), uuid()];
    await sql(`INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, origin, state, choice, due_at, ready_at, deadline_at)
      SELECT o, d.workspace_id, d.client_id, d.post_id, d.channel_id, d.connector_id, d.component_id, 'again:' || o, 'rerouted', d.choice, d.due_at, d.ready_at, d.deadline_at FROM deliveries d, unnest($2::uuid[]) AS o WHERE d.id = $1`, [id, others]);
    await sql(`INSERT INTO reroutes (delivery_id, workspace_id, after, at) SELECT o, $2, 'ask', now() - n * interval '100 microseconds' FROM unnest($1::uuid[]) WITH ORDINALITY AS u (o, n)`, [others, agency.caller.workspaceId]);
    const seen: string[] = [];
    for (let cursor: string | undefined, next: string | null = ''; next !== null; cursor = next ?? undefined) {
      const page = await house.after.list(agency.caller, ReroutedQuery.parse({ limit: 1, ...(cursor && { cursor }) }));
      seen.push(...page.items.map(({ deliveryId }) => deliveryId));
      next = page.next;
    }
    expect(seen.sort()).toEqual([id, ...others].sort());
  });

  it('that came to nothing, its channel can be taken out of the post, and what happened stays', async () => {
    const { id } = await leave('ask', false);
    await sql(`UPDATE deliveries SET state = 'failed' WHERE post_id = $1 AND origin = 'fallback'`, [post.id]);
    expect(await house.reroutes.comeBack()).toBe(1);
    const { version } = await house.reads.one(agency.caller, post.id);
    await house.edits.edit(agency.caller, post.id, PostEdit.parse({ version, channelIds: [agency.channelIds[2]] }));
    expect(await sql('SELECT state FROM deliveries WHERE id = $1', [id])).toEqual([{ state: 'cancelled' }]);
  });

  it('is nothing of another workspace’s', async () => {
    const { id, version } = await leave('ask');
    expect((await house.after.list(stranger.caller, ReroutedQuery.parse({}))).items).toEqual([]);
    expect(await codeOf(settle(id, 'skip', version, {}, stranger.caller))).toBe('delivery-not-found');
  });
});
