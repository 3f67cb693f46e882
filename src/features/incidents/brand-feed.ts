import { html, type Html } from '../../infra/http/html.js';
import { plain, xmlHead } from '../../infra/http/xml.js';
import { MINUTE_MS } from '../../core/instant.js';
import type { Language, Sentence } from '../../infra/http/problem.js';
import { lineOf } from './brand-page.js';
import type { BrandOutage } from './brand-reads.service.js';
import type { BrandOwner } from './client-pages.service.js';

/** What is 15 minutes old is told, so that is when it became news. */
const toldAfterMs = 15 * MINUTE_MS;

const description: Sentence = { en: 'Which of our platforms are down, and when they are back.', it: 'Quali delle nostre piattaforme non funzionano, e quando tornano.' };

/** The brand's page as RSS 2.0 (https://www.rssboard.org/rss-specification): one entry when a platform falls, one when it is back. */
export function brandFeed(owner: BrandOwner, outages: readonly BrandOutage[], { language, link }: { readonly language: Language; readonly link: string }): string {
  const items = outages.flatMap((outage) => [
    ...(outage.backAt ? [entry(outage, { at: outage.backAt, what: 'back' })] : []),
    entry({ ...outage, backAt: null }, { at: new Date(outage.since.getTime() + toldAfterMs), what: 'down' }),
  ]);
  return html`${xmlHead}
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>${plain(owner.client.name)}</title><link>${link}</link>
<description>${description[language]}</description><language>${language}</language><ttl>5</ttl>
<atom:link href="${link}/feed.xml" rel="self" type="application/rss+xml"/>
${items.toSorted((one, another) => another.at.getTime() - one.at.getTime()).map(({ item }) => item)}</channel></rss>
`.text;

  function entry(outage: BrandOutage, { at, what }: { readonly at: Date; readonly what: string }): { readonly at: Date; readonly item: Html } {
    const guid = `urn:postern:${outage.incidentId}:${outage.connectorId}:${outage.host}:${what}`;
    const item = html`<item><title>${plain(lineOf(outage, owner.client.zone, language))}</title><link>${link}</link><guid isPermaLink="false">${guid}</guid><pubDate>${at.toUTCString()}</pubDate></item>
`;
    return { at, item };
  }
}
