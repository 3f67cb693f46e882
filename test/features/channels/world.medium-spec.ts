import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { Kept } from '../../../src/features/channels/world.service.js';
import { type House, openHouse } from './channels-house.js';

let house: House;
let channel: { id: string; workspaceId: string; clientId: string; connectorId: string; sessionVersion: number };
let clientId: string;
const signal = new AbortController().signal;
const media = { mediaId: 'm1', mime: 'image/png', bytes: 1, width: null, height: null, alt: '' };

beforeAll(async () => {
  house = await openHouse();
  const agency = await house.agency();
  clientId = agency.clientId;
  const connected = await house.connecting.connect(agency.caller, { clientId, connectorId: 'sandbox-beta', account: house.account('worldly', 'a-worldly-token') });
  channel = { id: connected.id, workspaceId: agency.workspaceId, clientId, connectorId: 'sandbox-beta', sessionVersion: 0 };
});
afterAll(() => house.close());

/** A part of a post on the channel, as kept refs need one. */
async function part(): Promise<string> {
  const [postId, deliveryId, id] = [uuid(), uuid(), uuid()];
  const { workspaceId } = channel;
  await house.dataSource.query(
    `INSERT INTO posts (id, workspace_id, client_id, choice, content, zone, wall_at, due_at, created_by) VALUES ($1, $2, $3, 'today', '{}', 'UTC', now(), now(), '{}')`,
    [postId, workspaceId, clientId],
  );
  await house.dataSource.query(
    `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, state, choice, due_at, ready_at, deadline_at)
     VALUES ($1, $2, $3, $4, $5, 'sandbox-beta', 'c', 'scheduled', 'today', now(), now(), now())`,
    [deliveryId, workspaceId, clientId, postId, channel.id],
  );
  await house.dataSource.query(
    `INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content) VALUES ($1, $2, $3, $4, 0, 'post', '{}')`,
    [id, deliveryId, workspaceId, channel.id],
  );
  return id;
}

const worldOf = (partId: string, kept: Kept = new Map()) => house.worlds.worldFor({ channel, partId, kept, signal });
const rowsOf = (partId: string): Promise<{ name: string; ref: string }[]> =>
  house.dataSource.query(`SELECT name, ref FROM kept_refs WHERE part_id = $1 ORDER BY name`, [partId]);

describe('the world of a part', () => {
  it('has written a ref down before keep returns, and shows it from then on', async () => {
    const partId = await part();
    const world = worldOf(partId);
    expect(world.kept('upload')).toBeNull();
    await world.keep('upload', 'remote-1', null);
    expect(await rowsOf(partId)).toEqual([{ name: 'upload', ref: 'remote-1' }]);
    expect(world.kept('upload')).toBe('remote-1');
  });

  it('keeps refs of many parts at once, the later of two under one name', async () => {
    const parts = await Promise.all([part(), part(), part()]);
    await Promise.all(parts.flatMap((partId) => [worldOf(partId).keep('a', `first-${partId}`, null), worldOf(partId).keep('a', `last-${partId}`, null)]));
    for (const partId of parts) expect(await rowsOf(partId)).toEqual([{ name: 'a', ref: `last-${partId}` }]);
  });

  it('no longer shows a ref whose time is over', async () => {
    const kept: Kept = new Map([['over', { ref: 'x', expiresAt: Date.now() - 1 }], ['good', { ref: 'y', expiresAt: Date.now() + 60_000 }]]);
    const world = worldOf(uuid(), kept);
    expect([world.kept('over'), world.kept('good')]).toEqual([null, 'y']);
  });

  it('throws when a ref cannot be written, so that the step before it is not taken for done', async () => {
    const world = worldOf(uuid()); // no such part
    await expect(world.keep('upload', 'remote-1', null)).rejects.toThrow();
    expect(world.kept('upload')).toBeNull();
  });

  it('opens media of its own workspace only: the workspace is the channel\'s, not the caller\'s choice', async () => {
    expect(await (await worldOf(uuid()).open(media)).text()).toBe(`${channel.workspaceId} m1`);
  });

  it('reaches the platform, and is stopped by the guard elsewhere', async () => {
    const world = worldOf(uuid());
    expect((await world.fetch(`${house.sandbox.url}/sandbox-beta/api/accounts/worldly/me`, { headers: { authorization: 'Bearer a-worldly-token' } })).status).toBe(200);
    await expect(world.fetch('http://169.254.169.254/latest/meta-data')).rejects.toMatchObject({ name: 'TransportError', kind: 'guard' });
  });

  it('logs without sealed values', () => {
    const lines: string[] = [];
    Logger.overrideLogger({ log: () => undefined, warn: () => undefined, error: () => undefined, debug: (...line: unknown[]) => void lines.push(JSON.stringify(line)) });
    try {
      worldOf(uuid()).log('asked with a-worldly-token', { header: 'Bearer a-worldly-token' });
    } finally {
      Logger.overrideLogger(true);
    }
    expect(lines.join()).toContain('asked with [struck out]');
    expect(lines.join()).not.toContain('a-worldly-token');
  });
});
