import { expect, it } from '@jest/globals';
import { fail as ofChannels } from '../../src/features/channels/channels.problems.js';
import { fail as ofMedia } from '../../src/features/media/media.problems.js';
import { fail as ofDeliveries } from '../../src/features/posts/deliveries.problems.js';
import { fail as ofPosts } from '../../src/features/posts/post-problems.js';
import { fail as ofWebhooks } from '../../src/features/webhooks/webhooks.problems.js';

it('every room says in the same words that something was edited meanwhile', () => {
  const said = [ofChannels, ofMedia, ofDeliveries, ofPosts, ofWebhooks].map((fail) => fail('edited-meanwhile'));
  expect(new Set(said.map(({ sentence }) => `${sentence.en} ${sentence.it}`)).size).toBe(1);
  expect(said.map(({ status }) => status)).toEqual([409, 409, 409, 409, 409]);
  expect(said[0]?.sentence.en).not.toContain('{');
});
