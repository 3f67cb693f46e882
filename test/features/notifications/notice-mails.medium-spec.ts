import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { NoticeMailsService } from '../../../src/features/notifications/notice-mails.service.js';
import { NoticesService } from '../../../src/features/notifications/notices.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { readConfig } from '../../../src/infra/config.js';
import { Outbox } from '../../../src/infra/mail/outbox.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

let database: TestDatabase;
const workspaceId = uuid();

beforeAll(async () => {
  database = await createDatabase();
  await database.dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agenzia Uno')`, [workspaceId]);
});
afterAll(() => database.drop());
beforeEach(() => database.dataSource.query('TRUNCATE notices, letters, members CASCADE'));

const mails = (): NoticeMailsService => new NoticeMailsService(database.dataSource, new Outbox([]), new Clock(), readConfig({ PUBLIC_URL: 'https://postern.example' }));

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

interface Row {
  readonly to: string;
  readonly about: string;
  readonly subject: string;
  readonly text: string;
}
const letters = (): Promise<Row[]> => database.dataSource.query(`SELECT to_address AS "to", about, mail ->> 'subject' AS subject, mail ->> 'text' AS text FROM letters ORDER BY to_name`);

describe('A notice becomes letters', () => {
  it('to owners and managers, each in their own language, with a way to Postern', async () => {
    const [anna, bruno] = [await member('Anna'), await member('Bruno', 'manager', 'it')];
    await member('Edith', 'editor');
    await tell();
    expect(await mails().round()).toBe(2);
    expect(await letters()).toEqual([
      { to: anna, about: 'notice', subject: '[Agenzia Uno] A post failed on Bar Sport (Bar)', text: expect.stringContaining('https://postern.example') },
      { to: bruno, about: 'notice', subject: '[Agenzia Uno] Un post non è uscito su Bar Sport (Bar)', text: expect.stringContaining('https://postern.example') },
    ]);
  });

  it('once, however often and by however many processes it is tried', async () => {
    await member('Anna');
    await tell();
    await Promise.all([mails().round(), mails().round(), mails().round()]);
    await mails().round();
    expect(await letters()).toHaveLength(1);
  });

  it('not to a member whose account is closed', async () => {
    const gone = await member('Gone');
    await database.dataSource.query('UPDATE users SET disabled_at = now() WHERE email = $1', [gone]);
    await member('Anna');
    await tell();
    await mails().round();
    expect(await letters()).toHaveLength(1);
  });

  it.each([
    ['before it could gather', `created_at = now() - interval '5 seconds'`],
    ['when somebody has seen it', `seen_at = now()`],
    ['when it is no news any more', `created_at = now() - interval '7 hours'`],
  ])('not %s', async (_, change) => {
    await member('Anna');
    await tell();
    await database.dataSource.query(`UPDATE notices SET ${change}`);
    expect(await mails().round()).toBe(0);
    await database.dataSource.query(`UPDATE notices SET created_at = now() - interval '40 seconds', seen_at = NULL`);
    expect(await mails().round()).toBe(1);
  });
});
