import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EscalationService } from '../../../src/features/notifications/escalation.service.js';
import type { Visitor } from '../../kit/house.js';
import type { SeededClient } from '../../kit/seed.js';
import { type IncidentHouse, openIncidentHouse } from './incident-house.js';

const second = 1_000;
const sibling = 'sandbox-beta:publish@sandbox.example';

let house: IncidentHouse;
let workspaceId: string;
let mara: Visitor;
let bar: SeededClient;
let cafe: SeededClient;

beforeAll(async () => {
  house = await openIncidentHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE incidents, letters, incident_asks, incident_tellings CASCADE');
  await house.database.query(`UPDATE users SET email = id::text || '@gone.example'`);
  workspaceId = await house.workspace('Agenzia Uno');
  mara = await house.person(workspaceId, 'manager', 'Mara');
  bar = await house.client(workspaceId, 'Bar Sport');
  cafe = await house.client(workspaceId, 'Café Roma');
  await house.database.query(`UPDATE channels SET component_id = $2, connector_id = 'sandbox-beta' WHERE client_id = $1`, [cafe.clientId, sibling]);
});
afterEach(() => house.database.query('DELETE FROM components'));

const round = (): Promise<number> => house.get(EscalationService).round();
const subjects = async (): Promise<string[]> => (await house.letters('incident')).map(({ mail }) => mail.subject);
const judge = (state: string) => house.database.query(
  `INSERT INTO components (id, detector, state, media_state, read_ok, impaired, since, cause, confidence) VALUES ($1, '{}', $2, $2, true, false, now(), 'unknown', 1)
   ON CONFLICT (id) DO UPDATE SET state = excluded.state`, [sibling, state]);
/** The café's platform falls too, and its posts are in the incident. */
const join = (id: string, { clientId }: SeededClient) => house.database.query(
  `WITH fell AS (INSERT INTO incident_components (incident_id, component_id, connector_id, host, state, fell_at) VALUES ($1, $2, 'sandbox-beta', 'sandbox.example', 'down', now()))
   INSERT INTO incident_deliveries (incident_id, delivery_id, workspace_id, client_id, planned_at) SELECT $1, id, workspace_id, client_id, due_at FROM deliveries WHERE client_id = $3`, [id, sibling, clientId]);
/** The bar's platform is down; the café's post is planned, on one that is not. */
async function outage(): Promise<string> {
  const { id } = await house.outage([{ client: bar, text: 'Round' }, { client: cafe, text: 'Cappuccino' }]);
  await house.database.query('DELETE FROM incident_deliveries WHERE client_id = $1', [cafe.clientId]);
  await house.database.query(`UPDATE deliveries SET component_id = $2, connector_id = 'sandbox-beta' WHERE client_id = $1`, [cafe.clientId, sibling]);
  return id;
}

describe('Who is on duty for what falls one after the other', () => {
  it('gets one letter that names all of it: it waits for what is still suspect, and for what is judged down and not taken in yet', async () => {
    const id = await outage();
    await judge('suspect');
    expect(await round()).toBe(0);
    await judge('down');
    house.clock.pass(10 * second);
    expect(await round()).toBe(0);
    await join(id, cafe);
    expect(await round()).toBe(1);
    expect(await subjects()).toEqual(['[Agenzia Uno] Sandbox Alpha and Sandbox Beta down: 2 posts in the next 24 hours']);
  });

  it('waits for half a minute and no longer, and then an update tells them of what fell after all', async () => {
    const id = await outage();
    await judge('suspect');
    expect(await round()).toBe(0);
    house.clock.pass(31 * second);
    expect(await round()).toBe(1);
    await join(id, cafe);
    await judge('down');
    await round();
    expect(await subjects()).toEqual([
      '[Agenzia Uno] Sandbox Alpha down: 1 post in the next 24 hours', '[Agenzia Uno] Updated: Sandbox Alpha and Sandbox Beta down: 2 posts in the next 24 hours',
    ]);
  });

  it('reads of an update in Italian too', async () => {
    await house.database.query(`UPDATE users SET language = 'it' WHERE id = $1`, [mara.userId]);
    const id = await outage();
    await round();
    await join(id, cafe);
    await round();
    expect((await subjects())[1]).toMatch(/\] Aggiornamento: Guasto su Sandbox Alpha e Sandbox Beta/);
  });

  it('does not wait for what another workspace alone uses', async () => {
    const elsewhere = await house.workspace('Other');
    await house.database.query('UPDATE channels SET component_id = $2 WHERE client_id = $1', [cafe.clientId, 'sandbox-gamma:publish@sandbox.example']);
    const theirs = await house.client(elsewhere, 'Theirs');
    await house.database.query('UPDATE channels SET component_id = $2 WHERE client_id = $1', [theirs.clientId, sibling]);
    await outage();
    await judge('suspect');
    expect(await round()).toBe(1);
  });
});
