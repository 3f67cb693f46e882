import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../../src/infra/config.js';
import { siteLink } from '../../../src/infra/http/site.js';

const desk = 'https://desk.example.com';

describe('A link to something public', () => {
  it('leads to PUBLIC_SITE_URL', () => {
    expect(siteLink(readConfig({ PUBLIC_URL: desk, PUBLIC_SITE_URL: 'https://pages.example.net/' }), '/media/x')).toBe('https://pages.example.net/public/media/x');
  });

  it('leads to Postern itself where no other address is set', () => {
    expect(siteLink(readConfig({ PUBLIC_URL: desk }), '/media/x')).toBe(`${desk}/public/media/x`);
    expect(siteLink(readConfig({ HOST: '0.0.0.0', PORT: '4000' }), '/media/x')).toBe('http://localhost:4000/public/media/x');
  });
});

describe('PUBLIC_SITE_URL', () => {
  const sentence = 'PUBLIC_SITE_URL needs PUBLIC_URL beside it, and has another host name than that.';

  it.each([{}, { PUBLIC_URL: 'http://pages.example.net:3000' }])('stops the start without an address to stand apart from: %j', (settings) => {
    expect(() => readConfig({ ...settings, PUBLIC_SITE_URL: 'https://pages.example.net' })).toThrow(sentence);
  });

  it('is left out of the complaints while it is no address itself', () => {
    expect(() => readConfig({ PUBLIC_SITE_URL: 'pages' })).toThrow('PUBLIC_SITE_URL must be a URL that starts with http:// or https://.');
  });
});
