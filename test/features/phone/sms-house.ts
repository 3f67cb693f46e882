import { v7 as uuid } from 'uuid';
import type { Outcome } from '../../../src/core/outcome.js';
import type { Part } from '../../../src/core/part.js';
import { HouseOutlets } from '../../../src/features/channels/house-outlets.service.js';
import { Gateways, type OpenGateway } from '../../../src/features/phone/gateways.service.js';
import { SmsLooks } from '../../../src/features/phone/sms-looks.service.js';
import { SmsLoop } from '../../../src/features/phone/sms-loop.service.js';
import type { PhoneFound, PhoneGateway, PhoneResult, Sms } from '../../../src/infra/phone/gateway.js';
import { type House, openHouse, type Visitor } from '../../kit/house.js';
import { type Brand, seedBrand, seedPart, statesOf } from './sms-seed.js';

/** A way to telephones in memory: it keeps what it took. 10 cents a message, 20 to Britain. */
export class FakePhones implements PhoneGateway {
  readonly kind = 'http';
  readonly host = 'sms.example';
  readonly taken: Sms[] = [];
  asked = 0;
  /** What it answers to one; null = it takes it. */
  verdict: (sms: Sms) => PhoneResult | null = () => null;
  /** What happens while it is under way. */
  arriving: (sms: Sms) => Promise<void> = async () => undefined;
  found: (sms: Sms) => PhoneFound | Promise<PhoneFound> = () => ({ kind: 'unknown', detail: 'not asked' });

  async send(sms: Sms): Promise<PhoneResult> {
    this.asked += 1;
    await this.arriving(sms);
    const verdict = this.verdict(sms);
    if (verdict) return verdict;
    this.taken.push(sms);
    return { kind: 'accepted', remoteId: `SM${this.taken.length}` };
  }

  async find(sms: Sms): Promise<PhoneFound> {
    return this.found(sms);
  }

  async probe(): Promise<{ kind: 'ok' }> {
    return { kind: 'ok' };
  }

  clear(): void {
    this.taken.length = 0;
    this.asked = 0;
    this.verdict = () => null;
    this.arriving = async () => undefined;
    this.found = () => ({ kind: 'unknown', detail: 'not asked' });
  }
}

export interface TakeTerms {
  readonly listIds: readonly string[];
  readonly from?: string;
  readonly text?: string;
  readonly link?: string | null;
  readonly postId?: string;
  readonly channelId?: string;
  readonly origin?: string;
  readonly dueInMs?: number;
}

export interface TakenSms {
  readonly outcome: Outcome;
  readonly roundId: string;
  readonly postId: string;
  readonly channelId: string;
  readonly part: Part;
  again(): Promise<Outcome>;
}

export interface SmsHouse extends House {
  readonly phones: FakePhones;
  readonly road: { open: Partial<OpenGateway> | null };
  readonly manager: Visitor;
  readonly workspaceId: string;
  get<Service>(service: abstract new (...args: never[]) => Service): Service;
  brand(terms?: { readonly capMinor?: number; readonly zone?: string; readonly workspaceId?: string }): Promise<Brand>;
  /** Takes a post as a round of SMS, as dispatch would. */
  take(brand: Brand, terms: TakeTerms): Promise<TakenSms>;
  /** The loops' rounds, until nobody sends. */
  send(): Promise<void>;
  states(roundId: string): Promise<Readonly<Record<string, number>>>;
  /** Numbers that got one, in order. */
  arrived(): readonly string[];
  /** Nothing of the test before is left: no round on its way, and the gateway takes everything. */
  fresh(): Promise<void>;
}

/** The whole application, its rounds done by hand, and a way to telephones in memory; of a demo there is none, as in earnest. */
export async function openSmsHouse(settings: Readonly<Record<string, string>> = {}): Promise<SmsHouse> {
  const house = await openHouse({ PUBLIC_URL: 'https://postern.example', ...settings });
  const { database } = house;
  const workspaceId = await house.workspace('Agenzia Uno');
  const manager = await house.member(workspaceId, 'manager');
  const get: SmsHouse['get'] = (service) => house.app.get(service as never, { strict: false });
  const phones = new FakePhones();
  const road: SmsHouse['road'] = { open: {} };
  const gateways = get(Gateways);
  gateways.open = async (id) => {
    const [live]: unknown[] = await database.query(`SELECT FROM workspaces WHERE id = $1 AND kind = 'live'`, [id]);
    if (!live || road.open === null) return null;
    return { gateway: phones, componentId: 'sms-http:publish@sms.example', currency: 'EUR', segmentMinor: (to) => (to.startsWith('+44') ? 20 : 10), callMinor: 10, hasNumber: true, isTold: true, trouble: null, isDown: () => false, ...road.open };
  };
  return {
    ...house, phones, road, manager, workspaceId, get,
    brand: (terms = {}) => seedBrand(database, { workspaceId, ...terms }),
    take: async (brand, { listIds, from, text = 'Aperitivo stasera alle 18.', link = null, postId = uuid(), channelId = uuid(), origin = 'post', dueInMs = 0 }) => {
      const account = { listIds, ...(from !== undefined && { from }) };
      const part = await seedPart(database, { ...brand, postId, channelId, account, text, link, origin, dueInMs });
      const take = async (): Promise<Outcome> => {
        const outlet = get(HouseOutlets).at('sms', { ...brand, channelId });
        if (!outlet) throw new Error('SMS are not registered.');
        return outlet.take(part, account);
      };
      const outcome = await take();
      if (outcome.kind === 'delivered') {
        await database.query('UPDATE parts SET remote_id = $3, published_at = now() WHERE channel_id = $2 AND delivery_id IN (SELECT id FROM deliveries WHERE post_id = $1)', [postId, channelId, outcome.remoteId]);
        await database.query(`UPDATE deliveries SET state = 'published' WHERE post_id = $1 AND channel_id = $2`, [postId, channelId]);
      }
      return { outcome, roundId: outcome.kind === 'delivered' ? outcome.remoteId : JSON.stringify(outcome), postId, channelId, part, again: take };
    },
    send: async () => {
      for (let round = 0; round < 2; round += 1) {
        await get(SmsLooks).round(new AbortController().signal);
        await get(SmsLoop).round();
        await get(SmsLoop).idle();
      }
    },
    states: (id) => statesOf(database, id),
    arrived: () => phones.taken.map(({ to }) => to),
    fresh: async () => {
      phones.clear();
      road.open = {};
      await database.query(`UPDATE sms_rounds SET state = 'stopped' WHERE state IN ('frozen', 'sending', 'paused')`);
      await database.query('DELETE FROM sms_days'); // brands of all tests are of one workspace
    },
  };
}
