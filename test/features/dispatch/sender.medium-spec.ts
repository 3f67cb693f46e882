import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connector } from '../../../src/connectors/connector.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

let house: DispatchHouse;
let commit: Connector['commit'] | null = null;
/** Since when what is late was looked for last. */
let lookedSince: number | null = null;
const noting = (connector: Connector): NonNullable<Connector['find']> => (part, account, world) => {
  lookedSince = world.window.since;
  return connector.find?.(part, account, world) ?? Promise.resolve({ kind: 'absent' });
};

beforeAll(async () => {
  house = await openDispatch({ tamper: (aboard) => ({ ...aboard, connector: { ...aboard.connector, find: noting(aboard.connector), ...(commit && { commit }) } }) });
});
afterAll(async () => {
  await house.close();
});
afterEach(async () => {
  commit = null;
  house.sandbox.faults.clear();
  await house.dataSource.query('UPDATE channels SET late_at = NULL');
});

const send = async (text: string, { platform = 'beta', dueInMs = 0, released = false } = {}): Promise<string> => {
  const [id = ''] = await house.plan({ channel: house.channel(platform), dueInMs, text });
  if (released) await house.dataSource.query('UPDATE deliveries SET released = true WHERE id = $1', [id]);
  await house.dispatch.run(id);
  if (dueInMs < 0) await house.letOut();
  return id;
};
const attempts = (id: string) => house.dataSource.query<{ kind: string; outcome: string; detail: string }[]>('SELECT kind, outcome, detail FROM attempts WHERE delivery_id = $1 ORDER BY started_at', [id]);
const byHand = async (text: string, platform = 'beta'): Promise<void> => {
  const { account } = house.channel(platform);
  await fetch(`${house.sandbox.url}/sandbox-${platform}/api/accounts/${account}/posts`, {
    method: 'POST', headers: { authorization: 'Bearer hand', 'content-type': 'application/json' }, body: JSON.stringify({ text }),
  });
};

describe('a connector that throws', () => {
  it('before the first byte: it is us, tried again, nothing to look up', async () => {
    commit = () => Promise.reject(new Error('undefined is not a function'));
    const id = await send('thrown before');
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', code: 'our-fault', tries: 1 });
    expect(await attempts(id)).toMatchObject([{ outcome: 'local', detail: expect.stringContaining('undefined is not a function') }]);
  });

  it('after the first byte: unconfirmed, whatever it says, and never sent again unseen', async () => {
    const { url } = house.sandbox;
    commit = async (part, _, world) => {
      await world.fetch(`${url}/sandbox-beta/api/accounts/${house.channel('beta').account}/posts`, {
        method: 'POST', headers: { authorization: 'Bearer x', 'content-type': 'application/json' }, body: JSON.stringify({ text: part.content.text }),
      });
      throw new Error('cannot read the answer');
    };
    const id = await send('thrown after');
    expect(await house.delivery(id)).toMatchObject({ state: 'unconfirmed', code: 'uncertain' });
    commit = null;
    await house.dataSource.query('UPDATE deliveries SET look_at = now() WHERE id = $1', [id]);
    await house.reconciler.round();
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
    expect(house.visible('thrown after')).toBe(1);
  });

  it('while it read only, before it wrote: it is us', async () => {
    const { url } = house.sandbox;
    commit = async (_part, _account, world) => {
      await world.fetch(`${url}/sandbox-beta/api`);
      throw new Error('no such field');
    };
    expect(await house.delivery(await send('thrown while reading'))).toMatchObject({ state: 'scheduled', code: 'our-fault' });
  });
});

describe('what is kept of an answer', () => {
  it('holds no secret of the channel, however the platform words it', async () => {
    const secret = `secret-${house.channel('beta').id}`;
    commit = () => Promise.resolve({ kind: 'unavailable', detail: `the token ${secret} ${'x'.repeat(2_000)}` });
    const id = await send('told on');
    const [attempt] = await attempts(id);
    expect(attempt?.detail).toMatch(/^the token (?!secret-)/);
    expect(attempt?.detail.length).toBeLessThanOrEqual(500);
    const everywhere = await house.dataSource.query<{ all: string }[]>(
      `SELECT (SELECT string_agg(a::text, '') FROM attempts a) || (SELECT string_agg(e::text, '') FROM evidence e) || (SELECT string_agg(d.reason::text, '') FROM deliveries d) || (SELECT string_agg(v::text, '') FROM events v) AS all`,
    );
    expect(everywhere[0]?.all).not.toContain(secret);
  });
});

describe('a channel that cannot be opened here', () => {
  it('keeps its delivery, says why, and sends nothing', async () => {
    const { id: channel } = house.channel('gamma');
    const [{ sealed } = { sealed: '' }] = await house.dataSource.query<{ sealed: string }[]>('SELECT sealed_account AS sealed FROM channels WHERE id = $1', [channel]);
    await house.dataSource.query(`UPDATE channels SET sealed_account = 'of another key', version = version + 1 WHERE id = $1`, [channel]);
    const id = await send('locked', { platform: 'gamma' });
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', code: 'our-fault' });
    expect(house.visible('locked')).toBe(0);
    await house.dataSource.query(`UPDATE channels SET sealed_account = $2, version = version + 1 WHERE id = $1`, [channel, sealed]);
    await house.dataSource.query('UPDATE deliveries SET ready_at = now() WHERE id = $1', [id]);
    await house.dispatch.run(id);
    expect(house.visible('locked')).toBe(1);
  });
});

describe('what is late is looked for first', () => {
  it('and counts as published where somebody put it out by hand', async () => {
    await byHand('by hand meanwhile');
    const id = await send('by hand meanwhile', { dueInMs: -20 * 60_000, released: true });
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
    expect(house.visible('by hand meanwhile')).toBe(1);
    expect(await attempts(id)).toMatchObject([{ kind: 'find', outcome: 'delivered' }]);
  });

  it('and goes out where nobody did', async () => {
    const id = await send('nobody did', { dueInMs: -20 * 60_000, released: true });
    expect(await attempts(id)).toMatchObject([{ kind: 'commit', outcome: 'delivered' }]);
    expect(house.visible('nobody did')).toBe(1);
  });

  it('and so is what follows another way out, since its own platform was to have it', async () => {
    await byHand('followed by hand');
    const [first = '', id = ''] = [...(await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: 'followed by hand' })), ...(await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: 'followed by hand' }))];
    await house.dataSource.query(`UPDATE deliveries SET state = 'rerouted', due_at = now() - interval '5 hours' WHERE id = $1`, [first]);
    await house.dataSource.query('UPDATE deliveries SET origin = $2, released = true WHERE id = $1', [id, `late:${first}`]);
    await house.dispatch.run(id); // it waits for its turn, like all that is late
    await house.letOut();
    expect([await attempts(id), house.visible('followed by hand')]).toMatchObject([[{ kind: 'find', outcome: 'delivered' }], 1]);
    expect(Math.round((Date.now() - (lookedSince ?? 0)) / 60_000)).toBe(302);
  });

  it('and waits while the platform cannot be read', async () => {
    house.sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, on: ['read'], probability: 1 });
    const id = await send('cannot look', { dueInMs: -20 * 60_000, released: true });
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', code: 'retrying' });
    expect(house.visible('cannot look')).toBe(0);
  });

  it('which what is on time is not', async () => {
    house.sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, on: ['read'], probability: 1 });
    await send('no need to look');
    expect(house.visible('no need to look')).toBe(1);
  });
});

describe('a platform that has not taken it for a while', () => {
  const blocked = async (text: string, limit: string, choice = 'can-wait'): Promise<string> => {
    const [id = ''] = await house.plan({ channel: house.channel('beta'), dueInMs: -6 * 60_000, text });
    await house.dataSource.query(
      `UPDATE deliveries SET tries = 2, failing_since = now() - interval '6 minutes', ready_at = now(), deadline_at = now() + $2::interval, choice = $3 WHERE id = $1`,
      [id, limit, choice],
    );
    house.sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, on: ['post'], probability: 1 });
    await house.dispatch.run(id);
    await house.letOut();
    return id;
  };

  it('is blocked: held as in an outage, told, and tried on until it takes it', async () => {
    const id = await blocked('blocked', '1 hour');
    const { readyAt, ...row } = await house.delivery(id);
    expect(row).toMatchObject({ state: 'held', hold: 'outage', code: 'blocked' });
    expect(readyAt.getTime() - Date.now()).toBeGreaterThan(10_000);
    expect(readyAt.getTime() - Date.now()).toBeLessThan(360_000);
    expect(await house.facts(id)).toEqual(['delivery.held']);
    house.sandbox.faults.clear();
    await house.dataSource.query(`UPDATE deliveries SET ready_at = now() WHERE id = $1`, [id]);
    await house.dataSource.query('UPDATE channels SET late_at = NULL');
    await house.dispatch.run(id);
    await house.letOut();
    expect(house.visible('blocked')).toBe(1);
  });

  it('is told once however often it is tried, and again when it waits for something else, or anew', async () => {
    const id = await blocked('told once', '1 hour');
    const tryAgain = async () => {
      await house.dataSource.query(`UPDATE deliveries SET ready_at = now() WHERE id = $1`, [id]);
      await house.dataSource.query('UPDATE channels SET late_at = NULL');
      await house.dispatch.run(id);
      await house.letOut();
    };
    await tryAgain();
    await tryAgain();
    expect(await house.delivery(id)).toMatchObject({ state: 'held', code: 'blocked', tries: 5 });
    expect(await house.facts(id)).toEqual(['delivery.held']);
    await house.dataSource.query(`UPDATE channels SET state = 'reconnect' WHERE id = $1`, [house.channel('beta').id]);
    await tryAgain();
    await tryAgain();
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'account' });
    expect(await house.facts(id)).toEqual(['delivery.held', 'delivery.held']);
    await house.dataSource.query(`UPDATE channels SET state = 'connected' WHERE id = $1`, [house.channel('beta').id]);
    house.sandbox.faults.clear();
    house.sandbox.faults.add({ kind: 'throttle', retryAfterMs: 1_000, says: 'seconds', on: ['post'], probability: 1 });
    await tryAgain();
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', code: 'throttled' });
    house.sandbox.faults.clear();
    house.sandbox.faults.add({ kind: 'status', status: 503, html: false, taken: false, on: ['post'], probability: 1 });
    await house.dataSource.query(`UPDATE deliveries SET failing_since = now() - interval '6 minutes' WHERE id = $1`, [id]);
    await tryAgain();
    expect(await house.delivery(id)).toMatchObject({ state: 'held', code: 'blocked' });
    expect(await house.facts(id)).toEqual(['delivery.held', 'delivery.held', 'delivery.held']);
  });

  it.each([['can-wait', 'held', 'late'], ['today', 'held', 'late'], ['hour-counts', 'missed', null]] as const)('past its late limit, where %s, is %s', async (choice, state, hold) => {
    const id = await blocked(`blocked, ${choice}`, '1 minute', choice);
    expect((await house.delivery(id)).readyAt.getTime() - Date.now()).toBeLessThanOrEqual(61_000);
    await house.dataSource.query(`UPDATE deliveries SET ready_at = now(), deadline_at = now() - interval '1 second' WHERE id = $1`, [id]);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state, hold });
  });
});
