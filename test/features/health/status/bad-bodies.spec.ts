import { describe, expect, it } from '@jest/globals';
import { readStatus } from '../../../../src/features/health/status/formats.js';
import { type StatusFormat, statusFormats } from '../../../../src/features/health/status/source.schema.js';
import { plainTitle, plainWords, webAddress } from '../../../../src/features/health/status/words.js';
import { minutesOf, timeOf } from '../../../../src/features/health/status/times.js';
import { readFeed } from '../../../../src/features/health/status/xml.js';
import { at, reading } from './bodies.js';

const shell = '<!doctype html><html lang="en"><head><title>Status</title></head><body><div id="root"></div></body></html>';
const bomb = `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">${'bcdefghij'.split('').map((name, i) => `<!ENTITY ${name} "${`&${'abcdefghij'[i]};`.repeat(10)}">`).join('')}]><rss><channel><item><title>&j;</title></item></channel></rss>`;
const outside = '<!DOCTYPE rss [<!ENTITY secret SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&secret;</title></item></channel></rss>';
const isXml = (format: StatusFormat): boolean => ['rss', 'atom', 'meta-rss'].includes(format);

const anywhere: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['blanks', ' \n\t '],
  ['a web page', shell],
  ['a web page in capitals', shell.toUpperCase()],
  ['JSON null', 'null'],
  ['a number', '12'],
  ['a bare text', '"operational"'],
  ['JSON of another shape', '{"ok":true,"message":"All Systems Operational"}'],
  ['an error of an API', '{"error":{"code":404,"message":"No such page"}}'],
  ['a list of nothing known', '[1,null,"x",[]]'],
  ['JSON cut off', '{"status":{"indicator":"none"},"incidents":[{"id":"a"'],
  ['XML cut off', '<?xml version="1.0"?><rss version="2.0"><channel><item><title>Trou'],
  ['UTF-16 read as UTF-8', Buffer.from('\ufeff{"status":{"indicator":"none"}}', 'utf16le').toString('utf8')],
  ['an entity bomb', bomb],
  ['an entity from outside', outside],
  ['RSS without a channel', '<?xml version="1.0"?><rss version="2.0"></rss>'],
  ['another XML', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'],
  ['a million open lists', '['.repeat(1_000_000)],
  ['a million open elements', '<a>'.repeat(1_000_000)],
  ['names of the prototype', '{"__proto__":{"status":{"indicator":"none"}},"constructor":{},"hasOwnProperty":1}'],
  ['a text of zeros', '\u0000'.repeat(1_000)],
];

describe.each(statusFormats)('a bad body for %s', (format) => {
  it.each(anywhere)('is unknown, with a reason and no throw: %s', (_, body) => {
    const report = readStatus(format, body);
    expect(report.kind).not.toBe('ok');
    expect(report).toMatchObject({ reason: expect.stringMatching(/^.{3,500}$/s) });
  });

  it('is not read when it is longer than five million characters', () => {
    expect(readStatus(format, ' '.repeat(5_000_001))).toEqual({ kind: 'broken', reason: 'more than 5 million characters' });
  });

  it('says in its reason that a web page came instead', () => {
    expect(readStatus(format, shell)).toEqual({ kind: 'broken', reason: isXml(format) ? expect.stringMatching(/document type|web page/) : expect.stringContaining('web page') });
  });
});

describe('a document type', () => {
  it.each([['a bomb', bomb], ['a file', outside], ['nothing at all', '<!DOCTYPE rss><rss><channel/></rss>']])('is refused, whatever it declares: %s', (_, body) => {
    expect(readStatus('rss', body)).toEqual({ kind: 'broken', reason: 'XML with a document type' });
  });
});

describe('the work a body can cause', () => {
  it('is bounded for a list of 100,000 components', () => {
    const body = JSON.stringify({ components: Array.from({ length: 100_000 }, (_, i) => ({ name: `c${i}`, status: 'operational' })) });
    const report = reading('statuspage', body);
    expect(report.components).toHaveLength(2_000);
    expect(report).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('more than 2000 entries') });
  });

  it.each([
    ['half-open tags', '<'.repeat(5_000_000)],
    ['ampersands', '&'.repeat(5_000_000)],
    ['stars and blanks', '* \n '.repeat(1_000_000)],
    ['entities', '&#60;'.repeat(1_000_000)],
  ])('is bounded for five megabytes of %s in the words of an incident', (_, words) => {
    const startedAt = performance.now();
    expect(plainWords(words).length).toBeLessThanOrEqual(2_000);
    expect(performance.now() - startedAt).toBeLessThan(10_000); // grown with the square of its length it would be minutes
  });

  it('keeps little of an entry of five megabytes', () => {
    const feed = readFeed(`<rss><channel><item><title>${'x'.repeat(4_000_000)}</title></item></channel></rss>`);
    expect(feed.entries[0]!.title).toHaveLength(20_000);
  });

  it.each([
    ['elements', `<rss><channel><item>${'<a/>'.repeat(300_000)}</item></channel></rss>`],
    ['attributes', `<rss ${Array.from({ length: 300_000 }, (_, i) => `b${i}="x"`).join(' ')}><channel/></rss>`],
    ['pieces of text', `<rss><channel><item><title>${'<![CDATA[x]]>'.repeat(300_000)}</title></item></channel></rss>`],
  ])('refuses XML of more %s than any feed', (_, body) => expect(readStatus('rss', body)).toEqual({ kind: 'broken', reason: 'XML of too many pieces' }));

  it('refuses XML nested deeper than any feed', () => {
    expect(readStatus('rss', `<rss><channel>${'<a>'.repeat(100)}${'</a>'.repeat(100)}</channel></rss>`)).toEqual({ kind: 'broken', reason: 'XML nested too deeply' });
  });
});

describe('words of a platform', () => {
  it('lose their markup and keep their lines', () => {
    expect(plainWords('<p>We&rsquo;re <b>on</b> it &amp; &#x2014; soon.</p>\n<script src="x"></script><p>1 < 2</p>')).toBe('We&rsquo;re on it & — soon.\n1 < 2');
  });

  it('hold no control or direction characters and no half characters', () => {
    expect(plainWords('a\u0000b\u202ec\ud800d\u0007e')).toBe('a bc\ufffdd e');
  });

  it('are cut at 2,000 characters, never within one', () => {
    const cut = plainWords('🦊'.repeat(2_000));
    expect(cut.length).toBeLessThanOrEqual(2_000);
    expect(cut.endsWith('🦊…')).toBe(true);
  });

  it('make a title of one line', () => expect(plainTitle(`a\nb ${'c'.repeat(300)}`)).toHaveLength(200));

  it.each(['javascript:alert(1)', 'data:text/html,x', '//[', `https://a.example/${'x'.repeat(3_000)}`])('are never linked to %.40s', (url) => expect(webAddress(url)).toBeNull());
});

describe('times of a feed', () => {
  it.each([
    ['2026-09-23T10:11:12.836Z', '2026-09-23T10:11:12.836Z'],
    ['2026-09-23T10:11:12-07:00', '2026-09-23T17:11:12.000Z'],
    ['2026-09-23T10:11+0200', '2026-09-23T08:11:00.000Z'],
    ['Wed, 19 Aug 2026 07:00:00 +0000', '2026-08-19T07:00:00.000Z'],
    ['Wed, 23 Sep 2026 15:42:00 Z', '2026-09-23T15:42:00.000Z'],
    ['Wed, 23 Sep 2026 15:42:00 PDT', '2026-09-23T22:42:00.000Z'],
  ])('are read with their zone: %s', (text, iso) => expect(timeOf(text)).toBe(at(iso)));

  it.each(['2026-09-23T10:11:12', '2026-09-23 10:11', '2026-09-23', 'Wed, 23 Sep 2026 15:42:00', '2026-02-30T10:00:00Z', '1970-01-01T00:00:00Z', '+099999-01-01T00:00:00Z', 'yesterday', '...', '', null, undefined])(
    'are not guessed: %s', (text) => expect(timeOf(text)).toBeNull());

  it('count minutes, up to a month of them', () => {
    expect([minutesOf('60'), minutesOf(5), minutesOf('an hour'), minutesOf(-1), minutesOf(1e9), minutesOf('')]).toEqual([3_600_000, 300_000, null, null, null, null]);
  });
});
