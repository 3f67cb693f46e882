import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { scrub } from '../../../src/infra/scrub.js';
import { type House, openHouse } from './channels-house.js';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

/** A gate a test opens when it wants. */
function gate() {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

describe('the session of a channel', () => {
  let channel: { id: string; workspaceId: string; sessionVersion: number };
  const signal = new AbortController().signal;
  const storeOf = (process: Pick<House, 'sessions'>) => process.sessions.storeFor(channel, signal);

  beforeEach(async () => {
    const { caller, clientId } = await house.agency();
    const { id } = await house.connecting.connect(caller, { clientId, connectorId: 'sandbox-beta', account: house.account(`s-${uuid().slice(-12)}`) });
    channel = { id, workspaceId: caller.workspaceId, sessionVersion: 0 };
  });

  it('is nothing until it is made, then what was made, in every process', async () => {
    expect(await storeOf(house).read()).toBeNull();
    expect(await storeOf(house).renew(async (current) => `${current} then new`)).toBe('null then new');
    expect(await storeOf(house).read()).toBe('null then new');
    expect(await storeOf(house.process()).read()).toBe('null then new');
  });

  it('is sealed in the row and struck out of what is written', async () => {
    await storeOf(house).renew(async () => JSON.stringify({ handle: 'brand.example', accessJwt: 'access-token-one' }));
    const [row] = await house.dataSource.query(`SELECT sealed_session FROM channels WHERE id = $1`, [channel.id]);
    expect(row.sealed_session).toMatch(/^v1\./);
    expect(row.sealed_session).not.toContain('access-token');
    expect(scrub('brand.example sent access-token-one')).toBe('brand.example sent [struck out]');
  });

  it('is renewed once by two processes at the same time; the second takes what the first got', async () => {
    const [one, two] = [house.process(), house.process()];
    await storeOf(one).renew(async () => 'expired');
    const [first, second] = [storeOf(one), storeOf(two)];
    await Promise.all([first.read(), second.read()]);
    const entered = gate();
    const answered = gate();
    let renewals = 0;
    const make = async (current: string | null): Promise<string> => {
      renewals += 1;
      entered.open();
      await answered.passed;
      return `fresh after ${current}`;
    };
    const running = first.renew(make);
    await entered.passed;
    const waiting = second.renew(make);
    answered.open();
    expect(await Promise.all([running, waiting])).toEqual(['fresh after expired', 'fresh after expired']);
    expect(renewals).toBe(1);
  });

  it('is renewed once by twenty deliveries of one process', async () => {
    await storeOf(house).renew(async () => 'expired');
    const stores = Array.from({ length: 20 }, () => storeOf(house));
    await Promise.all(stores.map((store) => store.read()));
    let renewals = 0;
    const fresh = await Promise.all(stores.map((store) => store.renew(async () => `fresh ${(renewals += 1)}`)));
    expect(new Set(fresh)).toEqual(new Set(['fresh 1']));
  });

  it('shows the current session to one who has read none, and stores nothing when it is handed back', async () => {
    await storeOf(house).renew(async () => 'still good');
    expect(await storeOf(house.process()).renew(async (current) => current ?? 'made anew')).toBe('still good');
    const [row] = await house.dataSource.query(`SELECT session_version, session_lock_by FROM channels WHERE id = $1`, [channel.id]);
    expect(row).toEqual({ session_version: 1, session_lock_by: null });
  });

  it('is free again at once after a renewal that failed', async () => {
    await expect(storeOf(house).renew(async () => Promise.reject(new Error('401')))).rejects.toThrow('401');
    expect(await storeOf(house.process()).renew(async () => 'second try')).toBe('second try');
  });

  it('waits for a holder that was killed until its lease ends, and no longer', async () => {
    const lease = (until: string) =>
      house.dataSource.query(`UPDATE channels SET session_lock_by = $2, session_lock_until = now() + $3::interval WHERE id = $1`, [channel.id, uuid(), until]);
    await lease('60 seconds');
    let made = false;
    const renewal = storeOf(house).renew(async () => {
      made = true;
      return 'after the lease';
    });
    // It polls: two turns of another one's statement show that it has asked and was told to wait.
    await house.dataSource.query('SELECT pg_sleep(0.4)');
    expect(made).toBe(false);
    await lease('-1 seconds'); // the minute is over
    expect(await renewal).toBe('after the lease');
  });

  it('gives up waiting when the caller does', async () => {
    await house.dataSource.query(`UPDATE channels SET session_lock_by = $2, session_lock_until = now() + interval '60 seconds' WHERE id = $1`, [channel.id, uuid()]);
    const given = new AbortController();
    const renewal = house.sessions.storeFor(channel, given.signal).renew(async () => 'never');
    given.abort(new Error('no time left'));
    await expect(renewal).rejects.toThrow('no time left');
  });

  it('made with credentials that were replaced meanwhile is not stored', async () => {
    const entered = gate();
    const answered = gate();
    const renewal = storeOf(house).renew(async () => {
      entered.open();
      await answered.passed;
      return 'of the old account';
    });
    await entered.passed;
    // What reconnecting does to the session's columns.
    await house.dataSource.query(`UPDATE channels SET sealed_session = NULL, session_version = session_version + 1, session_lock_by = NULL WHERE id = $1`, [channel.id]);
    answered.open();
    await expect(renewal).rejects.toThrow('new credentials');
    expect(await storeOf(house.process()).read()).toBeNull();
  });

  it('renewed elsewhere is read anew once the channel is opened again', async () => {
    const [here, there] = [house.process(), house.process()];
    await storeOf(here).renew(async () => 'first');
    await storeOf(there).read();
    const other = storeOf(there);
    await other.read();
    await other.renew(async () => 'second');
    const reopened = (await here.opened.open([channel.id])).get(channel.id);
    expect(reopened && (await here.sessions.storeFor(reopened, signal).read())).toBe('second');
  });
});
