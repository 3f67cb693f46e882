import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { detectorConfig } from '../../../src/core/detector-config.js';
import { type CanaryState, type DetectorState, type DownKind, initial } from '../../../src/core/detector-state.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { HealthWatchService } from '../../../src/features/health/watch.service.js';
import { DeliveriesService } from '../../../src/features/posts/deliveries.service.js';
import { OutagesService } from '../../../src/features/posts/outages.service.js';
import type { SeededPost } from '../../kit/seed.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';

// Nothing runs by itself here: each tick, bell and look is the test's. Deliveries a hundred times as fast as in life.
const open: DispatchHouse[] = [];
let house: DispatchHouse;
beforeEach(async () => {
  const soon = { ...detectorConfig.canary, firstMs: 100, mostMs: 200, blindMs: 100 };
  house = await openDispatch({ scale: 0.01, detector: { ...detectorConfig, canary: soon } });
  open.push(house);
});
afterAll(async () => {
  for (const one of open) await one.close();
});

/** This platform is down: what is planned on it is held. */
async function down(name: string, kind: DownKind, canary: Partial<CanaryState> = {}): Promise<string> {
  const [row] = await house.dataSource.query<{ id: string }[]>('SELECT component_id AS id FROM channels WHERE id = $1', [house.channel(name).id]);
  const id = row?.id ?? '';
  const now = Date.now();
  const fresh = initial();
  const { config: _, ...detector } = {
    ...fresh, at: now, judgedAt: now, since: now, phase: 'down', kind, by: 'passive', evidenceAt: now, faultAt: now, canary: { ...fresh.canary, waitMs: 100, ...canary },
  } satisfies DetectorState;
  await house.dataSource.query(
    `INSERT INTO components (id, detector, state, media_state, read_ok, impaired, since, cause, confidence, said)
     VALUES ($1, $2, $3, 'down', true, false, now(), 'unknown', 0, jsonb_build_object('state', $3::text, 'media', 'down', 'kind', $4::text, 'impaired', false, 'official', NULL))`,
    [id, JSON.stringify(detector), kind === 'media' ? 'degraded' : 'down', kind],
  );
  await house.get(HealthService).read();
  return id;
}
async function held(...posts: readonly Pick<SeededPost, 'channel' | 'text'>[]): Promise<readonly string[]> {
  const ids = await house.plan(...posts.map((post) => ({ ...post, dueInMs: 0 })));
  for (const id of ids) await house.dispatch.run(id);
  for (const id of ids) expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'outage' });
  return ids;
}
const tick = () => house.get(HealthWatchService).round(new AbortController().signal);
const canaryOf = async (id: string) =>
  (await house.dataSource.query<{ canary: string | null; state: CanaryState }[]>(`SELECT canary, detector -> 'canary' AS state FROM components WHERE id = $1`, [id]))[0];

/** A tick, the bells that ring, the looks that are due, until it is so. */
async function until(what: string, is: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_000; i += 1) {
    await house.get(HealthService).send();
    await tick();
    await house.get(HealthService).read();
    const rung = await house.dataSource.query<{ id: string }[]>(`SELECT id FROM deliveries WHERE state IN ('held', 'scheduled') AND ready_at <= now()`);
    for (const { id } of rung) await house.dispatch.run(id);
    await house.letOut();
    await house.reconciler.round();
    if (await is()) return;
    await sleep(30);
  }
  throw new Error(`${what} did not happen: ${JSON.stringify(await house.dataSource.query('SELECT id, state, hold_reason, reason, ready_at, rounds FROM deliveries'))} ${JSON.stringify(await house.dataSource.query(`SELECT id, state, canary, detector -> 'canary' AS c, detector -> 'signs' AS signs FROM components`))}`);
}
const published = async (ids: readonly string[]) =>
  (await house.dataSource.query<unknown[]>(`SELECT 1 FROM deliveries WHERE id = ANY($1::uuid[]) AND state = 'published'`, [ids])).length;

describe('a canary', () => {
  it('that is never found makes room for another, so that the platform comes back', async () => {
    const channel = house.channel('beta');
    await down('beta', 'unavailable');
    const ids = await held({ channel, text: 'one' }, { channel, text: 'two' }, { channel, text: 'three' });
    const fault = house.sandbox.faults.add({ kind: 'reset', platform: 'sandbox-beta', taken: false, probability: 1, on: ['post'] });
    const failed = async () => (await house.dataSource.query<{ id: string }[]>(`SELECT id FROM deliveries WHERE state = 'failed'`)).map(({ id }) => id);
    await until('one is never found', async () => (await failed()).length > 0);
    expect(await failed()).toHaveLength(1);
    house.sandbox.faults.remove(fault);
    await until('another goes', async () => (await published(ids)) > 0);
  });

  it('of which a person says that it is not there may go again; that it is out, and another goes', async () => {
    const channel = house.channel('delta');
    const component = await down('delta', 'unavailable');
    const ids = await held({ channel, text: 'blind one' }, { channel, text: 'blind two' });
    const fault = house.sandbox.faults.add({ kind: 'reset', platform: 'sandbox-delta', taken: false, probability: 1, on: ['post'] });
    await until('one is uncertain', async () => (await canaryOf(component))?.state.open === true);
    house.sandbox.faults.remove(fault);
    const uncertain = (await canaryOf(component))?.canary ?? '';
    expect(ids).toContain(uncertain);
    expect(await house.delivery(uncertain)).toMatchObject({ state: 'unconfirmed' });

    const caller = { workspaceId: house.client.workspaceId, actor: { kind: 'user', id: uuid(), name: 'Anna' }, role: 'editor', language: 'en' } as const;
    await house.get(DeliveriesService).say(caller, uncertain, { out: true, version: (await house.delivery(uncertain)).version });
    await until('another goes', async () => (await published(ids)) === 2);
    expect(house.visible('blind one') + house.visible('blind two')).toBe(1);
  });

  it('is cleared up by a person who says that it is not there: it goes again', async () => {
    const channel = house.channel('delta');
    const component = await down('delta', 'unavailable');
    const [id = ''] = await held({ channel, text: 'blind' });
    const fault = house.sandbox.faults.add({ kind: 'reset', platform: 'sandbox-delta', taken: false, probability: 1, on: ['post'] });
    await until('it is uncertain', async () => (await canaryOf(component))?.state.open === true);
    house.sandbox.faults.remove(fault);
    const caller = { workspaceId: house.client.workspaceId, actor: { kind: 'user', id: uuid(), name: 'Anna' }, role: 'editor', language: 'en' } as const;
    await house.get(DeliveriesService).say(caller, id, { out: false, version: (await house.delivery(id)).version });
    await until('it goes again', async () => (await published([id])) === 1);
    await until('nothing is open', async () => (await canaryOf(component))?.state.open === false);
    expect(house.visible('blind')).toBe(1);
  });

  it('whose process died is the only one from then on, as if it had said so', async () => {
    const channel = house.channel('delta');
    const component = await down('delta', 'unavailable');
    const [id = ''] = await held({ channel, text: 'died' }, { channel, text: 'waits' });
    for (let i = 0; i < 500 && (await canaryOf(component))?.canary === null; i += 1) {
      await tick();
      await sleep(50);
    }
    const first = (await canaryOf(component))?.canary ?? id;
    await house.dataSource.query(`UPDATE deliveries SET state = 'sending', hold_reason = NULL, intent_at = now(), lease_until = now(), epoch = epoch + 1 WHERE id = $1`, [first]);
    await tick();
    expect((await canaryOf(component))?.state).toMatchObject({ open: false });
    await house.rounds.sweep();
    expect(await house.delivery(first)).toMatchObject({ state: 'unconfirmed' });
    await tick();
    await tick();
    const [row] = await house.dataSource.query<{ c: CanaryState }[]>(`SELECT detector -> 'canary' AS c FROM components WHERE id = $1`, [component]);
    expect(row?.c).toMatchObject({ only: first, open: true });
  });
});

describe('with only media down', () => {
  it('what has no picture but that of its link can go first, and that it is out is a good sign', async () => {
    const channel = house.channel('media');
    const component = await down('media', 'media');
    const [id = ''] = await house.plan({ channel, dueInMs: 0, text: 'a link' });
    const link = { url: 'https://bar.example', title: 'Bar', description: '', thumb: { mediaId: uuid(), mime: 'image/png', bytes: 1, width: 1, height: 1, alt: '' } };
    await house.dataSource.query(`UPDATE parts SET content = content || jsonb_build_object('link', $2::jsonb) WHERE delivery_id = $1`, [id, JSON.stringify(link)]);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'outage' });
    for (let i = 0; i < 500 && (await canaryOf(component))?.canary === null; i += 1) {
      await tick();
      await sleep(50);
    }
    expect(await canaryOf(component)).toMatchObject({ canary: id });

    await house.get(HealthService).read();
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
    await house.get(HealthService).send();
    const told = await house.dataSource.query<{ one: object }[]>(`SELECT one -> 1 AS one FROM health_signals, jsonb_array_elements(signals) AS one WHERE one -> 1 ->> 'kind' = 'canary'`);
    expect(told).toEqual([{ one: expect.objectContaining({ result: 'ok', media: true }) }]);
    expect((await house.get(OutagesService).canaries(house.dataSource.manager, [id])).get(id)).toMatchObject({ now: 'published', media: true });
    await tick();
    expect(await house.dataSource.query(`SELECT jsonb_array_length(detector -> 'signs') AS signs FROM components WHERE id = $1`, [component])).toEqual([{ signs: 1 }]);
  });

  it('what has media stays held, quietly, and texts that were held go', async () => {
    const channel = house.channel('media');
    await down('media', 'media', { nextAt: Date.now() + 3_600_000 });
    const picture = `'[{"id":"00000000-0000-0000-0000-000000000001"}]'::jsonb`;
    const [film = '', text = ''] = await house.plan({ channel, dueInMs: 0, text: 'film' }, { channel, dueInMs: 0, text: 'text' });
    await house.dataSource.query(`UPDATE parts SET content = jsonb_set(content, '{media}', ${picture}) WHERE delivery_id = $1`, [film]);
    await house.dispatch.run(film);
    await house.dataSource.query(`UPDATE deliveries SET state = 'held', hold_reason = 'outage', reason = '{"code":"platform-down"}', ready_at = deadline_at WHERE id = $1`, [text]);
    const before = await house.delivery(film);
    expect(before).toMatchObject({ state: 'held', hold: 'outage' });
    await tick();
    await sleep(1_100); // what is held is asked once a second
    await tick();
    expect(await house.delivery(film)).toEqual(before);
    await until('the text is out', async () => (await published([text])) === 1);
    expect(await house.delivery(film)).toEqual(before);
  });
});
