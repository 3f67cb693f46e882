import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { Signal } from '../../../src/core/signal.js';
import type { VerdictState } from '../../../src/core/verdict.js';
import type { HealthService } from '../../../src/features/health/health.service.js';
import type { Heartbeat } from '../../../src/infra/heartbeat.js';
import { IncomingFilesService } from '../../../src/features/media/incoming-files.service.js';
import { NextDueService } from '../../../src/features/posts/next-due.service.js';
import { UpkeepService } from '../../../src/features/upkeep/upkeep.service.js';
import { type House, openHouse } from '../channels/channels-house.js';

let house: House;
let folder: string;

beforeAll(async () => {
  house = await openHouse();
  folder = await mkdtemp(join(tmpdir(), 'postern-upkeep-'));
});
afterAll(async () => {
  await house.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => house.dataSource.query(`UPDATE channels SET state = 'off' WHERE state <> 'off'`)); // those of the tests before

/** What the detector says of every component, and what it was told. */
const health = { state: 'up' as VerdictState, told: [] as Signal[] };
const upkeepOf = ({ care, looks, states, opened } = house.process()) =>
  new UpkeepService(
    care, looks, opened, states, new NextDueService(house.dataSource), new IncomingFilesService(folder),
    { verdict: () => ({ state: health.state, impaired: false }), report: (_: string, signal: Signal) => void health.told.push(signal) } as unknown as HealthService,
    { workerId: 'here' } as Heartbeat,
  );
const set = (id: string, columns: string) => house.dataSource.query(`UPDATE channels SET ${columns} WHERE id = $1`, [id]);
const row = async (id: string): Promise<{ state: string; looked: boolean }> =>
  (await house.dataSource.query(`SELECT state, looked_at > now() - interval '1 minute' AS looked FROM channels WHERE id = $1`, [id]))[0];

async function channel(name = `u-${uuid().slice(-12)}`, app?: string) {
  const { caller, clientId } = await house.agency();
  const { id } = await house.connecting.connect(caller, { clientId, connectorId: 'sandbox-beta', account: { ...house.account(name), ...(app !== undefined && { app }) } });
  return { id, name, clientId, workspaceId: caller.workspaceId };
}
const refuse = (name: string) => house.sandbox.faults.add({ kind: 'unauthorized', account: name, probability: 1 });
/** Refused two minutes ago, and nobody has asked since. */
const doubted = (id: string) => set(id, `state = 'checking', state_at = now() - interval '2 minutes', looking_until = NULL`);

async function planned(of: { id: string; clientId: string; workspaceId: string }, inMinutes: number): Promise<void> {
  const postId = uuid();
  await house.dataSource.query(
    `INSERT INTO posts (id, workspace_id, client_id, choice, content, zone, wall_at, due_at, created_by) VALUES ($1, $2, $3, 'today', '{}', 'UTC', now(), now(), '{}')`,
    [postId, of.workspaceId, of.clientId],
  );
  await house.dataSource.query(
    `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, state, choice, due_at, ready_at, deadline_at)
     VALUES ($1, $2, $3, $4, $5, 'sandbox-beta', 'c', 'scheduled', 'today', now(), now() + $6 * interval '1 minute', now() + interval '1 day')`,
    [uuid(), of.workspaceId, of.clientId, postId, of.id, inMinutes],
  );
}

describe('upkeep', () => {
  it('looks at a channel that nobody has looked at for a day, and not at one seen today', async () => {
    const [old, fresh] = [await channel(), await channel()];
    await set(old.id, `looked_at = now() - interval '25 hours'`);
    await set(fresh.id, `looked_at = now() - interval '5 hours'`);
    expect(await upkeepOf().round(Date.now())).toBe(1);
    expect([(await row(old.id)).looked, (await row(fresh.id)).looked]).toEqual([true, false]);
  });

  it('looks a quarter of an hour before a post at a channel not seen within the hour', async () => {
    const [soon, later, seen] = [await channel(), await channel(), await channel()];
    for (const { id } of [soon, later]) await set(id, `looked_at = now() - interval '2 hours'`);
    await set(seen.id, `looked_at = now() - interval '30 minutes'`);
    await planned(soon, 14);
    await planned(later, 30);
    await planned(seen, 14);
    expect(await upkeepOf().round(Date.now())).toBe(1);
    expect((await row(soon.id)).looked).toBe(true);
  });

  it('is shared by processes: no channel is looked at twice', async () => {
    for (let i = 0; i < 6; i++) await set((await channel()).id, `looked_at = NULL`);
    const counts = await Promise.all([upkeepOf(), upkeepOf(), upkeepOf()].map((upkeep) => upkeep.round(Date.now())));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(6);
    expect(await upkeepOf().round(Date.now())).toBe(0);
  });

  it('asks a platform that does not answer again later, not each round', async () => {
    const away = await channel();
    house.sandbox.faults.add({ kind: 'status', status: 503, html: true, taken: false, account: away.name, probability: 1 });
    await set(away.id, `looked_at = now() - interval '2 days'`);
    expect(await upkeepOf().round(Date.now())).toBe(1);
    expect(await upkeepOf().round(Date.now())).toBe(0);
    expect(await row(away.id)).toEqual({ state: 'connected', looked: false });
  });

  it('tells to reconnect when an account is refused twice and another client\'s is in order', async () => {
    const [bad, good] = [await channel(), await channel()];
    refuse(bad.name);
    await doubted(bad.id);
    await upkeepOf().round(Date.now());
    expect(await row(bad.id)).toMatchObject({ state: 'reconnect' });
    expect((await row(good.id)).state).toBe('connected');
    expect(await house.facts(bad.id)).toEqual(['channel.connected', 'channel.reconnect']);
  });

  it('does not tell before the second look, a minute after the first', async () => {
    const bad = await channel();
    refuse(bad.name);
    await set(bad.id, `state = 'checking', state_at = now() - interval '20 seconds', looking_until = NULL`);
    expect(await upkeepOf().round(Date.now())).toBe(1);
    expect((await row(bad.id)).state).toBe('checking');
  });

  it('disconnects nobody while every client\'s account is refused alike', async () => {
    const all = [await channel(), await channel(), await channel()];
    for (const { id, name } of all) {
      refuse(name);
      await set(id, `healthy_at = now() - interval '1 hour'`);
    }
    await doubted(all[0]!.id);
    await upkeepOf().round(Date.now());
    expect(await Promise.all(all.map(async ({ id }) => (await row(id)).state))).not.toContain('reconnect');
  });

  it('disconnects nobody while all that work through an app of ours are refused and another app’s account is not', async () => {
    const [bad, alike, other] = [await channel(undefined, 'ours'), await channel(undefined, 'ours'), await channel(undefined, 'other')];
    for (const { name } of [bad, alike]) refuse(name);
    for (const { id } of [bad, alike]) await set(id, `healthy_at = now() - interval '1 hour'`);
    await doubted(bad.id);
    await upkeepOf().round(Date.now());
    expect(await Promise.all([bad, alike].map(async ({ id }) => (await row(id)).state))).toEqual(['checking', 'checking']);
    expect((await row(other.id)).state).toBe('connected');
    expect(health.told.at(-1)).toMatchObject({ kind: 'look', account: bad.id, app: 'ours' });
  });

  it('tells nobody to reconnect while the platform itself is down, for a day at most', async () => {
    const [bad] = [await channel(), await channel()];
    refuse(bad.name);
    await doubted(bad.id);
    health.state = 'down';
    await upkeepOf().round(Date.now());
    expect((await row(bad.id)).state).toBe('checking');
    await set(bad.id, `state_at = now() - interval '25 hours', looking_until = NULL`);
    await upkeepOf().round(Date.now());
    health.state = 'up';
    expect((await row(bad.id)).state).toBe('reconnect');
  });

  it('tells the health of the platform what it saw', async () => {
    const [fine, bad] = [await channel(), await channel()];
    refuse(bad.name);
    for (const { id } of [fine, bad]) await set(id, `looked_at = NULL`);
    health.told = [];
    await upkeepOf().round(Date.now());
    expect(health.told).toEqual(expect.arrayContaining([
      expect.objectContaining({ kind: 'look', result: 'ok', account: fine.id, client: fine.clientId, workspace: fine.workspaceId }),
      expect.objectContaining({ kind: 'look', result: 'refused', account: bad.id }),
    ]));
  });

  it('takes back the doubt when the platform is itself again', async () => {
    const back = await channel();
    await doubted(back.id);
    await upkeepOf().round(Date.now());
    expect((await row(back.id)).state).toBe('connected');
  });

  it('tells of access that ends within seven days, once for each end', async () => {
    const [ending, lasting] = [await channel(), await channel()];
    await set(ending.id, `expires_at = now() + interval '6 days'`);
    await set(lasting.id, `expires_at = now() + interval '8 days'`);
    await Promise.all([upkeepOf().round(Date.now()), upkeepOf().round(Date.now())]);
    expect(await house.facts(ending.id)).toEqual(['channel.connected', 'channel.expiring']);
    expect(await house.facts(lasting.id)).toEqual(['channel.connected']);
    await set(ending.id, `expires_at = now() + interval '5 days'`);
    await upkeepOf().round(Date.now());
    expect(await house.facts(ending.id)).toEqual(['channel.connected', 'channel.expiring', 'channel.expiring']);
  });
});
