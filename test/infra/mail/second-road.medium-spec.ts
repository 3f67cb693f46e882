import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { HttpsRoad } from '../../../src/infra/mail/https-road.js';
import type { Road } from '../../../src/infra/mail/road.js';
import { SmtpRoad } from '../../../src/infra/mail/smtp-road.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';
import { openPostOffice, type PostOffice } from '../../kit/post-office.js';
import { clientLetter, laterBy, letter, lettersOf, mailRoom } from './mail-room.js';

let database: TestDatabase;
let first: PostOffice;
let second: PostOffice;
let roads: SmtpRoad[];
const rows = () => lettersOf(database.dataSource);
const smtp = (place: Road['place'], port: number): SmtpRoad => {
  const road = new SmtpRoad(place, `smtp://127.0.0.1:${port}?from=postern%40${place}.example`);
  roads.push(road);
  return road;
};
const both = () => [smtp('first', first.port), smtp('second', second.port)];

beforeAll(async () => {
  [database, first, second] = await Promise.all([createDatabase(), openPostOffice(), openPostOffice()]);
});
afterAll(async () => {
  await Promise.all([first.close(), second.close()]);
  await database.drop();
});
beforeEach(async () => {
  await database.dataSource.query('TRUNCATE letters, caught_mails');
  roads = [];
  for (const office of [first, second]) {
    office.letters.length = 0;
    office.verdict = () => null;
    office.arriving = async () => undefined;
  }
});
afterEach(() => {
  for (const road of roads) road.close();
});

describe('The second road', () => {
  it('is left alone while the first takes what is written', async () => {
    const { write, carry } = mailRoom(database.dataSource, both());
    await write(letter(), clientLetter());
    await carry();
    expect([first.letters.length, second.letters.length]).toEqual([2, 0]);
  });

  it('takes what the first has not accepted within two minutes, under the same Message-ID', async () => {
    const { write, carry } = mailRoom(database.dataSource, both());
    await write(letter());
    first.verdict = () => ({ code: 451, text: 'later' });
    const { carry: before } = mailRoom(database.dataSource, [smtp('first', first.port)]);
    await before();
    await laterBy(database.dataSource, 119);
    await carry();
    expect(second.letters).toEqual([]); // a second too early
    await laterBy(database.dataSource, 20);
    await carry();
    expect(await rows()).toMatchObject([{ state: 'sent', road: 'second', tries: 3 }]);
    expect(second.letters[0]?.messageId).toMatch(/@first\.example>$/);
    expect(second.letters[0]?.from?.value[0]?.address).toBe('postern@second.example');
  });

  it('has its turn right at two minutes: no try of the first is planned beyond', async () => {
    const { write, carry } = mailRoom(database.dataSource, both());
    first.verdict = () => ({ code: 451, text: 'later' });
    await write(letter());
    const tries: (string | null)[] = [];
    for (let age = 0; age <= 121; age += 1) {
      await carry();
      const [row] = await rows();
      if (row && row.tries > tries.length) tries.push(row.road);
      await laterBy(database.dataSource, 1);
    }
    expect(tries).toEqual(['first', 'first', 'first', 'first', 'first', 'second']);
    expect(second.letters).toHaveLength(1);
  });

  it('takes at once what is written while the first is judged down', async () => {
    const { outbox, write, carry } = mailRoom(database.dataSource, both());
    outbox.judge(({ place }) => place === 'first');
    await write(letter(), clientLetter());
    await carry();
    expect([first.letters.length, second.letters.length]).toEqual([0, 2]);
  });

  it('is passed over itself while it is down, and with both down each is tried', async () => {
    const down = new Set<Road['place']>(['second']);
    const { outbox, write, carry } = mailRoom(database.dataSource, both());
    outbox.judge(({ place }) => down.has(place));
    await write(letter());
    await laterBy(database.dataSource, 300);
    await carry();
    expect(first.letters).toHaveLength(1);
    down.add('first');
    await write(letter());
    await carry();
    expect(first.letters).toHaveLength(2);
    await write(letter());
    await laterBy(database.dataSource, 300);
    await carry();
    expect(second.letters).toHaveLength(1);
  });

  it('that does not take it either leaves the next try to the first', async () => {
    const { write, carry } = mailRoom(database.dataSource, both());
    second.verdict = () => ({ code: 451, text: 'later' });
    await write(letter());
    await laterBy(database.dataSource, 125);
    await carry();
    expect(await rows()).toMatchObject([{ state: 'waiting', road: 'second' }]);
    await laterBy(database.dataSource, 60);
    await carry();
    expect(first.letters).toHaveLength(1);
  });

  it('takes at once what the first refuses for good: that may be our quota, not the address', async () => {
    const { outbox, write, carry } = mailRoom(database.dataSource, both());
    const lost: string[] = [];
    outbox.losses(async (_, { once }) => void lost.push(once));
    first.verdict = () => ({ code: 550, text: '5.4.5 Daily user sending quota exceeded' });
    await write(letter(), clientLetter());
    await carry();
    expect((await rows()).map(({ state }) => state)).toEqual(['waiting', 'waiting']);
    await carry();
    expect(await rows()).toMatchObject([{ state: 'sent', road: 'second', tries: 2 }, { state: 'sent', road: 'second', tries: 2 }]);
    expect(lost).toEqual([]);
  });

  it('keeps what the first refused for good, until it takes it', async () => {
    const { write, carry } = mailRoom(database.dataSource, both());
    first.verdict = () => ({ code: 550, text: 'relay denied' });
    second.verdict = () => ({ code: 451, text: 'later' });
    await write(letter());
    await carry();
    await carry();
    expect(await rows()).toMatchObject([{ state: 'waiting', road: 'second', detail: expect.stringMatching(/relay denied.*later/s) }]);
    first.verdict = second.verdict = () => null;
    await laterBy(database.dataSource, 60);
    await carry();
    expect([first.letters.length, second.letters.length]).toEqual([0, 1]);
  });

  it('leaves what it refuses for good itself to the first', async () => {
    const { outbox, write, carry } = mailRoom(database.dataSource, both());
    outbox.judge(({ place }) => place === 'first');
    second.verdict = () => ({ code: 552, text: 'too large' });
    await write(letter());
    await carry();
    await carry();
    expect(await rows()).toMatchObject([{ state: 'sent', road: 'first' }]);
  });

  it('that refuses it too ends it: it is lost, once, with what both said', async () => {
    const { outbox, write, carry } = mailRoom(database.dataSource, both());
    const lost: string[] = [];
    outbox.losses(async (_, { detail }) => void lost.push(detail));
    first.verdict = () => ({ code: 550, text: 'quota' });
    second.verdict = () => ({ code: 550, text: 'no such user' });
    await write(letter());
    for (let i = 0; i < 3; i += 1) await carry();
    expect(await rows()).toMatchObject([{ state: 'failed', tries: 2 }]);
    expect(lost).toEqual([expect.stringMatching(/quota.*no such user/s)]);
  });

  it('that carries members\' letters only gets no client\'s, whoever refused it', async () => {
    const asked: string[] = [];
    const https = new HttpsRoad('second', 'https://pager.example/in', async (url) => (asked.push(url), new Response()));
    const { write, carry } = mailRoom(database.dataSource, [smtp('first', first.port), https]);
    first.verdict = () => ({ code: 550, text: 'relay denied' });
    await write(clientLetter(), letter());
    await carry();
    await carry();
    expect((await rows()).map(({ state }) => state)).toEqual(['failed', 'sent']);
    expect(asked).toHaveLength(1);
  });

  it('waits behind nothing that hangs on the first', async () => {
    let release = (): void => undefined;
    const hanging = new Promise<void>((resolve) => (release = resolve));
    first.arriving = () => hanging;
    const { postman, write } = mailRoom(database.dataSource, both());
    await write(...Array.from({ length: 15 }, () => letter())); // more than the first has lanes
    await postman.round();
    const arrived = new Promise<void>((resolve) => (second.arriving = async () => resolve()));
    await database.dataSource.query(`UPDATE letters SET created_at = created_at - interval '130 seconds' WHERE tries = 0`);
    await postman.round();
    await arrived;
    release();
    await postman.idle();
    expect(second.letters.length).toBe(5);
    expect(first.letters).toHaveLength(10);
  });

  it('is never a demo\'s: its letters are caught', async () => {
    const workspaceId = uuid();
    await database.dataSource.query(`INSERT INTO workspaces (id, name, kind) VALUES ($1, 'Demo', 'demo')`, [workspaceId]);
    const { write, carry } = mailRoom(database.dataSource, both());
    await write(letter({ workspaceId, once: 'demo' }), letter({ once: 'live' }));
    await carry();
    expect([first.letters.length, second.letters.length]).toEqual([1, 0]);
    expect(await database.dataSource.query('SELECT workspace_id, subject FROM caught_mails')).toEqual([{ workspace_id: workspaceId, subject: 'Instagram is down' }]);
  });
});

describe('A road', () => {
  it('is reported as it does: what it takes or refuses is good, what it cannot take is not', async () => {
    const nowhere = smtp('first', 1);
    const { outbox, write, carry } = mailRoom(database.dataSource, [nowhere, smtp('second', second.port)]);
    const seen: [string, boolean][] = [];
    outbox.report(({ place }, ok) => void seen.push([place, ok]));
    await write(letter());
    await carry();
    await laterBy(database.dataSource, 130);
    await carry();
    second.verdict = () => ({ code: 550, text: 'no' });
    await write(letter());
    await laterBy(database.dataSource, 130);
    await carry();
    expect(seen).toEqual([['first', false], ['second', true], ['second', true]]);
  });

  it('answers a probe when it greets, and tells a stranger, a silence and a closed door from that', async () => {
    const strangers: Server[] = [];
    const stranger = async (greets: string | null): Promise<number> => {
      const server = createServer((socket) => (greets === null ? undefined : socket.end(greets)));
      strangers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return (server.address() as AddressInfo).port;
    };
    const probe = (port: number, ms = 20_000) => smtp('first', port).probe(AbortSignal.timeout(ms));
    expect(await probe(first.port)).toEqual({ kind: 'ok' });
    expect(await probe(await stranger('220-hello\r\n220 there\r\n'))).toEqual({ kind: 'ok' });
    expect(await probe(await stranger('554 go away\r\n'))).toEqual({ kind: 'failed', detail: 'it greets with: 554 go away' });
    expect(await probe(await stranger('HTTP/1.1 400 Bad Request\r\n'))).toMatchObject({ kind: 'failed' });
    expect(await probe(await stranger(''))).toMatchObject({ kind: 'failed', detail: expect.stringContaining('without a greeting') });
    expect(await probe(await stranger(null), 100)).toEqual({ kind: 'failed', detail: 'no greeting in time' });
    expect(await probe(1)).toMatchObject({ kind: 'failed', detail: expect.stringContaining('ECONNREFUSED') });
    for (const server of strangers) server.close();
  });

  it('gives up when its time is over, whatever the server does', async () => {
    let release = (): void => undefined;
    const over = new AbortController();
    first.arriving = () => new Promise((resolve) => {
      release = resolve;
      over.abort();
    });
    const road = smtp('first', first.port);
    const parcel = { id: 'x@y', to: { name: 'A', address: 'a@example.com' }, subject: 's', text: 't', fromName: 'P' };
    expect(await road.send(parcel, over.signal)).toMatchObject({ kind: 'unavailable' });
    release();
  });

  it('says for the doctor whether it lets us in, and takes the sender from its user when none is named', async () => {
    expect(await smtp('first', first.port).check()).toBeNull();
    expect(await smtp('first', 1).check()).toContain('ECONNREFUSED');
    const named = new SmtpRoad('first', 'smtps://me%40agency.example:pw@mail.example');
    roads.push(named);
    expect([named.from, named.host]).toEqual(['me@agency.example', 'mail.example']);
  });
});
