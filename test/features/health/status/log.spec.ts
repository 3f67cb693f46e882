import { describe, expect, it } from '@jest/globals';
import { readStatus } from '../../../../src/features/health/status/formats.js';
import { at, reading } from './bodies.js';

const rss = (items: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>History</title><pubDate>Wed, 23 Sep 2026 13:35:44 +0000</pubDate>${items}</channel></rss>`;
const update = (word: string): string => `&lt;p&gt;&lt;small&gt;Sep &lt;var&gt;23&lt;/var&gt;, 13:35 UTC&lt;/small&gt;&lt;br&gt;&lt;strong&gt;${word}&lt;/strong&gt; - We are on it.&lt;/p&gt;`;
const item = (description: string): string => `<item><title>Errors &amp; more</title><description>${description}</description><pubDate>Wed, 23 Sep 2026 13:35:44 +0000</pubDate><link>https://s.example/i/1</link><guid>https://s.example/i/1</guid></item>`;

describe('a log of entries (RSS and Atom)', () => {
  it('reads an entry with its words as plain text', () => {
    expect(reading('rss', rss(item(update('Investigating')))).incidents).toEqual([{
      id: 'https://s.example/i/1', title: 'Errors & more', words: 'Sep 23 , 13:35 UTC\nInvestigating - We are on it.', severity: 'minor', isOpen: true, components: [], keys: [], regions: [],
      startedAt: at('2026-09-23T13:35:44Z'), updatedAt: at('2026-09-23T13:35:44Z'), endedAt: null, url: 'https://s.example/i/1',
    }]);
  });

  it('goes by the newest update, which stands first', () => {
    expect(reading('rss', rss(item(update('Resolved') + update('Investigating')))).incidents[0]).toMatchObject({ isOpen: false, severity: 'none' });
  });

  it('reads the status incident.io writes into an Atom entry', () => {
    const atom = '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><updated>2026-09-23T14:00:00Z</updated><entry><id>tag:1</id><title>Elevated errors</title><link rel="alternate" href="https://s.example/i/2"/><updated>2026-09-23T13:00:00Z</updated><summary type="html"><![CDATA[<b>Status: Resolved</b><br/>Login]]></summary></entry></feed>';
    expect(reading('atom', atom).incidents[0]).toMatchObject({ id: 'tag:1', isOpen: false, url: 'https://s.example/i/2', updatedAt: at('2026-09-23T13:00:00Z'), words: 'Status: Resolved\nLogin' });
  });

  it('says unknown of an entry without a status word', () => {
    expect(reading('rss', rss(item('All good now'))).incidents[0]).toMatchObject({ severity: 'unknown', isOpen: true });
  });

  it('never says that all is well, not even when it is empty', () => {
    expect(readStatus('rss', rss(''))).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('log') });
  });

  it('reads no hours out of an announcement', () => {
    expect(reading('rss', rss(item(update('Scheduled')))).maintenances).toEqual([{ title: 'Errors & more', from: null, to: null, isRunning: false, components: [], keys: [] }]);
  });

  it('reads no more than 200 entries', () => {
    expect(reading('rss', rss(item('x').repeat(500))).incidents).toHaveLength(200);
  });

  it('takes neither format for the other', () => {
    expect(readStatus('atom', rss(''))).toEqual({ kind: 'broken', reason: 'RSS instead of Atom' });
  });
});
