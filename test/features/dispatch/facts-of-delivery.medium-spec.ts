import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { type DeliveredRecord, OutcomesService, type SetbackRecord, type Tried } from '../../../src/features/posts/outcomes.service.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

let house: DispatchHouse;
let outcomes: OutcomesService;

beforeAll(async () => {
  house = await openDispatch();
  outcomes = house.get(OutcomesService);
});
afterAll(async () => {
  await house.close();
});

interface Standing {
  readonly state: string;
  readonly epoch: number;
  readonly hold?: string;
}

/** A delivery (of one part, or of a thread) that stands as told, and what its answers look like. */
async function standing({ state, epoch, hold }: Standing, replies: readonly string[] = []) {
  const [id = ''] = await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: uuid(), replies });
  await house.dataSource.query(
    `UPDATE deliveries SET state = $2, epoch = $3, hold_reason = $4, intent_at = now(), lease_until = now() + interval '1 minute', look_at = CASE WHEN $2 = 'unconfirmed' THEN now() END WHERE id = $1`,
    [id, state, epoch, hold ?? null],
  );
  const parts = await house.dataSource.query<{ id: string }[]>('SELECT id FROM parts WHERE delivery_id = $1 ORDER BY position', [id]);
  const tried = (claim: number, position = 0): Tried => ({
    attemptId: uuid(), deliveryId: id, partId: parts[position]?.id ?? '', workspaceId: house.client.workspaceId, kind: 'commit', arming: 1, epoch: claim,
    workerId: uuid(), startedAt: Date.now(), finishedAt: Date.now(), contentHash: '00', stampAt: Date.now(),
  });
  const row = async () => {
    const [found] = await house.dataSource.query(
      `SELECT state, hold_reason AS hold, reason ->> 'code' AS code, perhaps_twice AS twice, look_at IS NULL AS "noLook", lease_until IS NULL AS "noLease", rounds,
              (SELECT array_agg(remote_id ORDER BY position) FROM parts WHERE delivery_id = d.id) AS remote FROM deliveries d WHERE id = $1`,
      [id],
    );
    return found as { state: string; remote: string[] };
  };
  return {
    id, row,
    out: (claim: number, remoteId: string, position = 0, kind: DeliveredRecord['kind'] = 'commit') => outcomes.delivered({ ...tried(claim, position), kind, remoteId, url: null }),
    back: (claim: number, to: SetbackRecord['to'], more: Partial<SetbackRecord> = {}) =>
      outcomes.setback({ ...tried(claim), outcome: 'unavailable', detail: '503', to, hold: null, at: null, reason: { code: 'retrying' }, ...more }),
  };
}

describe('that it is out is a fact', () => {
  it.each([
    ['sending', 3], ['unconfirmed', 5], ['scheduled', 5], ['held', 5], ['cancelled', 3], ['skipped', 3], ['missed', 3], ['failed', 3],
  ] as const)('and closes what is %s under epoch %s', async (state, epoch) => {
    const one = await standing({ state, epoch, ...(state === 'held' && { hold: 'late' }) });
    expect(await one.out(3, `r-${state}`)).toBe('published');
    expect(await one.row()).toMatchObject({ state: 'published', hold: null, twice: false, noLook: true, remote: [`r-${state}`] });
    expect(await house.facts(one.id)).toEqual(['delivery.published']);
  });

  it('told twice is told once', async () => {
    const one = await standing({ state: 'sending', epoch: 1 });
    expect(await one.out(1, 'same')).toBe('published');
    expect(await one.out(1, 'same')).toBe('known');
    expect(await one.row()).toMatchObject({ state: 'published', twice: false });
    expect(await house.facts(one.id)).toEqual(['delivery.published']);
  });

  it('told of another id than before is perhaps out twice', async () => {
    const one = await standing({ state: 'sending', epoch: 1 });
    await one.out(1, 'first');
    expect(await one.out(1, 'second')).toBe('perhaps-twice');
    expect(await one.row()).toMatchObject({ state: 'published', twice: true, remote: ['first'] });
    expect((await house.facts(one.id)).sort()).toEqual(['delivery.perhaps-twice', 'delivery.published']);
  });

  it('while a newer claim sends, leaves the row to that one and raises the alarm', async () => {
    const one = await standing({ state: 'sending', epoch: 7 });
    expect(await one.out(3, 'older')).toBe('perhaps-twice');
    expect(await one.row()).toMatchObject({ state: 'sending', twice: true, noLease: false, remote: ['older'] });
    expect(await house.facts(one.id)).toEqual(['delivery.perhaps-twice']);
  });

  describe('after which the newer claim', () => {
    const both = async () => {
      const one = await standing({ state: 'sending', epoch: 7 });
      await one.out(3, `older-${one.id}`);
      return one;
    };

    it('closes the row with its own answer', async () => {
      const one = await both();
      expect(await one.out(7, `newer-${one.id}`)).toBe('perhaps-twice');
      expect(await one.row()).toMatchObject({ state: 'published', twice: true, noLease: true });
      expect(await house.facts(one.id)).toContain('delivery.published');
    });

    it.each(['scheduled', 'unconfirmed', 'failed'] as const)('closes the row also with a setback that would have led to %s', async (to) => {
      const one = await both();
      expect(await one.back(7, to)).toBe(true);
      expect(await one.row()).toMatchObject({ state: 'published', hold: null, noLook: true, noLease: true });
    });

    it('leaves the row to the sweeper when it dies, which closes it', async () => {
      const one = await both();
      await house.dataSource.query(`UPDATE deliveries SET lease_until = now() - interval '1 second' WHERE id = $1`, [one.id]);
      await house.rounds.sweep();
      expect(await one.row()).toMatchObject({ state: 'published' });
      expect(await house.facts(one.id)).toContain('delivery.published');
    });
  });

  describe('of a part of a thread', () => {
    it('goes on with the next part', async () => {
      const one = await standing({ state: 'sending', epoch: 1 }, ['two']);
      await house.dataSource.query('UPDATE deliveries SET rounds = 2 WHERE id = $1', [one.id]);
      expect(await one.out(1, 't1')).toBe('more');
      expect(await one.row()).toMatchObject({ state: 'scheduled', rounds: 0, remote: ['t1', null] });
      expect(await house.facts(one.id)).toEqual([]);
    });

    it.each([
      ['unconfirmed', 5], ['sending', 5], ['failed', 5],
    ] as const)('that is known already, leaves the part that is %s alone', async (state, epoch) => {
      const one = await standing({ state: 'sending', epoch: 1 }, ['two']);
      await one.out(1, `k-${one.id}`);
      await house.dataSource.query(`UPDATE deliveries SET state = $2, epoch = $3, lease_until = now() + interval '1 minute', look_at = now() WHERE id = $1`, [one.id, state, epoch]);
      expect(await one.out(1, `k-${one.id}`)).toBe('known');
      expect(await one.row()).toMatchObject({ state, twice: false });
      expect(await one.out(2, `other-${one.id}`)).toBe('perhaps-twice');
      expect(await one.row()).toMatchObject({ state, twice: true, noLook: false });
    });

    it('cancelled meanwhile, sends nothing more', async () => {
      const one = await standing({ state: 'cancelled', epoch: 3 }, ['two']);
      expect(await one.out(3, `c-${one.id}`)).toBe('published');
      expect(await one.row()).toMatchObject({ state: 'published', code: 'incomplete' });
    });

    it('failed meanwhile, waits for its person with that part out', async () => {
      const one = await standing({ state: 'failed', epoch: 3 }, ['two']);
      await one.out(3, `f-${one.id}`);
      expect(await one.row()).toMatchObject({ state: 'failed', remote: [`f-${one.id}`, null] });
    });
  });

  it('found under an id that another delivery holds is not found', async () => {
    const first = await standing({ state: 'unconfirmed', epoch: 1 });
    const second = await standing({ state: 'unconfirmed', epoch: 1 });
    expect(await Promise.all([first.out(1, 'one', 0, 'find'), second.out(1, 'one', 0, 'find')])).toEqual(expect.arrayContaining(['published', 'known']));
    expect([(await first.row()).state, (await second.row()).state].sort()).toEqual(['published', 'unconfirmed']);
  });

  it('one that cannot be written does not keep the others of its batch from being written', async () => {
    const good = await standing({ state: 'sending', epoch: 1 });
    const bad = await standing({ state: 'sending', epoch: 1 });
    const answers = await Promise.allSettled([good.out(1, 'fits'), bad.out(1, Array.from({ length: 3_000 }, () => uuid()).join(''))]);
    expect(answers[1]?.status).toBe('rejected');
    expect(await good.row()).toMatchObject({ state: 'published' });
  });
});

describe('a setback', () => {
  it('of an older claim changes nothing', async () => {
    const one = await standing({ state: 'sending', epoch: 4 });
    expect(await one.back(3, 'failed')).toBe(false);
    expect(await one.row()).toMatchObject({ state: 'sending', noLease: false });
  });

  it.each(['unconfirmed', 'published', 'scheduled', 'cancelled'] as const)('that comes when the row is %s changes nothing', async (state) => {
    const one = await standing({ state, epoch: 3 });
    expect(await one.back(3, 'failed')).toBe(false);
    expect(await one.row()).toMatchObject({ state });
  });

  it('puts it off by the database\'s clock, however wrong the worker\'s is', async () => {
    for (const wrong of [-3_600_000, 0, 3_600_000]) {
      const one = await standing({ state: 'sending', epoch: 1 });
      const here = Date.now() + wrong;
      await one.back(1, 'scheduled', { finishedAt: here, startedAt: here, at: here + 30_000 });
      const { readyAt } = await house.delivery(one.id);
      expect(Math.abs(readyAt.getTime() - Date.now() - 30_000)).toBeLessThan(60_000);
    }
  });

  it('puts it off no further than its late limit, unless a person released it', async () => {
    for (const released of [false, true]) {
      const one = await standing({ state: 'sending', epoch: 1 });
      await house.dataSource.query(`UPDATE deliveries SET deadline_at = now() + interval '5 minutes', released = $2 WHERE id = $1`, [one.id, released]);
      const at = Date.now();
      await one.back(1, 'scheduled', { outcome: 'throttled', finishedAt: at, at: at + 86_400_000 });
      const { readyAt } = await house.delivery(one.id);
      expect(Math.round((readyAt.getTime() - at) / 60_000)).toBe(released ? 1_440 : 5);
    }
  });
});
