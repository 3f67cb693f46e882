import { expect, it } from '@jest/globals';
import { moneyIn } from '../../src/core/money.js';

it.each([
  ['en', 1_234, 'EUR', '€12.34'], ['it', 1_234, 'EUR', '12,34\u00a0€'], ['en', 7.25, 'EUR', '€0.0725'], ['en', 500, 'JPY', '¥500'], ['en', 0, 'GBP', '£0.00'],
] as const)('in %s %d %s is %s', (language, minor, currency, said) => {
  expect(moneyIn(language, { minor, currency })).toBe(said);
});
