import { describe, expect, it } from '@jest/globals';
import { CallsService } from '../../../src/features/phone/calls.service.js';
import { accountSid } from '../../infra/phone/fake-twilio.js';
import { addClient, ours, twilioAccount } from './twilio-house.js';

import { agency, clientId, contact, fake, gateways, get, loop, money, query, seen, text, useCalls } from './calls-house.js';

useCalls();

describe('an SMS looked for', () => {
  it('at another account than the one that sent it is unclear, not absent', async () => {
    const { house, workspaceId, manager } = agency;
    const sent = Date.now();
    const sms = { to: contact, from: null, text: 'Ciao', ref: 'r-1', deadlineAt: null };
    const look = async () => (await gateways.open(workspaceId))?.gateway.find?.(sms, sent, new AbortController().signal);
    await query(`UPDATE phone_gateways SET account_at = now() - interval '1 hour' WHERE workspace_id = $1`, workspaceId);
    const [row] = await query<{ version: number }>('SELECT version FROM phone_gateways WHERE workspace_id = $1', workspaceId);
    const put = (version: number, sid: string) => house.http().put('/api/v1/phone/gateway').set(manager.headers)
      .send({ version, account: { ...twilioAccount, accountSid: sid }, fromNumber: ours, currency: 'EUR', priceMinor: 8, voicePriceMinor: 12 }).expect(200);
    await put(row?.version ?? 0, accountSid);
    expect(await look()).toEqual({ kind: 'absent' });
    await put((row?.version ?? 0) + 1, `AC${'0f'.repeat(16)}`);
    expect(await look()).toMatchObject({ kind: 'unclear' });
    await put((row?.version ?? 0) + 2, accountSid);
  });
});

describe('a call to a member', () => {
  const request = (userId: string, to: string, payers: readonly [string, ...string[]] = [clientId]) => agency.house.database.transaction((manager) => get(CallsService).request(manager, {
    workspaceId: agency.workspaceId, payers, userId, once: `test:${userId}`, reason: 'urgent', to, text, language: 'it', worthMs: 60_000, by: { kind: 'system', id: 'test', name: 'Test' },
  }));

  it('is made only while they say yes to this number', async () => {
    const [yes, no, moved] = [await agency.house.member(agency.workspaceId, 'editor'), await agency.house.member(agency.workspaceId, 'editor'), await agency.house.member(agency.workspaceId, 'editor')];
    const set = (visitor: typeof yes, phone: string, callMe: string) => agency.house.http().put('/api/v1/me/phone').set(visitor.headers).send({ phone, callMe }).expect(200);
    await set(yes, '+393330000001', 'unanswered');
    await set(no, '+393330000002', 'never');
    await set(moved, '+393330000003', 'at-once');
    await request(yes.userId, '+393330000001');
    await request(no.userId, '+393330000002');
    await request(moved.userId, '+393330000003');
    await set(moved, '+393330000004', 'at-once');
    await loop.round();
    expect(fake.kept.map(({ form }) => form['To'])).toEqual(['+393330000001']);
    expect(await seen()).toEqual(expect.arrayContaining([expect.objectContaining({ state: 'called', to: '…001', person: expect.stringContaining('Person') })]));
  });

  it('is paid by the next client it is about, when the first has no room', async () => {
    const member = await agency.house.member(agency.workspaceId, 'editor');
    await agency.house.http().put('/api/v1/me/phone').set(member.headers).send({ phone: contact, callMe: 'at-once' }).expect(200);
    const poor = await addClient(agency.house, agency.workspaceId);
    await query(`INSERT INTO sms_caps (client_id, workspace_id, cap_minor, currency) VALUES ($1, $2, 11, 'EUR')`, poor, agency.workspaceId);
    await request(member.userId, contact, [poor, clientId]);
    await loop.round();
    expect([await seen(), await money()]).toEqual([[expect.objectContaining({ state: 'called', costMinor: 12 })], { spent: 12, booked: 12, pieces: 1 }]);
  });

  it('is asked for once, however often', async () => {
    const member = await agency.house.member(agency.workspaceId, 'editor');
    expect([typeof (await request(member.userId, contact)), await request(member.userId, contact)]).toEqual(['string', null]);
  });
});
