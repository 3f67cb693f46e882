import { describe, expect, it } from '@jest/globals';
import { type DeliveryState, deliveryStates, isEnd, lockedStates, mayBecome, postState, transitions } from '../../src/core/delivery.js';

describe('the table of states', () => {
  it('has no state that cannot be reached from scheduled', () => {
    const reached = new Set<DeliveryState>(['scheduled']);
    for (const state of reached) for (const next of transitions[state]) reached.add(next);
    expect([...reached].sort()).toEqual([...deliveryStates].sort());
  });

  it('leads from every state to an end', () => {
    for (const start of deliveryStates) {
      const reached = new Set<DeliveryState>([start]);
      for (const state of reached) for (const next of transitions[state]) reached.add(next);
      expect([...reached].some(isEnd)).toBe(true);
    }
  });

  it.each(['skipped', 'cancelled'] as const)('%s is an end that nothing leaves', (state) => {
    expect(isEnd(state)).toBe(true);
    expect(transitions[state]).toEqual([]);
  });

  it('published is an end, unless it was a message to many that nobody got', () => {
    expect(isEnd('published')).toBe(true);
    expect(transitions.published).toEqual(['failed', 'skipped']);
  });

  it('rerouted is an end, unless nothing came of it elsewhere', () => {
    expect(isEnd('rerouted')).toBe(true);
    expect(transitions.rerouted).toEqual(['held', 'missed', 'skipped', 'scheduled']);
  });

  it.each(['failed', 'missed'] as const)('%s is an end that only a person leaves: again, or out by hand', (state) => {
    expect(isEnd(state)).toBe(true);
    expect(transitions[state]).toEqual(['scheduled', 'published']);
  });

  it.each(['scheduled', 'held', 'sending', 'unconfirmed'] as const)('%s is no end', (state) => {
    expect(isEnd(state)).toBe(false);
  });

  it('never sends what is unconfirmed again before it was found absent', () => {
    expect(mayBecome('unconfirmed', 'sending')).toBe(false);
    expect(mayBecome('unconfirmed', 'held')).toBe(false);
  });

  it('cancels, misses or skips nothing in flight', () => {
    for (const from of lockedStates) for (const to of ['cancelled', 'missed', 'skipped', 'rerouted'] as const) expect(mayBecome(from, to)).toBe(false);
  });

  it('comes to sending only from scheduled and held', () => {
    expect(deliveryStates.filter((from) => mayBecome(from, 'sending'))).toEqual(['scheduled', 'held']);
  });
});

describe('the state of a post', () => {
  it.each([
    ['draft', ['published'], 'draft'],
    ['in-review', ['scheduled'], 'in-review'],
    ['ready', [], 'draft'],
    ['ready', ['cancelled', 'skipped'], 'cancelled'],
    ['ready', ['scheduled', 'held', 'sending', 'unconfirmed'], 'scheduled'],
    ['ready', ['published', 'held'], 'partly-published'],
    ['ready', ['rerouted', 'scheduled'], 'partly-published'],
    ['ready', ['published', 'rerouted', 'cancelled', 'skipped'], 'published'],
    ['ready', ['published', 'failed'], 'needs-attention'],
    ['ready', ['scheduled', 'missed'], 'needs-attention'],
  ] as const)('%s with %j is %s', (editing, deliveries, expected) => {
    expect(postState(editing, deliveries)).toBe(expected);
  });
});
