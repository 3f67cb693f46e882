import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { v7 as uuid } from 'uuid';
import { NoticeMailsService } from '../../../src/features/notifications/notice-mails.service.js';
import { NoticesService } from '../../../src/features/notifications/notices.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { readConfig } from '../../../src/infra/config.js';
import { Mailer, NoMailer } from '../../../src/infra/mail/mailer.js';
import { SmtpMailer } from '../../../src/infra/mail/smtp-mailer.js';
import { Metrics } from '../../../src/infra/metrics.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

/** What the post office says to a recipient: null = welcome. */
type Verdict = (address: string) => { code: number; text: string } | null;

let database: TestDatabase;
let office: SMTPServer;
let mailer: SmtpMailer;
let letters: ParsedMail[];
let verdict: Verdict;
const workspaceId = uuid();
const clock = new Clock();

beforeAll(async () => {
  database = await createDatabase();
  office = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _, done) => {
      const no = verdict(address);
      done(no && Object.assign(new Error(no.text), { responseCode: no.code }));
    },
    onData: (stream, _, done) => {
      simpleParser(stream, (error, mail) => {
        if (!error) letters.push(mail);
        done(error);
      });
    },
  });
  await new Promise<void>((resolve) => office.listen(0, '127.0.0.1', resolve));
  await database.dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agenzia Uno')`, [workspaceId]);
});
afterAll(async () => {
  await new Promise<void>((resolve) => office.close(() => resolve()));
  await database.drop();
});
beforeEach(async () => {
  await database.dataSource.query('TRUNCATE notices, notice_mails, members CASCADE');
  await database.dataSource.query(`UPDATE workspaces SET kind = 'live'`);
  letters = [];
  verdict = () => null;
  mailer = new SmtpMailer(`smtp://127.0.0.1:${(office.server.address() as AddressInfo).port}?from=postern%40agency.example`);
});
afterEach(() => mailer.close());

const mails = (by: Mailer = mailer): NoticeMailsService =>
  new NoticeMailsService(database.dataSource, by, new Metrics(clock), clock, readConfig({ PUBLIC_URL: 'https://postern.example' }));

async function member(name: string, role = 'owner', language = 'en'): Promise<string> {
  const id = uuid();
  const email = `${name}-${id.slice(-6)}@example.com`;
  await database.dataSource.query('INSERT INTO users (id, email, name, language) VALUES ($1, $2, $3, $4)', [id, email, name, language]);
  await database.dataSource.query('INSERT INTO members (workspace_id, user_id, role) VALUES ($1, $2, $3)', [workspaceId, id, role]);
  return email;
}

async function tell(olderS = 31): Promise<void> {
  await database.dataSource.transaction((manager) =>
    new NoticesService(database.dataSource).tell(manager, [
      { workspaceId, kind: 'post-failed', matter: 'failed:x', fold: 'hour', params: { count: 1, channel: 'Bar Sport', client: 'Bar', platform: 'Mastodon', reason: { code: 'refused', detail: 'no' } } },
    ]),
  );
  await database.dataSource.query(`UPDATE notices SET created_at = now() - make_interval(secs => $1)`, [olderS]);
}

const states = (): Promise<{ state: string; tries: number; detail: string | null }[]> => database.dataSource.query('SELECT state, tries, detail FROM notice_mails ORDER BY state');
const dueAgain = (): Promise<unknown> => database.dataSource.query('UPDATE notice_mails SET next_at = now()');

describe('A notice is mailed', () => {
  it('to owners and managers, each in their own language, with a way to Postern', async () => {
    const [anna, bruno] = [await member('Anna'), await member('Bruno', 'manager', 'it')];
    await member('Edith', 'editor');
    await tell();
    expect(await mails().round()).toBe(2);
    const byAddress = new Map(letters.map((mail) => [[mail.to].flat()[0]?.value[0]?.address, mail]));
    expect(byAddress.get(anna)?.subject).toBe('[Agenzia Uno] A post failed on Bar Sport (Bar)');
    expect(byAddress.get(bruno)?.subject).toBe('[Agenzia Uno] Un post non è uscito su Bar Sport (Bar)');
    expect(byAddress.get(anna)?.text).toContain('https://postern.example');
    expect(byAddress.get(anna)?.from?.value[0]?.address).toBe('postern@agency.example');
    expect(byAddress.get(anna)?.headers.get('auto-submitted')).toBe('auto-generated');
  });

  it('once, however often and by however many processes it is tried', async () => {
    await member('Anna');
    await tell();
    await Promise.all([mails().round(), mails().round(), mails().round()]);
    await mails().round();
    expect(letters).toHaveLength(1);
  });

  it('not before it could gather, not when somebody has seen it, not from a demo, not when it is old', async () => {
    await member('Anna');
    await tell(5);
    await mails().round();
    await database.dataSource.query(`UPDATE notices SET created_at = now() - interval '40 seconds', seen_at = now()`);
    await mails().round();
    await database.dataSource.query(`UPDATE notices SET seen_at = NULL`);
    await database.dataSource.query(`UPDATE workspaces SET kind = 'demo'`);
    await mails().round();
    await database.dataSource.query(`UPDATE workspaces SET kind = 'live'`);
    await database.dataSource.query(`UPDATE notices SET created_at = now() - interval '7 hours'`);
    await mails().round();
    expect(letters).toEqual([]);
    await database.dataSource.query(`UPDATE notices SET created_at = now() - interval '40 seconds'`);
    expect(await mails().round()).toBe(1);
  });

  it('again later, under the same Message-ID, when the server could not take it', async () => {
    await member('Anna');
    await tell();
    verdict = () => ({ code: 451, text: 'later' });
    expect(await mails().round()).toBe(0);
    expect(await states()).toMatchObject([{ state: 'waiting', tries: 1, detail: expect.stringContaining('later') }]);
    verdict = () => null;
    expect(await mails().round()).toBe(0); // not before its time
    await dueAgain();
    expect(await mails().round()).toBe(1);
    await database.dataSource.query(`UPDATE notice_mails SET state = 'waiting', next_at = now()`); // as if the answer had been lost
    await mails().round();
    expect(letters).toHaveLength(2);
    expect(letters[1]!.messageId).toBe(letters[0]!.messageId);
    expect(letters[0]!.messageId).toMatch(/@agency\.example>$/);
  });

  it('to the others when one address is refused for good', async () => {
    const gone = await member('Gone');
    await member('Anna');
    await tell();
    verdict = (address) => (address === gone ? { code: 550, text: 'no such user' } : null);
    expect(await mails().round()).toBe(1);
    expect(await states()).toMatchObject([{ state: 'failed', tries: 1 }, { state: 'sent' }]);
  });

  it('to nobody without SMTP_URL, and stays in the app', async () => {
    await member('Anna');
    await tell();
    const quiet = mails(new NoMailer());
    quiet.onApplicationBootstrap();
    await quiet.onModuleDestroy();
    expect(await states()).toEqual([]);
    expect(await database.dataSource.query('SELECT mailed_at FROM notices')).toEqual([{ mailed_at: null }]);
  });
});

describe('The mailer', () => {
  it('says for the doctor whether the server lets it in', async () => {
    expect(await mailer.check()).toBeNull();
    const nowhere = new SmtpMailer('smtp://127.0.0.1:1');
    expect(await nowhere.check()).toContain('ECONNREFUSED');
    nowhere.close();
  });

  it('takes the sender from the user of SMTP_URL when none is named', () => {
    const named = new SmtpMailer('smtps://me%40agency.example:pw@mail.example');
    expect(named.from).toBe('me@agency.example');
    named.close();
  });
});
