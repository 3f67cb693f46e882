import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import { CallLoop } from '../../../src/features/phone/call-loop.service.js';
import { CallRows } from '../../../src/features/phone/call-rows.service.js';
import { Gateways } from '../../../src/features/phone/gateways.service.js';
import { PhoneNews } from '../../../src/features/phone/phone-news.service.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { OutletsService } from '../../../src/features/health/outlets.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { CONFIG } from '../../../src/infra/config.js';
import { Heartbeat } from '../../../src/infra/heartbeat.js';
import { Seal } from '../../../src/infra/seal.js';
import { Watch } from '../../../src/infra/watch.js';
import { closeAll } from '../../infra/http/loopback.js';
import { FakeTwilio } from '../../infra/phone/fake-twilio.js';
import { addClient, type Agency, LedOut, openAgency, setTwilio } from './twilio-house.js';


export const contact = '+393331234567';
export const text = 'Instagram è giù. La gara di stasera si fa lo stesso.';
export let agency: Agency;
export let fake: FakeTwilio;
export let gateways: Gateways;
export let loop: ReturnType<typeof newLoop>;
export let status: string;
export let clientId: string;

export const get = <Service>(service: abstract new (...args: never[]) => Service): Service => agency.house.app.get(service as never, { strict: false });

/** An agency with Twilio in its own hands, opened anew for each test. */
export function useCalls(): void {
  beforeAll(async () => {
    agency = await openAgency();
    ({ status } = await setTwilio(agency));
  });
  afterAll(async () => {
    await agency.house.close();
    await closeAll();
  });
  beforeEach(async () => {
    const opened = await FakeTwilio.open();
    fake = opened.fake;
    gateways = new Gateways(agency.house.database, get(Seal), new LedOut(opened.way), get(OutletsService), get(HealthService), get(Heartbeat), new Clock(), agency.house.app.get(CONFIG, { strict: false }));
    loop = newLoop();
    await agency.house.database.query('DELETE FROM phone_calls');
    clientId = await addClient(agency.house, agency.workspaceId, [contact]);
    await cap(100);
  });
  afterEach(() => expect(fake.slips).toEqual([]));
}

/** Its rounds, each until nobody is being called. */
export const newLoop = (): { round: () => Promise<void> } => {
  const made = bareLoop();
  return { round: () => made.round().then(() => made.idle()) };
};
export const bareLoop = (): CallLoop => new CallLoop(get(CallRows), gateways, new PhoneNews(), get(Watch), new Clock(), agency.house.app.get(CONFIG, { strict: false }));
export const query = <Row>(sql: string, ...params: readonly unknown[]): Promise<Row[]> => agency.house.database.query<Row[]>(sql, [...params]);
export const cap = (minor: number): Promise<unknown> =>
  query(`INSERT INTO sms_caps (client_id, workspace_id, cap_minor, currency) VALUES ($1, $2, $3, 'EUR') ON CONFLICT (client_id) DO UPDATE SET cap_minor = excluded.cap_minor`, clientId, agency.workspaceId, minor);
export const ask = (more: object = {}, visitor = agency.manager) => agency.house.http().post(`/api/v1/clients/${clientId}/calls`).set(visitor.headers).send({ to: contact, text, ...more });
export const seen = async (): Promise<{ state: string; answer: string | null; costMinor: number | null; why: string | null }[]> =>
  ((await agency.house.http().get(`/api/v1/clients/${clientId}/calls`).set(agency.manager.headers).expect(200)).body as { items: never[] }).items;
export const money = async (): Promise<{ spent: number; booked: number; pieces: number }> => {
  const [row] = await query<{ spent: number; booked: number; pieces: number }>(
    `SELECT coalesce((SELECT sum(minor) FROM sms_spending WHERE client_id = $1), 0)::float8 AS spent,
            coalesce((SELECT sum(minor) FROM phone_costs WHERE client_id = $1 AND kind = 'voice'), 0)::float8 AS booked, coalesce((SELECT sum(pieces) FROM phone_costs WHERE client_id = $1), 0)::int AS pieces`, clientId);
  return row ?? { spent: 0, booked: 0, pieces: 0 };
};
export const toldOf = (): Promise<unknown[]> => query(`SELECT payload #>> '{reason,code}' AS code FROM events WHERE kind = 'call.not-made' AND payload ->> 'clientId' = $1`, clientId);
