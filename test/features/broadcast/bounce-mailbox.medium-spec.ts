import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BounceMailboxes } from '../../../src/features/broadcast/bounce-mailboxes.service.js';
import { mailKey } from '../../../src/features/broadcast/verp.js';
import { type MailboxServer, openMailbox } from '../../kit/mailbox-server.js';
import { quietPort } from '../../kit/quiet-port.js';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { seedList } from './broadcast-seed.js';

// The mailbox is read by the product's own client, over a socket, as every five minutes.
const user = { user: 'bounce@bar.example', pass: 'hush-hush' };
let house: BroadcastHouse;
let mailbox: MailboxServer;
beforeAll(async () => {
  house = await openBroadcastHouse({ ALLOW_HOSTS: '127.0.0.1' });
});
afterAll(() => house.close());
beforeEach(async () => {
  mailbox = await openMailbox(user);
});
afterEach(() => mailbox.close());

/** Fifty people who were mailed, and a sender with this mailbox. */
async function mailed(imapUrl = `imap://${encodeURIComponent(user.user)}:${user.pass}@127.0.0.1:${mailbox.port}`) {
  await house.database.query(`UPDATE senders SET mailbox_until = 'infinity'`); // those of other tests rest
  const brand = await house.brand();
  const taken = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 50 })] });
  await house.mail();
  const answer = await house.http().patch(`/api/v1/senders/${brand.senderId}`).set(house.editor.headers).send({ version: 1, imapUrl });
  expect(answer.status).toBe(200);
  const rows: { id: string; number: string }[] = await house.database.query(
    'SELECT r.subscriber_id AS id, b.number FROM recipients r JOIN broadcasts b ON b.id = r.broadcast_id WHERE b.id = $1 ORDER BY r.address_key', [taken.broadcastId]);
  return {
    ...brand, broadcastId: taken.broadcastId, keys: rows.map(({ id, number }) => mailKey({ number, subscriberId: id })),
    read: async (): Promise<string | null> => {
      await house.database.query(`UPDATE senders SET mailbox_until = '-infinity' WHERE id = $1`, [brand.senderId]);
      await house.get(BounceMailboxes).round();
      return (await house.http().get(`/api/v1/senders/${brand.senderId}`).set(house.editor.headers)).body.mailboxDetail;
    },
  };
}

/** As a mail server sends it back: RFC 3464. */
const bounce = (key: string | undefined, filling = 'Sorry.'): Buffer => Buffer.from([
  'From: MAILER-DAEMON@mx.example.com', `To: bounce+${key}@bar.example`, `Message-ID: <dsn-${key}@mx.example.com>`, 'Subject: Undelivered Mail', 'MIME-Version: 1.0',
  'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', '', '--b', 'Content-Type: text/plain', '', filling, '--b', 'Content-Type: message/delivery-status', '',
  'Reporting-MTA: dns; mx.example.com', '', 'Final-Recipient: rfc822; someone@example.com', 'Action: failed', 'Status: 5.1.1', '', '--b--', ''].join('\r\n'));
const put = (...mails: readonly Buffer[]): void => void mailbox.mails.push(...mails.map((raw) => ({ raw, isSeen: false })));

describe('A mailbox of bounces', () => {
  it('is read to its end: who has no mailbox is struck off, and every mail is marked as read and kept', async () => {
    const { broadcastId, clientId, keys, read } = await mailed();
    put(bounce(keys[3]), Buffer.from('Subject: Perché?\r\n\r\nCiao, è un amico.\r\n'), bounce(keys[7]));
    expect(await read()).toBeNull();
    expect(await house.states(broadcastId)).toEqual({ bounced: 2, sent: 48 });
    const struck = await house.database.query('SELECT reason, count(*)::int AS n FROM suppressions WHERE client_id = $1 GROUP BY 1', [clientId]);
    expect(struck).toEqual([{ reason: 'bounced', n: 2 }]);
    expect(mailbox.mails.map(({ isSeen }) => isSeen)).toEqual([true, true, true]);
    expect(mailbox.asked.at(-1)).toBe('LOGOUT');
  });

  it('is asked next time for what is new alone', async () => {
    const { broadcastId, keys, read } = await mailed();
    put(bounce(keys[0]));
    await read();
    put(bounce(keys[1]));
    mailbox.asked.length = 0;
    await read();
    expect(mailbox.asked.filter((line) => line.startsWith('UID FETCH'))).toHaveLength(1);
    expect(await house.states(broadcastId)).toEqual({ bounced: 2, sent: 48 });
  });

  it('is opened by a server that asks for AUTHENTICATE too', async () => {
    await mailbox.close();
    mailbox = await openMailbox({ ...user, capabilities: 'IMAP4rev1 AUTH=PLAIN LOGINDISABLED' });
    const { broadcastId, keys, read } = await mailed();
    put(bounce(keys[0]));
    expect(await read()).toBeNull();
    expect(mailbox.asked).toContain('AUTHENTICATE');
    expect(await house.states(broadcastId)).toEqual({ bounced: 1, sent: 49 });
  });

  it('gives a report although the mail it came in is longer than is read', async () => {
    const { broadcastId, keys, read } = await mailed();
    put(Buffer.concat([bounce(keys[0]), Buffer.alloc(3_000_000, 'x\r\n')]));
    expect(await read()).toBeNull();
    expect(await house.states(broadcastId)).toEqual({ bounced: 1, sent: 49 });
  });

  it('with a wrong password is told in words, and is asked again later', async () => {
    const { keys, read, senderId } = await mailed(`imap://${encodeURIComponent(user.user)}:wrong-one@127.0.0.1:${mailbox.port}`);
    put(bounce(keys[0]));
    const detail = await read();
    expect(detail).toBe('the mail server refused user name or password: Invalid login or password');
    expect(mailbox.mails[0]?.isSeen).toBe(false);
    const { body } = await house.http().get(`/api/v1/senders/${senderId}`).set(house.editor.headers);
    await house.http().patch(`/api/v1/senders/${senderId}`).set(house.editor.headers).send({ version: body.version, imapUrl: `imap://${encodeURIComponent(user.user)}:${user.pass}@127.0.0.1:${mailbox.port}` });
    expect(await read()).toBeNull();
    expect(mailbox.mails[0]?.isSeen).toBe(true);
  });

  it('that cannot be reached, searched or marked is told so, and loses nothing', async () => {
    const { broadcastId, keys, read } = await mailed();
    put(bounce(keys[0]), bounce(keys[1]));
    mailbox.refuse = { command: 'UID SEARCH', words: 'not now' };
    expect(await read()).toContain('does not say which mails are new');
    mailbox.refuse = { command: 'UID STORE', words: 'read-only' };
    expect(await read()).toContain('cannot be marked as read');
    mailbox.refuse = null;
    mailbox.hangsUp = true;
    expect(await read()).not.toBeNull();
    mailbox.hangsUp = false;
    expect(await read()).toBeNull();
    expect(await house.states(broadcastId)).toEqual({ bounced: 2, sent: 48 });
    const [{ n }] = await house.database.query('SELECT count(*)::int AS n FROM bounces WHERE broadcast_id = $1', [broadcastId]);
    expect(n).toBe(2);
  });
});

it('a mailbox where nobody listens is told so', async () => {
  const { read } = await mailed(`imap://a:b@127.0.0.1:${await quietPort()}`);
  expect(await read()).toContain('ECONNREFUSED');
});
