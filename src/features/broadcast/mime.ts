import { createHash } from 'node:crypto';
import * as qp from 'nodemailer/lib/qp';

/** What one mail to one person has of its own. */
export interface Personal {
  readonly to: string;
  readonly messageId: string;
  readonly date: Date;
  readonly unsubscribeUrl: string;
  readonly preferencesUrl: string;
  readonly list: string;
}

export interface Letterhead {
  readonly fromName: string;
  readonly fromAddress: string;
  readonly replyTo: string | null;
  readonly subject: string;
  readonly html: string;
  readonly plain: string;
  /** Tells lists apart in mailboxes: RFC 2919. */
  readonly listId: string;
  readonly tokens: { readonly unsubscribe: string; readonly preferences: string; readonly list: string };
}

/** Text that is a value of its own: nothing in it ends a header. */
const oneLine = (text: string): string => text.replace(/[\r\n\0]+/g, ' ').trim();

/** RFC 2047, in pieces of whole characters that fit a line; plain ASCII stays readable. */
export function encodedWords(text: string): string {
  const line = oneLine(text);
  if (/^[\x20-\x7e]*$/.test(line) && !line.includes('=?')) return line;
  const pieces: string[] = [];
  let piece = '';
  for (const character of line) {
    if (Buffer.byteLength(piece + character) > 42) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece].map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ');
}

/** Letters and digits alone need no quotes (RFC 5322 atoms); everything else is quoted, or encoded whole. */
const phrase = (name: string): string => {
  const line = oneLine(name);
  if (/^[A-Za-z0-9 ]+$/.test(line)) return line;
  return /^[\x20-\x7e]*$/.test(line) ? `"${line.replace(/["\\]/g, '\\$&')}"` : encodedWords(line);
};

/** Quoted-printable that begins and ends anywhere: lines end in CRLF, each at most 76 long. */
const quoted = (text: string): string => qp.wrap(qp.encode(text), 75).replace(/[ \t]$/, (blank) => (blank === ' ' ? '=20' : '=09'));
/** Between two pieces encoded apart: a line that goes on. */
const join = '=\r\n';

/**
 * Composes a broadcast's mails: what they have in common is encoded once, and each mail is put together from that and a few
 * lines of its own. Composing each anew would cost more than sending it.
 */
export function composer({ fromName, fromAddress, replyTo, subject, html, plain, listId, tokens }: Letterhead): (personal: Personal) => string {
  const boundary = `=_${createHash('sha256').update(html).update(plain).digest('hex').slice(0, 32)}`;
  const head = [
    `From: ${phrase(fromName)} <${oneLine(fromAddress)}>`,
    ...(replyTo === null ? [] : [`Reply-To: ${oneLine(replyTo)}`]),
    `Subject: ${encodedWords(subject)}`,
    'MIME-Version: 1.0',
    `List-Id: <${oneLine(listId)}>`,
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
  ].join('\r\n');
  const part = (type: string): string => `--${boundary}\r\nContent-Type: text/${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`;
  const names = Object.entries(tokens) as [keyof typeof tokens, string][];
  const plainPieces = cut(plain.replace(/\r?\n/g, '\r\n'), names);
  const htmlPieces = cut(html.replace(/\r?\n/g, '\r\n'), names);
  return ({ to, messageId, date, unsubscribeUrl, preferencesUrl, list }) => {
    const values = { unsubscribe: quoted(unsubscribeUrl), preferences: quoted(preferencesUrl), list: quoted(list) };
    const inHtml = { ...values, list: quoted(list.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)) };
    const own = `To: ${oneLine(to)}\r\nMessage-ID: <${messageId}>\r\nDate: ${date.toUTCString().replace('GMT', '+0000')}\r\nList-Unsubscribe: <${unsubscribeUrl}>\r\n`;
    return `${own}${head}\r\n\r\n${part('plain')}${put(plainPieces, values)}\r\n${part('html')}${put(htmlPieces, inHtml)}\r\n--${boundary}--\r\n`;
  };
}

type Values<Name extends string> = Readonly<Record<Name, string>>;
interface Pieces<Name extends string> {
  readonly first: string;
  readonly rest: readonly { readonly name: Name; readonly then: string }[];
}

function cut<Name extends string>(text: string, names: readonly (readonly [Name, string])[]): Pieces<Name> {
  const [first = '', ...others] = text.split(new RegExp(`(${names.map(([, token]) => token).join('|')})`));
  const rest: { name: Name; then: string }[] = [];
  for (let i = 0; i < others.length; i += 2) {
    const name = names.find(([, token]) => token === others[i])?.[0];
    if (name !== undefined) rest.push({ name, then: quoted(others[i + 1] ?? '') });
  }
  return { first: quoted(first), rest };
}

function put<Name extends string>({ first, rest }: Pieces<Name>, values: Values<Name>): string {
  let text = first;
  for (const { name, then } of rest) text += join + values[name] + join + then;
  return text;
}
