import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { v7 as uuid } from 'uuid';
import { whatIf } from '../src/command-what-if.js';
import { readConfig } from '../src/infra/config.js';
import { openSmsHouse, type SmsHouse } from './features/phone/sms-house.js';
import { seedList, zoneAt } from './features/phone/sms-seed.js';

const zone = zoneAt(12);
let house: SmsHouse;
let dataDir: string;
beforeAll(async () => {
  house = await openSmsHouse();
  dataDir = await mkdtemp(join(tmpdir(), 'postern-what-if-'));
});
afterAll(async () => {
  await house.close();
  await rm(dataDir, { recursive: true, force: true });
});

const http = (verb: 'post' | 'put', path: string, body: object) => house.http()[verb](`/api/v1${path}`).set(house.manager.headers).send(body);

it('the command what-if answers what the API answers, costs and closed ways with it, and leaves nothing behind', async () => {
  const brand = await house.brand({ zone, capMinor: 500 });
  await http('put', '/phone/gateway', { account: { kind: 'http', url: 'https://93.184.216.34/sms', token: 'of a gateway that nobody asks' }, currency: 'EUR', priceMinor: 10 }).expect(200);
  const lists = [await seedList(house.database, brand, { people: 3 }), await seedList(house.database, brand, { people: 3, name: 'Soci', coversFallback: false })];
  const alphaId = uuid();
  await house.database.query(`INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'sandbox-alpha', 'Alpha', 'sandbox.invalid', 'sandbox-alpha:publish@sandbox.invalid', 'x')`, [alphaId, brand.workspaceId, brand.clientId]);
  const due = DateTime.now().setZone(zone).plus({ days: 1 }).startOf('day').plus({ hours: 12 });
  for (const listId of lists) {
    const { id: smsId } = (await http('post', '/channels', { clientId: brand.clientId, connectorId: 'sms', name: 'SMS', account: { listIds: [listId] } }).expect(201)).body;
    const { id } = (await http('post', '/posts', { clientId: brand.clientId, channelIds: [alphaId], content: { parts: [{ text: 'Ciao' }] }, wallAt: due.toFormat("yyyy-MM-dd'T'HH:mm"), choice: 'hour-counts', policy: { rerouteTo: [[smsId]] } }).expect(201)).body;
    await http('put', `/posts/${id}/fallbacks/${smsId}`, { version: 0, content: { parts: [{ text: 'Ciao!' }] }, approve: true }).expect(200);
  }
  const asked = { connectorIds: ['sandbox-alpha'], from: due.minus({ hours: 1 }).toISO() ?? '', to: due.plus({ hours: 1 }).toISO() ?? '' };
  const { options } = house.database;
  const url = 'url' in options ? String(options.url) : '';
  const workers = () => house.database.query('SELECT id FROM workers');
  const before = await workers();

  const answer = await whatIf(readConfig({ DATA_DIR: dataDir, APP_SECRET: 's'.repeat(32), PUBLIC_URL: 'https://postern.example' }), url, { workspace: brand.workspaceId, ...asked });

  expect(answer).toEqual((await http('post', '/what-if', asked).expect(200)).body);
  expect([answer.counts, answer.costs]).toMatchObject([{ elsewhere: 1, missed: 1 }, [{ people: 3, minor: 30, currency: 'EUR' }]]);
  expect(await workers()).toEqual(before);
});
