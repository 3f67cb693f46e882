import { DAY_MS, MINUTE_MS } from '../core/instant.js';
import type { Found, Outcome } from '../core/outcome.js';
import type { Part } from '../core/part.js';
import type { Connector, HouseOutlet, Look, World } from './connector.js';

/** The host of what speaks to no server. A name of one word, so nobody takes it for one of the internet. */
const HOUSE = 'house';
const DETAIL_AT_MOST = 500;

const absent = { kind: 'local', detail: 'this process does not have the room that this outlet belongs to' } as const;

/**
 * What the connectors of this house's own outlets have in common: nothing is called outside. What goes out is a row of ours,
 * written once per key, so that it can be repeated at any time.
 */
export const inHouse = {
  infraGroup: null,
  host: () => HOUSE,
  leadMs: 0,
  resendWindowMs: 365 * DAY_MS, // the key stands in a table of ours, for good
  keyIsAtomic: true,
  settleMs: 2 * MINUTE_MS,
  commit: async (part: Part, account: unknown, world: World): Promise<Outcome> => {
    const outcome = await asked<Outcome>(world, (house) => house.take(part, account), (detail) => ({ kind: 'uncertain', detail }));
    return outcome.kind === 'refused' ? { ...outcome, scope: 'house' } : outcome; // no platform was asked
  },
  find: async (part: Part, account: unknown, world: World): Promise<Found> => {
    const found = await asked<Found | typeof absent>(world, (house) => house.find(part, account), (detail) => ({ kind: 'unknown', detail }));
    return found.kind === 'local' ? { kind: 'unknown', detail: found.detail } : found;
  },
  look: (account: unknown, world: World): Promise<Look> => asked(world, (house) => house.look(account), (detail) => ({ kind: 'local', detail })),
  probe: async () => ({ kind: 'ok', latencyMs: 0 }) as const,
} satisfies Partial<Connector>;

/** We ourselves do not take it, and why, as the people of the workspace read it. */
export function notTaken({ en, it }: { readonly en: string; readonly it: string }): Outcome {
  return { kind: 'refused', scope: 'house', detail: en.slice(0, DETAIL_AT_MOST), detailIt: it.slice(0, DETAIL_AT_MOST) };
}

async function asked<T>(world: World, ask: (house: HouseOutlet) => Promise<T>, broken: (detail: string) => T): Promise<T | typeof absent> {
  if (world.house === null) return absent;
  try {
    return await ask(world.house);
  } catch (error) {
    return broken(String(error).slice(0, DETAIL_AT_MOST));
  }
}
