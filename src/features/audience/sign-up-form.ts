import { type Html, html } from '../../infra/http/html.js';
import type { Language, Sentence } from '../../infra/http/problem.js';
import type { List } from './list.schema.js';
import { HONEYPOT } from './sign-up.schema.js';

const words = {
  email: { en: 'E-mail', it: 'E-mail' },
  name: { en: 'Name (not needed)', it: 'Nome (facoltativo)' },
  language: { en: 'Language', it: 'Lingua' },
  agree: { en: 'I agree:', it: 'Acconsento:' },
  button: { en: 'Sign up', it: 'Iscriviti' },
  trap: { en: 'Leave this empty', it: 'Lascia vuoto' },
} as const satisfies Record<string, Sentence>;

export const languageNames: Sentence = { en: 'English', it: 'Italiano' };

/** What a form shows of a list. */
export type FormList = Pick<List, 'name' | 'consentText'> & { readonly language: Language };

interface FormTerms {
  readonly action: string;
  readonly language: Language;
  /** What was entered before, when it has to be entered again. */
  readonly entered?: { readonly address: string; readonly name: string };
}

/** The form alone: no script, no cookie, no style of ours but what hides the trap. The address in it is public. */
export function signUpForm({ consentText, language: textLanguage }: FormList, { action, language, entered = { address: '', name: '' } }: FormTerms): Html {
  const say = (word: keyof typeof words): string => words[word][language];
  return html`<form method="post" action="${action}" accept-charset="utf-8" lang="${language}">
<label>${say('email')} <input name="address" type="email" autocomplete="email" maxlength="254" required value="${entered.address}"></label>
<label>${say('name')} <input name="name" autocomplete="name" maxlength="100" value="${entered.name}"></label>
<div style="position:absolute;left:-9999px" aria-hidden="true"><label>${say('trap')} <input name="${HONEYPOT}" tabindex="-1" autocomplete="off"></label></div>
<input type="hidden" name="language" value="${language}">
<label><span><input type="checkbox" name="consent" value="yes" required style="width:auto"> ${say('agree')}</span> <span lang="${textLanguage}" style="white-space:pre-line">${consentText}</span></label>
<button>${say('button')}</button>
</form>`;
}

/** The same for another site's page, posting to ours. */
export function embeddedForm(list: List, language: Language): string {
  return signUpForm(list, { action: list.signUpLink, language }).text;
}
