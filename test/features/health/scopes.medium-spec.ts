import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connectorById } from '../../../src/connectors/registry.js';
import { detectorConfig } from '../../../src/core/detector-config.js';
import type { Signal } from '../../../src/core/signal.js';
import { AccountSeal } from '../../../src/features/channels/account-seal.js';
import { ChannelTroublesService } from '../../../src/features/channels/channel-troubles.service.js';
import { ChannelsService } from '../../../src/features/channels/channels.service.js';
import { WitnessesService } from '../../../src/features/health/witnesses.service.js';
import { ComponentReads } from '../../../src/features/health/component-reads.service.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { HealthWatchService } from '../../../src/features/health/watch.service.js';
import type { Caller } from '../../../src/infra/http/access.js';
import { type SeededClient, seedClient } from '../../kit/seed.js';
import { type DispatchHouse, openDispatch } from '../dispatch/dispatch-house.js';

// Two clients of one agency and one of another share a platform; each round of the watch is the test's.
const platform = 'sandbox-delta';
let house: DispatchHouse;
let first: SeededClient;
let second: SeededClient;
let stranger: SeededClient;
let component: string;
beforeAll(async () => {
  house = await openDispatch({ detector: detectorConfig });
  const terms = { connectorIds: [platform], url: house.sandbox.url, seal: house.seal };
  first = await seedClient(house.dataSource, terms);
  second = await seedClient(house.dataSource, { ...terms, workspaceId: first.workspaceId });
  stranger = await seedClient(house.dataSource, terms);
  component = `${platform}:publish@${new URL(house.sandbox.url).host}`;
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.dataSource.query('DELETE FROM components');
  await house.dataSource.query(`UPDATE channels SET state = 'connected'`);
  await house.dataSource.query(`UPDATE leases SET until = now() - interval '1 second', epoch = epoch + 1`);
});

const channelOf = ({ channels }: SeededClient): string => channels[0]?.id ?? '';
const actor = { kind: 'operator', id: 'x', name: 'Anna' } as const;
const callerOf = ({ workspaceId }: SeededClient, language: 'en' | 'it' = 'en'): Caller => ({ workspaceId, actor, role: 'viewer', language });
async function see(...signals: readonly Signal[]): Promise<void> {
  const health = house.get(HealthService);
  for (const signal of signals) health.report(component, signal);
  await health.send();
  await house.get(HealthWatchService).round(new AbortController().signal); // notices that the lease ran out
  await house.get(HealthWatchService).round(new AbortController().signal);
}
const look = (client: SeededClient, result: 'ok' | 'refused', app: string | null = null): Signal =>
  ({ kind: 'look', at: Date.now(), process: 'p', account: channelOf(client), client: client.clientId, workspace: client.workspaceId, app, result, clients: 4 });
const shown = async (client: SeededClient, language?: 'en' | 'it') => {
  const { items } = await house.get(ComponentReads).list(callerOf(client, language));
  const { scope, accounts, saying } = items.find(({ id }) => id === component) ?? {};
  return { scope, accounts, saying };
};
const trouble = async (client: SeededClient, language?: 'en' | 'it') => {
  const channel = await house.get(ChannelsService).read(client.workspaceId, channelOf(client));
  return (await house.get(ChannelTroublesService).told(callerOf(client, language), [channel]))[0]?.trouble;
};
const mark = (client: SeededClient, state: string) => house.dataSource.query('UPDATE channels SET state = $2 WHERE id = $1', [channelOf(client), state]);

describe('whose fault it is, as people are told', () => {
  it('is nobody’s while nothing is wrong', async () => {
    await see(look(first, 'ok'));
    expect(await shown(first)).toEqual({ scope: 'none', accounts: [], saying: null });
    expect(await trouble(first)).toBeNull();
  });

  it('is one account’s: it is to be reconnected, and nobody else hears of it, least of all another workspace', async () => {
    await see(look(first, 'refused'), look(second, 'ok'), look(stranger, 'ok'));
    expect(await shown(first)).toMatchObject({ scope: 'account', accounts: [channelOf(first)] });
    expect(await shown(stranger)).toEqual({ scope: 'none', accounts: [], saying: null });
    await mark(first, 'checking');
    expect(await trouble(first)).toMatchObject({ scope: 'unclear', saying: expect.stringContaining('do not reconnect') });
    await mark(first, 'reconnect');
    expect(await trouble(first)).toEqual({ scope: 'account', saying: 'Sandbox Delta does not accept this account any more, and it alone: reconnect this account.' });
    expect(await trouble(first, 'it')).toMatchObject({ saying: expect.stringContaining('ricollega questo account') });
    expect(await trouble(second)).toBeNull();
  });

  it('is our app’s credential when only accounts that work through it are refused: nobody is told to reconnect', async () => {
    await see(look(first, 'refused', 'ours'), look(second, 'refused', 'ours'), look(stranger, 'ok', 'other'), look(fourth(), 'ok', 'other'));
    expect(await shown(first)).toMatchObject({ scope: 'app', saying: 'Sandbox Delta refuses the app Postern signs in with, not the accounts: the operator has to renew its access. Do not reconnect.' });
    await mark(first, 'checking');
    expect(await trouble(first)).toMatchObject({ scope: 'app' });
    expect((await trouble(first))?.saying).not.toMatch(/: reconnect this account/);
  });

  it('is looked at by app: a look says through which the account works', async () => {
    const seal = new AccountSeal(house.seal);
    const connector = connectorById(platform);
    const { channels: [channel] , workspaceId } = first;
    const account = connector.account.parse({ url: house.sandbox.url, account: channel?.account, token: 'word', app: 'ours' });
    await house.dataSource.query('UPDATE channels SET sealed_account = $2, version = version + 1 WHERE id = $1', [channel?.id, seal.sealAccount({ id: channel?.id ?? '', workspaceId }, connector, account)]);
    const signals = await house.get(WitnessesService).ask({ id: component, connectorId: platform, host: '', clients: 4 }, new AbortController().signal);
    const apps = new Map(signals.flatMap((signal) => (signal.kind === 'look' ? [[signal.account, signal.app] as const] : [])));
    expect([apps.get(channelOf(first)), apps.get(channelOf(second))]).toEqual(['ours', null]);
  });

  it('is the platform’s when all are refused: nobody is told to reconnect, not even who was told before', async () => {
    await mark(second, 'reconnect');
    await see(look(first, 'refused'), look(second, 'refused'), look(stranger, 'refused'), look(fourth(), 'refused'));
    expect(await shown(first)).toEqual({ scope: 'component', accounts: [], saying: 'Sandbox Delta itself is in trouble, not the account: there is nothing to reconnect.' });
    for (const client of [first, second, stranger]) expect(await trouble(client)).toMatchObject({ scope: 'component', saying: expect.stringContaining('nothing to reconnect') });
    expect(await shown(first, 'it')).toMatchObject({ saying: 'È Sandbox Delta ad avere problemi, non l’account: non c’è niente da ricollegare.' });
  });
});

/** The dispatch house's own client has a channel there, too. */
function fourth(): SeededClient {
  return { ...house.client, channels: [house.channel('delta')] };
}
