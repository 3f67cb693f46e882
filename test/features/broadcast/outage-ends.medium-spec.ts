import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type CollectingHouse, openCollecting } from './collecting-house.js';

let house: CollectingHouse;
beforeAll(async () => {
  house = await openCollecting();
});
afterAll(() => house.close());

it('an outage that ends in the middle of a newsletter changes nothing of it: everybody gets the mail, once, and the platform nothing', async () => {
  await house.say('down');
  const outlets = await house.outlets({ people: 6 });
  const post = await house.held(outlets, { text: 'A metà', due: 60, limit: 4 });
  await house.run(post.id);
  await house.runChildren(post);
  let back: Promise<unknown> | null = null;
  let outBefore = -1;
  house.office.arriving = async () => {
    if (house.office.letters.length >= 2) {
      back ??= (async () => {
        outBefore = house.office.letters.length;
        await house.say('up');
        await house.run(post.id); // as the sweeper rings what was held
      })();
    }
    await back;
  };
  await house.mail();
  house.office.arriving = async () => undefined;
  await house.run(post.id);
  await house.runChildren(post);
  await house.mail();

  expect(outBefore).toBeGreaterThan(0);
  expect(outBefore).toBeLessThan(6);
  expect([...house.arrived()].sort()).toEqual([0, 1, 2, 3, 4, 5].map((n) => `Person${n}@example.com`));
  expect(await house.states(post)).toEqual(['rerouted']);
  expect(await house.children(post)).toEqual([expect.objectContaining({ state: 'published' })]);
  expect(await house.broadcasts(outlets)).toEqual([expect.objectContaining({ state: 'sent', recipients: 6 })]);
  // Nothing was asked of the platform: no attempt of this post but the newsletter’s.
  expect(await house.rows('SELECT d.origin FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE d.post_id = $1', [post.postId])).toEqual([{ origin: 'fallback' }]);
  expect(await house.rows(`SELECT origin FROM deliveries WHERE post_id = $1 ORDER BY origin`, [post.postId])).toEqual([{ origin: 'fallback' }, { origin: 'post' }]);
});
