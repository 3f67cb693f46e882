import { fill, type Language, type Params, problems } from '../../infra/http/problem.js';
import { Html, html } from '../../infra/http/html.js';
import type { ClientNoticeKind, Wording } from './client-notice.schema.js';

const ofBoth = ['agency', 'client', 'platforms', 'since'] as const;

/** What may stand in a notice, by kind: in its subject what is one line, in its text all. */
const inSubject = { opening: [...ofBoth, 'count'], end: [...ofBoth, 'until'] } as const;
export const placeholders: Readonly<Record<ClientNoticeKind, readonly string[]>> = {
  opening: [...inSubject.opening, 'cause', 'posts', 'page', 'nextWord', 'contact'],
  end: [...inSubject.end, 'tally', 'page', 'contact'],
};

const fail = problems({
  'placeholder-unknown': {
    status: 400,
    en: 'The {field} holds {unknown}, which we cannot fill in. There may stand: {allowed}.',
    it: 'Nel campo «{field}» c’è {unknown}, che non sappiamo riempire. Possono esserci: {allowed}.',
  },
});

/** Our own texts: what a client reads unless the agency writes others. */
export const defaultWordings: Readonly<Record<Language, Readonly<Record<ClientNoticeKind, Wording>>>> = {
  en: {
    opening: {
      subject: 'Disruption on {platforms}: what happens to your posts',
      text: `Hello,

since {since} we cannot publish on {platforms}. {cause}

This is what it touches in the next 24 hours, and what happens to it:

{posts}

You need not do anything. Your page says at any time how each post stands:
{page}

Next word: on that page by {nextWord}. We write to you when it is over.

For anything else: {contact}

{agency}`,
    },
    end: {
      subject: '{platforms}: it is over, and what became of your posts',
      text: `Hello,

we can publish on {platforms} again. The disruption lasted from {since} to {until}.

What became of your posts:

{tally}

The report, with a link to each post that is out:
{page}

For anything else: {contact}

{agency}`,
    },
  },
  it: {
    opening: {
      subject: 'Disservizio su {platforms}: che cosa succede ai post',
      text: `Buongiorno,

dalle {since} non riusciamo a pubblicare su {platforms}. {cause}

Ecco che cosa riguarda nelle prossime 24 ore, e che cosa ne sarà:

{posts}

Non occorre fare nulla. Questa pagina dice in ogni momento a che punto è ogni post:
{page}

Prossimo aggiornamento: su quella pagina, entro le {nextWord}. Quando sarà finito vi scriveremo.

Per ogni altra cosa: {contact}

{agency}`,
    },
    end: {
      subject: '{platforms}: è finito, ecco che ne è stato dei post',
      text: `Buongiorno,

possiamo di nuovo pubblicare su {platforms}. Il disservizio è durato dalle {since} alle {until}.

Che ne è stato dei post:

{tally}

Il resoconto, con il link a ogni post uscito:
{page}

Per ogni altra cosa: {contact}

{agency}`,
    },
  },
};

/** The same for maintenance, which is no disruption. Why it cannot be published stands in `cause`. */
export const maintenanceWordings: typeof defaultWordings = {
  en: {
    opening: { ...defaultWordings.en.opening, subject: 'Maintenance on {platforms}: what happens to your posts' },
    end: { ...defaultWordings.en.end, text: defaultWordings.en.end.text.replace('The disruption', 'The maintenance') },
  },
  it: {
    opening: { ...defaultWordings.it.opening, subject: 'Manutenzione su {platforms}: che cosa succede ai post' },
    end: { ...defaultWordings.it.end, text: defaultWordings.it.end.text.replace('Il disservizio è durato', 'La manutenzione è durata') },
  },
};

/** @throws DomainError placeholder-unknown (400), which names those allowed there */
export function assertFillable(kind: ClientNoticeKind, { subject, text }: Partial<Wording>): void {
  const fields = [
    { field: { en: 'subject', it: 'oggetto' }, value: subject, allowed: inSubject[kind] as readonly string[] },
    { field: { en: 'text', it: 'testo' }, value: text, allowed: placeholders[kind] },
  ];
  for (const { field, value = '', allowed } of fields) {
    // Whatever stands in braces was meant to be filled in, also when it is misspelt.
    const unknown = [...value.matchAll(/\{([^{}\n]*)\}/g)].map(([whole, name]) => (allowed.includes(name ?? '') ? null : whole)).find((found) => found !== null);
    if (unknown !== undefined) throw fail('placeholder-unknown', { field, unknown, allowed: allowed.map((name) => `{${name}}`).join(', ') });
  }
}

export function writeNotice(wording: Wording, params: Params): Wording {
  return { subject: fill(wording.subject, params).replace(/\s+/g, ' ').trim(), text: fill(wording.text, params).trim() };
}

/** The text as HTML: paragraphs, and links that can be followed; above it the agency's logo, if it has one. */
export function htmlOf(text: string, { agency, language, hasLogo }: { readonly agency: string; readonly language: Language; readonly hasLogo: boolean }): string {
  const paragraphs = text.split(/\n{2,}/).map((paragraph) => html`<p style="margin:0 0 1em">${paragraph.split('\n').flatMap((line, i) => [...(i > 0 ? [html`<br>`] : []), linked(line)])}</p>`);
  const logo = hasLogo ? html`<p style="margin:0 0 1.5em"><img src="cid:logo" alt="${agency}" style="max-width:16rem;max-height:5rem"></p>` : null;
  return html`<!doctype html><html lang="${language}"><head><meta charset="utf-8"></head><body style="font:16px/1.5 sans-serif;max-width:40rem;margin:0 auto;padding:1rem">${logo}${paragraphs}</body></html>`.text;
}

function linked(line: string): Html {
  const pieces = line.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]»”])/g);
  return html`${pieces.map((piece, i) => (i % 2 === 1 ? html`<a href="${piece}">${piece}</a>` : html`${piece}`))}`;
}
