import { describe, expect, it } from '@jest/globals';
import { contrast, DARK, LEAST_CONTRAST, LIGHT, readableOn } from '../../../src/features/blog/colour.js';

describe('The contrast of two colours', () => {
  it.each([['#000000', '#ffffff', 21], ['#ffffff', '#000000', 21], ['#777777', '#ffffff', 4.48], ['#767676', '#ffffff', 4.54], ['#0b57d0', '#0b57d0', 1]])('of %s and %s is %d', (one, other, ratio) => {
    expect(contrast(one, other)).toBeCloseTo(ratio, 1);
  });
});

describe('A colour to read', () => {
  it('stays what it is where it can be read', () => {
    expect(readableOn(LIGHT, '#0b57d0')).toBe('#0b57d0');
    expect(readableOn(DARK, '#ffcc00')).toBe('#ffcc00');
  });

  it.each(['#ffff00', '#ffffff', '#000000', '#0b57d0', '#ff0000', '#16181d'])('is made of %s for light and for dark', (colour) => {
    for (const ground of [LIGHT, DARK] as const) expect(contrast(readableOn(ground, colour), ground)).toBeGreaterThanOrEqual(LEAST_CONTRAST);
  });

  it('keeps its hue on the way', () => {
    expect(readableOn(LIGHT, '#ff0000')).toMatch(/^#[ef][0-9a-f]0000$/);
  });
});
