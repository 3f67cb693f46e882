import { createHash, createPublicKey, createVerify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { tokens } from '../../../src/features/broadcast/issue.js';
import { composer } from '../../../src/features/broadcast/mime.js';
import type { SenderRow } from '../../../src/features/broadcast/sender-row.js';
import { Signatures } from '../../../src/features/broadcast/signatures.service.js';
import { Seal } from '../../../src/infra/seal.js';
import { dkimKey } from './broadcast-seed.js';

const owner = { id: '00000000-0000-7000-8000-000000000001', workspaceId: '00000000-0000-7000-8000-000000000002' };
const seal = new Seal('s'.repeat(32));
const sender = { ...owner, fromAddress: 'ciao@bar.example', dkimSelector: 'postern1', verifiedAt: new Date(), sealedDkimKey: seal.seal(dkimKey, { workspaceId: owner.workspaceId, rowId: `${owner.id}/dkim` }) } as Partial<SenderRow> as SenderRow;

/** With what a server or a signer may stumble over: long headers, letters beyond ASCII, dots and blanks at line ends, empty lines at the end. */
const raw = composer({
  fromName: 'Caffè', fromAddress: 'ciao@bar.example', replyTo: 'anna@bar.example', subject: 'Più caffè '.repeat(12), html: `<p>${'Perché. '.repeat(99)}</p> \n.\n`, plain: 'Ciao\n.\n..x \n\n\n', listId: 'l.bar.example', tokens,
})({ to: 'bea@example.com', messageId: 'k@bar.example', date: new Date('2026-11-23T08:00:00Z'), list: 'Amici', unsubscribeUrl: 'https://postern.example/public/u/k', preferencesUrl: 'https://postern.example/public/p/k' });

interface Verdict {
  readonly bodyHash: boolean;
  readonly signature: boolean;
  readonly headers: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** As whoever receives it checks it: RFC 6376 §3.4.2, §3.4.4 and §3.7, relaxed both, written from the text and with no code of the signer. */
function verify(mail: string): Verdict {
  const cut = mail.indexOf('\r\n\r\n');
  const fields = mail.slice(0, cut).split(/\r\n(?![ \t])/);
  const relaxed = (field: string): string => {
    const colon = field.indexOf(':');
    return `${field.slice(0, colon).trim().toLowerCase()}:${field.slice(colon + 1).replaceAll('\r\n', '').replace(/[ \t]+/g, ' ').trim()}`;
  };
  const signatureField = fields.find((field) => /^dkim-signature:/i.test(field)) ?? '';
  const tags = Object.fromEntries(signatureField.slice(signatureField.indexOf(':') + 1).split(';').map((tag) => {
    const at = tag.indexOf('=');
    return [tag.slice(0, at).trim(), tag.slice(at + 1).replace(/\s+/g, '')];
  }));
  const body = `${mail.slice(cut + 4).replace(/[ \t]+/g, ' ').replace(/ (?=\r\n)/g, '').replace(/(\r\n)*$/, '')}\r\n`;
  const left = [...fields];
  const headers = (tags['h'] ?? '').split(':');
  const signed = headers.flatMap((name) => {
    const at = left.findLastIndex((field) => field.toLowerCase().startsWith(`${name.toLowerCase()}:`)); // from the bottom up
    return at === -1 ? [] : left.splice(at, 1).map(relaxed);
  });
  const text = [...signed, relaxed(signatureField).replace(/([;\s]b=)[^;]*/, '$1')].join('\r\n');
  return {
    tags, headers, bodyHash: createHash('sha256').update(Buffer.from(body, 'latin1')).digest('base64') === tags['bh'],
    signature: createVerify('RSA-SHA256').update(Buffer.from(text, 'latin1')).verify(createPublicKey(dkimKey), tags['b'] ?? '', 'base64'),
  };
}

const signed = async (): Promise<string> => (await new Signatures(seal).sign(sender, raw)).toString('latin1');

describe('The signature of a newsletter', () => {
  it('stands the test of whoever receives it, body and headers', async () => {
    const verdict = verify(await signed());
    expect(verdict).toMatchObject({ bodyHash: true, signature: true, tags: { v: '1', a: 'rsa-sha256', c: 'relaxed/relaxed', d: 'bar.example', s: 'postern1' } });
  });

  it('covers the way out, so that nobody puts in another one', async () => {
    expect(verify(await signed()).headers).toEqual(expect.arrayContaining(['from', 'to', 'subject', 'list-unsubscribe', 'list-unsubscribe-post']));
  });

  it.each([['a word of the body', (mail: string) => mail.replace('Ciao', 'Addio')], ['the way out', (mail: string) => mail.replace('/public/u/k', '/public/u/x')], ['the sender', (mail: string) => mail.replace('ciao@bar.example', 'evil@bar.example')]])(
    'does not stand it once %s has changed', async (_, change) => {
      const mail = await signed();
      const changed = change(mail);
      expect(changed).not.toBe(mail);
      const { bodyHash, signature } = verify(changed);
      expect(bodyHash && signature).toBe(false);
    });

  it('is not made while nobody could check it', async () => {
    expect((await new Signatures(seal).sign({ ...sender, verifiedAt: null }, raw)).toString()).toBe(raw);
  });
});
