/** Colours as `#rrggbb`; contrast as WCAG 2.2 counts it (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio). */

/** Of text on what lies behind it, level AA (https://www.w3.org/TR/WCAG22/#contrast-minimum). */
export const LEAST_CONTRAST = 4.5;
export const LIGHT = '#ffffff';
export const DARK = '#16181d';

type Channels = readonly [number, number, number];

/** 1 (the same) to 21 (black on white). */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** The colour, or the nearest to it towards black or white that can be read on `ground`. */
export function readableOn(ground: typeof LIGHT | typeof DARK, colour: string): string {
  const end: Channels = ground === LIGHT ? [0, 0, 0] : [255, 255, 255];
  for (let step = 0; step <= 100; step += 1) {
    const mixed = written(channels(colour).map((value, i) => value + ((end[i] ?? 0) - value) * (step / 100)));
    if (contrast(mixed, ground) >= LEAST_CONTRAST) return mixed;
  }
  return written(end);
}

function channels(colour: string): Channels {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

function written(values: readonly number[]): string {
  return `#${values.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
