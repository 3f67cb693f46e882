import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { SmtpRoad } from '../../../src/infra/mail/smtp-road.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { openPostOffice, type PostOffice } from '../../kit/post-office.js';
import { clientLetter, laterBy, letter, lettersOf, mailRoom } from './mail-room.js';

let database: TestDatabase;
let office: PostOffice;
let road: SmtpRoad;
const rows = () => lettersOf(database.dataSource);
const room = () => mailRoom(database.dataSource, [road]);

beforeAll(async () => {
  [database, office] = await Promise.all([createDatabase(), openPostOffice()]);
});
afterAll(async () => {
  await office.close();
  await database.drop();
});
beforeEach(async () => {
  await database.dataSource.query('TRUNCATE letters, caught_mails, installation');
  office.letters.length = 0;
  office.verdict = () => null;
  road = new SmtpRoad('first', `smtp://127.0.0.1:${office.port}?from=postern%40agency.example`);
});
afterEach(() => road.close());

describe('A letter', () => {
  it('arrives as it was written: sender, name, reply-to, both texts', async () => {
    const { write, carry } = room();
    const { to, ...rest } = letter();
    await write({ ...rest, to, mail: { subject: 'È giù', text: 'Tre post aspettano.', html: '<p>Tre post</p>', fromName: 'Agenzia Uno', replyTo: { name: 'Carla', address: 'carla@agency.example' } } });
    await carry();
    expect(await rows()).toMatchObject([{ state: 'sent', road: 'first', tries: 1, detail: null }]);
    const [mail] = office.letters;
    expect(mail?.from?.value).toEqual([{ name: 'Agenzia Uno', address: 'postern@agency.example' }]);
    expect(mail?.replyTo?.value).toEqual([{ name: 'Carla', address: 'carla@agency.example' }]);
    expect([mail?.to].flat()[0]?.value).toEqual([{ name: 'Anna', address: to.address }]);
    expect([mail?.subject, mail?.text?.trim(), mail?.html]).toEqual(['È giù', 'Tre post aspettano.', '<p>Tre post</p>']);
    expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail?.messageId).toMatch(/^<[0-9a-f-]{36}@agency\.example>$/);
  });

  it('carries the logo, and goes without it when it cannot be had', async () => {
    const { outbox, write, carry } = room();
    const mine = uuid();
    const asked: string[] = [];
    outbox.logos(async (workspaceId, mediaId) => {
      asked.push(`${workspaceId} ${mediaId}`);
      return mediaId === mine ? { content: Buffer.from('picture'), mime: 'image/png' } : null;
    });
    const workspaceId = uuid();
    const html = '<p><img alt="" src="cid:logo" width="90">Hello</p>';
    await write(
      letter({ workspaceId, mail: { subject: 'with', text: '-', html, logo: { mediaId: mine } } }),
      letter({ workspaceId, mail: { subject: 'with', text: '-', html, logo: { mediaId: mine } } }),
      letter({ workspaceId, mail: { subject: 'without', text: '-', html, logo: { mediaId: uuid() } } }),
    );
    await carry();
    const attached = office.letters.filter(({ subject }) => subject === 'with').map(({ attachments }) => attachments.map(({ cid, content, contentType }) => [cid, content.toString(), contentType]));
    expect(attached).toEqual([[['logo', 'picture', 'image/png']], [['logo', 'picture', 'image/png']]]);
    const without = office.letters.find(({ subject }) => subject === 'without');
    expect([without?.html, without?.attachments]).toEqual(['<p>Hello</p>', []]);
    expect(asked.filter((key) => key === `${workspaceId} ${mine}`)).toHaveLength(1); // one for all
  });

  it('carries a file made when it goes, and goes without it when it cannot be made', async () => {
    const { outbox, write, carry } = room();
    const mine = uuid();
    outbox.attachments(async (workspaceId, { clientId, reader }) => {
      if (clientId !== mine) throw new Error('there is no such client');
      return { content: Buffer.from(`${workspaceId} for the ${reader}`), mime: 'text/html', name: 'plan.html' };
    });
    const workspaceId = uuid();
    await write(
      letter({ workspaceId, mail: { subject: 'with a file', text: 'Hello', attachment: { clientId: mine, reader: 'client' } } }),
      letter({ workspaceId, mail: { subject: 'without a file', text: 'Hello', attachment: { clientId: uuid(), reader: 'client' } } }),
    );
    await carry();
    const found = (wanted: string) => office.letters.find(({ subject }) => subject === wanted)?.attachments.map(({ filename, contentType, content }) => [filename, contentType, content.toString()]);
    expect(found('with a file')).toEqual([['plan.html', 'text/html', `${workspaceId} for the client`]]);
    expect(found('without a file')).toEqual([]);
  });

  it('written twice is one, and carried by many processes arrives once', async () => {
    const one = letter();
    await room().write(one, letter());
    await room().write(one);
    const rooms = [room(), room(), room()];
    await Promise.all(rooms.map(({ carry }) => carry()));
    await rooms[0]?.carry();
    expect(office.letters).toHaveLength(2);
  });

  it('whose writer did not commit never goes', async () => {
    const { outbox, carry } = room();
    await database.dataSource.transaction(async (manager) => {
      await outbox.write(manager, [letter()]);
      await carry();
      throw new Error('undone');
    }).catch(() => undefined);
    await carry();
    expect(office.letters).toEqual([]);
  });

  it('goes again under the same Message-ID when the process died before it could write down that it went', async () => {
    const { write, carry } = room();
    await write(letter());
    await carry();
    await database.dataSource.query(`UPDATE letters SET state = 'waiting', next_at = now() + interval '30 seconds'`);
    await carry();
    expect(office.letters).toHaveLength(1); // the lease holds
    await laterBy(database.dataSource, 31);
    await carry();
    expect(office.letters).toHaveLength(2);
    expect(office.letters[1]?.messageId).toBe(office.letters[0]?.messageId);
  });

  it('that is not taken now is tried again in a quarter of a minute, and says nothing of the road', async () => {
    const { outbox, write, carry } = room();
    const seen: boolean[] = [];
    outbox.report((_, ok) => void seen.push(ok));
    await write(letter());
    office.verdict = () => ({ code: 451, text: 'greylisted' });
    await carry();
    const [row] = await rows();
    expect(row).toMatchObject({ state: 'waiting', tries: 1, detail: expect.stringContaining('greylisted') });
    expect(row?.inS).toBeGreaterThan(10);
    expect(row?.inS).toBeLessThanOrEqual(15);
    expect(seen).toEqual([]);
    office.verdict = () => null;
    await laterBy(database.dataSource, 16);
    await carry();
    expect(await rows()).toMatchObject([{ state: 'sent', tries: 2 }]);
    expect(seen).toEqual([true]);
  });

  it('to an address that is refused for good stops there, and the others go', async () => {
    const { write, carry } = room();
    const gone = letter();
    await write(gone, letter(), letter({ to: { name: 'Evil', address: 'a@example.com>\r\nRCPT TO:<b@example.com' } }));
    office.verdict = (address) => (address === gone.to.address ? { code: 550, text: 'no such user' } : null);
    await carry();
    expect((await rows()).map(({ state }) => state)).toEqual(['failed', 'sent', 'failed']);
    expect(office.letters).toHaveLength(1);
  });

  it('cannot smuggle a header in its subject or names', async () => {
    const { write, carry } = room();
    await write(letter({ mail: { subject: 'Hi\r\nBcc: b@example.com', text: '-', fromName: 'A\r\nX-Evil: 1' } }));
    await carry();
    expect(office.letters[0]?.headers.has('bcc')).toBe(false);
    expect(office.letters[0]?.headers.has('x-evil')).toBe(false);
  });

  it('that could not go until it was no news is dropped', async () => {
    const { write, carry } = room();
    await write(letter({ until: new Date(Date.now() + 3_600_000) }));
    await laterBy(database.dataSource, 3_601);
    await carry();
    expect(await rows()).toMatchObject([{ state: 'dropped', detail: 'too late to be news' }]);
    expect(office.letters).toEqual([]);
  });

  it('taken back in time does not go', async () => {
    const { outbox, write, carry } = room();
    await write(letter({ once: 'opening:1:a' }), letter({ once: 'opening:10:a' }));
    expect(await database.dataSource.transaction((manager) => outbox.withdraw(manager, 'opening:1:'))).toBe(false);
    await carry();
    expect((await rows()).map(({ state }) => state)).toEqual(['dropped', 'sent']);
  });

  it('taken back while it is on its way counts as gone, arrives, and is not tried again if it does not', async () => {
    const { outbox, postman, write } = room();
    let release = (): void => undefined;
    office.arriving = () => new Promise((resolve) => (release = resolve));
    const arriving = new Promise<void>((resolve) => (office.verdict = () => (resolve(), null)));
    await write(letter({ once: 'opening:1:a' }));
    await postman.round();
    await arriving;
    expect(await database.dataSource.transaction((manager) => outbox.withdraw(manager, 'opening:1:'))).toBe(true);
    office.arriving = async () => undefined;
    release();
    await postman.idle();
    expect(await rows()).toMatchObject([{ state: 'sent' }]);

    office.verdict = () => ({ code: 451, text: 'later' });
    await write(letter({ once: 'opening:2:a' }));
    await postman.round();
    await database.dataSource.transaction((manager) => outbox.withdraw(manager, 'opening:2:'));
    await postman.idle();
    await laterBy(database.dataSource, 60);
    await postman.round();
    await postman.idle();
    expect((await rows()).map(({ state }) => state)).toEqual(['sent', 'dropped']);
  });

  it('of which nobody wrote down what became of it may have gone, so it is no letter taken back in time', async () => {
    const { outbox, write } = room();
    await write(letter({ once: 'opening:1:a' }));
    await database.dataSource.query(`UPDATE letters SET tries = 1, sending_until = now() - interval '1 second'`); // the process died
    expect(await database.dataSource.transaction((manager) => outbox.withdraw(manager, 'opening:1:'))).toBe(true);
    expect(await rows()).toMatchObject([{ state: 'dropped' }]);
  });

  it('of an installation that may be a copy waits for the confirmation: older ones and those to clients', async () => {
    const { write, carry } = room();
    await write(letter({ once: 'before' }));
    await database.dataSource.query(`INSERT INTO installation (id, counter, key_id, paused_at, pause_reason) VALUES ($1, 1, 'k', now(), 'moved')`, [uuid()]);
    await write(letter({ once: 'since' }), clientLetter({ once: 'client' }));
    await carry();
    const sent = (): Promise<{ once: string }[]> => database.dataSource.query(`SELECT once FROM letters WHERE state = 'sent' ORDER BY once`);
    expect(await sent()).toEqual([{ once: 'since' }]);
    await database.dataSource.query('UPDATE installation SET paused_at = NULL, pause_reason = NULL');
    await carry();
    expect(await sent()).toEqual([{ once: 'before' }, { once: 'client' }, { once: 'since' }]);
  });

  it('is forgotten after 90 days, a caught one after 30', async () => {
    const { write, carry, chores } = room();
    await write(letter(), letter());
    await carry();
    await database.dataSource.query(`UPDATE letters SET created_at = now() - interval '91 days' WHERE id = (SELECT max(id::text)::uuid FROM letters)`);
    await database.dataSource.query(`INSERT INTO caught_mails (id, to_address, subject, mail, caught_at) SELECT gen_random_uuid(), 'a', 'b', '{}', now() - n * interval '1 day' FROM unnest('{29,31}'::int[]) AS n`);
    for (const chore of chores) await chore();
    expect(await rows()).toHaveLength(1);
    expect(await database.dataSource.query('SELECT FROM caught_mails')).toHaveLength(1);
  });
});
