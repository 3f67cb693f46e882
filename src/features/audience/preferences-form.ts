import { type Html, html } from '../../infra/http/html.js';
import type { Language } from '../../infra/http/problem.js';
import type { Choice, Preferences } from './preferences.service.js';
import { sayIn } from './public-words.js';
import { languageNames } from './sign-up-form.js';

export function preferencesForm({ person, choices, isBarred }: Preferences, { path, language }: { readonly path: string; readonly language: Language }): Html {
  const say = sayIn(language);
  const { address, brand } = person;
  const languages = (['en', 'it'] as const).map((each) => html`<label lang="${each}"><span><input type="radio" name="language" value="${each}"${each === person.language ? html` checked` : null}> ${languageNames[each]}</span></label>`);
  return html`${isBarred ? html`<p class="note">${say('barred', { brand })}</p>` : null}
<form method="post" action="${path}"><p>${say('preferencesText', { address, brand })}</p><p><small>${say('agreeBox')}</small></p>${choices.map(choiceOf)}
<fieldset><legend>${say('language')}</legend>${languages}</fieldset>
<p><small>${say('nothingElse', { brand })}</small></p><button>${say('save')}</button></form>
<nav><a href="${path}/erase?language=${language}">${say('eraseTitle')}</a></nav>`;
}

function choiceOf({ listId, name, purpose, consentText, textLanguage, isOn }: Choice): Html {
  return html`<div><label><span><input type="checkbox" name="lists" value="${listId}"${isOn ? html` checked` : null}> <strong>${name}</strong></span></label>
<details lang="${textLanguage}"><summary>${purpose}</summary><p class="consent">${consentText}</p></details></div>`;
}
