import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { PostCreate, PostEdit, PostMove } from '../../../src/features/posts/post-input.schema.js';
import type { Post } from '../../../src/features/posts/post.schema.js';
import { type Agency, codeOf, type House, openHouse, settle } from './posts-house.js';

let house: House;
let agency: Agency;
let post: Post;

beforeAll(async () => {
  house = await openHouse();
  agency = await settle(house, { channels: 3 });
});
afterAll(() => house.close());

const inHours = (hours: number): string => DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' }).plus({ hours }).toFormat("yyyy-MM-dd'T'HH:mm");
const make = async (over: Record<string, unknown> = {}): Promise<Post> => {
  const id = await house.posts.create(agency.caller, PostCreate.parse({ clientId: agency.clientId, channelIds: agency.channelIds.slice(0, 2), content: { parts: [{ text: 'one' }, { text: 'two' }] }, wallAt: inHours(48), ...over }));
  return house.reads.one(agency.caller, id);
};
const read = () => house.reads.one(agency.caller, post.id);
const edit = (over: Record<string, unknown>, version = post.version) => house.edits.edit(agency.caller, post.id, PostEdit.parse({ version, ...over }));
const move = (over: Record<string, unknown>) => house.edits.move(agency.caller, post.id, PostMove.parse({ version: post.version, ...over }));
const cancel = () => house.edits.cancel(agency.caller, post.id, { version: post.version });
const sql = (text: string, params: unknown[] = []) => house.dataSource.query(text, params);
/** Puts the delivery of one channel into a state, as the dispatcher would. */
const put = async (channel: number, set: string): Promise<void> => {
  await sql(`UPDATE deliveries SET ${set} WHERE post_id = $1 AND channel_id = $2`, [post.id, agency.channelIds[channel]]);
};
const out = async (channel: number, position: number): Promise<void> => {
  await sql(
    `UPDATE parts SET published_at = now(), remote_id = id::text, stamp_at = now() WHERE position = $3 AND delivery_id = (SELECT id FROM deliveries WHERE post_id = $1 AND channel_id = $2)`,
    [post.id, agency.channelIds[channel], position],
  );
};
const on = (read: Post, channel: number) => {
  const found = read.deliveries.filter(({ channelId }) => channelId === agency.channelIds[channel]);
  if (found.length !== 1) throw new Error(`${found.length} deliveries on channel ${channel}`);
  return found[0]!;
};

beforeEach(async () => {
  post = await make();
});

describe('editing', () => {
  it('rewords what is not out, raises version and ring, and makes it another part', async () => {
    await edit({ content: { parts: [{ text: 'one' }, { text: 'TWO' }] } });
    const after = await read();
    expect(after.version).toBe(2);
    expect(on(after, 0).version).toBe(on(post, 0).version + 1);
    expect(on(after, 0).parts.map(({ content }) => content.text)).toEqual(['one', 'TWO']);
    expect(on(after, 0).parts[0]?.id).toBe(on(post, 0).parts[0]?.id);
    expect(on(after, 0).parts[1]?.id).not.toBe(on(post, 0).parts[1]?.id);
  });

  it('refuses two variants for one channel, and keeps what was said', async () => {
    const variant = (text: string) => ({ channelId: agency.channelIds[0], parts: [{ text }] });
    expect(await codeOf(edit({ variants: [variant('x'), variant('y')] }))).toBe('variant-twice');
    expect(on(await read(), 0).parts[0]?.content.text).toBe('one');
  });

  it('forgets what was prepared for words that are gone', async () => {
    const part = on(post, 0).parts[0]!;
    await sql(`INSERT INTO kept_refs (part_id, name, ref) VALUES ($1, 'container', 'c1')`, [part.id]);
    await edit({ content: { parts: [{ text: 'new' }] } });
    expect(await sql('SELECT 1 FROM kept_refs WHERE part_id = $1', [part.id])).toEqual([]);
    expect(on(await read(), 0).parts).toHaveLength(1);
  });

  it('answers 409 to the second of two edits at once', async () => {
    await edit({ labels: ['a'] });
    expect(await codeOf(edit({ labels: ['b'] }))).toBe('edited-meanwhile');
    const both = await Promise.all([codeOf(edit({ labels: ['c'] }, 2)), codeOf(edit({ labels: ['d'] }, 2))]);
    expect(both.sort()).toEqual(['edited-meanwhile', 'none']);
  });

  it.each(['sending', 'unconfirmed'])('answers 409 to edit, move and cancel while a delivery is %s', async (state) => {
    await put(1, `state = '${state}', lease_until = now()`);
    expect(await codeOf(edit({ content: { parts: [{ text: 'x' }] } }))).toBe('in-flight');
    expect(await codeOf(move({ wallAt: inHours(72) }))).toBe('in-flight');
    expect(await codeOf(cancel())).toBe('in-flight');
  });

  it('never changes a part that is out, nor a delivery that has ended', async () => {
    await put(0, `state = 'published', ended_at = now()`);
    await out(0, 0);
    await out(0, 1);
    await out(1, 0);
    await edit({ content: { parts: [{ text: 'ONE' }, { text: 'TWO' }] } });
    const after = await read();
    expect(on(after, 0).parts.map(({ content }) => content.text)).toEqual(['one', 'two']);
    expect(on(after, 1).parts.map(({ content }) => content.text)).toEqual(['one', 'TWO']);
  });

  it('does not let a thread that has begun lose its rest', async () => {
    await out(0, 0);
    expect(await codeOf(edit({ content: { parts: [{ text: 'one' }] } }))).toBe('thread-begun');
    expect(await codeOf(edit({ channelIds: agency.channelIds.slice(1, 2) }))).toBe('thread-begun');
  });

  it('says that nothing is left when all is out, but still takes a label', async () => {
    await sql(`UPDATE deliveries SET state = 'published' WHERE post_id = $1`, [post.id]);
    expect(await codeOf(edit({ content: { parts: [{ text: 'x' }] } }))).toBe('nothing-left');
    expect(await codeOf(move({ wallAt: inHours(72) }))).toBe('nothing-left');
    expect(await codeOf(edit({ labels: ['best'] }))).toBe('none');
  });

  it('checks the limits again', async () => {
    expect(await codeOf(edit({ content: { parts: [{ text: 'x'.repeat(501) }] } }))).toBe('content-breaks-limits');
  });

  it('adds a channel with a delivery of its own and takes an untried one out without a trace', async () => {
    await edit({ channelIds: agency.channelIds.slice(1, 3) });
    const after = await read();
    expect(after.deliveries.map(({ channelId }) => channelId).sort()).toEqual([...agency.channelIds.slice(1, 3)].sort());
    expect(after.channels).toHaveLength(2);
    expect(on(after, 1).id).toBe(on(post, 1).id);
  });

  it('cancels a tried delivery of a channel taken out, and starts a new one when it comes back', async () => {
    await put(0, 'epoch = 1');
    await edit({ channelIds: agency.channelIds.slice(1, 2) });
    expect(on(await read(), 0).state).toBe('cancelled');
    await edit({ channelIds: agency.channelIds.slice(0, 2) }, 2);
    const again = (await read()).deliveries.filter(({ channelId }) => channelId === agency.channelIds[0]);
    expect(again.map(({ state }) => state).sort()).toEqual(['cancelled', 'scheduled']);
  });

  it('gives another choice another late limit', async () => {
    await edit({ choice: 'hour-counts' });
    const delivery = on(await read(), 0);
    expect(Date.parse(delivery.deadlineAt) - Date.parse(delivery.dueAt)).toBe(15 * 60_000);
  });

  it('plans a draft when it is ready, and not before', async () => {
    post = await make({ editing: 'draft', wallAt: undefined });
    expect(await codeOf(edit({ editing: 'ready' }))).toBe('time-needed');
    await edit({ editing: 'ready', wallAt: inHours(10) });
    expect((await read()).deliveries.map(({ state }) => state)).toEqual(['scheduled', 'scheduled']);
  });

  it('frees what waited for approval when approval comes, and takes approval back', async () => {
    post = await make({ editing: 'in-review' });
    await put(0, `state = 'held', hold_reason = 'approval', ready_at = deadline_at`);
    await edit({ editing: 'ready' });
    const freed = on(await read(), 0);
    expect([freed.state, freed.approved, freed.readyAt]).toEqual(['scheduled', true, freed.dueAt]);
    await edit({ editing: 'in-review' }, 2);
    expect(on(await read(), 0).approved).toBe(false);
    expect(await codeOf(edit({ editing: 'draft' }, 3))).toBe('already-planned');
  });

  it('is ready now, and not since its due time, when approval comes late', async () => {
    post = await make({ editing: 'in-review' });
    await put(0, `state = 'held', hold_reason = 'approval', due_at = now() - interval '16 minutes', ready_at = 'infinity'`);
    const [{ now }] = await sql('SELECT now()');
    await edit({ editing: 'ready' });
    const { readyAt, dueAt } = on(await read(), 0);
    expect(Date.parse(readyAt!)).toBeGreaterThanOrEqual(now.getTime());
    expect(Date.parse(dueAt!)).toBeLessThan(now.getTime());
  });

  it('keeps the words of a failed delivery editable, for the next try', async () => {
    await put(0, `state = 'failed', ended_at = now(), epoch = 2`);
    await edit({ content: { parts: [{ text: 'better' }] } });
    const failed = on(await read(), 0);
    expect([failed.state, failed.parts.map(({ content }) => content.text)]).toEqual(['failed', ['better']]);
  });
});

describe('moving', () => {
  it('gives every waiting delivery the new time and rings anew', async () => {
    await put(0, `rung_until = now()`);
    await move({ wallAt: inHours(72), zone: 'America/New_York' });
    const after = await read();
    expect(after.zone).toBe('America/New_York');
    expect(on(after, 0).dueAt).toBe(after.dueAt);
    expect(on(after, 0).readyAt).toBe(after.dueAt);
    expect(await sql(`SELECT ring, rung_until FROM deliveries WHERE id = $1`, [on(after, 0).id])).toEqual([{ ring: 1, rung_until: null }]);
  });

  it('rings at once when it moves inside the horizon', async () => {
    house.rung.length = 0;
    await move({ wallAt: inHours(0.1) });
    expect(house.rung.sort()).toEqual(post.deliveries.map(({ id }) => `d-${id}-1`).sort());
  });

  it('schedules again what was held, failed or missed, with a new arming for what was tried', async () => {
    await put(0, `state = 'held', hold_reason = 'late', released = false, tries = 3`);
    await put(1, `state = 'failed', epoch = 2, ended_at = now(), rounds = 3`);
    await sql(`UPDATE parts SET stamp_at = now() WHERE delivery_id = $1`, [on(post, 1).id]);
    await move({ wallAt: inHours(72) });
    const after = await read();
    expect(after.deliveries.map(({ state, holdReason, endedAt }) => [state, holdReason, endedAt])).toEqual([['scheduled', null, null], ['scheduled', null, null]]);
    expect([on(after, 0).arming, on(after, 1).arming]).toEqual([1, 2]);
    expect(await sql('SELECT count(*)::int AS n FROM parts WHERE delivery_id = $1 AND stamp_at IS NOT NULL', [on(post, 1).id])).toEqual([{ n: 0 }]);
  });

  it('leaves a thread that has begun at its time', async () => {
    await out(0, 0);
    await move({ wallAt: inHours(72) });
    const after = await read();
    expect(on(after, 0).dueAt).toBe(on(post, 0).dueAt);
    expect(on(after, 1).dueAt).toBe(after.dueAt);
  });

  it('goes to the next free slot, and two posts never to the same', async () => {
    for (const weekday of [1, 2, 3, 4, 5, 6, 7]) await house.slots.create(agency.caller, agency.clientId, { weekday, wallTime: '09:30', channelId: null });
    const other = await make();
    await Promise.all([move({ slot: 'next' }), house.edits.move(agency.caller, other.id, { version: 1, slot: 'next' })]);
    const [mine, theirs] = [await read(), await house.reads.one(agency.caller, other.id)];
    expect(mine.wallAt?.slice(11)).toBe('09:30:00');
    expect(mine.dueAt).not.toBe(theirs.dueAt);
  });

  it.each(['', '2', '2026-'])('takes “%s” for no time, though the one it has begins like that', async (wallAt) => {
    await sql(`UPDATE posts SET wall_at = '2026-11-30T09:00' WHERE id = $1`, [post.id]);
    expect(await codeOf(edit({ wallAt }))).toBe('time-invalid');
    expect(await codeOf(edit({ wallAt: '2026-11-30T09:00' }))).toBe('none');
  });

  it('refuses a year that is far away', async () => {
    expect(await codeOf(move({ wallAt: '9999-12-31T09:00' }))).toBe('too-far-ahead');
    expect(await codeOf(edit({ wallAt: '9999-12-31T09:00' }))).toBe('too-far-ahead');
  });

  it('refuses a gap and the past', async () => {
    expect(await codeOf(move({ wallAt: '2027-03-28T02:30' }))).toBe('time-does-not-exist');
    expect(await codeOf(move({ wallAt: '2021-03-27T02:30' }))).toBe('in-the-past');
  });
});

describe('cancelling', () => {
  it('ends what waits, with a reason and a fact', async () => {
    await cancel();
    const after = await read();
    expect([after.state, after.deliveries.map(({ state }) => state)]).toEqual(['cancelled', ['cancelled', 'cancelled']]);
    expect(after.deliveries[0]?.reason?.sentence).toContain('Anna');
    expect(await sql(`SELECT kind FROM events WHERE subject_id = $1 ORDER BY at DESC, id DESC LIMIT 1`, [post.id])).toEqual([{ kind: 'post.cancelled' }]);
    expect(await codeOf(edit({ labels: ['x'] }, 2))).toBe('post-cancelled');
  });

  it('leaves what is out and stops the rest', async () => {
    await put(0, `state = 'published'`);
    await cancel();
    const after = await read();
    expect([after.cancelledAt, on(after, 0).state, on(after, 1).state]).toEqual([null, 'published', 'cancelled']);
  });

  it('says that nothing is left when all is out', async () => {
    await sql(`UPDATE deliveries SET state = 'published' WHERE post_id = $1`, [post.id]);
    expect(await codeOf(cancel())).toBe('nothing-left');
  });

  it('is not possible from another workspace', async () => {
    const foreign = await settle(house);
    expect(await codeOf(house.edits.cancel(foreign.caller, post.id, { version: 1 }))).toBe('post-not-found');
    expect(await codeOf(house.edits.edit(foreign.caller, post.id, { version: 1, labels: [] }))).toBe('post-not-found');
  });
});

describe('reading one post', () => {
  it('shows attempts with their evidence, and the reason in the language of the reader', async () => {
    const delivery = on(post, 0);
    const part = delivery.parts[0]!;
    await put(0, `state = 'failed', reason = '{"code": "refused", "detail": "too rude"}'`);
    await sql(
      `INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, outcome, detail, finished_at) VALUES ($1, $2, $1, $3, 'commit', 1, 1, 'refused', 'too rude', now())`,
      [part.id, delivery.id, agency.caller.workspaceId],
    );
    await sql(`INSERT INTO evidence (attempt_id, workspace_id, body) VALUES ($1, $2, '{"status": 422}')`, [part.id, agency.caller.workspaceId]);
    const italian = await house.reads.one({ ...agency.caller, language: 'it' }, post.id);
    expect(on(italian, 0).reason?.sentence).toBe('La piattaforma l’ha rifiutato: too rude');
    expect(on(italian, 0).attempts).toMatchObject([{ kind: 'commit', position: 0, outcome: 'refused', evidence: { status: 422 } }]);
    expect(italian.state).toBe('needs-attention');
  });
});
