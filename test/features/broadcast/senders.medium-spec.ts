import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { v7 as uuid } from 'uuid';
import { SenderDns } from '../../../src/features/broadcast/sender-dns.service.js';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { seedList } from './broadcast-seed.js';

let house: BroadcastHouse;
beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());

const api = '/api/v1/senders';
const client = async (): Promise<string> => {
  const id = uuid();
  await house.database.query(`INSERT INTO clients (id, workspace_id, name, zone, language, day_from, day_to) VALUES ($1, $2, 'Bar Sport', 'Europe/Rome', 'it', '00:00', '00:00')`, [id, house.workspaceId]);
  return id;
};
const make = async (over: object = {}) =>
  (await house.http().post(api).set(house.editor.headers).send({ clientId: await client(), fromName: 'Bar Sport', fromAddress: 'ciao@bar.example', imprint: 'Bar Sport, via Roma 1, Roma', ...over })).body;

describe('A sender', () => {
  it('gets a key of its own, tells what to put into the DNS, and shows no secret', async () => {
    const sender = await make({ smtpUrl: 'smtps://user:hush-hush@smtp.example.com', imapUrl: 'imaps://user:hush-hush@imap.example.com' });
    expect(sender).toMatchObject({ ownServer: 'smtp.example.com', mailbox: 'imap.example.com', verifiedAt: null });
    expect(sender.dns.map(({ name }: { name: string }) => name)).toEqual([expect.stringMatching(/^postern[0-9a-f]{6}\._domainkey\.bar\.example$/), 'bar.example', '_dmarc.bar.example']);
    const [row] = await house.database.query('SELECT * FROM senders WHERE id = $1', [sender.id]);
    expect(JSON.stringify([sender, row])).not.toMatch(/hush-hush|PRIVATE KEY/);
    const audit = await house.database.query(`SELECT details::text AS d FROM audit_log WHERE subject_id = $1`, [sender.id]);
    expect(JSON.stringify(audit)).not.toContain('hush-hush');
  });

  it('is one per client', async () => {
    const sender = await make();
    expect((await house.http().post(api).set(house.editor.headers).send({ clientId: sender.clientId, fromName: 'B', fromAddress: 'b@bar.example', imprint: 'Bar Sport, via Roma 1' })).body.code).toBe('sender-there');
  });

  it('is not verified any more at another domain', async () => {
    const sender = await make();
    await house.database.query('UPDATE senders SET verified_at = now() WHERE id = $1', [sender.id]);
    const same = await house.http().patch(`${api}/${sender.id}`).set(house.editor.headers).send({ version: sender.version, fromAddress: 'altro@bar.example' });
    expect(same.body.verifiedAt).not.toBeNull();
    const other = await house.http().patch(`${api}/${sender.id}`).set(house.editor.headers).send({ version: same.body.version, fromAddress: 'ciao@altro.example' });
    expect(other.body.verifiedAt).toBeNull();
  });

  it('that is not verified writes to no subscriber, but its trial to a member', async () => {
    const brand = await house.brand('Bar', { verified_at: null });
    expect((await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })] })).outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('not verified') });
    const [{ email }] = await house.database.query('SELECT email FROM users WHERE id = $1', [house.editor.userId]);
    const test = (to: string) => house.http().post(`${api}/${brand.senderId}/test`).set(house.editor.headers).send({ to });
    expect((await test('stranger@example.com')).body.code).toBe('sender-reader-only');
    house.office.letters.length = 0;
    expect((await test(email)).body).toEqual({ state: 'sent', detail: null });
    expect(house.arrived()).toEqual([email]);
  });

  it('of its own does not reach into our network', async () => {
    const brand = await house.brand();
    await house.http().patch(`${api}/${brand.senderId}`).set(house.editor.headers).send({ version: 1, smtpUrl: `smtp://127.0.0.1:${house.office.port}` });
    const [{ email }] = await house.database.query('SELECT email FROM users WHERE id = $1', [house.editor.userId]);
    const { body } = await house.http().post(`${api}/${brand.senderId}/test`).set(house.editor.headers).send({ to: email });
    expect(body).toMatchObject({ state: 'failed', detail: expect.stringContaining('not an address of the open internet') });
  });
});

describe('The DNS', () => {
  const sender = { fromAddress: 'ciao@bar.example', dkimSelector: 'postern1', dkimPublic: 'AAAB' };
  const good: Readonly<Record<string, readonly (readonly string[])[]>> = {
    'bar.example': [['google-site-verification=x'], ['v=spf1 include:mail.example ~all']], 'postern1._domainkey.bar.example': [['v=DKIM1; k=rsa; ', 'p=AA AB']], '_dmarc.bar.example': [['v=DMARC1; p=none; rua=mailto:x@bar.example']],
  };
  const check = async (zone: Readonly<Record<string, readonly (readonly string[])[] | Error>>) => {
    const dns = new SenderDns(async (name) => {
      const records = zone[name];
      if (records === undefined) throw Object.assign(new Error('no'), { code: 'ENOTFOUND' });
      if (records instanceof Error) throw records;
      return records;
    });
    return Object.fromEntries((await dns.check(sender)).map(({ name, state }) => [name, state]));
  };

  it('vouches for a sender when all three stand there', async () => {
    expect(await check(good)).toEqual({ spf: 'ok', dkim: 'ok', dmarc: 'ok' });
  });

  it('does not when they are missing, wrong, twice, or when it does not answer', async () => {
    expect(await check({})).toEqual({ spf: 'missing', dkim: 'missing', dmarc: 'missing' });
    expect(await check({ ...good, 'postern1._domainkey.bar.example': [['v=DKIM1; p=ZZZZ']], 'bar.example': [['v=spf1 +all']], '_dmarc.bar.example': [['v=DMARC1; rua=x']] })).toEqual({ spf: 'wrong', dkim: 'wrong', dmarc: 'wrong' });
    expect(await check({ ...good, 'bar.example': [['v=spf1 ~all'], ['v=spf1 -all']] })).toMatchObject({ spf: 'wrong' });
    expect(await check({ ...good, 'bar.example': Object.assign(new Error('timeout'), { code: 'ETIMEOUT' }) })).toMatchObject({ spf: 'unknown' });
  });
});

describe('What nobody outside may get', () => {
  it('is refused while PUBLIC_URL is not https', async () => {
    const plain = await openBroadcastHouse({ PUBLIC_URL: 'http://postern.example' });
    try {
      const brand = await plain.brand();
      const { outcome } = await plain.take(brand, { listIds: [await seedList(plain.database, brand, { people: 1 })] });
      expect(outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('https') });
    } finally {
      await plain.close();
    }
  });

  it('of a demo is only caught, and without a mail server too', async () => {
    const brand = await house.brand('Demo');
    await house.database.query(`UPDATE workspaces SET kind = 'demo' WHERE id = $1`, [house.workspaceId]);
    house.office.letters.length = 0;
    const { broadcastId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 80 })] });
    await house.mail();
    await house.database.query(`UPDATE workspaces SET kind = 'live' WHERE id = $1`, [house.workspaceId]);
    expect(await house.states(broadcastId)).toEqual({ sent: 80 });
    expect(house.office.letters).toHaveLength(0);
    const caught = await house.http().get('/api/v1/caught-mails').set(house.editor.headers);
    expect(caught.body.items[0]).toMatchObject({ about: 'newsletter', subject: 'Aperitivo' });
  });
});

describe('A link scanner', () => {
  it('that opens every link of a mail changes nothing', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 2 });
    await house.take(brand, { listIds: [list] });
    house.office.letters.length = 0;
    await house.mail();
    const [letter] = house.office.letters;
    const parsed = await simpleParser(`Content-Type: text/html\r\n\r\n${letter?.html}`);
    const links = [...`${parsed.html}${letter?.text}`.matchAll(/https:\/\/postern\.example(\/public\/[^\s"<]+)/g)].map(([, path = '']) => path);
    expect(new Set(links.map((path) => path.split('/')[2]))).toEqual(new Set(['u', 'p', 'n']));
    const before = await rows();
    for (const path of links) {
      expect((await house.http().get(path).set('Host', 'postern.example')).status).toBe(200);
      await house.http().head(path).set('Host', 'postern.example');
    }
    expect(await rows()).toEqual(before);
  });

  const rows = () => house.database.query(`SELECT (SELECT jsonb_agg(s ORDER BY s.subscriber_id, s.list_id) FROM subscriptions s) AS s, (SELECT jsonb_agg(x) FROM suppressions x) AS x, (SELECT jsonb_agg(r ORDER BY r.subscriber_id, r.broadcast_id) FROM recipients r) AS r`);
});

it('everybody with the link reads a newsletter in the browser, and nothing of any recipient is in it', async () => {
  const brand = await house.brand();
  const { outcome } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 1 })] });
  const path = new URL(outcome.kind === 'delivered' ? (outcome.url ?? '') : '').pathname;
  const page = await house.http().get(path).set('Host', 'postern.example');
  expect(page.text).toContain('Stasera alle 18.');
  expect(page.text).not.toMatch(/POSTERN|\/public\/u\/|Annulla/);
  expect(page.headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox/);
  expect((await house.http().get(`/public/n/${'x'.repeat(24)}`).set('Host', 'postern.example')).status).toBe(404);
});
