import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BroadcastHouse, openBroadcastHouse } from '../features/broadcast/broadcast-house.js';
import { seedList } from '../features/broadcast/broadcast-seed.js';
import { startTestPostgres } from '../kit/postgres.js';
import { makeTemplate } from '../kit/template.js';
import { type Exim, MAILS_PER_CONNECTION, startExim } from './exim-server.js';
import { type Check, checker, type Tally } from './tally.js';

/** Newsletters through a real mail server. Left out, loudly, where Debian's packages cannot be had. */
export async function exim(tally: Tally): Promise<void> {
  const server = await startExim();
  if ('missing' in server) {
    process.stderr.write(`\n!! LEFT OUT: exim, a real mail server (${server.missing}).\n\n`);
    return;
  }
  const postgres = await startTestPostgres();
  await makeTemplate(postgres.url, 'postern_peers');
  process.env['POSTERN_TEST_POSTGRES'] = postgres.url;
  process.env['POSTERN_TEST_TEMPLATE'] = 'postern_peers';
  const house = await openBroadcastHouse({ SMTP_URL: `smtp://127.0.0.1:${server.port}` });
  try {
    const check = checker(tally);
    await everybody(check, house, server);
    await refusals(check, house, server);
    await outages(check, house, server);
  } finally {
    await house.close();
    await postgres.stop();
    await server.stop();
  }
}

let brands = 0;

/** A newsletter to people of these addresses, taken. */
async function newsletter(house: BroadcastHouse, addresses: readonly string[], sender: Readonly<Record<string, unknown>> = {}, text?: string) {
  brands += 1;
  const brand = await house.brand(`Bar ${brands}`, sender);
  const list = await seedList(house.database, brand, { people: addresses.length });
  const people = await house.database.query<{ id: string }[]>('SELECT id FROM subscribers WHERE client_id = $1 ORDER BY address_key', [brand.clientId]);
  for (const [i, { id }] of people.entries()) await house.database.query('UPDATE subscribers SET address = $2, address_key = $2 WHERE id = $1', [id, addresses[i]]);
  return { ...(await house.take(brand, { listIds: [list], ...(text !== undefined && { text }) })), ...brand };
}

async function eventually(what: string, is: () => Promise<boolean>): Promise<void> {
  for (const endAt = Date.now() + 60_000; !(await is()); await sleep(250)) if (Date.now() > endAt) throw new Error(`It did not happen: ${what}`);
}

/** Waits until all of these have something. @returns how many mails each has, and the first of each */
async function delivered(server: Exim, addresses: readonly string[]): Promise<readonly { readonly count: number; readonly mail: string }[]> {
  let mails = await server.mails();
  await eventually('everybody has their mail', async () => {
    mails = await server.mails();
    return addresses.every((address) => mails.has(address));
  });
  return addresses.map((address) => ({ count: mails.get(address)?.length ?? 0, mail: mails.get(address)?.[0] ?? '' }));
}

const header = (mail: string, name: string): string => new RegExp(`^${name}: (.*(?:\\n[ \\t].*)*)`, 'im').exec(mail)?.[1] ?? '';

async function everybody(check: Check, house: BroadcastHouse, server: Exim): Promise<void> {
  await check('exim: fifty people get one mail each, over connections that it closes after five', async () => {
    const addresses = Array.from({ length: 50 }, (_, i) => `one${i}@example.com`);
    const { broadcastId } = await newsletter(house, addresses);
    await house.mail();
    assert.deepEqual(await house.states(broadcastId), { sent: 50 });
    const mails = await delivered(server, addresses);
    assert.deepEqual(mails.map(({ count }) => count), addresses.map(() => 1), `of ${MAILS_PER_CONNECTION} mails a connection`);
    const ids = mails.map(({ mail }) => header(mail, 'Message-ID'));
    assert.equal(new Set(ids).size, 50);
  });

  await check('exim: our Message-ID, DKIM, way out and return path come through', async () => {
    await newsletter(house, ['whole@example.com']);
    await house.mail();
    const [{ mail } = { mail: '' }] = await delivered(server, ['whole@example.com']);
    assert.match(header(mail, 'Message-ID'), /^<[^@>]+@bar\.example>$/);
    assert.match(header(mail, 'DKIM-Signature'), /d=bar\.example/);
    assert.equal(header(mail, 'List-Unsubscribe-Post'), 'List-Unsubscribe=One-Click');
    assert.match(header(mail, 'List-Unsubscribe'), /^<https:\/\/postern\.example\/public\/u\//);
    assert.match(header(mail, 'Return-path'), /^<bounce\+[^@]+@bar\.example>$/);
    assert.match(header(mail, 'Envelope-to'), /whole@example\.com/);
  });

  await check('exim: letters beyond ASCII arrive as they were written', async () => {
    await newsletter(house, ['letters@example.com'], {}, 'Perché no? È già così 🎉\n\n.un punto all’inizio della riga\n..due');
    await house.mail();
    const [{ mail } = { mail: '' }] = await delivered(server, ['letters@example.com']);
    const { simpleParser } = await import('mailparser');
    const { subject, text } = await simpleParser(mail.split('\n').slice(1).join('\n'));
    assert.equal(subject, 'Perché no? È già così 🎉');
    assert.match(text ?? '', /^\.un punto all’inizio della riga\n\.\.due/m);
  });
}

async function refusals(check: Check, house: BroadcastHouse, server: Exim): Promise<void> {
  await check('exim: who is not there (550) fails and is not tried again, the others get theirs', async () => {
    const addresses = [...Array.from({ length: 30 }, (_, i) => `two${i}@example.com`), 'nobody@example.com'];
    const { broadcastId } = await newsletter(house, addresses);
    await house.mail();
    const { sent, ...others } = await house.states(broadcastId);
    assert.equal(sent, 30);
    assert.deepEqual(Object.values(others), [1]);
    const [row] = await house.database.query<{ state: string; detail: string }[]>(`SELECT state, detail FROM recipients WHERE broadcast_id = $1 AND state <> 'sent'`, [broadcastId]);
    assert.match(row?.detail ?? '', /550 5\.1\.1 There is no such mailbox/);
    await delivered(server, addresses.slice(0, 30));
  });

  await check('exim: a full mailbox (552) fails alone', async () => {
    const { broadcastId } = await newsletter(house, ['three@example.com', 'full@example.com']);
    await house.mail();
    const [row] = await house.database.query<{ state: string; detail: string }[]>(`SELECT state, detail FROM recipients WHERE broadcast_id = $1 AND address = 'full@example.com'`, [broadcastId]);
    assert.match(row?.detail ?? '', /552/);
    assert.equal((await delivered(server, ['three@example.com']))[0]?.count, 1);
  });

  await check('exim: whom it puts off (451) gets it later', async () => {
    const { broadcastId } = await newsletter(house, ['four@example.com', 'busy@example.com']);
    await house.mail();
    assert.deepEqual(await house.states(broadcastId), { sent: 1, waiting: 1 });
    const [row] = await house.database.query<{ detail: string; later: boolean }[]>(`SELECT detail, next_at > now() + interval '1 minute' AS later FROM recipients WHERE broadcast_id = $1 AND state = 'waiting'`, [broadcastId]);
    assert.match(row?.detail ?? '', /4\.2\.0 Greylisted/);
    assert.equal(row?.later, true);
  });

  await check('exim: a content it does not take (554 or 550 after DATA) is nobody’s mail, and is not unconfirmed', async () => {
    const { broadcastId } = await newsletter(house, ['five@example.com'], {}, 'REFUSE me\n\nNothing.');
    await house.mail();
    assert.deepEqual(await house.states(broadcastId), { failed: 1 });
    assert.equal((await server.mails()).has('five@example.com'), false);
  });
}

async function outages(check: Check, house: BroadcastHouse, server: Exim): Promise<void> {
  await check('exim: down, nobody is lost; up again, everybody gets one', async () => {
    const addresses = Array.from({ length: 8 }, (_, i) => `six${i}@example.com`);
    const { broadcastId, senderId } = await newsletter(house, addresses);
    await server.down();
    await house.mail();
    assert.deepEqual(await house.states(broadcastId), { waiting: 8 });
    await server.up();
    await house.database.query(`UPDATE senders SET rest_until = '-infinity' WHERE id = $1`, [senderId]);
    await house.database.query(`UPDATE recipients SET next_at = now() WHERE broadcast_id = $1 AND state = 'waiting'`, [broadcastId]);
    await house.mail();
    assert.deepEqual(await house.states(broadcastId), { sent: 8 });
    assert.deepEqual((await delivered(server, addresses)).map(({ count }) => count), addresses.map(() => 1));
  });

  await check('exim: killed in the middle of a newsletter, nobody gets it twice, and what is open is shown as unconfirmed', async () => {
    const addresses = Array.from({ length: 200 }, (_, i) => `seven${i}@example.com`);
    const { broadcastId, senderId } = await newsletter(house, addresses);
    const mailing = house.mail();
    await eventually('some are out', async () => ((await house.states(broadcastId))['sent'] ?? 0) >= 40);
    await server.down();
    await mailing;
    await server.up();
    await house.database.query(`UPDATE senders SET rest_until = '-infinity', paused_at = NULL WHERE id = $1`, [senderId]);
    await house.database.query(`UPDATE recipients SET next_at = now() WHERE broadcast_id = $1 AND state = 'waiting'`, [broadcastId]);
    await house.mail();
    const states = await house.states(broadcastId);
    assert.equal((states['sent'] ?? 0) + (states['unconfirmed'] ?? 0), 200, JSON.stringify(states));
    assert.ok((states['unconfirmed'] ?? 0) <= 3, `no more than its connections: ${JSON.stringify(states)}`);
    const rows = await house.database.query<{ address: string }[]>(`SELECT address FROM recipients WHERE broadcast_id = $1 AND state = 'sent'`, [broadcastId]);
    await delivered(server, rows.map(({ address }) => address)); // what it had taken when it died lies in its queue
    const mails = await server.mails();
    for (const address of addresses) assert.ok((mails.get(address)?.length ?? 0) <= 1, address);
  });
}
