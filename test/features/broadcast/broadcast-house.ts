import { v7 as uuid } from 'uuid';
import { HouseOutlets } from '../../../src/features/channels/house-outlets.service.js';
import { BroadcastLoop } from '../../../src/features/broadcast/broadcast-loop.service.js';
import type { Outcome } from '../../../src/core/outcome.js';
import type { Part } from '../../../src/core/part.js';
import type { Clock } from '../../../src/infra/clock.js';
import { type House, openHouse, type Visitor } from '../../kit/house.js';
import { openPostOffice, type PostOffice } from '../../kit/post-office.js';
import { type Brand, seedBrand, seedPart, statesOf } from './broadcast-seed.js';

export interface BroadcastHouse extends House {
  readonly office: PostOffice;
  readonly editor: Visitor;
  readonly workspaceId: string;
  get<Service>(service: abstract new (...args: never[]) => Service): Service;
  /** A client with a verified, warm sender by the post office. */
  brand(name?: string, sender?: Readonly<Record<string, unknown>>): Promise<Brand>;
  /** Takes a post as a newsletter, as dispatch would. */
  take(brand: Brand, terms: { readonly listIds: readonly string[]; readonly text?: string; readonly postId?: string; readonly channelId?: string; readonly origin?: string }): Promise<Taken>;
  /** The loop's round, until nobody sends. */
  mail(): Promise<void>;
  states(broadcastId: string): Promise<Readonly<Record<string, number>>>;
  /** Addresses the post office has taken a letter for, in order. */
  arrived(): readonly string[];
}

export interface Taken {
  readonly outcome: Outcome;
  readonly broadcastId: string;
  readonly postId: string;
  readonly channelId: string;
  readonly part: Part;
  again(): Promise<Outcome>;
}

/** The whole application, its rounds done by hand, and a mail server on loopback. */
export async function openBroadcastHouse(settings: Readonly<Record<string, string>> = {}, clock?: Clock): Promise<BroadcastHouse> {
  const office = await openPostOffice();
  const house = await openHouse({ PUBLIC_URL: 'https://postern.example', SMTP_URL: `smtp://127.0.0.1:${office.port}`, ...settings }, ...(clock ? [clock] : []));
  const { database } = house;
  const workspaceId = await house.workspace('Agenzia Uno');
  const editor = await house.member(workspaceId, 'manager');
  const get: BroadcastHouse['get'] = (service) => house.app.get(service as never, { strict: false });
  return {
    ...house, office, editor, workspaceId, get,
    brand: (name = 'Bar Sport', sender = {}) => seedBrand(database, { workspaceId, name, sender }),
    take: async ({ clientId }, { listIds, text = 'Aperitivo\n\nStasera alle 18.', postId = uuid(), channelId = uuid(), origin = 'post' }) => {
      const part = await seedPart(database, { workspaceId, clientId, postId, channelId, listIds, text, origin });
      const take = async (): Promise<Outcome> => {
        const outlet = get(HouseOutlets).at('newsletter', { workspaceId, clientId, channelId });
        if (!outlet) throw new Error('The newsletter is not registered.');
        return outlet.take(part, { listIds });
      };
      const outcome = await take();
      return { outcome, broadcastId: outcome.kind === 'delivered' ? outcome.remoteId : JSON.stringify(outcome), postId, channelId, part, again: take };
    },
    mail: async () => {
      await get(BroadcastLoop).round();
      await get(BroadcastLoop).idle();
      await get(BroadcastLoop).round();
      await get(BroadcastLoop).idle();
    },
    states: (id) => statesOf(database, id),
    arrived: () => office.letters.map(({ to }) => (Array.isArray(to) ? to[0]?.text : to?.text) ?? ''),
    close: async () => {
      await house.close();
      await office.close();
    },
  };
}
