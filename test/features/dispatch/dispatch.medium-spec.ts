import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultTimes } from '../../../src/core/times.js';
import { SweepsService } from '../../../src/features/posts/sweeps.service.js';
import { type DispatchHouse, openDispatch } from './dispatch-house.js';

let house: DispatchHouse;

beforeAll(async () => {
  house = await openDispatch();
});
afterAll(async () => {
  await house.close();
});

const only = <T>(items: readonly T[]): T => {
  const [first] = items;
  if (first === undefined) throw new Error('nothing there');
  return first;
};

describe('a due delivery', () => {
  it('goes out once, with its attempt and its fact', async () => {
    const id = only(await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: 'out once' }));
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'published', epoch: 1 });
    expect(house.visible('out once')).toBe(1);
    const attempts = await house.dataSource.query(`SELECT kind, outcome, remote_id FROM attempts WHERE delivery_id = $1`, [id]);
    expect(attempts).toEqual([{ kind: 'commit', outcome: 'delivered', remote_id: expect.any(String) }]);
    const facts = await house.dataSource.query(`SELECT e.kind, c.taker FROM events e JOIN event_claims c ON c.event_id = e.id WHERE e.subject_id = $1`, [id]);
    expect(facts).toEqual([{ kind: 'delivery.published', taker: 'webhooks' }]);
  });

  it('rung twice at the same time goes out once', async () => {
    const id = only(await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: 'rung twice' }));
    await Promise.all([house.dispatch.run(id), house.dispatch.run(id), house.dispatch.run(id)]);
    expect(house.visible('rung twice')).toBe(1);
  });

  it('is left alone when its bell rings too early, and rung anew', async () => {
    const id = only(await house.plan({ channel: house.channel('beta'), dueInMs: 60_000, text: 'too early' }));
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', epoch: 0 });
    expect(house.visible('too early')).toBe(0);
  });

  it('waits in place for a bell less than two seconds early', async () => {
    const id = only(await house.plan({ channel: house.channel('beta'), dueInMs: 300, text: 'a little early' }));
    await house.dispatch.run(id);
    expect(house.visible('a little early')).toBe(1);
  });

  it('sends the parts of a thread one after the other, each answering the one before', async () => {
    const id = only(await house.plan({ channel: house.channel('alpha'), dueInMs: 0, text: 'thread 1', replies: ['thread 2', 'thread 3'] }));
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled' });
    await house.dispatch.run(id);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
    const posts = house.sandbox.store.list().filter(({ text }) => text.startsWith('thread '));
    expect(posts.map(({ text }) => text)).toEqual(['thread 1', 'thread 2', 'thread 3']);
    expect(posts[2]?.replyTo).toBe(posts[1]?.id);
  });

  it('is held while a pause is in force, and released by the sweep when it ends', async () => {
    const id = only(await house.plan({ channel: house.channel('gamma'), dueInMs: 0, text: 'paused' }));
    await house.dataSource.query(
      `INSERT INTO pauses (id, workspace_id, connector_id, reason, created_by) VALUES (gen_random_uuid(), $1, 'sandbox-gamma', 'break', '{}')`,
      [house.client.workspaceId],
    );
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'pause', code: 'paused' });
    await house.dataSource.query(`UPDATE pauses SET ended_at = now()`);
    await house.rounds.sweep();
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
  });

  it('is not claimed while the installation is paused', async () => {
    const id = only(await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: 'copy' }));
    await house.dataSource.query(`INSERT INTO installation (id, paused_at, pause_reason) VALUES (gen_random_uuid(), now(), 'restored')`);
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', epoch: 0 });
    await house.dataSource.query(`DELETE FROM installation`);
  });

  it('due before a restored installation was armed waits for a person', async () => {
    const id = only(await house.plan({ channel: house.channel('beta'), dueInMs: -1_000, text: 'perhaps out already' }));
    await house.dataSource.query(`INSERT INTO installation (id, armed_at) VALUES (gen_random_uuid(), now())`);
    await house.dispatch.run(id);
    await house.dataSource.query(`DELETE FROM installation`);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'late', code: 'restored' });
  });
});

describe('what the platform answers', () => {
  const setUp = async (text: string, fault: Parameters<DispatchHouse['sandbox']['faults']['add']>[0], channel = 'beta') => {
    house.sandbox.faults.clear();
    house.sandbox.faults.add(fault);
    const id = only(await house.plan({ channel: house.channel(channel), dueInMs: 0, text }));
    await house.dispatch.run(id);
    house.sandbox.faults.clear();
    return id;
  };

  it('503 in its own format: tried again, nothing used up', async () => {
    const id = await setUp('busy', { kind: 'status', status: 503, html: false, taken: false, probability: 1 });
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', tries: 1, code: 'retrying' });
  });

  it('a refusal: failed, with its words', async () => {
    const id = await setUp('unwelcome', { kind: 'refuse', message: 'no thanks', probability: 1 });
    expect(await house.delivery(id)).toMatchObject({ state: 'failed', code: 'refused' });
  });

  it('401: held for its account, which is checked and not disconnected', async () => {
    const id = await setUp('who are you', { kind: 'unauthorized', probability: 1 }, 'delta');
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'account', code: 'account-checked' });
    const [channel] = await house.dataSource.query(`SELECT state FROM channels WHERE id = $1`, [house.channel('delta').id]);
    expect(channel).toEqual({ state: 'checking' });
    await house.dataSource.query(`UPDATE channels SET state = 'connected' WHERE id = $1`, [house.channel('delta').id]);
  });

  it('429 with a time: scheduled at that time', async () => {
    const id = await setUp('slower', { kind: 'throttle', retryAfterMs: 90_000, says: 'seconds', probability: 1 });
    const { state, readyAt } = await house.delivery(id);
    expect(state).toBe('scheduled');
    expect(readyAt.getTime() - Date.now()).toBeGreaterThan(60_000);
  });

  it('a reset after it took the post: unconfirmed, then found, and it stands there once', async () => {
    const id = await setUp('reset after', { kind: 'reset', taken: true, probability: 1 });
    expect(await house.delivery(id)).toMatchObject({ state: 'unconfirmed', code: 'uncertain' });
    await house.dataSource.query(`UPDATE deliveries SET look_at = now() WHERE id = $1`, [id]);
    await house.reconciler.round();
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
    expect(house.visible('reset after')).toBe(1);
  });

  it('a reset after it took the post, where resending is promised once: resent, and it stands there once', async () => {
    const id = await setUp('reset after, key', { kind: 'reset', taken: true, probability: 1, on: ['post'] }, 'gamma');
    await house.dataSource.query(`UPDATE deliveries SET look_at = now(), intent_at = now() - interval '3 minutes' WHERE id = $1`, [id]);
    await house.reconciler.round();
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
    expect(house.visible('reset after, key')).toBe(1);
  });

  it('a reset where nothing can be looked up: a person is asked, and nothing is sent again', async () => {
    const id = await setUp('only you can tell', { kind: 'reset', taken: true, probability: 1 }, 'delta');
    await house.dataSource.query(`UPDATE deliveries SET look_at = now() WHERE id = $1`, [id]);
    await house.reconciler.round();
    expect(await house.delivery(id)).toMatchObject({ state: 'unconfirmed', code: 'ask-person' });
    expect(house.visible('only you can tell')).toBe(1);
  });

  it('and is told, though it was told before that it waits', async () => {
    const id = await setUp('told again', { kind: 'reset', taken: true, probability: 1 }, 'delta');
    await house.dataSource.query(`UPDATE deliveries SET look_at = now(), due_at = now() - interval '20 minutes', told_at = now() - interval '5 minutes' WHERE id = $1`, [id]);
    await house.reconciler.round();
    await house.get(SweepsService).tellWaiting(defaultTimes);
    const told = await house.dataSource.query<{ cause: string }[]>(`SELECT payload ->> 'cause' AS cause FROM events WHERE kind = 'delivery.waiting' AND payload -> 'deliveryIds' ? $1`, [id]);
    expect(told).toEqual([{ cause: 'ask-person' }]);
  });

  it('a reset before it took the post: absence counts only after it settled and twice, then it goes out once', async () => {
    const id = await setUp('reset before', { kind: 'reset', taken: false, probability: 1 });
    const look = async (intentAgo: string) => {
      await house.dataSource.query(`UPDATE deliveries SET look_at = now(), intent_at = now() - $2::interval WHERE id = $1`, [id, intentAgo]);
      await house.reconciler.round();
    };
    await look('10 seconds');
    const [early] = await house.dataSource.query(`SELECT absent_at FROM deliveries WHERE id = $1`, [id]);
    expect(early).toEqual({ absent_at: null });
    await look('3 minutes');
    expect(await house.delivery(id)).toMatchObject({ state: 'unconfirmed' });
    await house.dataSource.query(`UPDATE deliveries SET absent_at = now() - interval '61 seconds' WHERE id = $1`, [id]);
    await look('5 minutes');
    expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', rounds: 1 });
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
    expect(house.visible('reset before')).toBe(1);
  });
});

describe('a lease that ran out', () => {
  it('makes the delivery unconfirmed, never scheduled, and a late answer still closes it', async () => {
    const id = only(await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: 'lease' }));
    await house.dataSource.query(
      `UPDATE deliveries SET state = 'sending', epoch = 1, intent_at = now() - interval '2 minutes', lease_until = now() - interval '1 minute', worker_id = gen_random_uuid() WHERE id = $1`,
      [id],
    );
    await house.rounds.sweep();
    expect(await house.delivery(id)).toMatchObject({ state: 'unconfirmed', code: 'no-answer-written' });
    const attempts = await house.dataSource.query(`SELECT outcome FROM attempts WHERE delivery_id = $1`, [id]);
    expect(attempts).toEqual([{ outcome: null }]);
  });

  it('again and again is no round of the platform’s: found absent each time, it goes out in the end', async () => {
    const id = only(await house.plan({ channel: house.channel('beta'), dueInMs: 0, text: 'unlucky' }));
    for (let i = 0; i < 4; i += 1) {
      await house.dataSource.query(
        `UPDATE deliveries SET state = 'sending', epoch = epoch + 1, intent_at = now() - interval '10 minutes', lease_until = now() - interval '9 minutes', worker_id = gen_random_uuid() WHERE id = $1`,
        [id],
      );
      await house.rounds.sweep();
      await house.dataSource.query(`UPDATE deliveries SET absent_at = now() - interval '61 seconds' WHERE id = $1`, [id]);
      await house.reconciler.round();
      expect(await house.delivery(id)).toMatchObject({ state: 'scheduled', rounds: 0 });
    }
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'published' });
    expect(house.visible('unlucky')).toBe(1);
  });
});

describe('late', () => {
  it('over a quarter of an hour because we were away: held for a person', async () => {
    const id = only(await house.plan({ channel: house.channel('beta'), dueInMs: -16 * 60_000, text: 'we were away' }));
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'held', hold: 'late', code: 'we-were-away' });
    expect(house.visible('we were away')).toBe(0);
  });

  it('two minutes: goes out, and the next late one of the channel waits its turn', async () => {
    const [first = '', second = ''] = await house.plan(
      { channel: house.channel('alpha'), dueInMs: -120_000, text: 'late 1' },
      { channel: house.channel('alpha'), dueInMs: -119_000, text: 'late 2' },
    );
    await house.dispatch.run(first);
    await house.dispatch.run(second);
    await house.letOut();
    expect(await house.delivery(first)).toMatchObject({ state: 'published' });
    expect(await house.delivery(second)).toMatchObject({ state: 'held', hold: 'pace' });
  });

  it('past its limit where the hour counts: missed, and told', async () => {
    const id = only(await house.plan({ channel: house.channel('alpha'), dueInMs: -20 * 60_000, text: 'hour', choice: 'hour-counts', lateLimitMs: 15 * 60_000 }));
    await house.dispatch.run(id);
    expect(await house.delivery(id)).toMatchObject({ state: 'missed', code: 'hour-has-passed' });
    const facts = await house.dataSource.query(`SELECT kind FROM events WHERE subject_id = $1`, [id]);
    expect(facts).toEqual([{ kind: 'delivery.missed' }]);
  });
});
