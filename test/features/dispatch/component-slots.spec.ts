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
