import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { scrub } from '../../../src/infra/scrub.js';
import { codeOf, type House, openHouse } from './channels-house.js';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const connected = async (name: string, token?: string) => {
  const { caller, clientId } = await house.agency();
  const channel = await house.connecting.connect(caller, { clientId, connectorId: 'sandbox-beta', account: house.account(name, token) });
  return { caller, clientId, channel };
};

describe('connecting a channel', () => {
  it('looks at the account, keeps its name and address, and writes fact and audit', async () => {
    const { channel, caller } = await connected('bakery');
    expect(channel).toMatchObject({ name: 'bakery', state: 'connected', url: expect.stringContaining('bakery'), componentId: `sandbox-beta:publish@${channel.host}` });
    expect(channel.limits?.maxText).toBeGreaterThan(0);
    expect(await house.facts(channel.id)).toEqual(['channel.connected']);
    const audit = await house.dataSource.query(`SELECT action FROM audit_log WHERE workspace_id = $1`, [caller.workspaceId]);
    expect(audit).toEqual([{ action: 'channel.connected' }]);
  });

  it('stores no credential in the clear, and has them struck out of whatever is written later', async () => {
    const { channel } = await connected('florist', 'florists-own-token');
    const rows = await house.dataSource.query(
      `SELECT c::text AS text FROM channels c UNION ALL SELECT e::text FROM events e UNION ALL SELECT a::text FROM audit_log a`,
    );
    expect(JSON.stringify(rows)).not.toContain('florists-own-token');
    expect(JSON.stringify(channel)).not.toContain('florists-own-token');
    expect(scrub('Bearer florists-own-token')).toBe('Bearer [struck out]');
  });

  it('refuses credentials the platform refuses, names its words, and stores nothing', async () => {
    const { caller, clientId } = await house.agency();
    const account = house.account('barber', 'revoked-token');
    expect(await codeOf(house.connecting.connect(caller, { clientId, connectorId: 'sandbox-beta', account }))).toBe('account-refused');
    expect((await house.channels.list(caller.workspaceId, { limit: 10, archived: true })).items).toEqual([]);
  });

  it('tells which field of the form is not right', async () => {
    const { caller, clientId } = await house.agency();
    const call = house.connecting.connect(caller, { clientId, connectorId: 'sandbox-beta', account: { url: house.sandbox.url, account: 'x' } });
    await expect(call).rejects.toMatchObject({ code: 'account-invalid', status: 422, facts: { fields: [{ field: 'token' }] } });
  });

  it('tells a platform that is down from credentials that are wrong', async () => {
    const { caller, clientId } = await house.agency();
    house.sandbox.faults.add({ kind: 'status', status: 503, html: true, taken: false, probability: 1, account: 'unlucky' });
    expect(await codeOf(house.connecting.connect(caller, { clientId, connectorId: 'sandbox-beta', account: house.account('unlucky') }))).toBe('platform-unreachable');
  });

  it('refuses a host on a private address that the operator does not allow', async () => {
    const { caller, clientId } = await house.agency();
    const account = { ...house.account('x1'), url: 'http://10.0.0.1' };
    expect(await codeOf(house.connecting.connect(caller, { clientId, connectorId: 'sandbox-beta', account }))).toBe('own-network');
  });

  it('refuses a connector there is not, and a client of another workspace', async () => {
    const [{ caller, clientId }, other] = [await house.agency(), await house.agency()];
    expect(await codeOf(house.connecting.connect(caller, { clientId, connectorId: 'myspace', account: {} }))).toBe('connector-unknown');
    const stolen = house.connecting.connect(caller, { clientId: other.clientId, connectorId: 'sandbox-beta', account: house.account('y1') });
    expect(await codeOf(stolen)).toBe('client-unknown');
  });

  it('refuses the same account twice, also when both come at once', async () => {
    const { caller, clientId } = await house.agency();
    const ask = () => codeOf(house.connecting.connect(caller, { clientId, connectorId: 'sandbox-beta', account: house.account('twins') }));
    expect((await Promise.all([ask(), ask()])).sort()).toEqual(['channel-twice', 'no problem']);
  });
});

describe('a channel of another workspace', () => {
  it('is not there: not to read, list, describe, edit, reconnect or archive', async () => {
    const { channel } = await connected('walled');
    const { caller } = await house.agency();
    const { id, version } = channel;
    expect(await codeOf(house.channels.read(caller.workspaceId, id))).toBe('channel-not-found');
    expect((await house.channels.list(caller.workspaceId, { limit: 10, archived: true })).items).toEqual([]);
    expect((await house.channels.describe(caller.workspaceId, [id])).size).toBe(0);
    expect(await codeOf(house.connecting.edit(caller, id, { version, name: 'mine now' }))).toBe('channel-not-found');
    expect(await codeOf(house.connecting.reconnect(caller, id, { version, account: house.account('walled'), otherAccount: false }))).toBe('channel-not-found');
    expect(await codeOf(house.connecting.archive(caller, id))).toBe('channel-not-found');
  });

  it('does not open, even if its sealed account is copied into an own row', async () => {
    const [theirs, mine] = [await connected('victim'), await connected('thief')];
    await house.dataSource.query(`UPDATE channels SET version = version + 1, sealed_account = (SELECT sealed_account FROM channels WHERE id = $1) WHERE id = $2`, [
      theirs.channel.id, mine.channel.id,
    ]);
    const opened = (await house.opened.open([mine.channel.id])).get(mine.channel.id);
    expect(opened).toMatchObject({ kind: 'locked', detail: expect.stringContaining('does not belong to this row') });
  });
});

describe('editing, reconnecting and archiving', () => {
  it('answers edited-meanwhile to the second of two edits', async () => {
    const { caller, channel } = await connected('doubly');
    expect((await house.connecting.edit(caller, channel.id, { version: channel.version, name: 'First' })).name).toBe('First');
    expect(await codeOf(house.connecting.edit(caller, channel.id, { version: channel.version, name: 'Second' }))).toBe('edited-meanwhile');
  });

  it('marks no links where they go out as they were written', async () => {
    const { caller, channel } = await connected('unmarked');
    const utm = { source: 'news', medium: 'social', campaign: '{id}' };
    expect(await codeOf(house.connecting.edit(caller, channel.id, { version: channel.version, utm }))).toBe('utm-nowhere');
    expect(await house.connecting.edit(caller, channel.id, { version: channel.version, utm: null })).toMatchObject({ name: 'unmarked', utm: null });
  });

  it('takes new credentials into the same channel, which is connected again', async () => {
    const { caller, channel } = await connected('renewed');
    await house.states.markChecking(channel.id, 'token revoked');
    await house.states.markReconnect(channel.id, 'token revoked');
    expect((await house.channels.read(caller.workspaceId, channel.id)).state).toBe('reconnect');
    const asked = { version: channel.version, account: house.account('renewed', 'a-fresh-token'), otherAccount: false };
    const again = await house.connecting.reconnect(caller, channel.id, asked);
    expect(again).toMatchObject({ id: channel.id, state: 'connected', stateDetail: null, version: channel.version + 1 });
    expect((await house.opened.open([channel.id])).get(channel.id)).toMatchObject({ account: { token: 'a-fresh-token' } });
    expect(await house.facts(channel.id)).toEqual(['channel.connected', 'channel.reconnect', 'channel.connected']);
  });

  it('asks before the credentials of another account go into a channel', async () => {
    const { caller, channel } = await connected('formerly');
    const asked = { version: channel.version, account: house.account('somebody-else') };
    expect(await codeOf(house.connecting.reconnect(caller, channel.id, { ...asked, otherAccount: false }))).toBe('other-account');
    expect((await house.connecting.reconnect(caller, channel.id, { ...asked, otherAccount: true })).url).toContain('somebody-else');
  });

  it('is archived only when nothing is to go out any more, and keeps no credentials then', async () => {
    const { caller, clientId, channel } = await connected('leaving');
    const delivery = await plan(caller.workspaceId, clientId, channel.id, 'scheduled');
    expect(await codeOf(house.connecting.archive(caller, channel.id))).toBe('channel-in-use');
    await house.dataSource.query(`UPDATE deliveries SET state = 'rerouted' WHERE id = $1`, [delivery]);
    await house.dataSource.query(`INSERT INTO reroutes (delivery_id, workspace_id, after) VALUES ($1, $2, 'ask')`, [delivery, caller.workspaceId]);
    expect(await codeOf(house.connecting.archive(caller, channel.id))).toBe('channel-in-use'); // it may come back
    await house.dataSource.query('UPDATE reroutes SET settled_at = now() WHERE delivery_id = $1', [delivery]);
    expect(await house.connecting.archive(caller, channel.id)).toMatchObject({ state: 'off', archivedAt: expect.any(String) });
    const [row] = await house.dataSource.query(`SELECT sealed_account, sealed_session FROM channels WHERE id = $1`, [channel.id]);
    expect(row).toEqual({ sealed_account: '', sealed_session: null });
  });
});

describe('lists', () => {
  it('come in pages, oldest first, without loss or repeat', async () => {
    const { caller, clientId } = await house.agency();
    for (const name of ['one', 'two', 'three']) await house.connecting.connect(caller, { clientId, connectorId: 'sandbox-beta', account: house.account(`page-${name}`) });
    const first = await house.channels.list(caller.workspaceId, { limit: 2, archived: false });
    const second = await house.channels.list(caller.workspaceId, { limit: 2, archived: false, cursor: first.next ?? '' });
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['page-one', 'page-two', 'page-three']);
    expect(second.next).toBeNull();
  });
});

describe('opening for sending', () => {
  it('gives account, connector and state, and a state change without unsealing again', async () => {
    const { channel } = await connected('opener');
    const first = (await house.opened.open([channel.id, uuid()])).get(channel.id);
    expect(first).toMatchObject({ kind: 'open', state: 'connected', account: { account: 'opener' }, connector: { id: 'sandbox-beta' } });
    await house.dataSource.query(`UPDATE channels SET state = 'off', sealed_account = 'never read' WHERE id = $1`, [channel.id]);
    expect((await house.opened.open([channel.id])).get(channel.id)).toMatchObject({ kind: 'open', state: 'off', account: { account: 'opener' } });
  });

  it('says what to do when the key is another one', async () => {
    const { channel } = await connected('wrong-key');
    const opened = (await house.process('quite another secret, also long enough').opened.open([channel.id])).get(channel.id);
    expect(opened).toMatchObject({ kind: 'locked', detail: expect.stringContaining('set APP_SECRET') });
  });

  it('leaves out a channel that is gone', async () => {
    expect((await house.opened.open([uuid()])).size).toBe(0);
  });
});

async function plan(workspaceId: string, clientId: string, channelId: string, state: string): Promise<string> {
  const [postId, id] = [uuid(), uuid()];
  await house.dataSource.query(
    `INSERT INTO posts (id, workspace_id, client_id, choice, content, zone, wall_at, due_at, created_by) VALUES ($1, $2, $3, 'today', '{}', 'UTC', now(), now(), '{}')`,
    [postId, workspaceId, clientId],
  );
  await house.dataSource.query(
    `INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, state, choice, due_at, ready_at, deadline_at)
     VALUES ($1, $2, $3, $4, $5, 'sandbox-beta', 'c', $6, 'today', now(), now(), now())`,
    [id, workspaceId, clientId, postId, channelId, state],
  );
  return id;
}
