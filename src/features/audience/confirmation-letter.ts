import { html } from '../../infra/http/html.js';
import { fill, type Language, type Sentence } from '../../infra/http/problem.js';
import type { LetterMail } from '../../infra/mail/letter.js';

const words = {
  subject: { en: 'Please confirm: {list}', it: 'Conferma per favore: {list}' },
  hello: { en: 'Somebody, presumably you, signed this address up for “{list}” of {brand}.', it: 'Qualcuno, presumibilmente tu, ha iscritto questo indirizzo a “{list}” di {brand}.' },
  click: { en: 'If it was you, open this page and press the button:', it: 'Se sei stato tu, apri questa pagina e premi il pulsante:' },
  button: { en: 'To the confirmation', it: 'Vai alla conferma' },
  ignore: { en: 'If it was not you, do nothing: without your confirmation you get no further mail, and your address is deleted after {days} days.', it: 'Se non sei stato tu, non fare nulla: senza la tua conferma non riceverai altri messaggi, e dopo {days} giorni il tuo indirizzo viene cancellato.' },
  agree: { en: 'What you agree to:', it: 'A cosa acconsenti:' },
  knownSubject: { en: 'You are already subscribed: {list}', it: 'Sei già iscritto: {list}' },
  known: { en: 'Somebody, presumably you, signed this address up for “{list}” of {brand}. You are on that list already; there is nothing to do.', it: 'Qualcuno, presumibilmente tu, ha iscritto questo indirizzo a “{list}” di {brand}. Fai già parte di quella lista; non devi fare nulla.' },
  preferences: { en: 'Change what you get, or leave:', it: 'Cambia ciò che ricevi, o cancellati:' },
} as const satisfies Record<string, Sentence>;

export interface Asked {
  readonly language: Language;
  readonly list: string;
  readonly brand: string;
  /** Of the brand, for answers. */
  readonly replyTo: string | null;
  readonly consentText: string;
  /** Of the page that confirms; for somebody already on the list, of their preferences. */
  readonly link: string;
  readonly days: number;
}

/** “Was it really you?” */
export function confirmationLetter({ language, list, brand, replyTo, consentText, link, days }: Asked): LetterMail {
  const say = (word: keyof typeof words): string => fill(words[word][language], { list, brand, days });
  const text = `${say('hello')}\n\n${say('click')}\n${link}\n\n${say('agree')}\n${consentText}\n\n${say('ignore')}\n`;
  const body = html`<p>${say('hello')}</p><p>${say('click')}</p><p><a href="${link}"><strong>${say('button')}</strong></a></p>
<p>${say('agree')}</p><blockquote>${consentText}</blockquote><p><small>${say('ignore')}</small></p>`;
  return { subject: say('subject'), text, html: wrapped(language, body.text), fromName: brand, ...(replyTo !== null && { replyTo: { name: brand, address: replyTo } }) };
}

/** The same answer as to anybody, in the mailbox alone: whoever signs somebody else up learns nothing. */
export function alreadyLetter({ language, list, brand, replyTo, link }: Asked): LetterMail {
  const say = (word: keyof typeof words): string => fill(words[word][language], { list, brand });
  const body = html`<p>${say('known')}</p><p>${say('preferences')} <a href="${link}">${link}</a></p>`;
  return { subject: say('knownSubject'), text: `${say('known')}\n\n${say('preferences')}\n${link}\n`, html: wrapped(language, body.text), fromName: brand, ...(replyTo !== null && { replyTo: { name: brand, address: replyTo } }) };
}

const wrapped = (language: Language, body: string): string => `<!doctype html><html lang="${language}"><body>${body}</body></html>`;
