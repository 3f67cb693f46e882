import { expect, it } from '@jest/globals';
import { connectorById } from '../../../src/connectors/registry.js';
import { contentOf } from '../contract.js';

const connector = connectorById('sms');
const limits = connector.limits();

it('counts as a phone does, after the clean-up', () => {
  expect(limits.measure('È “ora” – 5 €')).toBe(15); // E' "ora" - 5 €
  expect(limits.measure('🎉')).toBe(2);
});

it('takes 1,400 units with the link, and no more', () => {
  expect(limits.check(contentOf('a'.repeat(1_400)))).toEqual([]);
  expect(limits.check({ ...contentOf('a'.repeat(1_390)), link: { url: 'https://bar.example/', title: '', description: '', thumb: null } })).toEqual([{ code: 'text-too-long', params: { count: 1_411, max: 1_400 } }]);
});

it('takes no picture, and not nothing', () => {
  const picture = { mediaId: 'm', mime: 'image/png', bytes: 1, alt: '', width: 1, height: 1, durationMs: null, sha256: '' };
  expect(limits.check({ ...contentOf(''), media: [picture] }).map(({ code }) => code)).toEqual(['text-empty', 'too-many-media', 'media-type']);
});

it.each([['Bar Sport', true], ['BarSportRoma', false], ['12345', false], ['Bar-Sport', false]])('says of the sender %j whether it can be one: %s', (from, ok) => {
  expect(connector.account.safeParse({ listIds: ['00000000-0000-7000-8000-000000000001'], from }).success).toBe(ok);
});
