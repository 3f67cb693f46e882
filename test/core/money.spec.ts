import { expect, it } from '@jest/globals';
import { moneyIn, roughMoneyIn } from '../../src/core/money.js';

it.each([
  ['en', 1_234, 'EUR', '€12.34'], ['it', 1_234, 'EUR', '12,34\u00a0€'], ['en', 7.25, 'EUR', '€0.0725'], ['en', 500, 'JPY', '¥500'], ['en', 0, 'GBP', '£0.00'],
] as const)('in %s %d %s is %s', (language, minor, currency, said) => {
  expect(moneyIn(language, { minor, currency })).toBe(said);
});

it('what nobody knows exactly is told to the coin where it is small, else to the whole', () => {
  expect([roughMoneyIn('en', { minor: 999, currency: 'EUR' }), roughMoneyIn('en', { minor: 8_351, currency: 'EUR' }), roughMoneyIn('it', { minor: 500, currency: 'JPY' })]).toEqual(['€9.99', '€84', '500\u00a0JPY']);
});
