import { describe, expect, it } from '@jest/globals';
import { webhookKinds } from '../../../src/features/webhooks/webhook.schema.js';
import { CLAIM_AT_MOST_MS, LEASE_MS, nextTry, REQUEST_MS } from '../../../src/features/webhooks/webhook-schedule.js';
import { facts } from '../../../src/infra/facts/facts.js';

describe('A message that does not arrive', () => {
  it('is tried again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h, then has failed', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].map(nextTry)).toEqual([5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000, null]);
  });

  it('is never on its way longer than its sender holds it', () => {
    expect(CLAIM_AT_MOST_MS + REQUEST_MS).toBeLessThan(LEASE_MS);
  });
});

it('An endpoint can ask for every fact that webhooks take', () => {
  const taken = Object.entries(facts).filter(([, takers]) => (takers as readonly string[]).includes('webhooks')).map(([kind]) => kind);
  expect([...webhookKinds].sort()).toEqual(taken.sort());
});
