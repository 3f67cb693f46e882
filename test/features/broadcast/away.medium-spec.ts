import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ReroutesService } from '../../../src/features/posts/reroutes.service.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import type { Policy } from '../../../src/core/policy.js';
import { type CollectingHouse, type Held, openCollecting } from './collecting-house.js';

let house: CollectingHouse;
type Outlets = Awaited<ReturnType<CollectingHouse['outlets']>>;
beforeAll(async () => {
  house = await openCollecting();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.office.letters.length = 0;
  house.office.verdict = () => null;
  house.office.arriving = async () => undefined;
  await house.say('down');
});

const told = async ({ brand }: Outlets, kind: string) => house.rows<{ reason: { code: string; params?: Record<string, number> }; count: number; got: number | null }>(
  `SELECT payload -> 'reason' AS reason, (payload ->> 'count')::int AS count, (payload ->> 'got')::int AS got FROM events WHERE kind = $1 AND payload ->> 'clientId' = $2`, [kind, brand.clientId]);
const restOver = ({ brand }: Outlets) => house.rows(`UPDATE senders SET rest_until = '-infinity' WHERE client_id = $1`, [brand.clientId]);
const tooLate = ({ brand }: Outlets) => house.rows(`UPDATE broadcasts SET deadline_at = now() - interval '1 second' WHERE client_id = $1 AND state IN ('frozen', 'sending', 'paused')`, [brand.clientId]);

/** Its platform is down, and it has left for its newsletter. */
async function left(outlets: Outlets, more: { readonly choice?: 'today' | 'hour-counts'; readonly policy?: Policy } = {}): Promise<Held> {
  const post = await house.held(outlets, { text: 'Siamo aperti', due: 60, limit: 4, ...more });
  await house.run(post.id);
  await house.runChildren(post);
  expect(await house.states(post)).toEqual(['rerouted']);
  return post;
}

describe('While the mail server is down together with the platform', () => {
  it('a newsletter waits, people are told once, and past its time its post comes back: nobody has it', async () => {
    const outlets = await house.outlets();
    house.office.verdict = () => ({ code: 421, text: 'shutting down' });
    const post = await left(outlets);
    for (let tries = 0; tries < 10; tries += 1) {
      await house.mail();
      if (tries === 5) expect(await told(outlets, 'newsletter.waiting')).toEqual([]);
      await restOver(outlets);
    }
    expect(await told(outlets, 'newsletter.waiting')).toMatchObject([{ reason: { code: 'newsletter-away', detail: expect.stringContaining('shutting down') }, count: 3 }]);
    await tooLate(outlets);
    house.office.verdict = () => null;
    await house.mail();
    expect(house.office.letters).toEqual([]);
    expect(await house.broadcasts(outlets)).toMatchObject([{ state: 'stopped' }]);
    expect(await told(outlets, 'newsletter.ended')).toMatchObject([{ reason: { code: 'newsletter-nobody', params: { expired: 3 } }, count: 3, got: 0 }]);
    expect(await house.children(post)).toMatchObject([{ state: 'failed', code: 'reached-nobody' }]);
    await house.get(ReroutesService).comeBack();
    expect(await house.states(post)).toEqual(['held']);
    await house.get(FactTakers).take('notifications');
    const { body } = await house.http().get('/api/v1/notices?limit=100').set(house.editor.headers);
    const ours = body.items.filter(({ clientId }: { clientId: string }) => clientId === outlets.brand.clientId);
    expect(ours.map(({ kind }: { kind: string }) => kind).sort()).toEqual(['newsletter-ended', 'newsletter-waiting']);
    expect(ours.find(({ kind }: { kind: string }) => kind === 'newsletter-ended').text).toContain('None of 3 people got it: for 3 it became too late');
    expect(ours.find(({ kind }: { kind: string }) => kind === 'newsletter-waiting').text).toMatch(/takes none of the mails \(.*shutting down/);
  });

  it('once it has taken nothing three times a newsletter is not chosen: the next way is taken, and where there is none the post waits', async () => {
    const outlets = await house.outlets();
    const otherId = await house.other(outlets);
    house.office.verdict = () => ({ code: 421, text: 'shutting down' });
    await left(outlets);
    for (let tries = 0; tries < 3; tries += 1) {
      await restOver(outlets);
      await house.mail();
    }
    const [two, one] = [
      await house.held(outlets, { text: 'Ancora aperti', due: 60, limit: 4, policy: { rerouteTo: [[outlets.newsletterId], [otherId]] } }), await house.held(outlets, { text: 'Sempre aperti', due: 60, limit: 4 }),
    ];
    for (const { id } of [two, one]) await house.run(id);
    expect([await house.states(two, one), await house.rows(`SELECT post_id AS "postId", channel_id AS "channelId" FROM deliveries WHERE origin = 'fallback' AND post_id = ANY($1::uuid[])`, [[two.postId, one.postId]])]).toEqual([
      ['rerouted', 'held'], [{ postId: two.postId, channelId: otherId }]]);
  });

  it('a post whose hour counts is missed when nobody got its newsletter', async () => {
    const outlets = await house.outlets();
    house.office.verdict = () => ({ code: 421, text: 'shutting down' });
    const post = await left(outlets, { choice: 'hour-counts' });
    await house.mail();
    await tooLate(outlets);
    await house.rows(`UPDATE deliveries SET deadline_at = now() WHERE id = $1`, [post.id]);
    await house.mail();
    await house.get(ReroutesService).comeBack();
    expect(await house.states(post)).toEqual(['missed']);
  });

  it('one that was to be left out on its own platform comes back all the same', async () => {
    const outlets = await house.outlets();
    house.office.verdict = () => ({ code: 421, text: 'shutting down' });
    const post = await left(outlets, { policy: { afterReroute: 'skip' } });
    await house.rows(`UPDATE reroutes SET settled_at = now(), settled_as = 'skipped' WHERE delivery_id = $1`, [post.id]);
    await house.mail();
    await tooLate(outlets);
    await house.mail();
    await house.get(ReroutesService).comeBack();
    expect(await house.states(post)).toEqual(['held']);
  });

  it('whoever had it has had it: the post is out, and people are told how many went without', async () => {
    const outlets = await house.outlets();
    const post = await left(outlets);
    house.office.verdict = (address) => (address === 'Person1@example.com' ? null : { code: 451, text: 'greylisted' });
    await house.mail();
    await tooLate(outlets);
    await house.mail();
    expect([await house.states(post), (await house.children(post)).map(({ state }) => state), house.arrived()]).toEqual([['rerouted'], ['published'], ['Person1@example.com']]);
    expect(await told(outlets, 'newsletter.ended')).toMatchObject([{ reason: { code: 'newsletter-too-late', params: { got: 1, expired: 2 } }, count: 2, got: 1 }]);
  });

  it('what its mail carried, and what stands on its page, reached nobody either, and the brand may mail another one that day', async () => {
    const outlets = await house.outlets();
    house.office.verdict = () => ({ code: 421, text: 'shutting down' });
    const [one, two] = [await house.held(outlets, { text: 'Uno', due: 90, limit: 4 }), await house.held(outlets, { text: 'Due', due: 60, limit: 4 })];
    for (const { id } of [one, two]) await house.run(id);
    await house.runChildren(one, two);
    await house.mail();
    await tooLate(outlets);
    await house.mail();
    expect((await house.children(one, two)).map(({ state, code }) => [state, code])).toEqual([['failed', 'reached-nobody'], ['failed', 'reached-nobody']]);
    expect(await house.rows('SELECT outage_key FROM broadcasts WHERE client_id = $1 AND outage_key IS NOT NULL', [outlets.brand.clientId])).toEqual([]);
    await house.get(ReroutesService).comeBack();
    expect(await house.states(one, two)).toEqual(['held', 'held']);
  });

  it('a paused one past its time is given up as well', async () => {
    const outlets = await house.outlets();
    const post = await left(outlets);
    await house.rows(`UPDATE broadcasts SET state = 'paused', pause_reason = 'refusals' WHERE client_id = $1 AND state = 'frozen'`, [outlets.brand.clientId]);
    await house.mail();
    expect(await house.states(post)).toEqual(['rerouted']);
    await tooLate(outlets);
    await house.mail();
    expect(await house.children(post)).toMatchObject([{ state: 'failed' }]);
  });

  it('sent anew by a person, what nobody got goes to everybody', async () => {
    const outlets = await house.outlets();
    house.office.verdict = () => ({ code: 421, text: 'shutting down' });
    const post = await left(outlets);
    await tooLate(outlets);
    await house.mail();
    house.office.verdict = () => null;
    await restOver(outlets);
    const [child] = await house.children(post);
    await house.rows(`UPDATE deliveries SET state = 'scheduled', arming = arming + 1, ready_at = now(), due_at = now(), deadline_at = now() + interval '1 hour', ended_at = NULL WHERE id = $1`, [child?.id]);
    await house.run(child?.id ?? '');
    await house.mail();
    expect([(await house.children(post)).map(({ state }) => state), [...house.arrived()].sort()]).toEqual([['published'], ['Person0@example.com', 'Person1@example.com', 'Person2@example.com']]);
  });
});

it('a newsletter whose sender is not verified any more waits, and people are told', async () => {
  const outlets = await house.outlets();
  await left(outlets);
  await house.rows('UPDATE senders SET verified_at = NULL WHERE client_id = $1', [outlets.brand.clientId]);
  await house.mail();
  expect(await told(outlets, 'newsletter.waiting')).toEqual([]);
  await house.rows(`UPDATE broadcasts SET frozen_at = now() - interval '11 minutes' WHERE client_id = $1 AND state = 'frozen'`, [outlets.brand.clientId]);
  await house.mail();
  await house.mail();
  expect(await told(outlets, 'newsletter.waiting')).toMatchObject([{ reason: { code: 'newsletter-unverified' }, count: 3 }]);
});
