import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { CallLoop } from '../../../src/features/phone/call-loop.service.js';
import { GatewayResealService } from '../../../src/features/phone/gateway-reseal.service.js';
import { accountOf, place } from '../../../src/features/phone/gateway-row.js';
import { Gateways } from '../../../src/features/phone/gateways.service.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { OutletsService } from '../../../src/features/health/outlets.service.js';
import { Seal } from '../../../src/infra/seal.js';
import { closeAll, serving } from '../../infra/http/loopback.js';
import { addClient, type Agency, openAgency, setTwilio } from './twilio-house.js';

let agency: Agency;
beforeAll(async () => {
  agency = await openAgency();
  await setTwilio(agency);
});
afterAll(async () => {
  await agency.house.close();
  await closeAll();
});
const get = <Service>(service: abstract new (...args: never[]) => Service): Service => agency.house.app.get(service as never, { strict: false });

describe('a gateway', () => {
  it('costs by the longest calling code that fits the number', async () => {
    const open = await get(Gateways).open(agency.workspaceId);
    expect(['+393331234567', '+391234567890', '+4915112345678'].map((to) => open?.segmentMinor(to))).toEqual([7.2, 9, 8]);
    expect([open?.currency, open?.callMinor, open?.isTold]).toEqual(['EUR', 12, true]);
  });

  it('of a demo, and of a workspace without one, is not to be had', async () => {
    const { house, workspaceId } = agency;
    await house.database.query(`UPDATE workspaces SET kind = 'demo' WHERE id = $1`, [workspaceId]);
    expect(await get(Gateways).open(workspaceId)).toBeNull();
    await house.database.query(`UPDATE workspaces SET kind = 'live' WHERE id = $1`, [workspaceId]);
    expect(await get(Gateways).open(uuid())).toBeNull();
  });

  it('that another process was given is judged here too, without its token', async () => {
    const { house } = agency;
    const asked: IncomingMessage[] = [];
    const { url, port } = await serving((request, response) => {
      asked.push(request);
      response.writeHead(204).end();
    });
    const workspaceId = await house.workspace('Elsewhere');
    const id = `sms-http.${workspaceId}:publish@127.0.0.1:${port}`;
    await house.database.query(
      `INSERT INTO phone_gateways (workspace_id, kind, host, sealed_account, callback_token, currency, price_minor) VALUES ($1, 'http', $2, $3, $4, 'EUR', 5)`,
      [workspaceId, `127.0.0.1:${port}`, get(Seal).seal(JSON.stringify({ kind: 'http', url: `${url}/sms`, token: 'longenough' }), place.account(workspaceId)), uuid()]);
    expect(get(OutletsService).has(id)).toBe(false);
    await get(Gateways).hear();
    expect(await get(OutletsService).probe(id, new AbortController().signal)).toMatchObject({ kind: 'probe', ok: true });
    expect(asked.map(({ method, headers }) => [method, headers.authorization])).toEqual([['HEAD', undefined]]);
  });

  it('of one’s own is judged for its workspace alone, though another’s stands on the same host', async () => {
    const { house } = agency;
    const { port, url } = await serving((request, response) => void response.writeHead(request.url === '/well' ? 204 : 503).end());
    const set = async (path: string): Promise<{ id: string; workspaceId: string }> => {
      const workspaceId = await house.workspace('Tenant');
      await house.http().put('/api/v1/phone/gateway').set((await house.member(workspaceId, 'manager')).headers)
        .send({ account: { kind: 'http', url: `${url}${path}`, token: 'longenough' }, currency: 'EUR', priceMinor: 5 }).expect(200);
      return { workspaceId, id: `sms-http.${workspaceId}:publish@127.0.0.1:${port}` };
    };
    const [well, ill] = [await set('/well'), await set('/ill')];
    expect(await signalsOf([well.id, ill.id], async () => {
      for (const { workspaceId } of [well, ill]) await (await get(Gateways).open(workspaceId))?.gateway.send(sms, new AbortController().signal);
    })).toEqual([[well.id, true], [ill.id, false]]);
    const probed = await Promise.all([well, ill].map(({ id }) => get(OutletsService).probe(id, new AbortController().signal)));
    expect(probed).toEqual([expect.objectContaining({ ok: true }), expect.objectContaining({ ok: false })]);
    expect(get(OutletsService).platformOf(well.id).infraGroup).not.toBe(get(OutletsService).platformOf(ill.id).infraGroup);
  });

  it('is seen by its own workspace alone', async () => {
    const { house, manager } = agency;
    const stranger = await house.member(await house.workspace('Stranger'), 'manager');
    const seenBy = async (headers: Readonly<Record<string, string>>): Promise<string[]> =>
      ((await house.http().get('/api/v1/components').set(headers).expect(200)).body as { outlets: { name: string }[] }).outlets.map(({ name }) => name);
    expect(await seenBy(manager.headers)).toEqual(['Twilio']);
    expect(await seenBy(stranger.headers)).toEqual([]);
  });

  it('is probed only while something waits to leave by it', async () => {
    const { house, workspaceId } = agency;
    const id = 'twilio:publish@api.twilio.com';
    expect(await get(OutletsService).wanted()).not.toContain(id);
    await addCall(await addClient(house, workspaceId, ['+393331234567']));
    expect(await get(OutletsService).wanted()).toContain(id);
  });

  it('is not asked while it is down: what waits goes on waiting', async () => {
    const { house, workspaceId } = agency;
    const clientId = await addClient(house, workspaceId, ['+393331234567']);
    await addCall(clientId);
    await house.database.query(
      `INSERT INTO components (id, detector, state, media_state, read_ok, impaired, since, cause, confidence) VALUES ('twilio:publish@api.twilio.com', '{}', 'down', 'down', true, false, now(), 'unknown', 1)`);
    await get(HealthService).read();
    expect((await house.http().get('/api/v1/phone/gateway').set(agency.manager.headers)).body).toMatchObject({ state: 'down' });
    await get(CallLoop).round();
    await get(CallLoop).idle();
    expect(await house.database.query('SELECT state, why, tries, next_at > now() AS later FROM phone_calls WHERE client_id = $1', [clientId])).toEqual([{ state: 'waiting', why: 'gateway-down', tries: 0, later: true }]);
  });

  it('is open with another key once its secrets were sealed anew', async () => {
    const { house, workspaceId } = agency;
    const next = new Seal('the next secret, which is long enough');
    const rows = (): Promise<{ workspaceId: string; sealedAccount: string }[]> => house.database.query('SELECT workspace_id AS "workspaceId", sealed_account AS "sealedAccount" FROM phone_gateways WHERE workspace_id = $1', [workspaceId]);
    const [before] = await rows();
    expect(await new GatewayResealService(house.database, next).resealAll(get(Seal))).toBe(4);
    const [after] = await rows();
    expect(before && after && accountOf(next, after)).toEqual(before && accountOf(get(Seal), before));
    expect(await new GatewayResealService(house.database, next).resealAll(get(Seal))).toBe(0);
  });
});

const sms = { to: '+393331234567', from: null, text: 'Ciao', ref: 'r-1', deadlineAt: null };

/** What was told of these components meanwhile: whether all was well, each time. */
async function signalsOf(ids: readonly string[], act: () => Promise<void>): Promise<readonly [string, boolean | undefined][]> {
  const { database } = agency.house;
  await get(HealthService).send();
  await database.query('DELETE FROM health_signals');
  await act();
  await get(HealthService).send();
  const rows = await database.query<{ signals: [string, { ok?: boolean }][] }[]>('SELECT signals FROM health_signals');
  return rows.flatMap(({ signals }) => signals).filter(([id]) => ids.includes(id)).map(([id, { ok }]) => [id, ok]);
}

async function addCall(clientId: string): Promise<void> {
  await agency.house.database.query(
    `INSERT INTO phone_calls (id, workspace_id, client_id, once, reason, to_number, text, language, expires_at, created_by) VALUES ($1, $2, $3, $4, 'person', '+393331234567', 'Ciao', 'it', now() + interval '1 hour', '{}')`,
    [uuid(), agency.workspaceId, clientId, uuid()]);
}
