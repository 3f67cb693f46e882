import { describe, expect, it } from '@jest/globals';
import { retryAt } from '../../src/core/retry-after.js';

const now = Date.UTC(2026, 10, 22, 12, 0, 0);
const at = (headers: Record<string, string>): number | null => {
  const until = retryAt(new Headers(headers), now);
  return until === null ? null : (until - now) / 1000;
};

describe('retryAt', () => {
  it.each([
    ['seconds', { 'retry-after': '90' }, 90],
    ['parts of a second', { 'retry-after': '1.5' }, 1.5],
    ['an HTTP date', { 'retry-after': 'Sun, 22 Nov 2026 12:01:30 GMT' }, 90],
    ['an ISO time', { 'x-ratelimit-reset': '2026-11-22T12:01:30.000Z' }, 90],
    ['epoch seconds', { 'x-rate-limit-reset': String(now / 1000 + 90) }, 90],
    ['epoch milliseconds', { 'ratelimit-reset': String(now + 90_000) }, 90],
    ['seconds left', { 'ratelimit-reset': '90' }, 90],
  ])('reads %s', (_name, headers, seconds) => {
    expect(at(headers as Record<string, string>)).toBe(seconds);
  });

  it('prefers Retry-After', () => {
    expect(at({ 'ratelimit-reset': '900', 'retry-after': '10' })).toBe(10);
  });

  it.each([{}, { 'retry-after': 'soon' }, { 'retry-after': '' }, { 'retry-after': '-5' }, { 'ratelimit-reset': '1e400' }, { 'retry-after': 'Sun, 99 Nov 2026' }])('says nothing for %j', (headers) => {
    expect(at(headers as Record<string, string>)).toBeNull();
  });

  it('falls back to a header that makes sense', () => {
    expect(at({ 'retry-after': 'soon', 'ratelimit-reset': '30' })).toBe(30);
  });

  it('lies neither in the past nor beyond a day', () => {
    expect(at({ 'retry-after': 'Sun, 22 Nov 2020 12:00:00 GMT' })).toBe(1);
    expect(at({ 'retry-after': '999999999' })).toBe(86_400);
  });
});
