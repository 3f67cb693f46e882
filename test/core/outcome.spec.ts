import { describe, expect, it } from '@jest/globals';
import { evidenceChannel } from '../../src/core/outcome.js';

describe('what an outcome says of the platform\'s health', () => {
  it.each([
    ['delivered', 1], ['unavailable', 1], ['uncertain', 1], ['unauthorized', 2], ['throttled', 2], ['refused', null], ['local', null],
  ] as const)('%s counts on channel %s', (kind, channel) => {
    expect(evidenceChannel(kind)).toBe(channel);
  });
});
