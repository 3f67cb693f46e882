import { withUtm, type UtmRule } from '../../core/utm.js';
import type { Language } from '../../infra/http/problem.js';
import type { IssueContent } from './broadcast.schema.js';
import { sayIn } from './issue-words.js';
import { compile, type TemplateFault } from './mjml.js';

/** Stands where each recipient has something of their own. Plain letters, so that no compiler touches them. */
export const tokens = { unsubscribe: 'xPOSTERNxUNSUBSCRIBEx', preferences: 'xPOSTERNxPREFERENCESx', list: 'xPOSTERNxLISTx' } as const;

/** One of several posts that share a mail. */
export interface Piece {
  readonly subject: string;
  readonly content: IssueContent;
  /** The address of its n-th picture. */
  readonly pictureUrl: (n: number) => string;
}

export interface Issue extends Piece {
  readonly language: Language;
  readonly brand: string;
  readonly preheader: string;
  /** What it says after its own, in this order; left out: nothing. */
  readonly also?: readonly Piece[];
  readonly imprint: string;
  readonly mjml: string;
  /** Of the broadcast, for the marks of links. */
  readonly id: string;
  readonly utm: UtmRule | null;
  /** Where everybody may read it. */
  readonly webUrl: string;
}

export interface Rendered {
  /** With `tokens` in it. */
  readonly html: string;
  readonly plain: string;
  /** Without anything of a recipient. */
  readonly webHtml: string;
}

export const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** What a recipient gets, and what everybody may read. Lines of faults are those of the template. */
export async function render(issue: Issue): Promise<Rendered | { readonly faults: readonly TemplateFault[] }> {
  const missing = ['content', 'footer'].filter((place) => !issue.mjml.includes(`{{${place}}}`));
  if (missing.length > 0) return { faults: missing.map((place) => ({ line: null, detail: `{{${place}}} is missing: put it inside an mj-column` })) };
  const [mail, web] = [await compile(filled(issue, footerOf(issue))), await compile(filled(issue, imprintOf(issue)))];
  if ('faults' in mail) return mail;
  if ('faults' in web) return web;
  return { html: mail.html, webHtml: web.html, plain: plainOf(issue) };
}

/** On one line each, so that the lines of the template stay what they are. */
function filled(issue: Issue, footer: string): string {
  const places: Readonly<Record<string, string>> = {
    subject: escaped(issue.subject), preheader: escaped(issue.preheader), brand: escaped(issue.brand), content: contentOf(issue), footer,
  };
  return issue.mjml.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => places[name] ?? whole);
}

const hrefOf = ({ utm, id }: Issue, url: string): string => escaped(withUtm(url, utm, id));

function contentOf(issue: Issue): string {
  const { also = [] } = issue;
  if (also.length === 0) return pieceOf(issue, issue);
  return [issue, ...also].map((piece) => headOf(piece) + pieceOf(issue, piece)).join('<mj-divider border-width="1px" border-color="#dddddd" padding="20px 0" />');
}

/** What its author called it, unless the text begins with that. */
const headOf = (piece: Piece): string => (hasHead(piece) ? `<mj-text font-weight="bold">${escaped(piece.subject)}</mj-text>` : '');
const hasHead = ({ subject, content }: Piece): boolean => !content.text.trim().startsWith(subject.replace(/…$/, '').trim());

function pieceOf(issue: Issue, { content, pictureUrl }: Piece): string {
  const { text, media, link } = content;
  const paragraphs = text.split(/\n{2,}/).filter((part) => part.trim() !== '').map((part) => `<mj-text>${lines(issue, part.trim())}</mj-text>`);
  const pictures = media.map(({ alt }, n) => `<mj-image src="${escaped(pictureUrl(n))}" alt="${escaped(alt)}" />`);
  const button = link === null ? [] : [`<mj-button href="${hrefOf(issue, link.url)}">${escaped(link.title === '' ? sayIn(issue.language)('link') : link.title)}</mj-button>`];
  return [...pictures.slice(0, 1), ...paragraphs, ...pictures.slice(1), ...button].join('').replaceAll('\n', ' ');
}

/** Addresses in the text become links. */
function lines(issue: Issue, text: string): string {
  return text.split('\n').map((line) => line.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/u).map((piece, i) => (i % 2 === 0 ? escaped(piece) : `<a href="${hrefOf(issue, piece)}">${escaped(piece)}</a>`)).join('')).join('<br />');
}

const small = (content: string): string => `<mj-text align="center" font-size="12px" color="#595959">${content}</mj-text>`;

function imprintOf({ imprint }: Issue): string {
  return small(imprint.split('\n').map(escaped).join('<br />'));
}

function footerOf(issue: Issue): string {
  const say = sayIn(issue.language);
  const link = (href: string, text: string): string => `<a href="${href}" style="color:#595959">${escaped(text)}</a>`;
  return [
    small(escaped(say('why', { list: tokens.list, brand: issue.brand }))),
    small([link(tokens.unsubscribe, say('unsubscribe')), link(tokens.preferences, say('preferences')), link(escaped(issue.webUrl), say('web'))].join(' · ')),
    imprintOf(issue),
  ].join('');
}

function plainOf(issue: Issue): string {
  const say = sayIn(issue.language);
  const { also = [] } = issue;
  return [
    ...(also.length === 0 ? plainPiece(issue, issue) : [issue, ...also].flatMap((piece, at) => [...(at === 0 ? [] : ['* * *']), ...(hasHead(piece) ? [piece.subject] : []), ...plainPiece(issue, piece)])),
    '-- ',
    say('why', { list: tokens.list, brand: issue.brand }),
    `${say('unsubscribe')}: ${tokens.unsubscribe}\n${say('preferences')}: ${tokens.preferences}\n${say('web')}: ${issue.webUrl}`,
    issue.imprint,
  ].filter((part) => part !== '').join('\n\n');
}

function plainPiece(issue: Issue, { content: { text, media, link }, pictureUrl }: Piece): readonly string[] {
  return [
    text.trim(),
    ...media.map(({ alt }, n) => [alt, pictureUrl(n)].filter((part) => part !== '').join('\n')),
    ...(link === null ? [] : [[link.title, withUtm(link.url, issue.utm, issue.id)].filter((part) => part !== '').join('\n')]),
  ];
}
