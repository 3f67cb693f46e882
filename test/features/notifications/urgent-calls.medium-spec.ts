import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EscalationService } from '../../../src/features/notifications/escalation.service.js';
import { UrgentCalls } from '../../../src/features/notifications/urgent-calls.service.js';
import type { Visitor } from '../../kit/house.js';
import type { SeededClient } from '../../kit/seed.js';
import { hour, type IncidentHouse, minute, openIncidentHouse } from './incident-house.js';

let house: IncidentHouse;
let workspaceId: string;
let mara: Visitor;
let marco: Visitor;
let bar: SeededClient;
let cafe: SeededClient;

beforeAll(async () => {
  house = await openIncidentHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE incidents, letters, notices, incident_asks, incident_tellings, client_notices, events, event_claims, phone_calls CASCADE');
  await house.database.query(`UPDATE users SET email = id::text || '@gone.example'`);
  workspaceId = await house.workspace('Agenzia Uno');
  mara = await house.person(workspaceId, 'manager', 'Mara');
  marco = await house.person(workspaceId, 'manager', 'Marco', 'it');
  bar = await house.client(workspaceId, 'Bar Sport');
  cafe = await house.client(workspaceId, 'Café Roma');
});

const says = (visitor: Visitor, callMe: 'never' | 'unanswered' | 'at-once', phone = '+393330000001') => house.http().put('/api/v1/me/phone').set(visitor.headers).send({ phone, callMe }).expect(200);
/** Letters first, as they are written; then whoever is to be called. */
async function round(): Promise<number> {
  await house.get(EscalationService).round();
  return house.get(UrgentCalls).round();
}
const calls = (): Promise<{ name: string; to: string; text: string; state: string; why: string | null; clientId: string }[]> =>
  house.database.query('SELECT u.name, c.to_number AS "to", c.text, c.state, c.why, c.client_id AS "clientId" FROM phone_calls c JOIN users u ON u.id = c.user_id ORDER BY c.id');
const urgent = (client: SeededClient, more: object = {}) => ({ client, text: 'Kick-off', choice: 'hour-counts', dueInMs: 2 * hour, ...more }) as const;

describe('Where an hour counts and the letter stays without an answer', () => {
  it('nobody is called who did not say yes: that is how it begins', async () => {
    await house.outage([urgent(bar)]);
    expect(await round()).toBe(0);
    house.clock.pass(4 * minute);
    expect(await round()).toBe(0);
    await says(mara, 'never');
    expect(await round()).toBe(0);
    expect(await calls()).toEqual([]);
  });

  it('the one who was asked is called when half of their time is over, once', async () => {
    await says(mara, 'unanswered');
    await house.outage([urgent(bar)]);
    expect(await round()).toBe(0);
    house.clock.pass(2 * minute);
    expect(await round()).toBe(0);
    house.clock.pass(minute);
    expect(await round()).toBe(1);
    expect(await round()).toBe(0);
    expect(await calls()).toEqual([expect.objectContaining({ name: 'Mara', to: '+393330000001', state: 'waiting', clientId: bar.clientId })]);
    expect((await calls())[0]?.text).toMatch(/^This is Postern, for Agenzia Uno\. We cannot publish on Sandbox Alpha\. A post of Bar Sport is due at \d\d:\d\d, time zone Europe\/Rome, and its hour counts\./);
  });

  it('who wants to be called at once is called with the letter', async () => {
    await says(mara, 'at-once');
    await house.outage([urgent(bar)]);
    expect(await round()).toBe(1);
  });

  it('of two clients the person hears once, in their language, and who has a limit for telephones pays', async () => {
    await house.database.query(`INSERT INTO sms_caps (client_id, workspace_id, cap_minor, currency) VALUES ($1, $2, 100, 'EUR')`, [cafe.clientId, workspaceId]);
    for (const client of [bar, cafe]) await house.http().put(`/api/v1/clients/${client.clientId}/duties`).set(mara.headers).send({ userIds: [marco.userId] }).expect(200);
    await says(marco, 'at-once', '+393330000002');
    await house.outage([urgent(cafe, { dueInMs: 3 * hour }), urgent(bar)]);
    expect(await round()).toBe(1);
    expect(await calls()).toEqual([expect.objectContaining({ name: 'Marco', clientId: cafe.clientId, text: expect.stringMatching(/Un post di Bar Sport .* ancora 1\. Apri Postern/) })]);
  });

  it('the next one is called in their turn, and nobody a second time', async () => {
    await says(mara, 'unanswered');
    await says(marco, 'unanswered', '+393330000002');
    await house.outage([urgent(bar)]);
    for (let i = 0; i < 12; i += 1) {
      await round();
      house.clock.pass(minute);
    }
    expect((await calls()).map(({ name }) => name)).toEqual(['Mara', 'Marco']);
  });

  it('whoever answered in time is not called, and a call not made yet is not made', async () => {
    await says(mara, 'at-once');
    const { id } = await house.outage([urgent(bar)]);
    await round();
    await house.http().post(`/api/v1/incidents/${id}/answer`).set(mara.headers).send({}).expect(200);
    await round();
    expect(await calls()).toEqual([expect.objectContaining({ state: 'failed', why: 'settled' })]);
  });

  it('of the same person in two agencies, one that was answered is not kept open by the other', async () => {
    await says(mara, 'at-once');
    const { id } = await house.outage([urgent(bar)]);
    await round();
    const other = await house.workspace('Agenzia Due');
    const theirs = await house.client(other, 'Altro');
    await house.database.query(
      `INSERT INTO phone_calls (id, workspace_id, client_id, user_id, once, reason, to_number, text, language, expires_at, created_by)
       SELECT gen_random_uuid(), $1, $2, user_id, once, reason, to_number, text, language, expires_at, created_by FROM phone_calls`, [other, theirs.clientId]);
    await house.get(UrgentCalls).round();
    expect(await house.database.query('SELECT workspace_id = $1 AS other, state, why FROM phone_calls ORDER BY 1', [other])).toEqual([
      { other: false, state: 'waiting', why: null }, { other: true, state: 'failed', why: 'settled' }]);
    expect(id).toBeDefined();
  });

  it('one whose hour passed, or whose turn is over, says so and is told', async () => {
    await says(mara, 'at-once');
    await house.outage([urgent(bar)]);
    await round();
    await house.database.query(`UPDATE incident_asks SET asked = asked || $1::jsonb`, [JSON.stringify([marco.userId])]);
    await house.get(UrgentCalls).round();
    expect(await calls()).toEqual([expect.objectContaining({ state: 'failed', why: 'next-asked' })]);
    expect(await house.database.query(`SELECT payload #>> '{reason,code}' AS code FROM events WHERE kind = 'call.not-made'`)).toEqual([{ code: 'call-next-asked' }]);
  });

  it('one that met the limit is asked for again once a limit has room, and not before', async () => {
    await says(mara, 'at-once');
    await house.outage([urgent(bar)]);
    expect(await round()).toBe(1);
    await house.database.query(`UPDATE phone_calls SET state = 'over-cap', why = 'over-cap'`);
    expect(await house.get(UrgentCalls).round()).toBe(0);
    await house.database.query(`INSERT INTO sms_caps (client_id, workspace_id, cap_minor, currency) VALUES ($1, $2, 100, 'EUR')`, [bar.clientId, workspaceId]);
    expect([await house.get(UrgentCalls).round(), await house.get(UrgentCalls).round()]).toEqual([1, 0]);
  });

  it('nor is one made of an outage that is over', async () => {
    await says(mara, 'at-once');
    const { id } = await house.outage([urgent(bar)]);
    await round();
    await house.close(id);
    await round();
    expect(await calls()).toEqual([expect.objectContaining({ state: 'failed', why: 'settled' })]);
  });

  it('nobody is called for posts that can wait', async () => {
    await says(mara, 'at-once');
    await house.outage([{ client: bar, text: 'Any time', choice: 'can-wait' }, { client: bar, text: 'Today', choice: 'today' }]);
    expect(await round()).toBe(0);
  });
});
