import { describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { findMailRefs, mailKey, readMailKey, returnPath } from '../../../src/features/broadcast/verp.js';

describe('The key of a mail', () => {
  it('reads back, in whatever case a server returns it', () => {
    for (let n = 1; n < 1_000_000; n *= 7) {
      const ref = { number: String(n), subscriberId: uuid() };
      expect(readMailKey(mailKey(ref).toUpperCase())).toEqual(ref);
    }
  });

  it('fits before an @ with an address of 24 characters', () => {
    const key = mailKey({ number: String(36 ** 7 - 1), subscriberId: uuid() });
    expect(returnPath(`${'b'.repeat(24)}@example.com`, key).split('@')[0]?.length).toBeLessThanOrEqual(64);
  });

  it('is found in a return path and in a Message-ID, and nowhere else', () => {
    const ref = { number: '42', subscriberId: uuid() };
    const key = mailKey(ref);
    expect(findMailRefs([`bounce+${key}@example.com`, `In-Reply-To: <${key}@example.com>`, 'anna@example.com', `${key}@example.com`])).toEqual([ref, ref]);
  });
});
