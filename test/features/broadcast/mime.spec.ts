import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ParsedMail, simpleParser } from 'mailparser';
import { tokens } from '../../../src/features/broadcast/issue.js';
import { composer, encodedWords } from '../../../src/features/broadcast/mime.js';

const link = (what: string): string => `https://postern.example/public/${what}/${'k'.repeat(40)}`;
const compose = composer({
  fromName: 'Caffè "Aurora", Roma', fromAddress: 'ciao@bar.example', replyTo: 'anna@bar.example', subject: 'Più caffè, meno pensieri: l’offerta di novembre per chi è già iscritto 🎉',
  html: `<p>${'Perché no? '.repeat(40)} </p><a href="${tokens.unsubscribe}">via</a> <a href="${tokens.preferences}">scelte</a> ${tokens.list}\n.\n..end`,
  plain: `Ciao\n.\nè: ${tokens.unsubscribe}\n${tokens.list} \nfine`, listId: 'l1.bar.example', tokens,
});
const raw = compose({
  to: 'bea@example.com', messageId: 'k@bar.example', date: new Date('2026-11-23T08:00:00Z'), unsubscribeUrl: link('u'), preferencesUrl: link('p'), list: 'Amici & "co"',
});
let mail: ParsedMail;
beforeAll(async () => {
  mail = await simpleParser(raw);
});

describe('A composed mail', () => {
  it('says what it was given', () => {
    expect(mail.subject).toBe('Più caffè, meno pensieri: l’offerta di novembre per chi è già iscritto 🎉');
    expect(mail.from?.value).toEqual([{ name: 'Caffè "Aurora", Roma', address: 'ciao@bar.example' }]);
    expect({ to: mail.to, replyTo: mail.replyTo?.text, messageId: mail.messageId, date: mail.date }).toMatchObject({
      to: { text: 'bea@example.com' }, replyTo: 'anna@bar.example', messageId: '<k@bar.example>', date: new Date('2026-11-23T08:00:00Z'),
    });
    expect(mail.html).toContain(`<a href="${link('u')}">via</a> <a href="${link('p')}">scelte</a> Amici &#38; &#34;co&#34;`);
    expect(mail.html).toContain('Perché no? '.repeat(40));
    expect(mail.text).toBe(`Ciao\n.\nè: ${link('u')}\nAmici & "co" \nfine`);
  });

  it('can be left with one click', () => {
    expect(raw).toContain(`List-Unsubscribe: <${link('u')}>\r\n`);
    expect(raw).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n');
    expect(raw).not.toMatch(/feedback-id/i);
  });

  it('has no line that is too long, and none but CRLF ends one', () => {
    const [head = '', ...body] = raw.split('\r\n\r\n');
    expect(Math.max(...head.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
    expect(Math.max(...body.join('\r\n\r\n').split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(76);
    expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('holds what is written into a header to that header', () => {
    const evil = composer({ fromName: 'A\r\nBcc: all@example.com', fromAddress: 'a@b.example', replyTo: null, subject: 'x\r\nBcc: all@example.com', html: '', plain: '', listId: 'l', tokens });
    expect(evil({ to: 'b@example.com\r\nBcc: all@example.com', messageId: 'm', date: new Date(0), unsubscribeUrl: 'u', preferencesUrl: 'p', list: '' })).not.toMatch(/^Bcc:/m);
  });
});

it('cuts long subjects between characters, never in one', () => {
  const words = encodedWords('🎉è'.repeat(60));
  expect(Buffer.concat([...words.matchAll(/=\?UTF-8\?B\?([^?]*)\?=/g)].map(([, part = '']) => Buffer.from(part, 'base64'))).toString()).toBe('🎉è'.repeat(60));
  for (const line of words.split('\r\n')) expect(line.length).toBeLessThanOrEqual(76);
});
