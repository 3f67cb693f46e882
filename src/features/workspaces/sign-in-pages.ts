import { type Html, html } from '../../infra/http/html.js';
import type { Language, Sentence } from '../../infra/http/problem.js';
import type { Me } from './user.schema.js';
import { isPlaceholder } from './users.service.js';

const words = {
  signIn: { en: 'Sign in', it: 'Accedi' },
  email: { en: 'E-mail', it: 'E-mail' },
  password: { en: 'Password', it: 'Password' },
  newPassword: { en: 'New password (12 characters or more)', it: 'Nuova password (almeno 12 caratteri)' },
  name: { en: 'Your name', it: 'Il tuo nome' },
  save: { en: 'Save', it: 'Salva' },
  signOut: { en: 'Sign out', it: 'Esci' },
  noPassword: { en: 'No password, or forgotten? An owner of your workspace, or the operator, can make you a one-time link.', it: 'Non hai una password, o l’hai dimenticata? Un proprietario del tuo workspace, o l’operatore, può crearti un link monouso.' },
  spent: { en: 'This link was used already, has run out, or never was. Ask whoever sent it for a new one, or sign in with your password.', it: 'Questo link è già stato usato, è scaduto o non è mai esistito. Chiedine uno nuovo a chi te l’ha inviato, o accedi con la password.' },
  once: { en: 'The link works once.', it: 'Il link funziona una sola volta.' },
  signedIn: { en: 'You are signed in', it: 'Hai effettuato l’accesso' },
  setPassword: { en: 'Set a password, to come back without a link', it: 'Imposta una password, per tornare senza link' },
  workspaces: { en: 'Your workspaces', it: 'I tuoi workspace' },
  saved: { en: 'Saved.', it: 'Salvato.' },
  api: { en: 'API documentation', it: 'Documentazione dell’API' },
  home: { en: 'Home', it: 'Pagina iniziale' },
} as const satisfies Record<string, Sentence>;

export type Say = (word: keyof typeof words) => string;
export const sayIn = (language: Language): Say => (word) => words[word][language];

const trouble = (message: string | null): Html | null => (message === null ? null : html`<p class="error" role="alert">${message}</p>`);

/** `next`: where to go then, a page of the desk. */
export function signInForm(say: Say, message: string | null, { email = '', next }: { readonly email?: string; readonly next?: string | undefined } = {}): Html {
  return html`<h1>Postern</h1>${trouble(message)}
<form method="post" action="/sign-in${next === undefined ? '' : `?next=${encodeURIComponent(next)}`}">
<label>${say('email')}<input name="email" type="email" autocomplete="username" required value="${email}"></label>
<label>${say('password')}<input name="password" type="password" autocomplete="current-password" required></label>
<button>${say('signIn')}</button></form><p>${say('noPassword')}</p><nav><a href="/">${say('home')}</a></nav>`;
}

/** Opening a link only asks: mail scanners and previews open links too. */
export function linkPage(say: Say, token: string, person: { name: string; email: string } | null): Html {
  if (!person) return html`<h1>Postern</h1>${trouble(say('spent'))}<nav><a href="/sign-in">${say('signIn')}</a></nav>`;
  const who = isPlaceholder(person.email) ? '' : ` · ${person.name}`;
  return html`<h1>Postern${who}</h1>
<form method="post" action="/sign-in/${token}"><button>${say('signIn')}</button></form><p>${say('once')}</p>`;
}

export function welcomePage(say: Say, me: Me, message: { kind: 'error' | 'saved'; text: string } | null): Html {
  const email = isPlaceholder(me.email)
    ? html`<label>${say('name')}<input name="name" autocomplete="name" required maxlength="100"></label>
<label>${say('email')}<input name="email" type="email" autocomplete="username" required></label>`
    : html`<input type="hidden" name="username" autocomplete="username" value="${me.email}">`;
  const items = me.workspaces.map(({ name, role, workspaceId }) => html`<li>${name} (${role}) <code>${workspaceId}</code></li>`);
  return html`<h1>${say('signedIn')}${isPlaceholder(me.email) ? '' : `, ${me.name}`}</h1>
${message && (message.kind === 'error' ? trouble(message.text) : html`<p class="note" role="status">${message.text}</p>`)}
<h2>${say('setPassword')}</h2>
<form method="post" action="/sign-in/welcome">${email}
<label>${say('newPassword')}<input name="password" type="password" autocomplete="new-password" minlength="12" maxlength="200" required></label>
<button>${say('save')}</button></form>
<h2>${say('workspaces')}</h2><ul>${items}</ul>
<nav><a href="/">${say('home')}</a><a href="/api/docs">${say('api')}</a></nav>
<form method="post" action="/sign-out"><button>${say('signOut')}</button></form>`;
}
