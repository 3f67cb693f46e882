import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { VerifierService } from '../../../src/features/dispatch/verifier.service.js';
import { VerificationsService } from '../../../src/features/posts/verifications.service.js';
import { seedClient, seedPosts } from '../../kit/seed.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

let house: DispatchHouse;
beforeAll(async () => {
  house = await openDispatch();
});
afterAll(async () => {
  await house.close();
});

/** Publishes a post whose hour counts, so that it is in the sample, and makes its look due. */
async function publish(text: string, channel: string): Promise<string> {
  const [id = ''] = await house.plan({ channel: house.channel(channel), dueInMs: 0, text, choice: 'hour-counts', lateLimitMs: 900_000 });
  await house.dispatch.run(id);
  return id;
}
const look = async (id: string): Promise<void> => {
  await house.dataSource.query(`UPDATE deliveries SET verify_at = now() WHERE id = $1 AND verify_at IS NOT NULL`, [id]);
  await house.app.get(VerifierService, { strict: false }).round();
};
const row = async (id: string) => {
  const [found] = await house.dataSource.query<{ state: string; seen: boolean | null; waits: boolean }[]>(
    `SELECT state, seen, verify_at IS NOT NULL AS waits FROM deliveries WHERE id = $1`,
    [id],
  );
  return found;
};
const componentOf = async (name: string) =>
  (await house.dataSource.query<{ id: string }[]>('SELECT component_id AS id FROM channels WHERE id = $1', [house.channel(name).id]))[0]?.id ?? '';
const factsOf = (id: string) => house.dataSource.query<{ kind: string }[]>(`SELECT kind FROM events WHERE subject_id = $1 ORDER BY at`, [id]);

describe('the sample that is read back', () => {
  it('waits for the platform to settle, and is done when the post is seen', async () => {
    const id = await publish('seen again', 'beta');
    expect(await row(id)).toEqual({ state: 'published', seen: null, waits: true });
    await look(id);
    expect(await row(id)).toEqual({ state: 'published', seen: true, waits: false });
  });

  it('tells people when the platform answered 200 and lost it: after two looks, once, and sends nothing again', async () => {
    house.sandbox.faults.add({ kind: 'lose', probability: 1 });
    const id = await publish('taken and lost', 'beta');
    house.sandbox.faults.clear();
    await look(id);
    expect(await row(id)).toEqual({ state: 'published', seen: null, waits: true });
    await look(id);
    expect(await row(id)).toEqual({ state: 'published', seen: false, waits: false });
    expect(await factsOf(id)).toEqual([{ kind: 'delivery.published' }, { kind: 'delivery.vanished' }]);
    expect(house.visible('taken and lost')).toBe(0);
  });

  it('says nothing where the platform cannot be read back', async () => {
    const id = await publish('no way to tell', 'gamma');
    await look(id);
    expect(await row(id)).toEqual({ state: 'published', seen: null, waits: false });
  });

  it('says nothing while looking tells nothing', async () => {
    const id = await publish('unknown', 'beta');
    house.sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, on: ['read'], probability: 1 });
    await look(id);
    await look(id);
    house.sandbox.faults.clear();
    expect(await row(id)).toEqual({ state: 'published', seen: null, waits: true });
  });

  it('after hours down still reads back what was nowhere to be seen, and tells of it once', async () => {
    const since = Date.now();
    house.sandbox.faults.add({ kind: 'lose', probability: 1 });
    const lost = await publish('lost hours ago', 'alpha');
    house.sandbox.faults.clear();
    const seen = await publish('seen hours ago', 'alpha');
    for (let i = 0; i < 2; i += 1) await look(lost);
    await look(seen);
    await house.dataSource.query(`UPDATE deliveries SET due_at = due_at - interval '5 hours', ended_at = ended_at - interval '5 hours' WHERE id = ANY($1::uuid[])`, [[lost, seen]]);
    const component = await componentOf('alpha');
    const verifications = house.get(VerificationsService);

    await verifications.soon(component, 6);
    expect(await row(lost)).toMatchObject({ waits: false });
    await verifications.accusers(component, 6, since - 4 * 3_600_000);
    expect(await row(lost)).toMatchObject({ waits: true });
    expect(await row(seen)).toMatchObject({ waits: false });
    for (let i = 0; i < 2; i += 1) await look(lost);
    expect(await row(lost)).toEqual({ state: 'published', seen: false, waits: false });
    expect((await factsOf(lost)).filter(({ kind }) => kind === 'delivery.vanished')).toHaveLength(1);
  });

  it('once something went out in the outage, that alone is read back: what was lost may be lost for good', async () => {
    const since = Date.now() - 1_000;
    const other = await seedClient(house.dataSource, { connectorIds: ['sandbox-alpha'], url: house.sandbox.url, seal: house.seal });
    const [channel] = other.channels;
    if (!channel) throw new Error('no channel');
    const [lost = ''] = await seedPosts(house.dataSource, other, [{ channel, dueInMs: 0, text: 'lost for good' }]);
    house.sandbox.faults.add({ kind: 'lose', probability: 1 });
    await house.dispatch.run(lost);
    house.sandbox.faults.clear();
    expect(await row(lost)).toMatchObject({ state: 'published', seen: null });
    await house.dataSource.query(`UPDATE deliveries SET verify_at = NULL, seen = false WHERE id = $1`, [lost]);
    const canary = await publish('went first', 'alpha');
    await look(canary);
    const component = await componentOf('alpha');
    await house.get(VerificationsService).accusers(component, 6, since);
    const waiting = await house.dataSource.query<{ id: string }[]>(`SELECT id FROM deliveries WHERE verify_at <= now() AND component_id = $1`, [component]);
    expect(waiting).toEqual([{ id: canary }]);
  });
});
