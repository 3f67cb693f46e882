import { MINUTE_MS, SECOND_MS } from '../../core/instant.js';

export interface DemoPost {
  /** After the demo starts, ms. The first within 20 s: who has just installed this is watching. */
  readonly afterMs: number;
  readonly on: readonly string[];
  readonly parts: readonly string[];
}

/** The channels of the demo: one account on each kind of sandbox platform. */
export const demoChannels = ['sandbox-alpha', 'sandbox-beta', 'sandbox-gamma', 'sandbox-delta'] as const;

export const demoPosts: readonly DemoPost[] = [
  { afterMs: 12 * SECOND_MS, on: ['sandbox-alpha', 'sandbox-beta'], parts: ['Good morning! The first croissants are out of the oven.'] },
  { afterMs: 40 * SECOND_MS, on: ['sandbox-gamma'], parts: ['Our espresso comes from a roaster two streets away..'] },
  { afterMs: 90 * SECOND_MS, on: ['sandbox-alpha'], parts: ['How we make our bread, in three steps. 1/3: flour, water, salt.', '2/3: a night’s rest.', '3/3: a very hot oven.'] },
  { afterMs: 3 * MINUTE_MS, on: ['sandbox-delta'], parts: ['New on the menu: soup of the day, with the bread of this morning.'] },
  { afterMs: 5 * MINUTE_MS, on: ['sandbox-beta', 'sandbox-gamma'], parts: ['Tables outside again! Come and sit in the sun.'] },
  { afterMs: 10 * MINUTE_MS, on: [...demoChannels], parts: ['Thank you for watching. Now plan a post of your own.'] },
];
