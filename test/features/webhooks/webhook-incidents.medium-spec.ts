import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { IncidentStory } from '../../../src/features/incidents/incident-story.service.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { type IncidentHouse, openIncidentHouse } from '../notifications/incident-house.js';

let house: IncidentHouse;
beforeAll(async () => {
  house = await openIncidentHouse();
});
afterAll(() => house.close());

const evidence = { writes: 0, accounts: 0, groups: 0, probes: 0, refusals: 0, official: 'none' as const };

it('A webhook that asks for incidents gets the beginning and the end, with what docs/webhooks.md promises', async () => {
  const workspaceId = await house.workspace('Agency');
  const manager = await house.member(workspaceId, 'manager');
  await house.client(workspaceId, 'Bar Sport');
  const [channel] = await house.database.query<{ componentId: string; host: string }[]>('SELECT component_id AS "componentId", host FROM channels');
  const place = { connectorId: 'sandbox-alpha', host: channel?.host ?? '', name: 'Sandbox Alpha', infraGroup: null };
  const added = await house.http().post('/api/v1/webhooks').set(manager.headers).send({ url: 'https://hooks.example/in', kinds: ['incident.opened', 'incident.changed', 'incident.closed'] });
  expect(added.status).toBe(201);

  const at = new Date().toISOString();
  for (const to of ['down', 'recovering', 'up'] as const) {
    const told = { componentId: channel?.componentId ?? '', platform: place, from: 'up' as const, to, media: to, at, firstAt: at, impaired: false, kind: null, by: null, cause: 'unknown' as const, confidence: 0, evidence, official: null };
    await house.database.transaction((tx) => house.get(IncidentStory).tell(tx, told, new Date()));
  }
  await house.get(FactTakers).take('webhooks');

  const { body } = await house.http().get(`/api/v1/webhooks/${added.body.id}/messages`).set(manager.headers);
  const messages = body.items.map((item: { body: string }) => JSON.parse(item.body) as { type: string });
  const data = { workspaceId, incidentId: expect.any(String), what: 'outage', from: at, platforms: [{ connectorId: 'sandbox-alpha', host: channel?.host, name: 'Sandbox Alpha', onlyMedia: false }] };
  const order = ['incident.opened', 'incident.changed', 'incident.closed']; // written in one go, listed in any
  expect(messages.toSorted((a: { type: string }, b: { type: string }) => order.indexOf(a.type) - order.indexOf(b.type))).toEqual([
    { type: 'incident.opened', timestamp: expect.any(String), data: { ...data, state: 'open', to: null } },
    { type: 'incident.changed', timestamp: expect.any(String), data: { ...data, state: 'recovering', to: at } },
    { type: 'incident.closed', timestamp: expect.any(String), data: { ...data, state: 'closed', to: at, tally: expect.objectContaining({ planned: 0 }) } },
  ]);
});
