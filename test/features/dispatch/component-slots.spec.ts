import { describe, expect, it } from '@jest/globals';
import { ComponentSlots } from '../../../src/features/dispatch/component-slots.js';

describe('the slots of a component', () => {
  it('are so many and no more, each component for itself', () => {
    const slots = new ComponentSlots(2);
    expect([slots.take('a'), slots.take('a'), slots.take('a'), slots.take('b')]).toEqual([true, true, false, true]);
  });

  it('given back, can be taken again', () => {
    const slots = new ComponentSlots(1);
    slots.take('a');
    slots.giveBack('a');
    expect([slots.take('a'), slots.take('a')]).toEqual([true, false]);
  });

  it('given back too often are not more than before', () => {
    const slots = new ComponentSlots(1);
    slots.giveBack('a');
    slots.giveBack('a');
    expect([slots.take('a'), slots.take('a')]).toEqual([true, false]);
  });
});

describe('what is put back', () => {
  it('waits the longer the more wait, each counted once, and no longer once they are let in or all is empty', () => {
    const slots = new ComponentSlots(2);
    slots.take('a');
    expect([1, 2, 3, 4, 4].map((n) => slots.turnedAway('a', `d${n}`))).toEqual([1, 1, 1.5, 2, 2]);
    slots.letIn('a', 'd1');
    expect(slots.turnedAway('a', 'd2')).toBe(1.5);
    expect(slots.turnedAway('b', 'd2')).toBe(1);
    slots.giveBack('a');
    expect(slots.turnedAway('a', 'd2')).toBe(1);
  });
});
