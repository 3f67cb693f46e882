import type { Response } from 'express';
import { PAGE_POLICY } from './headers.js';
import type { Language } from './problem.js';

/** A piece of a page: text in it stands escaped. */
export class Html {
  constructor(readonly text: string) {}
}

type Piece = string | number | Html | null | readonly Html[];

/** Writes HTML. Whatever is filled in is escaped, unless it is a piece of HTML itself: html`<b>${name}</b>`. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(parts.map((part, i) => part + render(pieces[i] ?? null)).join(''));
}

function render(piece: Piece): string {
  if (piece === null) return '';
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'object') return piece.map((inner) => inner.text).join('');
  return escape(String(piece));
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

export interface PageParts {
  readonly language: Language;
  readonly title: string;
  readonly body: Html;
  /** Loads itself again after so many seconds. */
  readonly refreshSeconds?: number;
  /** Instead of itself: where it goes then. */
  readonly refreshTo?: string;
  /** Further lines of the head. */
  readonly head?: Html;
  /** Further rules of style, ours: they are not escaped. */
  readonly rules?: string;
  /** Instead of PAGE_POLICY. */
  readonly policy?: string;
}

/** Sends a page of ours: no script, readable on a phone, forms only to ourselves. */
export function sendPage(response: Response, status: number, { language, title, body, refreshSeconds, refreshTo, head, rules, policy }: PageParts): void {
  const refresh = refreshSeconds === undefined ? null : html`<meta http-equiv="refresh" content="${refreshSeconds}${refreshTo === undefined ? '' : `;url=${refreshTo}`}">`;
  const page = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${refresh}${head ?? null}
<link rel="icon" href="${icon}"><title>${title}</title><style>${new Html(style + (rules ?? ''))}</style></head><body><main>${body}</main></body></html>
`;
  response.setHeader('Content-Security-Policy', policy ?? PAGE_POLICY);
  response.status(status).type('html').send(page.text);
}

/** A back gate: drawn here, so that no page asks for a file. */
const icon = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M2 16V7a6 6 0 0 1 12 0v9h-3V7a3 3 0 0 0-6 0v9z" fill="#0b57d0"/></svg>')}`;

const style = `
:root { color-scheme: light dark; --line: #8886; --accent: #0b57d0; --soft: #8881; }
@media (prefers-color-scheme: dark) { :root { --accent: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: .5rem 0; }
h2 { font-size: 1.2rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
.note { background: var(--soft); border-left: 4px solid var(--accent); padding: .5rem 1rem; }
form { display: grid; gap: .75rem; max-width: 24rem; margin: 1rem 0; }
label { display: grid; gap: .25rem; }
input { font: inherit; padding: .5rem; border: 1px solid var(--line); border-radius: .25rem; width: 100%; }
button { font: inherit; padding: .6rem 1rem; border: 0; border-radius: .25rem; background: var(--accent); color: Canvas; cursor: pointer; }
nav { display: flex; flex-wrap: wrap; gap: .5rem 1rem; margin: 1rem 0; }
.error { border-left: 4px solid #c5221f; padding: .5rem 1rem; background: var(--soft); }
@media (max-width: 40rem) {
  table, tbody, tr, td { display: block; } thead { position: absolute; left: -999rem; } tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  td { border: 0; padding: .1rem 0; overflow-wrap: anywhere; } td[data-name]::before { content: attr(data-name) ": "; opacity: .7; }
}
`;
