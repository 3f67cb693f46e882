import { describe, expect, it } from '@jest/globals';
import { type ReadinessFact, readinessKinds, readinessOf } from '../../src/core/readiness.js';

const good: readonly ReadinessFact[] = [
  { kind: 'list', lists: 1, reachable: 400, covered: 400, today: 400, shut: null }, { kind: 'warm', daysSince: 60 }, { kind: 'sender', state: 'verified' }, { kind: 'sms', lacks: [] },
  { kind: 'pack', fresh: 1, unapproved: 2, expired: 3, otherLanguage: 0 }, { kind: 'contacts', emails: 1, phones: 0 }, { kind: 'duty', people: 2 }, { kind: 'fallbacks', posts: 3, unwritten: 0 },
];
const bad: readonly ReadinessFact[] = [
  { kind: 'list', lists: 0, reachable: 0, covered: 0, today: 0, shut: null }, { kind: 'warm', daysSince: null }, { kind: 'sender', state: 'none' }, { kind: 'sms', lacks: ['no-gateway', 'not-public', 'no-cap'] },
  { kind: 'pack', fresh: 0, unapproved: 0, expired: 0, otherLanguage: 0 }, { kind: 'contacts', emails: 0, phones: 0 }, { kind: 'duty', people: 0 }, { kind: 'fallbacks', posts: 3, unwritten: 3 },
];

describe('How ready a client is', () => {
  it('is 100 with everything, and nothing is left to do', () => {
    const { score, items } = readinessOf(good);
    expect(items.map(({ code }) => code)).toEqual(readinessKinds);
    expect({ score, next: items.filter(({ next }) => next !== null) }).toEqual({ score: 100, next: [] });
  });

  it('is 0 with nothing, and each thing says what to do, in both languages', () => {
    const { score, items } = readinessOf(bad);
    expect(score).toBe(0);
    for (const { ok, why, next } of items) expect({ ok, en: why.en !== why.it, next }).toMatchObject({ ok: false, en: true, next: { en: expect.stringMatching(/\.$/), it: expect.stringMatching(/\.$/) } });
  });

  it('counts only what somebody could look at', () => {
    expect(readinessOf(good.slice(0, 3)).score).toBe(100);
    expect(readinessOf([]).score).toBe(0);
  });

  it('puts first what is worth most', () => {
    expect(readinessOf([{ kind: 'fallbacks', posts: 4, unwritten: 1 }, { kind: 'duty', people: 0 }, { kind: 'sender', state: 'unverified' }, { kind: 'contacts', emails: 1, phones: 0 }]).items.map(({ code }) => code)).toEqual(['sender', 'duty', 'fallbacks', 'contacts']);
  });

  it('gives half for what is half there', () => {
    const share = (fact: ReadinessFact): number | undefined => readinessOf([fact]).items[0]?.share;
    expect(share({ kind: 'list', lists: 1, reachable: 9, covered: 0, today: 0, shut: null })).toBe(0.5);
    expect(share({ kind: 'list', lists: 1, reachable: 9, covered: 8, today: 2, shut: null })).toBe(0.25);
    expect(share({ kind: 'pack', fresh: 0, unapproved: 1, expired: 0, otherLanguage: 0 })).toBe(0.5);
    expect(share({ kind: 'fallbacks', posts: 4, unwritten: 1 })).toBe(0.75);
    expect(share({ kind: 'warm', daysSince: 61 })).toBe(0);
  });

  it.each(['no-channel', 'too-many', 'all-sent', 'unverified', 'cold', 'paused', 'down', 'account'] as const)('counts a list that would reach nobody today for nothing, and says why and what to do: %s', (shut) => {
    const [item] = readinessOf([{ kind: 'list', lists: 1, reachable: 9, covered: 8, today: 0, shut }]).items;
    expect(item).toMatchObject({ ok: false, share: 0, why: { en: expect.stringMatching(/^None of 8 people can be reached by mail today\. .+\.$/), it: expect.stringMatching(/\.$/) }, next: { en: expect.stringMatching(/\.$/), it: expect.stringMatching(/\.$/) } });
  });
});
