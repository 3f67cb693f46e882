import { describe, expect, it } from '@jest/globals';
import { toldCause } from '../../src/core/told-cause.js';

describe('the cause a platform names', () => {
  it.each([
    ['We are mitigating a DDoS attack against our API.', 'attack'],
    ['Caused by an outage at our upstream provider.', 'shared-upstream'],
    ['Elevated errors due to a Cloudflare incident.', 'shared-upstream'],
    ['Some may not be able to post, due to a Cloudflare outage.', 'shared-upstream'],
    ['A sudden surge in traffic slows down posting.', 'traffic-surge'],
    ['A database migration takes longer than planned.', 'maintenance'],
  ])('%s: %s', (words, cause) => {
    expect(toldCause(words)).toBe(cause);
  });

  it.each(['We are investigating elevated error rates.', 'This is not an attack.', 'There is no evidence of a cyber attack.', 'The outage was not caused by our cloud provider.', ''])('is none in “%s”', (words) => {
    expect(toldCause(words)).toBeNull();
  });
});
