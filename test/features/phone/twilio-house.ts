import { createHmac } from 'node:crypto';
import type { Test } from 'supertest';
import { v7 as uuid } from 'uuid';
import type { Terms } from '../../../src/infra/http/outgoing.js';
import { Outgoing } from '../../../src/infra/http/outgoing.js';
import { Clock } from '../../../src/infra/clock.js';
import type { Fetch } from '../../../src/core/transport.js';
import type { PhoneWay } from '../../../src/infra/phone/phone-answer.js';
import { twilioSignature } from '../../../src/infra/phone/twilio-signature.js';
import { type House, openHouse, type Visitor } from '../../kit/house.js';
import { accountSid, authToken } from '../../infra/phone/fake-twilio.js';

export const site = 'https://postern.example';
export const ours = '+390612345678';
export const twilioAccount = { kind: 'twilio', accountSid, authToken, messagingServiceSid: null } as const;

export interface Agency {
  readonly house: House;
  readonly workspaceId: string;
  readonly manager: Visitor;
  readonly clientId: string;
}

/** A live workspace with a client and a manager, in a house that others can tell things. */
export async function openAgency(): Promise<Agency> {
  const house = await openHouse({ PUBLIC_URL: site, ALLOW_HOSTS: '127.0.0.1' });
  const workspaceId = await house.workspace('Agency');
  const manager = await house.member(workspaceId, 'manager');
  return { house, workspaceId, manager, clientId: await addClient(house, workspaceId) };
}

export async function addClient(house: House, workspaceId: string, phones: readonly string[] = []): Promise<string> {
  const id = uuid();
  await house.database.query(`INSERT INTO clients (id, workspace_id, name, zone, contacts) VALUES ($1, $2, 'Bar Sport', 'Europe/Rome', $3)`,
    [id, workspaceId, JSON.stringify({ emails: [], phones, newsletter: null, blog: null, shop: null })]);
  return id;
}

/** Twilio as the way out of `workspaceId`. @returns its callback addresses, as paths */
export async function setTwilio({ house, manager }: Pick<Agency, 'house' | 'manager'>): Promise<{ status: string; incoming: string }> {
  const answer = await house.http().put('/api/v1/phone/gateway').set(manager.headers)
    .send({ account: twilioAccount, fromNumber: ours, currency: 'EUR', priceMinor: 8, prices: { 39: 7.2, 391: 9 }, voicePriceMinor: 12 }).expect(200);
  const { statusUrl, incomingUrl } = answer.body as { statusUrl: string; incomingUrl: string };
  return { status: statusUrl.replace(site, ''), incoming: incomingUrl.replace(site, '') };
}

/** As Twilio tells things. */
export function fromTwilio(house: House, path: string, fields: Readonly<Record<string, string>>, signature = twilioSignature(authToken, { url: site + path, fields })): Test {
  return house.http().post(path).type('form').set('x-twilio-signature', signature).send(fields);
}

/** As a gateway of one's own tells things. */
export function fromOwn(house: House, path: string, body: object, { secret, at = Date.now() }: { secret: string; at?: number }): Test {
  const text = JSON.stringify(body);
  const t = Math.floor(at / 1_000);
  return house.http().post(path).set('content-type', 'application/json').set('postern-signature', `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${text}`).digest('hex')}`).send(text);
}

/** The only way out, with api.twilio.com on loopback. */
export class LedOut extends Outgoing {
  constructor(private readonly way: PhoneWay) {
    super({ ALLOW_HOSTS: [], CONTROL_TARGETS: [] }, new Clock());
  }

  override fetch({ signal = new AbortController().signal, timeoutMs = 15_000, maxBytes = 1_000_000, ageMs }: Terms = {}): Fetch {
    return this.way.fetch({ signal, timeoutMs, maxBytes, ...(ageMs && { ageMs }) });
  }
}
