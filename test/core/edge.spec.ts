import { describe, expect, it } from '@jest/globals';
import { edgeAtFault, edgeOf } from '../../src/core/edge.js';

describe('An edge is known', () => {
  it.each([
    [{ 'CF-RAY': '8f0e1a2b3c4d5e6f-MXP' }, 'cloudflare'],
    [{ Server: 'cloudflare' }, 'cloudflare'],
    [{ 'x-served-by': 'cache-mxp6942-MXP' }, 'fastly'],
    [{ 'x-served-by': 'cache-lga21984-LGA, cache-pdx12328-PDX' }, 'fastly'],
    [{ 'x-fastly-request-id': 'a1b2' }, 'fastly'],
    [{ 'x-amz-cf-id': 'Q1w2==' }, 'cloudfront'],
    [{ 'x-cache': 'Error from cloudfront' }, 'cloudfront'],
    [{ server: 'AkamaiGHost' }, 'akamai'],
    [{ server: 'Google Frontend' }, 'google'],
  ])('by %o: %s', (headers, edge) => {
    expect(edgeOf(new Headers(headers as Record<string, string>))).toBe(edge);
  });

  it.each([
    [{}],
    [{ server: 'nginx' }],
    [{ server: 'Mastodon' }],
    [{ server: 'not-cloudflare' }],
    [{ 'x-served-by': 'web-3.internal' }],
    [{ 'x-cache': 'MISS from squid' }],
    [{ via: '1.1 proxy' }],
  ])('not by %o', (headers) => {
    expect(edgeOf(new Headers(headers as Record<string, string>))).toBeNull();
  });
});

describe('An edge is at fault', () => {
  const headers = new Headers({ server: 'cloudflare', 'cf-ray': '8f0e-MXP' });
  const page = '<!doctype html><h1>500 Internal Server Error</h1>';

  it.each([
    ['for a 500 of its own', { status: 500, text: page }, 'cloudflare'],
    ['for a 502 without a word', { status: 502, text: '' }, 'cloudflare'],
    ['for a bare word', { status: 503, text: '"no"' }, 'cloudflare'],
    ['not for what the API says through it', { status: 503, text: '{"error":"down for maintenance"}' }, null],
    ['not for a page that is no 5xx', { status: 403, text: page }, null],
    ['not for saying that the host behind it is down', { status: 521, text: page }, null],
    ['not for saying that the host behind it is silent', { status: 524, text: page }, null],
  ])('%s', (_, answer, edge) => {
    expect(edgeAtFault({ ...answer, headers })).toBe(edge);
  });

  it('not where none left its mark', () => {
    expect(edgeAtFault({ status: 500, text: page, headers: new Headers({ server: 'nginx' }) })).toBeNull();
  });
});
