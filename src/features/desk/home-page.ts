import { DateTime } from 'luxon';
import { type DeliveryState, stateNames } from '../../core/delivery.js';
import { type Html, html } from '../../infra/http/html.js';
import type { Language, Sentence } from '../../infra/http/problem.js';
import type { PostSummary } from '../posts/post.schema.js';

const words = {
  lead: { en: 'Schedules a brand’s posts, and keeps the brand talking when the platforms go down.', it: 'Programma i post di un marchio e lo fa parlare anche quando le piattaforme non funzionano.' },
  demo: { en: 'Demo', it: 'Demo' },
  sandbox: {
    en: 'This is a demo. These posts go to sandbox platforms on this machine and reach nobody.',
    it: 'Questa è una demo. Questi post vanno su piattaforme di prova in questa macchina e non raggiungono nessuno.',
  },
  live: { en: 'The list changes by itself.', it: 'L’elenco si aggiorna da solo.' },
  empty: { en: 'Nothing is planned yet: the demo is being set up.', it: 'Ancora nulla in programma: la demo è in preparazione.' },
  planned: { en: 'Planned for', it: 'In programma' },
  channel: { en: 'Channel', it: 'Canale' },
  state: { en: 'State', it: 'Stato' },
  says: { en: 'Post', it: 'Post' },
  timeline: { en: 'See it on the sandbox', it: 'Guardalo sulla sandbox' },
  api: { en: 'API documentation', it: 'Documentazione dell’API' },
  signIn: { en: 'Sign in', it: 'Accedi' },
  incidents: { en: 'Incidents', it: 'Incidenti' },
  account: { en: 'Your account', it: 'Il tuo account' },
  again: { en: 'Run the demo again', it: 'Rilancia la demo' },
  still: { en: 'Stop refreshing', it: 'Ferma l’aggiornamento' },
  moving: { en: 'Refresh by itself', it: 'Aggiorna da solo' },
} as const satisfies Record<string, Sentence>;

export interface HomeView {
  readonly language: Language;
  /** Of the demo workspace only. */
  readonly posts: readonly PostSummary[];
  readonly isSignedIn: boolean;
  /** The visitor may plan the demo's posts again. */
  readonly mayRepeat: boolean;
  readonly isStill: boolean;
}

/** The plain page at `/`, until the desk is built. */
export function homePage({ language, posts, isSignedIn, mayRepeat, isStill }: HomeView): Html {
  const say = (word: keyof typeof words): string => words[word][language];
  const rows = posts.toSorted((one, other) => (one.dueAt ?? '').localeCompare(other.dueAt ?? '')).flatMap((post) => rowsOf(post, language, say));
  const table = html`<table><thead><tr><th scope="col">${say('planned')}</th><th scope="col">${say('channel')}</th><th scope="col">${say('says')}</th><th scope="col">${say('state')}</th></tr></thead><tbody>${rows}</tbody></table>`;
  return html`<h1>Postern</h1><p>${say('lead')}</p>
<nav>${isSignedIn ? html`<a href="/desk/incidents">${say('incidents')}</a><a href="/sign-in/welcome">${say('account')}</a>` : html`<a href="/sign-in">${say('signIn')}</a>`}<a href="/api/docs">${say('api')}</a>${isStill ? html`<a href="/">${say('moving')}</a>` : html`<a href="/?still=1">${say('still')}</a>`}</nav>
<h2>${say('demo')}</h2><p class="note">${say('sandbox')}${isStill ? '' : ` ${say('live')}`}</p>
${mayRepeat ? html`<form method="post" action="/demo"><button>${say('again')}</button></form>` : null}
${rows.length === 0 ? html`<p>${say('empty')}</p>` : table}`;
}

function rowsOf(post: PostSummary, language: Language, say: (word: keyof typeof words) => string): Html[] {
  return post.deliveries.map((delivery) => {
    const name = stateNames[delivery.state as DeliveryState][language];
    const why = delivery.reason && delivery.state !== 'published' ? html`<br><small>${delivery.reason.sentence}</small>` : null;
    // The address comes from a platform: only the web's own kinds become a link.
    const link = delivery.url === null || !/^https?:\/\//.test(delivery.url) ? null : html`<br><a href="${delivery.url}">${say('timeline')}</a>`;
    return html`<tr><td data-name="${say('planned')}"><time datetime="${delivery.dueAt}">${wallWithZone(delivery.dueAt, post.zone ?? 'UTC', language)}</time></td>
<td data-name="${say('channel')}">${delivery.channelName}</td><td data-name="${say('says')}">${firstText(post.content)}</td>
<td data-name="${say('state')}"><strong>${name.charAt(0).toUpperCase()}${name.slice(1)}</strong>${why}${link}</td></tr>`;
  });
}

/** A time of day says nothing without its zone. */
function wallWithZone(at: string, zone: string, language: Language): string {
  const time = DateTime.fromISO(at, { zone }).setLocale(language);
  return `${time.toFormat('d LLL, HH:mm:ss')} (${zone})`;
}

function firstText(content: PostSummary['content']): string {
  const [first, ...rest] = content.parts;
  return `${first?.text ?? ''}${rest.length > 0 ? ` (+${rest.length})` : ''}`;
}
