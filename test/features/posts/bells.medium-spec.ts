import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { PostCreate } from '../../../src/features/posts/post-input.schema.js';
import { type Agency, type House, openHouse, settle } from './posts-house.js';

let house: House;
let agency: Agency;
/** How long the bells meant to wait, in ms. */
let slept: number[];
/** What does not wait in this test; all else waits until it is called off. */
let patienceMs: number;

beforeAll(async () => {
  house = await openHouse();
  agency = await settle(house, { channels: 1 });
  house.clock.sleep = (ms, signal) => {
    slept.push(ms);
    return ms <= patienceMs ? Promise.resolve() : new Promise((resolve) => { signal?.addEventListener('abort', () => { resolve(); }); });
  };
});
beforeEach(() => {
  slept = [];
  patienceMs = 0;
  house.rung.length = 0;
});
afterAll(() => house.close());

const soon = () => DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' }).plus({ minutes: 5 }).toFormat("yyyy-MM-dd'T'HH:mm");
const make = () => house.posts.create(agency.caller, PostCreate.parse({ clientId: agency.clientId, channelIds: agency.channelIds, content: { parts: [{ text: 'Aperitivo' }] }, wallAt: soon() }));
const rungUntil = async (postId: string): Promise<Date | null> =>
  (await house.dataSource.query<{ rung_until: Date | null }[]>('SELECT rung_until FROM deliveries WHERE post_id = $1', [postId]))[0]!.rung_until;
/** Puts another queue behind the bells for as long as the work takes. */
const withQueue = async <T>(ring: House['bus']['ring'], work: () => Promise<T>): Promise<T> => {
  const before = house.bus.ring;
  house.bus.ring = ring;
  try {
    return await work();
  } finally {
    house.bus.ring = before;
  }
};
const refusing = () => Promise.reject(new Error("OOM command not allowed when used memory > 'maxmemory'."));
const silent = () => new Promise<void>(() => undefined);

describe('A post that is saved', () => {
  it('is rung at once when it is due within the horizon', async () => {
    expect(await rungUntil(await make())).not.toBeNull();
    expect(house.rung).toHaveLength(1);
  });

  it('is answered for, and left to the planner, when the queue refuses', async () => {
    const id = await withQueue(refusing, make);
    expect(await rungUntil(id)).toBeNull();
    await house.bells.plan();
    expect(house.rung).toHaveLength(1);
  });

  it('is answered for within two seconds, and left to the planner, when the queue never answers', async () => {
    patienceMs = 1_500;
    const id = await withQueue(silent, make);
    expect(Math.max(...slept)).toBeLessThanOrEqual(2_000);
    expect(await rungUntil(id)).toBeNull();
  });

  it('does not lose a newer bell because an older one was refused', async () => {
    const id = await make();
    await house.dataSource.query('UPDATE deliveries SET rung_until = NULL WHERE post_id = $1', [id]);
    const ids = (await house.dataSource.query<{ id: string }[]>('SELECT id FROM deliveries WHERE post_id = $1', [id])).map((row) => row.id);
    const changed = async (): Promise<void> => {
      await house.dataSource.query(`UPDATE deliveries SET ring = ring + 1, rung_until = now() + interval '1 hour' WHERE post_id = $1`, [id]);
      throw new Error('READONLY You can\'t write against a read only replica.');
    };
    await withQueue(changed, () => house.bells.ring(ids));
    expect(await rungUntil(id)).not.toBeNull();
  });

  it('is answered for while another transaction holds its delivery', async () => {
    const id = await make();
    await house.dataSource.query('UPDATE deliveries SET rung_until = NULL WHERE post_id = $1', [id]);
    const ids = (await house.dataSource.query<{ id: string }[]>('SELECT id FROM deliveries WHERE post_id = $1', [id])).map((row) => row.id);
    patienceMs = 2_000;
    await house.dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1 FROM deliveries WHERE post_id = $1 FOR UPDATE', [id]);
      await house.bells.ring(ids);
    });
    expect(slept).toContain(2_000);
  });
});

it('The planner, whom nobody waits for, says that the queue refuses, and rings again in its next round', async () => {
  const id = await make();
  await house.dataSource.query('UPDATE deliveries SET rung_until = NULL WHERE post_id = $1', [id]);
  await expect(withQueue(refusing, () => house.bells.plan())).rejects.toThrow('OOM');
  expect(await rungUntil(id)).toBeNull();
});
