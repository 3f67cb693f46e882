import { describe, expect, it } from '@jest/globals';
import { defaultTimes as times, scaledTimes } from '../../src/core/times.js';

describe('the durations of the protocol', () => {
  it('let the first byte leave within a third of the lease, and a request end within half of it', () => {
    expect(times.claimAgeMs).toBeLessThanOrEqual(times.leaseMs / 3);
    expect(times.requestMs).toBeLessThan(times.leaseMs / 2);
  });

  it('end the oldest request that may leave before its lease does', () => {
    expect(times.claimAgeMs + times.requestMs).toBeLessThan(times.leaseMs);
  });

  it('let an absence count only after two leases, and twice a minute apart', () => {
    expect(times.settleMs).toBeGreaterThanOrEqual(2 * times.leaseMs);
    expect(times.absencesApartMs).toBeGreaterThanOrEqual(60_000);
  });

  it('retry from 5 s to 5 min, and tell of what waits 10 min', () => {
    expect([times.retryFirstMs, times.retryMostMs, times.untoldMs]).toEqual([5_000, 300_000, 600_000]);
  });

  it('shrink all alike', () => {
    const scaled = scaledTimes(0.1);
    expect(Object.keys(scaled)).toEqual(Object.keys(times));
    for (const [name, ms] of Object.entries(times)) expect(scaled[name as keyof typeof times]).toBeCloseTo(ms / 10);
  });
});
