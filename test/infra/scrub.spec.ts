import { describe, expect, it } from '@jest/globals';
import { Scrubber, STRUCK_OUT } from '../../src/infra/scrub.js';

const TOKEN = 'tok/en+with "quotes" & ümlaut?';

function holding(...values: string[]): Scrubber {
  const scrubber = new Scrubber();
  for (const value of values) scrubber.register(value);
  return scrubber;
}

describe('scrubbing by value', () => {
  it('leaves text alone that holds no secret', () => {
    expect(holding(TOKEN).scrub('posted to mastodon.social in 200 ms')).toBe('posted to mastodon.social in 200 ms');
  });

  it('strikes a secret out at the start, in the middle and at the end', () => {
    expect(holding('s3cr3t-token').scrub('s3cr3t-token a s3cr3t-token b s3cr3t-token')).toBe(
      `${STRUCK_OUT} a ${STRUCK_OUT} b ${STRUCK_OUT}`,
    );
  });

  it.each([
    ['percent-encoded', encodeURIComponent(TOKEN)],
    ['percent-encoded in lower case', encodeURIComponent(TOKEN).toLowerCase()],
    ['form-encoded', new URLSearchParams({ t: TOKEN }).toString().slice(2)],
    ['JSON-escaped', JSON.stringify(TOKEN).slice(1, -1)],
    ['JSON inside JSON', JSON.stringify(JSON.stringify(TOKEN)).slice(1, -1)],
    ['base64', Buffer.from(TOKEN).toString('base64')],
    ['base64url', Buffer.from(TOKEN).toString('base64url')],
    ['a Basic header', Buffer.from(`user:${TOKEN}`).toString('base64')],
    ['a Basic header with another offset', Buffer.from(`me:${TOKEN}:x`).toString('base64')],
    ['hex', Buffer.from(TOKEN).toString('hex')],
  ])('strikes it out as %s', (_, form) => {
    const clean = holding(TOKEN.toLowerCase(), TOKEN).scrub(`before ${form} after`);
    expect(clean).toContain(STRUCK_OUT);
    const middle = clean.slice('before '.length, -' after'.length).replace(STRUCK_OUT, '');
    expect(middle.length).toBeLessThan(10); // of base64 at most the edge characters that other bytes share
  });

  it('strikes out two secrets that overlap as one', () => {
    expect(holding('abcdefgh', 'efghijkl').scrub('x abcdefghijkl y')).toBe(`x ${STRUCK_OUT} y`);
  });

  it('strikes out the longer of two secrets with the same beginning', () => {
    expect(holding('abcdef', 'abcdef-and-more').scrub('abcdef-and-more!')).toBe(`${STRUCK_OUT}!`);
  });

  it('strikes out every value of a JSON account, nested ones too', () => {
    const scrubber = holding(JSON.stringify({ accessToken: 'first-token', keys: [{ pin: 12345678 }, { key: 'second-token' }] }));
    expect(scrubber.scrub('first-token second-token 12345678')).toBe(`${STRUCK_OUT} ${STRUCK_OUT} ${STRUCK_OUT}`);
  });

  it('leaves fields named public, bare server addresses and DIDs readable', () => {
    const scrubber = new Scrubber();
    scrubber.register(
      JSON.stringify({ instance: 'https://mastodon.social', did: 'did:plc:abc123', identifier: 'alice.example', password: 'hunter-2-hunter' }),
      ['identifier'],
    );
    expect(scrubber.scrub('https://mastodon.social did:plc:abc123 alice.example')).toBe('https://mastodon.social did:plc:abc123 alice.example');
    expect(scrubber.scrub('hunter-2-hunter')).toBe(STRUCK_OUT);
  });

  it('takes an address with a path for the secret it may be', () => {
    expect(holding(JSON.stringify({ hook: 'https://hooks.example/T0/B0/x' })).scrub('POST https://hooks.example/T0/B0/x')).toBe(`POST ${STRUCK_OUT}`);
  });

  it('does not register values under six characters', () => {
    expect(holding('short').scrub('a short text')).toBe('a short text');
  });

  it('forgets the value registered longest ago when it is full, and nothing else', () => {
    const scrubber = new Scrubber(2);
    for (const value of ['first-secret', 'second-secret', 'first-secret', 'third-secret']) scrubber.register(value);
    expect(scrubber.size).toBe(2);
    expect(scrubber.scrub('first-secret second-secret third-secret')).toBe(`${STRUCK_OUT} second-secret ${STRUCK_OUT}`);
  });

  it('scrubs names, values, errors and causes of a deep value', () => {
    const scrubber = holding('s3cr3t-token');
    const error = new Error('401 for s3cr3t-token', { cause: new Error('sent s3cr3t-token') });
    const text = JSON.stringify(scrubber.scrubDeep({ list: ['s3cr3t-token'], error, 's3cr3t-token': 1, map: new Map([['k', 's3cr3t-token']]) }));
    expect(text).not.toContain('s3cr3t-token');
    expect(text).toContain('401 for');
  });

  it('cuts cycles', () => {
    const loop: Record<string, unknown> = { name: 'x' };
    loop.self = loop;
    expect(new Scrubber().scrubDeep(loop)).toEqual({ name: 'x', self: '[circular]' });
  });
});
