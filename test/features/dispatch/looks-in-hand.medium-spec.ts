import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { ClaimsService } from '../../../src/features/posts/claims.service.js';
import { DuesService } from '../../../src/features/posts/dues.service.js';
import { OutcomesService } from '../../../src/features/posts/outcomes.service.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

let house: DispatchHouse;
/** What looks at sandbox-beta wait for. */
let hanging: Promise<void> = Promise.resolve();

beforeAll(async () => {
  house = await openDispatch({
    tamper: ({ connector, ...aboard }) => ({
      ...aboard,
      connector: {
        ...connector,
        ...(connector.find && {
          find: async (part, account, world) => {
            if (connector.id === 'sandbox-beta') await hanging;
            return (await connector.find?.(part, account, world)) ?? { kind: 'absent' };
          },
        }),
      },
    }),
  });
});
afterAll(() => house.close());
afterEach(async () => {
  hanging = Promise.resolve();
  house.sandbox.faults.clear();
  await house.dataSource.query(`UPDATE deliveries SET state = 'cancelled' WHERE state = 'unconfirmed'`);
});

/** May be out, and was looked for `ago`. */
async function unconfirmed(count: number, platform: string, ago: string): Promise<readonly string[]> {
  const ids = await house.plan(...Array.from({ length: count }, () => ({ channel: house.channel(platform), dueInMs: 0, text: uuid() })));
  await house.dataSource.query(
    `UPDATE deliveries SET state = 'unconfirmed', epoch = 1, intent_at = now(), look_at = now() - $2::interval WHERE id = ANY($1::uuid[])`,
    [ids, ago],
  );
  return ids;
}
const looks = async (ids: readonly string[]): Promise<number> => {
  const [row] = await house.dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM deliveries WHERE id = ANY($1::uuid[]) AND epoch > 1', [ids]);
  return row?.n ?? 0;
};

describe('looks', () => {
  it('at a platform that hangs leave room for those at others', async () => {
    let answer: () => void = () => undefined;
    hanging = new Promise((resolve) => (answer = resolve));
    const hung = await unconfirmed(30, 'beta', '1 hour');
    const [other = ''] = await unconfirmed(1, 'alpha', '1 minute');
    await house.reconciler.refill();
    await house.reconciler.refill();
    expect([await looks(hung), await looks([other])]).toEqual([5, 1]);
    answer();
    await house.reconciler.settled();
    await house.reconciler.round();
    expect(await looks(hung)).toBe(10);
  });

  it('do not stand in the way of a person, who may say it at any time', async () => {
    const [id = ''] = await unconfirmed(1, 'beta', '1 minute');
    const seen = await house.delivery(id);
    await house.reconciler.round();
    expect(await house.delivery(id)).toMatchObject({ state: 'unconfirmed', version: seen.version, epoch: seen.epoch + 1 });
  });
});

describe('what is put back because a platform is full', () => {
  const putBack = async (id: string): Promise<boolean> => {
    const due = await house.get(DuesService).read(id);
    if (!due) throw new Error('not due');
    return house.get(ClaimsService).hold({ ...due, hold: 'pace', until: due.readAt + 60_000, reason: { code: 'crowded' } });
  };

  it('keeps its version while it waits for the same, and is still not claimed before its turn', async () => {
    const [id = ''] = await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: uuid() });
    await putBack(id);
    const { version } = await house.delivery(id);
    await putBack(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pace', version });
    expect(await house.get(ClaimsService).claim({ id, version }, { workerId: uuid(), leaseMs: 60_000, earlyMs: 2_000 })).toBeNull();
  });

  it('has another version once it waits for something else', async () => {
    const [id = ''] = await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: uuid() });
    await putBack(id);
    const { version } = await house.delivery(id);
    const due = await house.get(DuesService).read(id);
    await house.get(ClaimsService).hold({ id, version: due?.version ?? 0, hold: 'pause', until: null, reason: { code: 'paused' } });
    expect((await house.delivery(id)).version).toBe(version + 1);
  });
});

describe('“perhaps twice”', () => {
  /** Published, and what is written of its part then. */
  async function published(remoteId: string | null) {
    const [id = ''] = await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: uuid() });
    await house.dataSource.query(`UPDATE deliveries SET state = 'published', epoch = 2, ended_at = now() WHERE id = $1`, [id]);
    const [[part]] = await house.dataSource.query<[{ id: string }[], number]>(
      'UPDATE parts SET published_at = now(), remote_id = $2 WHERE delivery_id = $1 RETURNING id', [id, remoteId],
    );
    return {
      attemptId: uuid(), deliveryId: id, partId: part?.id ?? '', workspaceId: house.client.workspaceId, arming: 1, epoch: 1, workerId: null,
      startedAt: Date.now() - 1_000, finishedAt: Date.now(), contentHash: '00', stampAt: Date.now(), remoteId: uuid(), url: null,
    };
  }
  const outcomes = () => house.get(OutcomesService);

  it('is not said of what a look finds after a person said that it is out', async () => {
    const record = await published(null);
    expect(await outcomes().delivered({ ...record, kind: 'find' })).toBe('known');
    expect(await house.delivery(record.deliveryId)).toMatchObject({ perhapsTwice: false });
  });

  it('is said of our own request that got through after a person said that it is out', async () => {
    const record = await published(null);
    expect(await outcomes().delivered({ ...record, kind: 'commit' })).toBe('perhaps-twice');
  });

  it('is said once, not again by the journal, nor where the id was left out for doubt', async () => {
    const record = await published(null);
    await house.dataSource.query(
      `INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, started_at, outcome) VALUES ($1, $2, $3, $4, 'commit', 1, 1, to_timestamp($5::float8 / 1000), 'delivered')`,
      [record.attemptId, record.deliveryId, record.partId, record.workspaceId, record.startedAt],
    );
    expect(await outcomes().delivered({ ...record, kind: 'commit' })).toBe('known');
    expect(await house.delivery(record.deliveryId)).toMatchObject({ perhapsTwice: false });
  });
});
