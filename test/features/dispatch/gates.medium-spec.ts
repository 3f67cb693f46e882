import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { SLOTS_PER_COMPONENT } from '../../../src/features/dispatch/component-slots.js';
import { ClaimsService } from '../../../src/features/posts/claims.service.js';
import { DuesService } from '../../../src/features/posts/dues.service.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

let house: DispatchHouse;
const MINUTE = 60_000;

/** What posts to beta wait for on their way. */
let gate: Promise<void> = Promise.resolve();

beforeAll(async () => {
  house = await openDispatch({
    tamper: ({ connector, ...aboard }) => ({
      ...aboard,
      connector: {
        ...connector,
        commit: async (part, account, world) => {
          if (connector.id === 'sandbox-beta') await gate;
          return connector.commit(part, account, world);
        },
      },
    }),
  });
});
afterAll(async () => {
  await house.close();
});
afterEach(async () => {
  house.sayAllUp();
  house.sandbox.faults.clear();
  await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled', hold_reason = NULL WHERE state IN ('scheduled', 'held', 'sending', 'unconfirmed')`);
  await house.dataSource.query(`UPDATE channels SET state = 'connected', late_at = NULL, late_by = NULL`);
  await house.dataSource.query('DELETE FROM component_slots');
});

const plan = async (text: string, more: { dueInMs?: number; platform?: string; choice?: 'hour-counts' | 'today'; lateLimitMs?: number } = {}): Promise<string> => {
  const { dueInMs = 0, platform = 'beta', ...rest } = more;
  const [id = ''] = await house.plan({ channel: house.channel(platform), dueInMs, text, ...rest });
  return id;
};
const set = (id: string, change: string) => house.dataSource.query(`UPDATE deliveries SET ${change}, version = version + 1 WHERE id = $1`, [id]);
const readyIn = async (id: string): Promise<number> => Number((await house.delivery(id)).readyAt) - Date.now(); // Infinity, where the database says so

describe('what is said of the component', () => {
  it.each(['down', 'maintenance'] as const)('%s: held, asked again at its late limit, and goes out when it is back', async (state) => {
    const id = await plan(`while ${state}`, { lateLimitMs: 10 * MINUTE });
    await house.say(house.channel('beta').id, state);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'outage', code: 'platform-down', epoch: 0 });
    expect(await readyIn(id)).toBeGreaterThan(9 * MINUTE);
    house.sayAllUp();
    await set(id, 'ready_at = now()');
    await house.dispatch.run(id);
    expect(house.visible(`while ${state}`)).toBe(1);
  });

  it('our own network in doubt: held', async () => {
    const id = await plan('offline');
    await house.say(house.channel('beta').id, 'unknown', { impaired: true });
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'outage', code: 'we-are-offline' });
  });

  it.each(['suspect', 'unknown', 'recovering'] as const)('%s: one in flight over all processes, the rest is put back', async (state) => {
    const [first, second] = [await plan(`${state} 1`), await plan(`${state} 2`)];
    await house.say(house.channel('beta').id, state);
    const elsewhere = house.get(ClaimsService);
    const [{ id: component } = { id: '' }] = await house.dataSource.query<{ id: string }[]>('SELECT component_id AS id FROM channels WHERE id = $1', [house.channel('beta').id]);
    expect(await elsewhere.takeComponentSlot(component, uuid(), 60_000)).toBe(true);
    await house.dispatch.run(first);
    expect(await house.delivery(first)).toMatchObject({ state: 'held', hold: 'pace', epoch: 0 });
    await house.dataSource.query(`UPDATE component_slots SET until = now() - interval '1 second'`); // that process died
    await house.dispatch.run(second);
    await house.letOut(); // recovering: in its turn
    expect(house.visible(`${state} 1`) + house.visible(`${state} 2`)).toBe(1);
    expect(await house.dataSource.query('SELECT 1 FROM component_slots')).toEqual([]);
  });
});

describe('a full component', () => {
  it('puts the next delivery back for its pace, and does not wait in a slot', async () => {
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    const ids = await house.plan(...Array.from({ length: SLOTS_PER_COMPONENT + 2 }, (_, i) => ({ channel: house.channel('beta'), dueInMs: 0, text: `crowd ${i}` })));
    const back: string[] = [];
    let all: Promise<unknown> = Promise.resolve();
    await new Promise<void>((resolve, reject) => {
      all = Promise.all(ids.map(async (id) => {
        await house.dispatch.run(id);
        if (back.push(id) === 2) resolve();
      }));
      all.catch(reject);
    });
    for (const id of [...back]) {
      expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pace', code: 'crowded', epoch: 0 });
      expect(await readyIn(id)).toBeGreaterThan(0);
    }
    const other = await plan('elsewhere', { platform: 'alpha' });
    await house.dispatch.run(other);
    expect(house.visible('elsewhere')).toBe(1);
    expect(back).toHaveLength(2);
    open();
    await all;
  });
});

describe('gates', () => {
  it('unapproved: held, and goes on when approved', async () => {
    const id = await plan('unapproved');
    await set(id, 'approved = false');
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'approval' });
    await house.rounds.sweep();
    expect(await readyIn(id)).toBeGreaterThan(0);
    await set(id, 'approved = true');
    await house.rounds.sweep();
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
  });

  it.each(['reconnect', 'off'] as const)('its channel %s: held for the account until it is connected', async (state) => {
    const id = await plan(`account ${state}`);
    await house.dataSource.query(`UPDATE channels SET state = $2, state_detail = 'gone' WHERE id = $1`, [house.channel('beta').id, state]);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'account', code: 'account-down' });
    await house.rounds.sweep();
    expect(await readyIn(id)).toBeGreaterThan(0);
    await house.dataSource.query(`UPDATE channels SET state = 'connected' WHERE id = $1`, [house.channel('beta').id]);
    await house.rounds.sweep();
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
  });

  it.each([
    ['it was edited', 'deliveries', 'version = version + 1'],
    ['it was cancelled', 'deliveries', `state = 'cancelled'`],
    ['it was moved', 'deliveries', `due_at = now() + interval '1 hour'`],
    ['it was put off', 'deliveries', `ready_at = now() + interval '1 hour'`],
    ['its approval was taken back', 'deliveries', 'approved = false'],
    ['its late limit passed', 'deliveries', `deadline_at = now() - interval '1 second'`],
    ['its channel was switched off', 'channels', `state = 'off'`],
  ] as const)('are asked again at the claim: %s', async (_, table, change) => {
    const id = await plan(uuid());
    const due = await house.get(DuesService).read(id);
    if (!due) throw new Error('not due');
    await house.dataSource.query(`UPDATE ${table} SET ${change} WHERE id = $1`, [table === 'channels' ? due.channelId : id]);
    expect(await house.get(ClaimsService).claim(due, { workerId: uuid(), leaseMs: 60_000, earlyMs: 2_000 })).toBeNull();
    expect(await house.delivery(id)).toMatchObject({ epoch: 0 });
  });

  it.each([
    ['the workspace', null, null], ['the client', 'client', null], ['the platform', null, 'sandbox-beta'],
  ] as const)('are asked again at the claim: a pause of %s', async (_, client, connector) => {
    const id = await plan(uuid());
    const due = await house.get(DuesService).read(id);
    if (!due) throw new Error('not due');
    await house.dataSource.query(
      `INSERT INTO pauses (id, workspace_id, client_id, connector_id, reason, created_by) VALUES ($1, $2, $3, $4, 'stop', '{}')`,
      [uuid(), house.client.workspaceId, client && house.client.clientId, connector],
    );
    expect(await house.get(ClaimsService).claim(due, { workerId: uuid(), leaseMs: 60_000, earlyMs: 2_000 })).toBeNull();
    await house.dataSource.query('DELETE FROM pauses');
    expect(await house.get(ClaimsService).claim(due, { workerId: uuid(), leaseMs: 60_000, earlyMs: 2_000 })).not.toBeNull();
  });
});

describe('a hold', () => {
  it.each([
    ['a moment gone by', -MINUTE, 7 * 24 * 60 * MINUTE], ['a moment past its late limit', 60 * MINUTE, MINUTE], ['nothing', null, MINUTE], ['nothing, past its late limit', null, -MINUTE],
  ] as const)('until %s never rings at once for ever', async (_, untilIn, limit) => {
    const id = await plan(uuid(), { lateLimitMs: limit });
    const due = await house.get(DuesService).read(id);
    await house.get(ClaimsService).hold({ id, version: due?.version ?? 0, hold: 'pace', until: untilIn === null ? null : Date.now() + untilIn, reason: { code: 'pace' } });
    expect(await readyIn(id)).toBeGreaterThan(-5_000);
    for (let i = 0; i < 3; i += 1) await house.dispatch.run(id);
    const { state, hold, readyAt } = await house.delivery(id);
    const settled = state === 'published' || (state === 'held' && (hold === 'late' || readyAt.getTime() > Date.now()));
    expect([state, hold, settled]).toEqual([state, hold, true]);
  });

  it('as late is never asked again, however often it is rung', async () => {
    const id = await plan('never by itself', { dueInMs: -20 * MINUTE });
    await house.dispatch.run(id);
    expect(await house.dataSource.query(`SELECT ready_at = 'infinity' AS never FROM deliveries WHERE id = $1`, [id])).toEqual([{ never: true }]);
    await house.dataSource.query('UPDATE deliveries SET ready_at = now() WHERE id = $1', [id]); // whatever put it there
    for (let i = 0; i < 3; i += 1) await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'late', epoch: 0 });
  });
});

describe('what we slept over', () => {
  it('after it had been tried waits for a person like everything else', async () => {
    const id = await plan('tried, then we slept', { dueInMs: -180 * MINUTE });
    await set(id, `tries = 2, failing_since = now() - interval '3 hours', ready_at = now() - interval '179 minutes'`);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'late', code: 'we-were-away' });
    expect(house.visible('tried, then we slept')).toBe(0);
  });

  it('of a series lets only the newest late one go out', async () => {
    const [older, newer] = [await plan('Monday', { dueInMs: -5 * MINUTE }), await plan('Tuesday', { dueInMs: -2 * MINUTE })];
    const series = uuid();
    await house.dataSource.query(`UPDATE deliveries SET series_id = $1 WHERE id = ANY($2::uuid[])`, [series, [older, newer]]);
    await house.dispatch.run(older);
    await house.dispatch.run(newer);
    await house.letOut();
    expect(await house.delivery(older)).toMatchObject({ state: 'skipped', code: 'superseded' });
    expect(await house.delivery(newer)).toMatchObject({ state: 'published' });
    expect([house.visible('Monday'), house.visible('Tuesday')]).toEqual([0, 1]);
    expect(await house.facts(older)).toEqual(['delivery.skipped']);
  });
});
