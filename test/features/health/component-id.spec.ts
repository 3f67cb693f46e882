import { describe, expect, it } from '@jest/globals';
import { ComponentId } from '../../../src/features/health/component.schema.js';

describe('the id of a component', () => {
  it.each([
    ['mastodon:publish@mastodon.social', true],
    ['wordpress:publish@127.0.0.1:8088', true],
    ['wordpress:publish@example.com/blog/it', true],
    ['wordpress:publish@/blog', false],
    ['wordpress:publish@example.com/', false],
    ['mastodon.social', false],
    ['mastodon:publish@mastodon social', false],
  ])('%s: %s', (id, isOne) => {
    expect(ComponentId.safeParse(id).success).toBe(isOne);
  });
});
