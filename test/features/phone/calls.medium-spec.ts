import { describe, expect, it } from '@jest/globals';
import { CallRows } from '../../../src/features/phone/call-rows.service.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { fromTwilio, ours, site } from './twilio-house.js';

import { agency, ask, bareLoop, cap, clientId, contact, fake, gateways, get, loop, money, newLoop, query, seen, status, text, toldOf, useCalls } from './calls-house.js';

useCalls();

describe('a call to a client’s contact', () => {
  it('reads what a person wrote, and its client pays', async () => {
    await ask().expect(201);
    await loop.round();
    await loop.round();
    expect(fake.kept.map(({ form }) => [form['To'], form['From'], form['Twiml']?.includes(text)])).toEqual([[contact, ours, true]]);
    expect(await seen()).toEqual([expect.objectContaining({ state: 'called', to: contact, costMinor: 12, currency: 'EUR', why: null })]);
    expect(await money()).toEqual({ spent: 12, booked: 12, pieces: 1 });
  });

  it('is not made twice for the same thing', async () => {
    await ask().expect(201);
    expect((await ask()).body).toMatchObject({ status: 409, code: 'call-asked-already' });
    await loop.round();
    expect((await ask()).body).toMatchObject({ status: 409, code: 'call-asked-already' });
    await ask({ text: 'Another matter.' }).expect(201);
  });

  it('is refused to a number that is no contact', async () => {
    expect((await ask({ to: '+393339999999' })).body).toMatchObject({ status: 422, code: 'call-not-contact' });
  });

  it('of another workspace’s client is refused as if it were not there', async () => {
    const stranger = await agency.house.member(await agency.house.workspace('Stranger'), 'owner');
    expect((await ask({}, stranger)).status).toBe(404);
    expect((await agency.house.http().get(`/api/v1/clients/${clientId}/calls`).set(stranger.headers)).status).toBe(404);
  });

  it('is not made when the number was struck from the contacts meanwhile', async () => {
    await ask().expect(201);
    await query(`UPDATE clients SET contacts = '{"phones": []}' WHERE id = $1`, clientId);
    await loop.round();
    expect([fake.requests, (await query<{ state: string; why: string }>('SELECT state, why FROM phone_calls'))]).toEqual([[], [{ state: 'failed', why: 'not-wanted' }]]);
  });

  it('is not made over the month’s limit, and that is told', async () => {
    await cap(11);
    await ask().expect(201);
    await loop.round();
    expect(fake.requests).toEqual([]);
    expect(await seen()).toEqual([expect.objectContaining({ state: 'over-cap', costMinor: null, why: expect.stringContaining('monthly limit') })]);
    expect(await money()).toEqual({ spent: 0, booked: 0, pieces: 0 });
    expect(await toldOf()).toEqual([{ code: 'call-over-cap' }]);
    await get(FactTakers).take('notifications');
    const { items } = (await agency.house.http().get('/api/v1/notices').set(agency.manager.headers).expect(200)).body as { items: { kind: string; title: string; text: string; clientId: string }[] };
    expect(items.filter((notice) => notice.clientId === clientId)).toMatchObject([{ kind: 'call-not-made', title: expect.stringMatching(/^A call for Bar Sport was not made/), text: expect.stringContaining('monthly limit') }]);
  });

  it('of a client without a limit is not made: telephones are off until one is set', async () => {
    await cap(0);
    await ask().expect(201);
    await loop.round();
    expect([fake.requests, (await seen()).map(({ state }) => state)]).toEqual([[], ['over-cap']]);
  });

  it('that was not made may be asked for again: once the limit is raised, once the number is mended', async () => {
    await cap(11);
    await ask().expect(201);
    await loop.round();
    await cap(100);
    fake.faults.push({ kind: 'error', status: 400, code: 21_214 });
    await ask().expect(201);
    await loop.round();
    await ask().expect(201);
    await loop.round();
    expect((await seen()).map(({ state }) => state)).toEqual(['called', 'failed', 'over-cap']);
    expect((await ask()).body).toMatchObject({ status: 409, code: 'call-asked-already' });
  });

  it('is worth nothing when its time is over, and that is told', async () => {
    await ask().expect(201);
    await query(`UPDATE phone_calls SET expires_at = now()`);
    await loop.round();
    expect([fake.requests, (await seen()).map(({ state }) => state), await toldOf()]).toEqual([[], ['failed'], [{ code: 'call-too-late' }]]);
  });

  it('of a demo reaches nobody, whatever gateway is set up', async () => {
    await query(`UPDATE workspaces SET kind = 'demo' WHERE id = $1`, agency.workspaceId);
    try {
      await ask().expect(201);
      await loop.round();
      expect([fake.requests, (await seen()).map(({ state }) => state)]).toEqual([[], ['caught']]);
    } finally {
      await query(`UPDATE workspaces SET kind = 'live' WHERE id = $1`, agency.workspaceId);
    }
  });

  it('waits while the installation is paused: a restored copy may have made it already', async () => {
    await ask().expect(201);
    await query(`INSERT INTO installation (id, paused_at, pause_reason) VALUES (gen_random_uuid(), now(), 'restored') ON CONFLICT (one) DO UPDATE SET paused_at = now(), pause_reason = 'restored'`);
    await loop.round();
    const before = fake.kept.length;
    await query(`UPDATE installation SET paused_at = NULL, pause_reason = NULL`);
    await loop.round();
    expect([before, fake.kept.length]).toEqual([0, 1]);
  });
});

describe('a gateway in trouble', () => {
  it('is asked again when it said that it was too much, and the money is free meanwhile', async () => {
    fake.faults.push({ kind: 'error', status: 429, code: 20_429, headers: { 'retry-after': '7' } });
    await ask().expect(201);
    await loop.round();
    expect(await money()).toMatchObject({ spent: 0, booked: 0 });
    expect(await query(`SELECT state, round(extract(epoch FROM next_at - created_at))::int >= 7 AS later FROM phone_calls`)).toEqual([{ state: 'waiting', later: true }]);
    await loop.round();
    expect(fake.kept).toEqual([]);
    await query('UPDATE phone_calls SET next_at = now()');
    await loop.round();
    expect([(await seen()).map(({ state }) => state), await money()]).toEqual([['called'], { spent: 12, booked: 12, pieces: 1 }]);
  });

  it('that answers HTML with 200 may have called: it is not repeated, and counts as spent', async () => {
    fake.faults.push({ kind: 'page', status: 200 });
    await ask().expect(201);
    await loop.round();
    await loop.round();
    expect([fake.requests.length, (await seen()).map(({ state }) => state), await money()]).toEqual([1, ['unconfirmed'], { spent: 12, booked: 12, pieces: 1 }]);
    expect(await toldOf()).toEqual([{ code: 'call-no-answer' }]);
  });

  it('that refuses the number is not asked again, and nothing is spent', async () => {
    fake.faults.push({ kind: 'error', status: 400, code: 21_214 });
    await ask().expect(201);
    await loop.round();
    await loop.round();
    expect([fake.requests.length, (await seen()).map(({ state }) => state), await money(), await toldOf()]).toEqual([1, ['failed'], { spent: 0, booked: 0, pieces: 0 }, [{ code: 'call-refused' }]]);
  });

  it('that tells later that it could not call gives the money back, once', async () => {
    await ask().expect(201);
    await loop.round();
    const [call] = await query<{ id: string; sid: string }>('SELECT id, remote_id AS sid FROM phone_calls');
    for (let i = 0; i < 2; i += 1) await fromTwilio(agency.house, `${status}?ref=${call?.id}`, { CallSid: call?.sid ?? '', CallStatus: 'failed' }).expect(204);
    expect([(await seen()).map(({ state }) => state), await money()]).toEqual([['failed'], { spent: 0, booked: 0, pieces: 0 }]);
  });

  it('is judged by what it answers, as the word of one account: alone it brings nobody’s Twilio down', async () => {
    await get(HealthService).send();
    await query('DELETE FROM health_signals');
    fake.faults.push({ kind: 'error', status: 503, code: 20_503 });
    await ask().expect(201);
    await loop.round();
    await get(HealthService).send();
    const rows = await query<{ signals: [string, object][] }>('SELECT signals FROM health_signals');
    const said = rows.flatMap(({ signals }) => signals).filter(([id]) => id === 'twilio:publish@api.twilio.com').map(([, signal]) => signal);
    expect(said).toEqual([expect.objectContaining({ kind: 'write', outcome: 'unavailable', account: agency.workspaceId, workspace: agency.workspaceId })]);
  });
});

describe('a gateway that hangs', () => {
  it('keeps no call of others waiting, and few of its own on their way', async () => {
    const answers: (() => void)[] = [];
    const open = await gateways.open(agency.workspaceId);
    if (!open) throw new Error('no gateway');
    gateways.open = async () => ({ ...open, gateway: { ...open.gateway, call: () => new Promise((resolve) => void answers.push(() => resolve({ kind: 'accepted', remoteId: 'CA1' }))) } });
    const stranger = await agency.house.workspace('Stranger');
    const [first, second, third] = await Promise.all(['a', 'b', 'c'].map((more) => ask({ text: more }).expect(201)));
    const running = bareLoop();
    await running.round();
    await query(`INSERT INTO clients (id, workspace_id, name, zone, contacts) VALUES (gen_random_uuid(), $1, 'X', 'Europe/Rome', jsonb_build_object('phones', jsonb_build_array($2::text)))`, stranger, contact);
    await query(`INSERT INTO sms_caps (client_id, workspace_id, cap_minor, currency) SELECT id, workspace_id, 100, 'EUR' FROM clients WHERE workspace_id = $1`, stranger);
    await query(`INSERT INTO phone_calls (id, workspace_id, client_id, once, reason, to_number, text, language, expires_at, created_by) SELECT gen_random_uuid(), $1, id, 'x', 'person', $2, 'Ciao', 'it', now() + interval '1 hour', '{}' FROM clients WHERE workspace_id = $1`, stranger, contact);
    await running.round();
    while (answers.length < 3) await new Promise((resolve) => setImmediate(resolve));
    const states = async () => (await query<{ state: string }>(`SELECT state FROM phone_calls WHERE workspace_id = $1 ORDER BY id`, agency.workspaceId)).map(({ state }) => state);
    expect([[first, second, third].length, await states(), await query(`SELECT state FROM phone_calls WHERE workspace_id = $1`, stranger)]).toEqual([3, ['calling', 'calling', 'waiting'], [{ state: 'calling' }]]);
    for (const answer of answers) answer();
    await running.idle();
    await running.round();
    while (answers.length < 4) await new Promise((resolve) => setImmediate(resolve));
    answers[3]?.();
    await running.idle();
    expect(await states()).toEqual(['called', 'called', 'called']);
  });
});

describe('a process that dies', () => {
  const claim = async () => {
    const rows = get(CallRows);
    const [due] = await rows.due({ most: 1, ofOne: 1, but: [] });
    const claimed = due && (await rows.claim(due, { minor: 12, currency: 'EUR', now: Date.now() }));
    if (!claimed) throw new Error('nothing to claim');
    return claimed;
  };
  const die = () => query(`UPDATE phone_calls SET lease_until = now() - interval '1 second'`);

  it('after the intent leaves nobody called twice: it may have rung', async () => {
    await ask().expect(201);
    await claim();
    await die();
    await newLoop().round();
    await newLoop().round();
    expect([fake.requests, (await seen()).map(({ state }) => state), await money()]).toEqual([[], ['unconfirmed'], { spent: 12, booked: 12, pieces: 1 }]);
    expect(await toldOf()).toEqual([{ code: 'call-cut-off' }]);
  });

  it.each([
    ['failed', { kind: 'accepted', remoteId: 'CA1' }, 'failed', 0],
    ['failed', { kind: 'uncertain', detail: '502' }, 'failed', 0],
    ['ringing', { kind: 'uncertain', detail: '502' }, 'called', 12],
  ] as const)('or waits: %s, told before the answer (%j), makes it %s', async (said, answer, state, spent) => {
    await ask().expect(201);
    const claimed = await claim();
    await fromTwilio(agency.house, `${status}?ref=${claimed.id}`, { CallSid: 'CA1', CallStatus: said }).expect(204);
    await get(CallRows).record(claimed, answer, Date.now());
    expect([(await seen()).map((one) => one.state), (await money()).spent]).toEqual([[state], spent]);
  });

  it('leaves what was told before its death: that decides', async () => {
    await ask().expect(201);
    const { id } = await claim();
    await fromTwilio(agency.house, `${status}?ref=${id}`, { CallSid: 'CA1', CallStatus: 'failed' }).expect(204);
    await die();
    await newLoop().round();
    expect([(await seen()).map(({ state }) => state), await money()]).toEqual([['failed'], { spent: 0, booked: 0, pieces: 0 }]);
  });

  it('after the gateway took it: the callback proves that it rang', async () => {
    await ask().expect(201);
    const { id, to, language } = await claim();
    const open = await gateways.open(agency.workspaceId);
    await open?.gateway.call?.({ to, text, language, ref: id }, new AbortController().signal);
    await die();
    await newLoop().round();
    expect(fake.kept[0]?.form['StatusCallback']).toBe(`${site}${status}?ref=${id}`);
    await fromTwilio(agency.house, `${status}?ref=${id}`, { CallSid: fake.kept[0]?.sid ?? '', CallStatus: 'completed' }).expect(204);
    await newLoop().round();
    expect([fake.kept.length, (await seen()).map(({ state, answer }) => [state, answer])]).toEqual([1, [['called', 'answered']]]);
  });

  it('and comes back late writes nothing over what was decided', async () => {
    await ask().expect(201);
    const claimed = await claim();
    await die();
    await newLoop().round();
    await get(CallRows).record(claimed, { kind: 'unavailable', detail: 'late' }, Date.now());
    await newLoop().round();
    expect([fake.requests, (await seen()).map(({ state }) => state)]).toEqual([[], ['unconfirmed']]);
  });

  it('beside another one: of two at once, one calls', async () => {
    await ask().expect(201);
    await Promise.all([newLoop().round(), newLoop().round(), newLoop().round()]);
    expect(fake.kept).toHaveLength(1);
  });
});

describe('a call that cannot even be begun', () => {
  const waits = async (): Promise<number> => Math.round((await query<{ s: number }>(`SELECT extract(epoch FROM next_at - now())::float8 AS s FROM phone_calls`))[0]?.s ?? 0);

  it('is put off, ever longer, says why, and is made as soon as it can be', async () => {
    const [sealed] = await query<{ account: string }>('SELECT sealed_account AS account FROM phone_gateways WHERE workspace_id = $1', agency.workspaceId);
    await ask().expect(201);
    await query(`UPDATE phone_gateways SET sealed_account = 'v1.nonsense' WHERE workspace_id = $1`, agency.workspaceId);
    const waited: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      await query('UPDATE phone_calls SET next_at = now()');
      await loop.round();
      waited.push(await waits());
    }
    expect(waited.map((s) => Math.round(s / 10) * 10)).toEqual([10, 20, 40, 80, 160, 300, 300]);
    expect(await seen()).toEqual([expect.objectContaining({ state: 'waiting', why: expect.stringContaining('the log says what') })]);
    await query('UPDATE phone_gateways SET sealed_account = $2 WHERE workspace_id = $1', agency.workspaceId, sealed?.account);
    await loop.round();
    expect(fake.requests).toEqual([]); // not yet its time
    await query('UPDATE phone_calls SET next_at = now()');
    await loop.round();
    expect(await seen()).toEqual([expect.objectContaining({ state: 'called', why: null })]);
  });
});
