import { describe, expect, it } from '@jest/globals';
import { allowList, isPublicAddress } from '../../../src/infra/http/address-guard.js';

describe('isPublicAddress', () => {
  it.each(['1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '2a00:1450:4002:415::200e'])('lets %s through', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ['loopback', '127.0.0.1'], ['loopback', '127.255.255.254'], ['loopback', '::1'],
    ['unspecified', '0.0.0.0'], ['this network', '0.1.2.3'], ['unspecified', '::'],
    ['private', '10.0.0.1'], ['private', '172.16.0.1'], ['private', '172.31.255.255'], ['private', '192.168.1.1'],
    ['link-local (cloud metadata)', '169.254.169.254'], ['link-local', 'fe80::1'],
    ['carrier-grade NAT', '100.64.0.1'], ['carrier-grade NAT', '100.127.255.255'],
    ['multicast', '224.0.0.1'], ['multicast', 'ff02::1'], ['broadcast', '255.255.255.255'], ['reserved', '240.0.0.1'],
    ['benchmarking', '198.18.0.1'], ['documentation', '192.0.2.1'],
    ['unique local', 'fd00::1'], ['site-local, as it was once', 'fec0::1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'], ['IPv4-mapped, even of a public address', '::ffff:1.1.1.1'], ['IPv4-compatible', '::7f00:1'],
    ['NAT64', '64:ff9b::7f00:1'], ['local NAT64', '64:ff9b:1::7f00:1'], ['6to4', '2002:7f00:1::'], ['Teredo', '2001::1'],
    ['documentation', '2001:db8::1'], ['no address', 'localhost'], ['no address', ''],
  ])('stops %s: %s', (_name, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('allowList', () => {
  it('opens every port of a host named alone', () => {
    const isAllowed = allowList(['cms.internal']);
    expect(isAllowed('CMS.internal', 80)).toBe(true);
    expect(isAllowed('cms.internal', 8443)).toBe(true);
    expect(isAllowed('other.internal', 80)).toBe(false);
  });

  it('opens only the port that stands with the host', () => {
    const isAllowed = allowList(['127.0.0.1:8088']);
    expect(isAllowed('127.0.0.1', 8088)).toBe(true);
    expect(isAllowed('127.0.0.1', 5432)).toBe(false);
  });

  it('reads IPv6 addresses with and without a port', () => {
    const isAllowed = allowList(['::1', '[fd00::2]:443']);
    expect(isAllowed('::1', 1)).toBe(true);
    expect(isAllowed('fd00::2', 443)).toBe(true);
    expect(isAllowed('fd00::2', 80)).toBe(false);
  });
});
