import { type Html, html } from './html.js';

/** Where people are sent: each null where there is none. */
export interface ContactWays {
  readonly label: string;
  /** http or https. */
  readonly url: string | null;
  readonly email: string | null;
  /** International, e.g. +390612345678. */
  readonly phone: string | null;
}

/** “Shop: shop.example, ciao@shop.example, +39061234567”, each a link. */
export function contactLinks({ label, url, email, phone }: ContactWays): Html {
  const ways = [
    ...(url !== null && /^https?:\/\//.test(url) ? [linkOf(url, url.replace(/^https?:\/\/(www\.)?|\/$/g, ''))] : []),
    ...(email === null ? [] : [linkOf(`mailto:${email}`, email)]),
    ...(phone === null ? [] : [linkOf(`tel:${phone}`, phone)]),
  ];
  return html`${label === '' ? '' : `${label}: `}${ways.map((way, i) => (i === 0 ? way : html`, ${way}`))}`;
}

function linkOf(href: string, text: string): Html {
  return html`<a href="${href}" rel="noopener">${text}</a>`;
}
