import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BounceMailboxes } from '../../../src/features/broadcast/bounce-mailboxes.service.js';
import { readReport } from '../../../src/features/broadcast/dsn.js';
import { mailKey } from '../../../src/features/broadcast/verp.js';
import { Seal } from '../../../src/infra/seal.js';
import { type BroadcastHouse, openBroadcastHouse, type Taken } from './broadcast-house.js';
import { type Brand, seedList } from './broadcast-seed.js';

let house: BroadcastHouse;
beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());

interface Mailed extends Brand, Taken {
  readonly people: readonly { readonly id: string; readonly address: string; readonly key: string }[];
}

async function mailed(people: number): Promise<Mailed> {
  const brand = await house.brand();
  const list = await seedList(house.database, brand, { people });
  const taken = await house.take(brand, { listIds: [list] });
  await house.database.query(`UPDATE recipients SET state = 'sent', sent_at = now() WHERE broadcast_id = $1`, [taken.broadcastId]);
  const rows: { id: string; address: string; number: string }[] = await house.database.query(
    'SELECT r.subscriber_id AS id, r.address, b.number FROM recipients r JOIN broadcasts b ON b.id = r.broadcast_id WHERE b.id = $1 ORDER BY r.address_key', [taken.broadcastId]);
  return { ...brand, ...taken, people: rows.map(({ id, address, number }) => ({ id, address, key: mailKey({ number, subscriberId: id }) })) };
}

/** As a mail server reports it: RFC 3464. */
const dsn = ({ key, status = '5.1.1', action = 'failed', to = true, id = key }: { key: string; status?: string; action?: string; to?: boolean; id?: string }): Buffer => Buffer.from([
  'From: MAILER-DAEMON@mx.example.com', `To: ${to ? `bounce+${key}@bar.example` : 'someone@bar.example'}`, `Message-ID: <dsn-${id}@mx.example.com>`, 'Subject: Undelivered Mail', 'MIME-Version: 1.0',
  'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', '', '--b', 'Content-Type: text/plain', '', 'Sorry.', '--b', 'Content-Type: message/delivery-status', '',
  'Reporting-MTA: dns; mx.example.com', '', 'Final-Recipient: rfc822; someone@example.com', `Action: ${action}`, `Status: ${status}`, 'Diagnostic-Code: smtp; 550 no such', '\tuser here', '',
  '--b', 'Content-Type: text/rfc822-headers', '', `Message-ID: <${key}@bar.example>`, 'Subject: Aperitivo', '', '--b--', ''].join('\r\n'));

const hook = (senderId: string, body: object, { secret = 'hook secret', at = Date.now() }: { secret?: string; at?: number } = {}) => {
  const text = JSON.stringify(body);
  const t = Math.floor(at / 1_000);
  return house.http().post(`/api/v1/senders/${senderId}/bounces`).set('Content-Type', 'application/json')
    .set('Postern-Signature', `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${text}`).digest('hex')}`).send(text);
};
const suppressed = async ({ clientId }: Brand): Promise<readonly string[]> =>
  (await house.database.query('SELECT address_key || $2 || reason AS one FROM suppressions WHERE client_id = $1 ORDER BY 1', [clientId, ' '])).map(({ one }: { one: string }) => one);

describe('A report', () => {
  const key = mailKey({ number: '5', subscriberId: '019ac000-0000-7000-8000-000000000001' });

  it('tells whose mail it was by the address it came to, or by the mail it brings back', async () => {
    for (const to of [true, false]) {
      expect(await readReport(dsn({ key, to }))).toMatchObject({ kind: 'bounce', status: '5.1.1', detail: 'smtp; 550 no such user here', refs: [{ number: '5', subscriberId: '019ac000-0000-7000-8000-000000000001' }] });
    }
  });

  it('is none when it only says that a mail is late, or when somebody is away', async () => {
    expect(await readReport(dsn({ key, action: 'delayed' }))).toBeNull();
    expect(await readReport(Buffer.from(`To: bounce+${key}@bar.example\r\nSubject: Out of office\r\n\r\nBack on Monday`))).toBeNull();
  });

  it('is none out of any bytes at all', async () => {
    for (let n = 0; n < 50; n += 1) expect(await readReport(Buffer.from(Array.from({ length: 300 }, (_, i) => (n * 31 + i * i * 7) % 256)))).toBeNull();
  });
});

describe('What comes back', () => {
  it('to the mailbox strikes off who has no mailbox, and only that one', async () => {
    const mail = await mailed(100);
    const [gone, full] = mail.people;
    if (!gone || !full) throw new Error('Nobody was mailed.');
    await house.database.query(`UPDATE senders SET sealed_imap_url = $2 WHERE id = $1`, [mail.senderId, new Seal('s'.repeat(32)).seal('imaps://b:c@imap.example', { workspaceId: mail.workspaceId, rowId: `${mail.senderId}/imap` })]);
    const seen: Buffer[] = [];
    await house.get(BounceMailboxes).round((_, use) => use({
      each: async (_most, take) => {
        for (const raw of [dsn({ key: gone.key }), dsn({ key: gone.key }), dsn({ key: full.key, status: '5.2.2' }), Buffer.from('Subject: hello\r\n\r\nhello')]) {
          await take(raw);
          seen.push(raw);
        }
      },
    }));
    expect(seen).toHaveLength(4);
    expect(await suppressed(mail)).toEqual([`${gone.address.toLowerCase()} bounced`]);
    expect(await house.states(mail.broadcastId)).toEqual({ bounced: 2, sent: 98 });
    const [{ n }] = await house.database.query('SELECT count(*)::int AS n FROM bounces WHERE broadcast_id = $1', [mail.broadcastId]);
    expect(n).toBe(2);
  });

  it('by the webhook does the same, once for each event, and a complaint strikes off too', async () => {
    const mail = await mailed(60);
    const [gone, angry] = mail.people;
    const events = [
      { id: 'e1', type: 'bounce', returnPath: `bounce+${gone?.key}@bar.example`, status: '5.1.1' }, { id: 'e2', type: 'complaint', messageId: `<${angry?.key}@bar.example>` },
      { id: 'e3', type: 'bounce', messageId: '<nobody@bar.example>', status: '5.1.1' },
    ];
    expect((await hook(mail.senderId, { events })).body).toEqual({ taken: 2 });
    expect((await hook(mail.senderId, { events })).body).toEqual({ taken: 0 });
    expect(await suppressed(mail)).toEqual([`${gone?.address.toLowerCase()} bounced`, `${angry?.address.toLowerCase()} complained`]);
  });

  it('is taken from nobody without the secret, too late, or for another sender’s people', async () => {
    const [mail, other] = [await mailed(60), await mailed(60)];
    const events = [{ id: 'e1', type: 'bounce', returnPath: `bounce+${mail.people[0]?.key}@bar.example`, status: '5.1.1' }];
    expect((await hook(mail.senderId, { events }, { secret: 'another' })).status).toBe(401);
    expect((await hook(mail.senderId, { events }, { at: Date.now() - 600_000 })).status).toBe(401);
    expect((await hook('00000000-0000-7000-8000-000000000009', { events })).status).toBe(401);
    expect((await house.http().post(`/api/v1/senders/${mail.senderId}/bounces`).send({ events })).status).toBe(401);
    expect((await hook(other.senderId, { events })).body).toEqual({ taken: 0 });
    expect(await suppressed(mail)).toEqual([]);
  });

  it('in a storm pauses the sender and strikes off no more', async () => {
    const mail = await mailed(200);
    const events = mail.people.slice(0, 60).map(({ key }, n) => ({ id: `s${n}`, type: 'bounce', returnPath: `bounce+${key}@bar.example`, status: '5.1.1' }));
    expect((await hook(mail.senderId, { events })).status).toBe(200);
    expect((await suppressed(mail)).length).toBe(20);
    const sender = await house.http().get(`/api/v1/senders/${mail.senderId}`).set(house.editor.headers);
    expect(sender.body).toMatchObject({ pauseReason: 'bounces', pausedAt: expect.any(String) });
    expect((await house.states(mail.broadcastId))['bounced']).toBe(60);
  });
});
