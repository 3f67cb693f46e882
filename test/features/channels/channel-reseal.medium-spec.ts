import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChannelResealService } from '../../../src/features/channels/channel-reseal.service.js';
import { Seal } from '../../../src/infra/seal.js';
import { type House, openHouse, SECRET } from './channels-house.js';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

describe('a change of key', () => {
  const signal = new AbortController().signal;

  it('leaves accounts and sessions open with the new key, and a second run changes nothing', async () => {
    const { caller, clientId } = await house.agency();
    const { id } = await house.connecting.connect(caller, { clientId, connectorId: 'sandbox-beta', account: house.account('moved') });
    await house.sessions.storeFor({ id, workspaceId: caller.workspaceId, sessionVersion: 0 }, signal).renew(async () => 'the session');
    const next = house.process('the next secret, which is long enough as well');
    const reseal = new ChannelResealService(house.dataSource, next.accounts);
    expect(await reseal.resealAll(new Seal(SECRET))).toBe(1);
    const opened = (await next.opened.open([id])).get(id);
    expect(opened).toMatchObject({ kind: 'open', account: { account: 'moved' } });
    expect(opened && (await next.sessions.storeFor(opened, signal).read())).toBe('the session');
    expect(await reseal.resealAll(new Seal(SECRET))).toBe(0);
  });

  it('with a wrong old key changes nothing at all', async () => {
    const reseal = new ChannelResealService(house.dataSource, house.process('a third secret that nobody has used so far').accounts);
    const before = await house.dataSource.query(`SELECT sealed_account FROM channels`);
    await expect(reseal.resealAll(new Seal('not the key it was sealed with, at all'))).rejects.toThrow('sealed with another key');
    expect(await house.dataSource.query(`SELECT sealed_account FROM channels`)).toEqual(before);
  });
});
