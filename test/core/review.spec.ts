import { describe, expect, it } from '@jest/globals';
import { needsPerson, reviewActsOf } from '../../src/core/review.js';

describe('What waits for a person', () => {
  it('is what ended unhappily, what is held for them, and what they are asked about', () => {
    expect(needsPerson({ state: 'missed', holdReason: null })).toBe(true);
    expect(needsPerson({ state: 'held', holdReason: 'late' })).toBe(true);
    expect(needsPerson({ state: 'held', holdReason: 'outage' })).toBe(false);
    expect(needsPerson({ state: 'rerouted', holdReason: null })).toBe(false);
    expect(needsPerson({ state: 'rerouted', holdReason: null, asked: true })).toBe(true);
  });

  it('can be said to be out first of all where a person posts it', () => {
    const held = { state: 'held', holdReason: 'ask', begun: false } as const;
    expect(reviewActsOf({ ...held, byHand: false })).toEqual(['release', 'edit', 'next-slot', 'drop', 'say-out']);
    expect(reviewActsOf({ ...held, byHand: true })).toEqual(['say-out', 'release', 'edit', 'next-slot', 'drop']);
    expect(reviewActsOf({ ...held, holdReason: 'outage', byHand: true })).toEqual([]);
  });
});
