import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../../src/infra/config.js';
import { hostOf, isOurHost } from '../../../src/infra/http/host-check.js';

const ours = (host: string, settings: Record<string, string> = {}) => isOurHost(host, readConfig(settings));

describe('A Host header', () => {
  it.each(['localhost', 'localhost:3000', '127.0.0.1:4123', '[::1]:3000', 'LOCALHOST:3000'.toLowerCase()])('is ours on loopback: %s', (host) => {
    expect(ours(host)).toBe(true);
  });

  it.each(['evil.example', 'evil.example:3000', '127.0.0.1.evil.example', 'localhost.evil.example', '192.168.1.5', '', 'a b', 'x@localhost', 'localhost/..'])(
    'is refused on loopback: "%s"',
    (host) => {
      expect(ours(host)).toBe(false);
    },
  );

  it('is ours under PUBLIC_URL and PUBLIC_SITE_URL, with any port', () => {
    const settings = { PUBLIC_URL: 'https://desk.example.com', PUBLIC_SITE_URL: 'https://pages.example.net' };
    expect([ours('desk.example.com', settings), ours('desk.example.com:8443', settings), ours('pages.example.net', settings)]).toEqual([true, true, true]);
    expect(ours('www.example.com', settings)).toBe(false);
    expect(ours('[fd00::1]:3000', { PUBLIC_URL: 'http://[fd00::1]:3000' })).toBe(true);
  });

  it('may be any address, and no name but ours, when bound to every address', () => {
    const settings = { HOST: '0.0.0.0' };
    expect([ours('10.0.0.7:3000', settings), ours('[fd00::1]:3000', settings), ours('localhost:3000', settings)]).toEqual([true, true, true]);
    expect(ours('rebind.example', settings)).toBe(false);
  });

  it('is the address bound to, and not loopback, when bound to one other address', () => {
    const settings = { HOST: '10.0.0.7' };
    expect([ours('10.0.0.7:3000', settings), ours('localhost:3000', settings)]).toEqual([true, false]);
  });

  it('is taken from X-Forwarded-Host behind a trusted proxy only', () => {
    const headers = { host: 'inside:3000', 'x-forwarded-host': 'desk.example.com, inside' };
    expect(hostOf(headers, readConfig({}))).toBe('inside:3000');
    expect(hostOf(headers, readConfig({ TRUST_PROXY: 'true' }))).toBe('desk.example.com');
  });
});
