import { describe, expect, it } from '@jest/globals';
import { failoverPolicy, policyOf } from '../../src/core/failover-policy.js';

const post = { choice: 'hour-counts', policy: { onOutage: 'reroute-now' }, clientRoutes: [['blog']] } as const;

describe('the rule in force for a delivery', () => {
  it('is its post’s own for what was planned', () => {
    expect(policyOf('post', post)).toEqual(failoverPolicy(post.choice, post.policy, post.clientRoutes));
  });

  it('sends nothing on that went another way already, nor what a person let out late', () => {
    expect(policyOf('fallback', post)).toMatchObject({ onOutage: 'hold', atDeadline: 'expire', routes: [] });
    expect(policyOf('late:0197', post)).toMatchObject({ onOutage: 'hold', atDeadline: 'ask', routes: [] });
  });
});
