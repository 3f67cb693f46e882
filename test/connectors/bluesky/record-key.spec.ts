import { describe, expect, it } from '@jest/globals';
import { recordKey, timeOfKey } from '../../../src/connectors/bluesky/record-key.js';

const key = '0123456789abcdef0123456789abcdef';
const stampAt = Date.UTC(2026, 10, 22, 12);

describe('recordKey', () => {
  it('is a TID', () => {
    // https://atproto.com/specs/tid
    expect(recordKey(key, stampAt)).toMatch(/^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$/);
  });

  it('is the same for every resend', () => {
    expect(recordKey(key, stampAt)).toBe(recordKey(key, stampAt));
  });

  it('tells apart two parts stamped in the same millisecond', () => {
    const keys = new Set(Array.from({ length: 500 }, (_, n) => recordKey(n.toString(16).padStart(32, '0'), stampAt)));
    expect(keys.size).toBe(500);
  });

  it('sorts by time', () => {
    const keys = [stampAt, stampAt + 1, stampAt + 1_000, stampAt + 86_400_000].map((at) => recordKey('f'.repeat(32), at));
    expect(keys.toSorted()).toEqual(keys);
  });

  it('says the time it stands for', () => {
    const alphabet = '234567abcdefghijklmnopqrstuvwxyz';
    const value = Array.from(recordKey(key, stampAt)).reduce((sum, digit) => sum * 32n + BigInt(alphabet.indexOf(digit)), 0n);
    expect(Number((value >> 10n) / 1_000n)).toBe(stampAt);
  });
});

describe('timeOfKey', () => {
  it('is the instant a key was made from', () => {
    expect(timeOfKey(recordKey(key, stampAt))).toBe(stampAt);
  });

  it('is none of what is no TID', () => {
    expect(timeOfKey('self')).toBeNull();
  });
});
