import { type Html, html } from '../../infra/http/html.js';
import type { Language, Sentence } from '../../infra/http/problem.js';
import type { ClientNotice } from '../notifications/client-notice.schema.js';

export interface ClientNoticesView {
  readonly language: Language;
  /** Of the page: forms and links go there. */
  readonly here: string;
  readonly workspaceId: string;
  /** Those that wait for a yes. */
  readonly clientNotices: readonly ClientNotice[];
  /** Managers say yes or no. */
  readonly mayDecide: boolean;
  /** The notice that stands open to be rewritten. */
  readonly change: string | undefined;
}

const words = {
  heading: { en: 'Clients wait for your word', it: 'Clienti da avvisare' },
  about: { en: 'Nothing of this is sent before you say so.', it: 'Niente di questo viene inviato prima del tuo sì.' },
  others: { en: 'Nothing of this is sent before a manager says so.', it: 'Niente di questo viene inviato prima del sì di un gestore.' },
  opening: { en: 'that it began', it: 'l’inizio' },
  end: { en: 'that it is over', it: 'la fine' },
  send: { en: 'Send it', it: 'Invia' },
  edit: { en: 'Change it…', it: 'Modifica…' },
  drop: { en: 'Don’t send', it: 'Non inviare' },
  dropSure: { en: 'Yes, don’t send it', it: 'Sì, non inviarlo' },
  subject: { en: 'Subject', it: 'Oggetto' },
  text: { en: 'Text', it: 'Testo' },
  save: { en: 'Save, without sending it', it: 'Salva, senza inviare' },
  leave: { en: 'Leave it as it is', it: 'Lascia com’è' },
} as const satisfies Record<string, Sentence>;

/** What clients would read, with a yes and a no beside it; nothing where none waits. */
export function clientNoticesSection(view: ClientNoticesView): Html | null {
  const { clientNotices, mayDecide, language } = view;
  if (clientNotices.length === 0) return null;
  return html`<section id="client-notices"><h2>${words.heading[language]} (${clientNotices.length})</h2><p>${words[mayDecide ? 'about' : 'others'][language]}</p>
${clientNotices.map((notice) => articleOf(notice, view))}</section>`;
}

function articleOf(notice: ClientNotice, view: ClientNoticesView): Html {
  const { id, clientName, kind, subject, text } = notice;
  const { language, mayDecide, change } = view;
  const heading = html`<h3>${clientName} <small>(${words[kind][language]})</small></h3>`;
  if (mayDecide && change === id) return html`<article id="n-${id}">${heading}${rewriting(notice, view)}</article>`;
  return html`<article id="n-${id}">${heading}<p><strong>${subject}</strong></p><p class="letter">${text}</p>${mayDecide ? acts(notice, view) : null}</article>`;
}

function acts(notice: ClientNotice, view: ClientNoticesView): Html {
  const { here, workspaceId, language } = view;
  return html`<form method="post" action="${here}">${hidden('notice-send', notice, view)}<button>${words.send[language]}</button></form>
<a href="${here}?workspaceId=${workspaceId}&change=${notice.id}#n-${notice.id}">${words.edit[language]}</a>
<details><summary>${words.drop[language]}</summary><form method="post" action="${here}">${hidden('notice-drop', notice, view)}<button>${words.dropSure[language]}</button></form></details>`;
}

/** On a page that does not refresh itself. */
function rewriting(notice: ClientNotice, view: ClientNoticesView): Html {
  const { here, workspaceId, language } = view;
  return html`<form method="post" action="${here}">${hidden('notice-edit', notice, view)}<label>${words.subject[language]}<input name="subject" required maxlength="200" value="${notice.subject}"></label>
<label>${words.text[language]}<textarea name="text" rows="16" maxlength="5000" required>${notice.text}</textarea></label><button>${words.save[language]}</button></form>
<a href="${here}?workspaceId=${workspaceId}#n-${notice.id}">${words.leave[language]}</a>`;
}

function hidden(act: string, { id, version }: ClientNotice, { workspaceId }: ClientNoticesView): Html {
  return html`<input type="hidden" name="act" value="${act}"><input type="hidden" name="workspaceId" value="${workspaceId}"><input type="hidden" name="noticeId" value="${id}"><input type="hidden" name="version" value="${version}">`;
}

export const clientNoticeRules = '.letter { white-space: pre-line; background: var(--soft); padding: .5rem 1rem; overflow-wrap: anywhere; }';
