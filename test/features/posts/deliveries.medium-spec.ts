import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { HeldFilter } from '../../../src/features/posts/bulk.schema.js';
import { DeliveriesService } from '../../../src/features/posts/deliveries.service.js';
import type { Caller } from '../../../src/infra/http/access.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';
import { codeOf, problemOf } from './posts-house.js';

let house: DispatchHouse;
let deliveries: DeliveriesService;
let caller: Caller;
let stranger: Caller;

beforeAll(async () => {
  house = await openDispatch();
  deliveries = house.get(DeliveriesService);
  caller = { workspaceId: house.client.workspaceId, actor: { kind: 'user', id: uuid(), name: 'Anna' }, role: 'editor', language: 'it' };
  stranger = { ...caller, workspaceId: uuid() };
});
afterAll(async () => {
  await house.close();
});

/** A delivery in that state; `begun`: its first part is out. */
async function standing(state: string, { begun = false, dueInMs = -3_600_000 } = {}) {
  const text = uuid();
  const [id = ''] = await house.plan({ channel: house.channel('beta'), dueInMs, text, replies: begun ? ['the rest'] : [] });
  await house.dataSource.query(
    `UPDATE deliveries SET state = $2, hold_reason = CASE WHEN $2 = 'held' THEN 'late' END, ready_at = CASE WHEN $2 = 'held' THEN 'infinity' ELSE ready_at END,
            due_at = date_trunc('second', due_at), lease_until = now() + interval '1 minute', look_at = 'infinity', reason = '{"code":"we-were-away"}' WHERE id = $1`,
    [id, state],
  );
  if (begun) await house.dataSource.query(`UPDATE parts SET published_at = now(), remote_id = $2 WHERE delivery_id = $1 AND position = 0`, [id, uuid()]);
  return { id, text, version: (await house.delivery(id)).version };
}
/** So many more like this one, each of a post of its own and without parts. */
const copy = (id: string, times: number) =>
  house.dataSource.query(
    `WITH p AS (INSERT INTO posts SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid()))).*
                  FROM posts p JOIN deliveries d ON d.post_id = p.id, generate_series(1, $2::int) WHERE d.id = $1 RETURNING id)
     INSERT INTO deliveries SELECT (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), 'post_id', p.id))).* FROM deliveries d, p WHERE d.id = $1`,
    [id, times],
  );
const stateOf = async (id: string): Promise<string> => (await house.delivery(id)).state;
const audited = async (id: string): Promise<string[]> =>
  (await house.dataSource.query<{ action: string }[]>('SELECT action FROM audit_log WHERE subject_id = $1 ORDER BY id', [id])).map(({ action }) => action);
const all = ['scheduled', 'held', 'sending', 'unconfirmed', 'published', 'failed', 'missed', 'skipped', 'cancelled'] as const;

describe('releasing', () => {
  it('lets what is held as late go, with the person in the audit log', async () => {
    const { id, text, version } = await standing('held');
    await deliveries.release(caller, id, version);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', code: 'released' });
    await house.dataSource.query('UPDATE channels SET late_at = NULL');
    await house.dispatch.run(id);
    await house.letOut();
    expect(house.visible(text)).toBe(1);
    expect(await audited(id)).toEqual(['delivery.release']);
  });

  it('passes no gate but the late limit', async () => {
    const { id, text, version } = await standing('held');
    await house.dataSource.query(`UPDATE deliveries SET deadline_at = now() - interval '1 hour', approved = false WHERE id = $1`, [id]);
    await deliveries.release(caller, id, version);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'approval' });
    expect(house.visible(text)).toBe(0);
  });

  it.each(all.filter((state) => state !== 'held'))('is refused while it is %s', async (state) => {
    const { id, version } = await standing(state);
    expect(await codeOf(deliveries.release(caller, id, version))).toBe('not-in-this-state');
    expect(await stateOf(id)).toBe(state);
  });
});

it('a refusal names the state in the reader\'s language', async () => {
  const { id, version } = await standing('missed');
  expect((await problemOf(deliveries.release(caller, id, version)))?.sentence).toEqual({
    en: expect.stringContaining('while the delivery is missed.'), it: expect.stringContaining('la consegna è nello stato “mancato”.'),
  });
});

describe('dropping', () => {
  it.each(['held', 'scheduled'] as const)('ends what is %s, and tells', async (state) => {
    const { id, version } = await standing(state);
    await deliveries.drop(caller, id, version);
    expect(await house.delivery(id)).toMatchObject({ state: 'skipped', hold: null, code: 'dropped' });
    expect(await house.facts(id)).toEqual(['delivery.skipped']);
  });

  it('is refused once a part is out, one by one and in bulk', async () => {
    const { id, version } = await standing('held', { begun: true });
    expect(await codeOf(deliveries.drop(caller, id, version))).toBe('not-in-this-state');
    await deliveries.bulk(caller, 'drop', { filter: { holdReason: 'late' }, dryRun: false });
    expect(await stateOf(id)).toBe('held');
    await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled', hold_reason = NULL WHERE id = $1`, [id]);
  });

  it.each(all.filter((state) => state !== 'held' && state !== 'scheduled'))('is refused while it is %s', async (state) => {
    const { id, version } = await standing(state);
    expect(await codeOf(deliveries.drop(caller, id, version))).toBe('not-in-this-state');
  });
});

describe('a person\'s word', () => {
  it.each(['held', 'unconfirmed', 'missed', 'failed'] as const)('that it is out ends what is %s as published by hand', async (state) => {
    const { id, version } = await standing(state);
    await deliveries.say(caller, id, { version, out: true, url: 'https://example.com/1' });
    expect(await house.delivery(id)).toMatchObject({ state: 'published', hold: null, code: 'said-by-hand' });
    const attempts = await house.dataSource.query('SELECT kind, outcome, detail FROM attempts WHERE delivery_id = $1', [id]);
    expect(attempts).toEqual([{ kind: 'by-hand', outcome: 'delivered', detail: 'https://example.com/1' }]);
    expect(await house.facts(id)).toEqual(['delivery.published']);
    await house.dispatch.run(id);
    expect(await stateOf(id)).toBe('published');
  });

  it('that it is not out sends what is unconfirmed again', async () => {
    const { id, text, version } = await standing('unconfirmed', { dueInMs: 0 });
    await deliveries.say(caller, id, { version, out: false });
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', rounds: 1 });
    await house.dispatch.run(id);
    expect(house.visible(text)).toBe(1);
  });

  it.each(all.filter((state) => state !== 'unconfirmed'))('that it is not out means nothing while it is %s', async (state) => {
    const { id, version } = await standing(state);
    expect(await codeOf(deliveries.say(caller, id, { version, out: false }))).toBe('not-in-this-state');
  });

  it.each(['sending', 'published', 'skipped', 'cancelled'] as const)('that it is out is refused while it is %s', async (state) => {
    const { id, version } = await standing(state);
    expect(await codeOf(deliveries.say(caller, id, { version, out: true }))).toBe('not-in-this-state');
  });
});

describe('ending it incomplete', () => {
  it.each(['scheduled', 'held', 'failed', 'unconfirmed'] as const)('ends what is %s with a part out', async (state) => {
    const { id, version } = await standing(state, { begun: true });
    await deliveries.endIncomplete(caller, id, version);
    expect(await house.delivery(id)).toMatchObject({ state: 'published', hold: null, code: 'incomplete' });
    await house.dispatch.run(id);
    expect(house.visible('the rest')).toBe(0);
  });

  it('is refused where nothing is out, and in mid-send', async () => {
    const untouched = await standing('held');
    expect(await codeOf(deliveries.endIncomplete(caller, untouched.id, untouched.version))).toBe('not-in-this-state');
    const busy = await standing('sending', { begun: true });
    expect(await codeOf(deliveries.endIncomplete(caller, busy.id, busy.version))).toBe('not-in-this-state');
  });
});

describe('every step', () => {
  it('is refused on a version that changed meanwhile, and to another workspace', async () => {
    const { id, version } = await standing('held');
    for (const step of [
      (who: Caller, seen: number) => deliveries.release(who, id, seen),
      (who: Caller, seen: number) => deliveries.drop(who, id, seen),
      (who: Caller, seen: number) => deliveries.say(who, id, { version: seen, out: true }),
      (who: Caller, seen: number) => deliveries.endIncomplete(who, id, seen),
    ]) {
      const refusal = await problemOf(step(caller, version - 1));
      expect([refusal?.code, refusal?.facts]).toEqual(['edited-meanwhile', { version }]);
      expect(await codeOf(step(stranger, version))).toBe('delivery-not-found');
    }
    expect(await house.delivery(id)).toMatchObject({ state: 'held', version });
    expect(await audited(id)).toEqual([]);
  });

  it('taken by two at once is done once', async () => {
    const { id, version } = await standing('held');
    const codes = await Promise.all([deliveries.drop(caller, id, version), deliveries.release(caller, id, version), deliveries.drop(caller, id, version)].map(codeOf));
    expect(codes.sort()).toEqual(['edited-meanwhile', 'edited-meanwhile', 'none']);
  });
});

describe('in bulk', () => {
  it('counts without doing, then does, for one filter and one workspace, with one entry in the audit log', async () => {
    await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled', hold_reason = NULL WHERE state = 'held'`);
    const [one, two] = [await standing('held'), await standing('held')];
    const other = await standing('held');
    await house.dataSource.query(`UPDATE deliveries SET hold_reason = 'account' WHERE id = $1`, [other.id]);
    const before = await audited('bulk');
    const asked = (dryRun: boolean) => ({ filter: { holdReason: 'late' as const, channelId: house.channel('beta').id }, dryRun });
    expect(await deliveries.bulk(caller, 'drop', asked(true))).toBe(2);
    expect(await stateOf(one.id)).toBe('held');
    expect(await deliveries.bulk(stranger, 'drop', asked(false))).toBe(0);
    expect(await deliveries.bulk(caller, 'drop', asked(false))).toBe(2);
    expect([await stateOf(one.id), await stateOf(two.id), await stateOf(other.id)]).toEqual(['skipped', 'skipped', 'held']);
    expect((await audited('bulk')).slice(before.length)).toEqual(['delivery.bulk-drop']);
    expect(await house.facts(two.id)).toEqual(['delivery.skipped']);
  });

  it('releases all that is held', async () => {
    const { id } = await standing('held');
    await deliveries.bulk(caller, 'release', { filter: { holdReason: 'late' }, dryRun: false });
    const [row] = await house.dataSource.query('SELECT released, ready_at <= now() AS ready FROM deliveries WHERE id = $1', [id]);
    expect(row).toEqual({ released: true, ready: true });
  });

  it('rings at once for all it releases, and takes no more than the other bulk acts', async () => {
    const { id } = await standing('held');
    await copy(id, 600);
    const asked = (dryRun: boolean) => ({ filter: { holdReason: 'late' as const, channelId: house.channel('beta').id }, dryRun });
    const count = await deliveries.bulk(caller, 'release', asked(false));
    expect(count).toBeGreaterThan(600);
    const [{ unrung }] = await house.dataSource.query(`SELECT count(*)::int AS unrung FROM deliveries WHERE state = 'held' AND released AND rung_until IS NULL`);
    expect(unrung).toBe(0);
    await copy(id, 10_001 - count);
    for (const what of ['release', 'drop'] as const) expect(await codeOf(deliveries.bulk(caller, what, asked(what === 'drop')))).toBe('too-many-matches');
    expect(await stateOf(id)).toBe('held');
    await house.dataSource.query(`DELETE FROM deliveries d WHERE NOT EXISTS (SELECT 1 FROM parts p WHERE p.delivery_id = d.id)`);
  });

  it('needs at least one field, so that nobody means everything by mistake', () => {
    expect(HeldFilter.safeParse({}).success).toBe(false);
    expect(HeldFilter.safeParse({ holdReason: 'late' }).success).toBe(true);
  });
});

describe('the list', () => {
  it('tells the reason in the caller\'s language, by page and filter, of one workspace', async () => {
    const { id } = await standing('held');
    const page = await deliveries.list(caller, { limit: 200, holdReason: 'late' });
    expect(page.items.find((row) => row.id === id)?.reason).toMatchObject({ code: 'we-were-away', sentence: expect.stringContaining('Postern non era in funzione') });
    expect((await deliveries.list(stranger, { limit: 200 })).items).toEqual([]);
    const first = await deliveries.list(caller, { limit: 3 });
    const second = await deliveries.list(caller, { limit: 3, cursor: first.next ?? '' });
    expect(new Set([...first.items, ...second.items].map((row) => row.id)).size).toBe(6);
  });
});
