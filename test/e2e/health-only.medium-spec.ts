import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { readConfig } from '../../src/infra/config.js';
import { checkListening, GIVE_WAY, giveWayToken } from '../../src/infra/listening.js';
import { Seal } from '../../src/infra/seal.js';
import { openHouse } from '../kit/house.js';
import { callOf, endpointsOf } from './endpoints.js';

// A process without the role api, as docker and Prometheus see it.
const house = await openHouse({ ROLES: 'worker' });
await house.app.listen(0, '127.0.0.1');
const { port } = house.app.getHttpServer().address() as AddressInfo;
const here = `http://127.0.0.1:${port}`;
const config = readConfig({ PORT: String(port) });
const owner = await house.member(await house.workspace('Agency'), 'owner', { operator: true });
afterAll(() => house.close());

const isHealth = (path: string): boolean => path === '/metrics' || path.startsWith('/health/');
const others = endpointsOf(house.app).filter(({ path }) => !isHealth(path)).map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const);

describe('A process without the role api', () => {
  it.each(['/health/live', '/health/ready', '/health/workers', '/metrics'])('answers %s', async (path) => {
    expect((await fetch(`${here}${path}`)).status).toBe(200);
  });

  it('shuts its figures to what came through a proxy, and everything to a name that is not ours', async () => {
    expect((await fetch(`${here}/metrics`, { headers: { 'X-Forwarded-For': '203.0.113.9' } })).status).toBe(401);
    expect((await house.http().get('/health/live').set('Host', 'rebound.example')).status).toBe(421);
  });

  it.each(others)('does not answer %s', async (_, endpoint) => {
    const { method, url } = callOf(house.app, endpoint, () => uuid());
    const { status, body } = await house.http()[method.toLowerCase() as 'get'](url).set(owner.headers);
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'health-only' });
  });

  it.each(['/api/docs', '/api/openapi.json', '/health', '/nothing'])('does not answer %s either', async (path) => {
    expect((await house.http().get(path)).body.code).toBe('health-only');
  });

  it('keeps its port from who does not know its secret', async () => {
    const ask = (token: string) => fetch(`${here}${GIVE_WAY}`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    expect([(await ask('')).status, (await ask(giveWayToken(new Seal('t'.repeat(32))))).status]).toEqual([404, 404]);
    await expect(checkListening(config, new Seal('t'.repeat(32)))).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken by another program`);
    expect((await fetch(`${here}/health/live`)).status).toBe(200);
  });

  // Last: afterwards it listens no more.
  it('gives its port to a process with the role api of the same installation', async () => {
    await checkListening(config, new Seal('s'.repeat(32)));
    await expect(fetch(`${here}/health/live`)).rejects.toThrow('fetch failed');
  });
});
