import { describe, expect, it } from '@jest/globals';
import { claimedClient, isLinkToken, linkToken, type PrivateLink } from '../../src/infra/link-token.js';
import { Seal } from '../../src/infra/seal.js';

const seal = new Seal('s'.repeat(32));
const link: PrivateLink = { page: 'plan', clientId: '019ab3c4-1111-7222-8333-444455556666', linkVersion: 1 };

describe('The token of a private link', () => {
  it('is the one that was given in earlier versions', () => {
    expect(linkToken(seal, link)).toBe('AZqzxBERciKDM0REVVVmZmjABgKHquAy7g9fX11siow');
    expect(linkToken(seal, { ...link, page: 'client page' })).toBe('AZqzxBERciKDM0REVVVmZojRNnp97jQesR0awGYMFYs');
  });

  it('names its client and opens its own page, of its own version, in its own installation', () => {
    const token = linkToken(seal, link);
    expect([claimedClient(token), isLinkToken(seal, token, link)]).toEqual([link.clientId, true]);
    const wrong: readonly PrivateLink[] = [{ ...link, page: 'client page' }, { ...link, linkVersion: 2 }, { ...link, clientId: '019ab3c4-1111-7222-8333-444455556667' }];
    expect(wrong.map((other) => isLinkToken(seal, token, other))).toEqual([false, false, false]);
    expect(isLinkToken(new Seal('t'.repeat(32)), token, link)).toBe(false);
  });

  it.each(['', 'x', 'A'.repeat(42), `${linkToken(seal, link)}=`, linkToken(seal, link).slice(1), 'zz'.repeat(43), '_'.repeat(43)])('is not “%s”', (token) => {
    expect(claimedClient(token)).toBeNull();
    expect(isLinkToken(seal, token, link)).toBe(false);
  });
});
