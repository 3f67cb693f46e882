import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { Channel } from '../../../src/features/channels/channel.schema.js';
import { codeOf, type House, openHouse } from './channels-house.js';

let house: House;
let workspaceId: string;
let channel: Channel;

beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

beforeEach(async () => {
  const { caller, clientId } = await house.agency();
  workspaceId = caller.workspaceId;
  channel = await house.connecting.connect(caller, { clientId, connectorId: 'sandbox-beta', account: house.account(`c-${uuid().slice(-12)}`) });
});

const now = () => house.channels.read(workspaceId, channel.id);
const longAgo = () => house.dataSource.query(`UPDATE channels SET looked_at = '2020-01-01', healthy_at = '2020-01-01' WHERE id = $1`, [channel.id]);
const year = (text: string | null) => text?.slice(0, 4);

describe('what is known of a channel', () => {
  it('a refused look makes it doubtful, never at once disconnected', async () => {
    await house.states.recordLook(channel, { kind: 'unauthorized', detail: 'token revoked' });
    expect(await now()).toMatchObject({ state: 'checking', stateDetail: 'token revoked' });
    expect(await house.facts(channel.id)).toEqual(['channel.connected']);
  });

  it('a good look clears the doubt and says so', async () => {
    await house.states.markChecking(channel.id, 'suspended');
    await house.states.recordLook(channel, { kind: 'ok', accountName: 'x', url: null });
    expect(await now()).toMatchObject({ state: 'connected', stateDetail: null, url: channel.url });
    expect(await house.facts(channel.id)).toEqual(['channel.connected', 'channel.connected']);
  });

  it('keeps what a look learned and when access ends, and raises the version only when it is new', async () => {
    const look = { kind: 'ok', accountName: 'x', url: null, learned: { maxText: 300 }, expiresAt: Date.UTC(2030, 0, 1) } as const;
    await house.states.recordLook(channel, look);
    const first = await now();
    expect(first).toMatchObject({ version: channel.version + 1, expiresAt: '2030-01-01T00:00:00.000Z' });
    await house.states.recordLook(first, look);
    expect((await now()).version).toBe(first.version);
    expect((await house.channels.describe(workspaceId, [channel.id])).get(channel.id)?.learned).toEqual({ maxText: 300 });
  });

  it('a look at credentials that were replaced meanwhile changes nothing', async () => {
    await house.states.recordLook({ id: channel.id, version: channel.version - 1 }, { kind: 'unauthorized', detail: 'the old token' });
    expect((await now()).state).toBe('connected');
  });

  it('a platform that does not answer says nothing of the account', async () => {
    await longAgo();
    await house.states.recordLook(channel, { kind: 'unavailable', detail: '503' });
    expect(await now()).toMatchObject({ state: 'connected', healthyAt: '2020-01-01T00:00:00.000Z', lookedAt: '2020-01-01T00:00:00.000Z' });
  });

  it('tells of a reconnect once, however often it is marked', async () => {
    await house.states.markChecking(channel.id, 'revoked');
    await Promise.all([house.states.markReconnect(channel.id, 'revoked'), house.states.markReconnect(channel.id, 'revoked')]);
    expect(await house.facts(channel.id)).toEqual(['channel.connected', 'channel.reconnect']);
  });

  it('strikes secrets out of the platform\'s words', async () => {
    const { account } = { account: house.account('quoted', 'quoted-secret-token') };
    const { caller, clientId } = await house.agency();
    const quoted = await house.connecting.connect(caller, { clientId, connectorId: 'sandbox-beta', account });
    await house.states.markChecking(quoted.id, 'the token quoted-secret-token is revoked\0');
    expect((await house.channels.read(caller.workspaceId, quoted.id)).stateDetail).toBe('the token [struck out] is revoked');
  });

  it('a post that went out marks it healthy, at most once a minute', async () => {
    await longAgo();
    await house.states.markHealthy([channel.id, channel.id]);
    expect(year((await now()).healthyAt)).not.toBe('2020');
    await longAgo();
    await house.states.markHealthy([channel.id]);
    expect(year((await now()).healthyAt)).toBe('2020');
  });

  it('a post that went out clears a doubt', async () => {
    await house.states.markChecking(channel.id, 'suspended');
    await house.states.markHealthy([channel.id]);
    expect((await now()).state).toBe('connected');
  });

  it('one that was switched off stays off, whatever is seen', async () => {
    await house.dataSource.query(`UPDATE channels SET state = 'off' WHERE id = $1`, [channel.id]);
    await house.states.recordLook(channel, { kind: 'unauthorized', detail: 'x' });
    await house.states.recordLook(channel, { kind: 'ok', accountName: 'x', url: null });
    await house.states.markChecking(channel.id, 'x');
    expect((await now()).state).toBe('off');
  });

  it('is asked by a look at the platform itself', async () => {
    house.sandbox.faults.add({ kind: 'suspended', account: channel.name, probability: 1 });
    expect((await house.looks.lookAt([channel.id])).get(channel.id)).toMatchObject({ kind: 'unauthorized' });
    expect(await now()).toMatchObject({ state: 'checking', stateDetail: expect.stringContaining('suspended') });
  });

  it('a look with another key is our own trouble, not the account\'s', async () => {
    const { looks } = house.process('quite another secret, also long enough');
    expect((await looks.lookAt([channel.id])).get(channel.id)).toMatchObject({ kind: 'local', detail: expect.stringContaining('APP_SECRET') });
    expect((await now()).state).toBe('connected');
  });

  it('is not found by a stranger', async () => {
    expect(await codeOf(house.channels.read(uuid(), channel.id))).toBe('channel-not-found');
  });
});
