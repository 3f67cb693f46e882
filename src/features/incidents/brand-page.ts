import { contactLinks } from '../../infra/http/contact-links.js';
import { type Html, html } from '../../infra/http/html.js';
import type { Language, Sentence } from '../../infra/http/problem.js';
import type { BrandContact, BrandOutage } from './brand-reads.service.js';
import type { BrandOwner } from './client-pages.service.js';
import type { BrandContacts } from './client-pages.schema.js';
import { hostedName, wallText } from './public-words.js';

const words = {
  fine: { en: 'As far as we know all of our platforms work. You find us in the usual places.', it: 'Per quanto ne sappiamo tutte le nostre piattaforme funzionano. Ci trovi nei soliti posti.' },
  down: { en: 'does not work as it should, since', it: 'non funziona come dovrebbe, da' },
  media: { en: 'takes no pictures and films at the moment, since', it: 'al momento non accetta immagini e video, da' },
  maintenance: { en: 'is under maintenance, since', it: 'è in manutenzione, da' },
  back: { en: 'is back, since', it: 'funziona di nuovo, da' },
  mediaBack: { en: 'takes pictures and films again, since', it: 'accetta di nuovo immagini e video, da' },
  now: { en: 'What does not work at the moment', it: 'Che cosa non funziona in questo momento' },
  again: { en: 'What works again', it: 'Che cosa funziona di nuovo' },
  meanwhile: { en: 'Where you find us meanwhile', it: 'Dove ci trovi nel frattempo' },
  always: { en: 'Where you find us', it: 'Dove ci trovi' },
  email: { en: 'E-mail', it: 'E-mail' },
  phone: { en: 'Phone', it: 'Telefono' },
  newsletter: { en: 'Newsletter', it: 'Newsletter' },
  blog: { en: 'Blog', it: 'Blog' },
  shop: { en: 'Shop', it: 'Negozio' },
  contest: { en: 'For the contest', it: 'Per il concorso' },
  'care-hours': { en: 'For customer care', it: 'Per l’assistenza' },
  ads: { en: 'For our offers', it: 'Per le nostre offerte' },
  event: { en: 'For the event', it: 'Per l’evento' },
  feed: { en: 'News of this page (RSS)', it: 'Novità di questa pagina (RSS)' },
  other: { en: 'In italiano', it: 'In English' },
  unknown: { en: 'There is no such page', it: 'Questa pagina non esiste' },
  unknownText: { en: 'Check the address, or ask whoever gave it to you.', it: 'Controlla l’indirizzo, o chiedi a chi te l’ha dato.' },
} as const satisfies Record<string, Sentence>;

const says = (language: Language) => (word: keyof typeof words): string => words[word][language];
const titles = (language: Language, outage: BrandOutage): string => {
  const name = hostedName(outage.connectorId, outage.host);
  if (outage.backAt) return `${name} ${says(language)(outage.onlyMedia ? 'mediaBack' : 'back')}`;
  return `${name} ${says(language)(outage.kind === 'maintenance' ? 'maintenance' : outage.onlyMedia ? 'media' : 'down')}`;
};

/** A platform's state in a line, e.g. for the feed: “Instagram does not work as it should, since Thu 27 Nov, 17:02 (Europe/Rome)”. */
export function lineOf(outage: BrandOutage, zone: string, language: Language): string {
  return `${titles(language, outage)} ${wallText(outage.backAt ?? outage.since, zone, language)}`;
}

export interface BrandNow {
  readonly outages: readonly BrandOutage[];
  readonly contacts: readonly BrandContact[];
}

/** The brand's page: what is down, since when, and where to find the brand meanwhile. Never what is held. */
export function brandPage(owner: BrandOwner, { outages, contacts }: BrandNow, language: Language): Html {
  const say = says(language);
  const down = outages.filter(({ backAt }) => backAt === null);
  const back = outages.filter(({ backAt }) => backAt !== null);
  const listOf = (some: readonly BrandOutage[], heading: 'now' | 'again'): Html | null => (some.length === 0 ? null : html`<h2>${say(heading)}</h2><ul class="outages">${some.map((outage) => rowOf(outage, owner.client.zone, language))}</ul>`);
  const home = `/public/b/${owner.slug}`;
  return html`<h1>${owner.client.name}</h1>
${outages.length === 0 ? html`<p class="note">${say('fine')}</p>` : html`${listOf(down, 'now')}${listOf(back, 'again')}`}
<h2>${say(down.length === 0 ? 'always' : 'meanwhile')}</h2><dl>${promisedContacts(contacts, say)}${contactsOf(owner.contacts, say)}</dl>
<nav><a href="${home}/feed.xml?language=${language}">${say('feed')}</a><a hreflang="${other(language)}" lang="${other(language)}" href="${home}?language=${other(language)}">${say('other')}</a></nav>`;
}

function rowOf(outage: BrandOutage, zone: string, language: Language): Html {
  const at = outage.backAt ?? outage.since;
  return html`<li${outage.backAt ? null : html` class="down"`}><strong>${titles(language, outage)}</strong>
<time datetime="${at.toISOString()}">${wallText(at, zone, language)}</time></li>`;
}

export const brandRules = `
.outages { list-style: none; padding: 0; } .outages li { border-left: 4px solid #188038; background: var(--soft); padding: .5rem 1rem; margin: .5rem 0; }
.outages li.down { border-color: #c5221f; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1rem; } dd { grid-column: 2; margin: 0; overflow-wrap: anywhere; }`;

export function brandHead({ slug, client }: BrandOwner, language: Language): Html {
  return html`<link rel="alternate" type="application/rss+xml" title="${client.name}" href="/public/b/${slug}/feed.xml?language=${language}">`;
}

export function brandUnknown(language: Language): { readonly title: string; readonly body: Html } {
  const title = says(language)('unknown');
  return { title, body: html`<h1>${title}</h1><p>${says(language)('unknownText')}</p>` };
}

const other = (language: Language): Language => (language === 'en' ? 'it' : 'en');

/** One name for all of a kind, and each way once. */
function promisedContacts(contacts: readonly BrandContact[], say: (word: keyof typeof words) => string): Html[] {
  return [...new Set(contacts.map(({ kind }) => kind))].map((kind) => {
    const ways = new Map(contacts.filter((one) => one.kind === kind).map(({ contact }) => [JSON.stringify(contact), contact]));
    return html`<dt>${say(kind)}</dt>${[...ways.values()].map((contact) => html`<dd>${contactLinks(contact)}</dd>`)}`;
  });
}

function contactsOf({ email, phone, newsletter, blog, shop }: BrandContacts, say: (word: keyof typeof words) => string): Html[] {
  const entry = (name: keyof typeof words, link: string, text: string): Html => html`<dt>${say(name)}</dt><dd><a href="${link}" rel="noopener">${text}</a></dd>`;
  const web = { newsletter, blog, shop };
  return [
    ...(email === null ? [] : [entry('email', `mailto:${email}`, email)]),
    ...(phone === null ? [] : [entry('phone', `tel:${phone}`, phone)]),
    ...(['newsletter', 'blog', 'shop'] as const).flatMap((name) => {
      const link = web[name];
      return link === null ? [] : [entry(name, link, link.replace(/^https?:\/\/(www\.)?|\/$/g, ''))];
    }),
  ];
}
