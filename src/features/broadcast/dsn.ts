import { createHash } from 'node:crypto';
import { type Attachment, simpleParser } from 'mailparser';
import { findMailRefs, type MailRef } from './verp.js';

/** A report that a mail did not arrive, or was complained of. */
export interface Report {
  /** The same for the same report, however often it is read. */
  readonly id: string;
  readonly kind: 'bounce' | 'complaint';
  /** Of a mail of ours, by its return path or its Message-ID; empty = we cannot tell whose. */
  readonly refs: readonly MailRef[];
  /** RFC 3463, e.g. 5.1.1; '' when it tells none. */
  readonly status: string;
  readonly detail: string;
}

/**
 * Reads a delivery status notification (RFC 3464) or a complaint (RFC 5965). What only says that it is late, or that it
 * arrived, is no report; nor is any other mail, such as an answer of somebody who is away.
 * @returns null for those
 */
export async function readReport(raw: Buffer): Promise<Report | null> {
  const mail = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, keepDeliveryStatus: true });
  const parts = mail.attachments;
  const status = textOf(parts.find(({ contentType }) => /^message\/(global-)?delivery-status$/.test(contentType)));
  const complaint = textOf(parts.find(({ contentType }) => contentType === 'message/feedback-report'));
  if (status === null && complaint === null) return null;
  const action = fieldOf(status ?? '', 'Action').toLowerCase();
  if (complaint === null && action !== 'failed') return null;
  const returned = textOf(parts.find(({ contentType }) => /^(message\/rfc822|text\/rfc822-headers|message\/global(-headers)?)$/.test(contentType))) ?? '';
  // Where it came to, then what it brings back: a server that keeps neither tells us nothing.
  const recipients = ['to', 'delivered-to', 'x-original-to', 'envelope-to'].flatMap((name) => headerOf(raw, name));
  const messageIds = [...headerOf(Buffer.from(returned), 'message-id'), fieldOf(complaint ?? '', 'Original-Mail-From'), ...headerOf(Buffer.from(returned), 'return-path')];
  return {
    id: mail.messageId ?? createHash('sha256').update(raw).digest('hex'), kind: complaint === null ? 'bounce' : 'complaint',
    refs: unique(findMailRefs([...recipients, ...messageIds])),
    status: fieldOf(status ?? '', 'Status').replace(/[^\d.].*$/, ''), detail: (fieldOf(status ?? '', 'Diagnostic-Code') || fieldOf(complaint ?? '', 'Feedback-Type')).slice(0, 500),
  };
}

const textOf = (part: Attachment | undefined): string | null => (part === undefined ? null : part.content.toString('utf8'));

/** The first of this name; its lines may be folded. */
function fieldOf(text: string, name: string): string {
  const match = new RegExp(`^${name}:[ \\t]*(.*(?:\\r?\\n[ \\t].*)*)`, 'im').exec(text);
  return (match?.[1] ?? '').replace(/\r?\n[ \t]+/g, ' ').trim();
}

/** Every one of this name in the head of a mail. */
function headerOf(raw: Buffer, name: string): readonly string[] {
  const head = raw.toString('latin1').split(/\r?\n\r?\n/)[0] ?? '';
  return [...head.matchAll(new RegExp(`^${name}:[ \\t]*(.*(?:\\r?\\n[ \\t].*)*)`, 'gim'))].map(([, value = '']) => value);
}

const unique = (refs: readonly MailRef[]): readonly MailRef[] => [...new Map(refs.map((ref) => [`${ref.number}.${ref.subscriberId}`, ref])).values()];
