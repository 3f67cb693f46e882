import type { HouseOutlet } from '../../../src/connectors/connector.js';
import type { MakePeer } from '../contract.js';
import { unheard } from '../contract.js';

/** The room of phones, as far as the connector sees it: what was taken, by key. */
export const makePeer: MakePeer = async () => {
  const taken = new Map<string, { readonly remoteId: string; readonly text: string }>();
  const house: HouseOutlet = {
    take: async (part) => {
      const known = taken.get(part.key) ?? { remoteId: `round-${taken.size + 1}`, text: part.content.text };
      taken.set(part.key, known);
      return { kind: 'delivered', remoteId: known.remoteId, url: url(known.remoteId) };
    },
    find: async (part) => {
      const known = taken.get(part.key);
      return known ? { kind: 'found', remoteId: known.remoteId, url: url(known.remoteId) } : { kind: 'absent' };
    },
    look: async () => ({ kind: 'ok', accountName: 'Brand: friends', url: null }),
  };
  return { ...unheard, account: { listIds: ['00000000-0000-7000-8000-000000000001'] }, house, posts: async () => [...taken.values()] };
};

const url = (id: string): string => `http://127.0.0.1:3000/public/s/${id}`;
