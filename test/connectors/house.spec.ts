import { describe, expect, it } from '@jest/globals';
import type { HouseOutlet, World } from '../../src/connectors/connector.js';
import { connectors } from '../../src/connectors/registry.js';
import type { Part } from '../../src/core/part.js';
import { partOf, worldOf } from './contract.js';
import { housesOf, peers } from './peers.js';

// What the contract asks of outlets of this house besides contract.spec.ts, which leaves out for them what only a wire can do.
const houses = await housesOf(peers);

describe.each(connectors.filter(({ id }) => houses.has(id)).map((connector) => [connector.id, connector] as const))('%s, an outlet of this house,', (id, connector) => {
  const standing = async (house?: Partial<HouseOutlet>) => {
    const peer = await peers[id]!();
    const { world } = worldOf(house ? { ...peer, house: { ...peer.house!, ...house } } : peer);
    const account = connector.account.parse(peer.account);
    const find = (part: Part, over: Partial<World> = {}) => connector.find!(part, account, { ...world, ...over, window: { since: 0, taken: new Set() } });
    return { peer, world, account, find, commit: (part: Part, over: Partial<World> = {}) => connector.commit(part, account, { ...world, ...over }) };
  };

  it('takes a part once, however often and at however many places at once it is told to', async () => {
    const { peer, commit, find } = await standing();
    const outcomes = await Promise.all([commit(partOf('Ciao')), commit(partOf('Ciao'))]);
    outcomes.push(await commit(partOf('Ciao')));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(await peer.posts()).toHaveLength(1);
    expect(await find(partOf('Ciao'))).toMatchObject({ kind: 'found' });
    expect({ resendWindowMs: connector.resendWindowMs !== null, keyIsAtomic: connector.keyIsAtomic }).toEqual({ resendWindowMs: true, keyIsAtomic: true });
  });

  it('refuses as the house: no platform was asked', async () => {
    const { commit } = await standing({ take: async () => ({ kind: 'refused', detail: 'it is off' }) });
    expect(await commit(partOf('Ciao'))).toEqual({ kind: 'refused', detail: 'it is off', scope: 'house' });
  });

  it('says local where its room is not there, and never throws', async () => {
    const { world, account, commit, find } = await standing();
    expect((await commit(partOf('Ciao'), { house: null })).kind).toBe('local');
    expect((await find(partOf('Ciao'), { house: null })).kind).toBe('unknown');
    expect((await connector.look(account, { ...world, house: null })).kind).toBe('local');
  });

  it('takes what its room threw for uncertain when it was to be written, for nothing when it was only read', async () => {
    const breaks = async (): Promise<never> => { throw new Error('deadlock detected'); };
    const { world, account, commit, find } = await standing({ take: breaks, find: breaks, look: breaks });
    expect((await commit(partOf('Ciao'))).kind).toBe('uncertain');
    expect((await find(partOf('Ciao'))).kind).toBe('unknown');
    expect((await connector.look(account, world)).kind).toBe('local');
  });
});
