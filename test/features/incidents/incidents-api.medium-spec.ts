import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { ComponentChanged } from '../../../src/features/health/health.events.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import { Seal } from '../../../src/infra/seal.js';
import { type House, openHouse, type Visitor } from '../../kit/house.js';
import { seedClient, type SeededClient, seedPosts } from '../../kit/seed.js';

// Two agencies on one host, one of them also alone on another of the same infra group.
let house: House;
let anna: { workspaceId: string; owner: Visitor; client: SeededClient };
let bruno: { workspaceId: string; owner: Visitor; viewer: Visitor; client: SeededClient };
let operator: Visitor;
let incident: string;

const tell = async (to: ComponentChanged['to'], host = 'shared.example', told: Partial<ComponentChanged> = {}) => {
  const fact: ComponentChanged = {
    componentId: `sandbox-alpha:publish@${host}`, platform: { connectorId: 'sandbox-alpha', host, name: 'Sandbox Alpha', infraGroup: 'north' }, from: 'up', to, media: to, impaired: false,
    at: new Date().toISOString(), firstAt: new Date().toISOString(), kind: null, by: null, cause: 'technical-fault', confidence: 0.5,
    evidence: { writes: 3, accounts: 3, groups: 3, probes: 2, refusals: 0, official: 'none' }, official: null, ...told,
  };
  await house.database.transaction((manager) => house.app.get(FactWriter, { strict: false }).write(manager, [{ kind: 'component.changed', workspaceId: null, subjectId: null, payload: { ...fact } }]));
  await house.app.get(FactTakers, { strict: false }).take('incidents');
};
const get = (path: string, { headers }: Visitor) => house.http().get(`/api/v1/incidents${path}`).set(headers);
const put = (path: string, { headers }: Visitor, body: object) => house.http().put(`/api/v1/incidents${path}`).set(headers).send(body);

async function agency(name: string, text: string, host = 'shared.example') {
  const workspaceId = await house.workspace(name);
  const client = await seedClient(house.database, { connectorIds: ['sandbox-alpha'], url: `http://${host}`, seal: new Seal('s'.repeat(32)), workspaceId });
  await seedPosts(house.database, client, [{ channel: client.channels[0]!, dueInMs: 3_600_000, text }]);
  return { workspaceId, client, owner: await house.member(workspaceId, 'owner'), viewer: await house.member(workspaceId, 'viewer', { language: 'it' }) };
}

beforeAll(async () => {
  house = await openHouse();
  anna = await agency('Anna', 'a secret of Anna');
  bruno = await agency('Bruno', 'a secret of Bruno');
  await seedClient(house.database, { connectorIds: ['sandbox-alpha'], url: 'http://only-anna.example', seal: new Seal('s'.repeat(32)), workspaceId: anna.workspaceId });
  operator = await house.member(null, 'viewer', { operator: true });
  await tell('down');
  await tell('down', 'only-anna.example');
  const { body } = await get('', anna.owner);
  incident = (body as { items: { id: string }[] }).items[0]!.id;
});
afterAll(() => house.close());

describe('The list of incidents', () => {
  it('shows each workspace its own platforms of an incident', async () => {
    const hosts = async (who: Visitor) => (await get('', who)).body.items[0].components.map(({ host }: { host: string }) => host);
    expect((await hosts(anna.owner)).toSorted()).toEqual(['only-anna.example', 'shared.example']);
    expect(await hosts(bruno.owner)).toEqual(['shared.example']);
  });

  it('shows nothing of it to a workspace that has no channel there, and our own absence to everybody', async () => {
    const absence = uuid();
    await house.database.query(`INSERT INTO incidents (id, kind, subject, state, began_at, ended_at) VALUES ($1, 'own-downtime', 'postern', 'recovering', now() - interval '1 day', now())`, [absence]);
    const stranger = await house.member(await house.workspace('Carla'), 'owner');
    expect((await get('', stranger)).body.items.map(({ id, kind }: { id: string; kind: string }) => [id, kind])).toEqual([[absence, 'own-downtime']]);
    for (const path of ['', '/decisions', '/deliveries.csv', '/notes']) {
      expect((await get(`/${incident}${path}`, stranger)).body).toMatchObject({ status: 404, code: 'incident-unknown' });
    }
    await house.database.query('DELETE FROM incidents WHERE id = $1', [absence]);
  });

  it('of mail’s roads and other ways out is the operator’s alone', async () => {
    await tell('down', 'mail.example', { componentId: 'smtp:publish@mail.example', platform: { connectorId: 'smtp', host: 'mail.example', name: 'Mail by mail.example', infraGroup: null } });
    const { body } = await get('/outlets', operator);
    expect(body.items).toMatchObject([{ state: 'open', endedAt: null, components: [{ componentId: 'smtp:publish@mail.example', platform: 'Mail by mail.example', backAt: null }] }]);
    expect((await get('/outlets', anna.owner)).status).toBe(403);
    expect((await get('', anna.owner)).body.items.map(({ id }: { id: string }) => id)).toEqual([incident]);
    await house.database.query(`DELETE FROM incident_components WHERE incident_id = $1`, [body.items[0].id]);
    await house.database.query(`DELETE FROM incident_events WHERE incident_id = $1`, [body.items[0].id]);
    await house.database.query('DELETE FROM incidents WHERE id = $1', [body.items[0].id]);
  });

  it('comes in pages, newest first, and by state', async () => {
    for (const ago of [1, 2, 3]) {
      await house.database.query(
        `WITH i AS (INSERT INTO incidents (id, kind, subject, state, began_at, closed_at, ended_at) VALUES ($1, 'outage', 'old', 'closed', now() - $2 * interval '1 week', now(), now()))
         INSERT INTO incident_components (incident_id, component_id, connector_id, host, state, fell_at, back_at) VALUES ($1, 'sandbox-alpha:publish@shared.example', 'sandbox-alpha', 'shared.example', 'up', now(), now())`,
        [uuid(), ago]);
    }
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body }: { body: { items: { beganAt: string }[]; next: string | null } } = await get(`?limit=2${cursor ? `&cursor=${cursor}` : ''}`, bruno.owner);
      seen.push(...body.items.map(({ beganAt }) => beganAt));
      cursor = body.next;
    }
    expect(seen).toHaveLength(4);
    expect(seen).toEqual(seen.toSorted().toReversed());
    expect((await get('?state=open', bruno.owner)).body.items.map(({ id }: { id: string }) => id)).toEqual([incident]);
    expect((await get('?state=closed', bruno.owner)).body.items).toHaveLength(3);
  });
});

describe('One incident', () => {
  it('comes with what was seen, and the workspace’s own tally', async () => {
    const { body } = await get(`/${incident}`, bruno.owner);
    expect(body).toMatchObject({ state: 'open', kind: 'outage', cause: 'technical-fault', endedAt: null, tally: { planned: 1, waiting: 1 } });
    expect(body.events).toEqual([{ at: expect.any(String), componentId: 'sandbox-alpha:publish@shared.example', kind: 'state', payload: expect.objectContaining({ to: 'down', evidence: expect.objectContaining({ probes: 2 }) }) }]);
    expect(JSON.stringify(body)).not.toContain('only-anna');
  });

  it('tells of everybody’s evidence the probes and the platform’s page alone; of failed posts and accounts, the workspace’s own', async () => {
    await house.database.query(
      `INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, started_at, outcome)
       SELECT gen_random_uuid(), d.id, p.id, d.workspace_id, t.kind, 1, 1, now() - t.ago, t.outcome
         FROM deliveries d JOIN parts p ON p.delivery_id = d.id,
              (VALUES ('commit', interval '1 minute', 'unavailable'), ('resend', '30 seconds', 'uncertain'), ('commit', '4 minutes', 'delivered'), ('find', '1 minute', 'unavailable'), ('commit', '6 minutes', 'unavailable')) t (kind, ago, outcome)
        WHERE d.workspace_id = $1`,
      [anna.workspaceId],
    );
    const evidence = async (who: Visitor) => {
      const [event] = (await get(`/${incident}`, who)).body.events;
      expect(Object.keys(event.payload).toSorted()).toEqual(['at', 'cause', 'confidence', 'evidence', 'firstAt', 'from', 'impaired', 'kind', 'media', 'to']);
      return event.payload.evidence;
    };
    expect(await evidence(bruno.owner)).toEqual({ probes: 2, official: 'none', writes: 0, accounts: 0 });
    expect(await evidence(anna.owner)).toEqual({ probes: 2, official: 'none', writes: 2, accounts: 1 });
  });

  it('lists what is to be decided, of this workspace alone and in the reader’s language', async () => {
    const { body } = await get(`/${incident}/decisions`, bruno.viewer);
    expect(body.items).toEqual([expect.objectContaining({ text: 'a secret of Bruno', outcome: 'waiting', outlook: expect.stringMatching(/^Previsto per /) })]);
    expect((await get(`/${incident}/decisions?clientId=${anna.client.clientId}`, bruno.viewer)).body.items).toEqual([]);
  });

  it('gives its evidence as a file', async () => {
    const { text, headers } = await get(`/${incident}/deliveries.csv`, bruno.viewer);
    expect(headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="deliveries.csv"' });
    expect(text).toContain('a secret of Bruno');
    expect(text).not.toContain('Anna');
  });

  it('keeps the notes of a workspace to itself', async () => {
    const wrote = await house.http().post(`/api/v1/incidents/${incident}/notes`).set(anna.owner.headers).send({ text: 'Called Meta.' });
    expect(wrote).toMatchObject({ status: 201, body: { text: 'Called Meta.', writtenBy: expect.stringMatching(/^Person/) } });
    expect((await get(`/${incident}/notes`, anna.owner)).body.items).toEqual([wrote.body]);
    expect((await get(`/${incident}/notes`, bruno.owner)).body.items).toEqual([]);
    expect((await house.http().post(`/api/v1/incidents/${incident}/notes`).set(bruno.viewer.headers).send({ text: 'x' })).status).toBe(403);
  });
});

describe('A false alarm', () => {
  it('is not to be said while it is open: the operator is told what to say first', async () => {
    const { status, body } = await put(`/${incident}/false-alarm`, operator, { reason: 'A drill.' });
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'incident-open' });
    expect(body.detail ?? body.title).toContain('/word with the state up');
  });

  it('is said once it is closed, stands in its story, and can be taken back', async () => {
    await tell('up');
    await tell('up', 'only-anna.example');
    expect((await put(`/${incident}/false-alarm`, operator, { reason: 'A drill.' })).status).toBe(204);
    const { body } = await get(`/${incident}`, bruno.owner);
    expect(body).toMatchObject({ state: 'closed', falseAlarm: { reason: 'A drill.', by: expect.any(String), at: expect.stringMatching(/Z$/) } });
    expect(body.events.at(-1)).toMatchObject({ kind: 'false-alarm', payload: { reason: 'A drill.' } });
    const told: { workspace: string }[] = await house.database.query(`SELECT workspace_id AS workspace FROM events WHERE kind = 'incident.changed' AND payload ->> 'state' = 'closed'`);
    expect(told.map(({ workspace }) => workspace).toSorted()).toEqual([anna.workspaceId, bruno.workspaceId].toSorted());
    expect(await house.database.query(`SELECT actor ->> 'kind' AS actor, subject_id AS id FROM audit_log WHERE action = 'incident.false-alarm'`)).toEqual([{ actor: 'operator', id: incident }]);

    expect((await house.http().delete(`/api/v1/incidents/${incident}/false-alarm`).set(operator.headers)).status).toBe(204);
    expect((await get(`/${incident}`, bruno.owner)).body.falseAlarm).toBeNull();
  });

  it('is not said of an incident there never was', async () => {
    expect((await put(`/${uuid()}/false-alarm`, operator, { reason: 'r' })).body).toMatchObject({ status: 404, code: 'incident-unknown' });
  });
});
