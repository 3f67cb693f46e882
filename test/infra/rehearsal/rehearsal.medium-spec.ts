import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import nodemailer from 'nodemailer';
import { DataSource } from 'typeorm';
import { migrate } from '../../../src/infra/database/migrate.js';
import { startMailCatcher } from '../../../src/infra/rehearsal/mail-catcher.js';
import { startPhoneCatcher } from '../../../src/infra/rehearsal/phone-catcher.js';
import { RehearsedDatabase } from '../../../src/infra/rehearsal/rehearsed-database.js';
import { administer, withDatabase } from '../../kit/template.js';

describe('a database whose clock can be put forward', () => {
  const server = process.env['POSTERN_TEST_POSTGRES'] ?? '';
  const name = `postern_rehearsal_${randomBytes(6).toString('hex')}`;
  const url = withDatabase(server, name);
  let rehearsed: RehearsedDatabase;
  let database: DataSource;
  beforeAll(async () => {
    await administer(server, `CREATE DATABASE ${name}`);
    rehearsed = await RehearsedDatabase.prepare(url, 0);
    await migrate(url);
    database = await new DataSource({ type: 'postgres', url }).initialize();
  });
  afterAll(async () => {
    await database.destroy();
    await rehearsed.close();
    await administer(server, `DROP DATABASE ${name} WITH (FORCE)`);
  });
  const hoursAhead = async (what: string): Promise<number> => {
    const [row] = await database.query<{ h: number }[]>(`SELECT (extract(epoch FROM ${what} - pg_catalog.now()) / 3600)::float8 AS h`);
    return Math.round(row?.h ?? 0);
  };

  it('says of now what it was told, in statements, in defaults of tables and in the middle of a statement', async () => {
    await rehearsed.setAhead(5 * 3_600_000);
    expect(await hoursAhead('now()')).toBe(5);
    expect(await hoursAhead('clock_timestamp()')).toBe(5);
    await database.query(`INSERT INTO workspaces (id, name) VALUES (gen_random_uuid(), 'x')`);
    expect(await hoursAhead('(SELECT created_at FROM workspaces)')).toBe(5);
  });

  it('has no default in the schema that would tell another time', async () => {
    const deaf = await database.query(
      `SELECT c.relname, a.attname FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE c.relnamespace = 'public'::regnamespace AND pg_get_expr(d.adbin, d.adrelid) ~ '(pg_catalog\\.now|CURRENT_TIMESTAMP|CURRENT_DATE|LOCALTIMESTAMP)'`);
    expect(deaf).toEqual([]);
  });
});

describe('what takes everything and passes on nothing', () => {
  it('is a mail server: letters and newsletters, several recipients, several mails to a connection', async () => {
    const catcher = await startMailCatcher(() => 7);
    const transport = nodemailer.createTransport({ url: catcher.url, pool: true, maxConnections: 1 });
    await transport.sendMail({ from: 'a@drill.example', to: ['b@drill.example', 'c@drill.example'], subject: 'A letter', text: 'Hello.\n.\nA dot alone on its line.' });
    await transport.sendMail({ from: 'a@drill.example', to: 'd@drill.example', subject: 'An issue', text: 'Hello', headers: { 'List-Unsubscribe': '<https://drill.example/leave>' } });
    transport.close();
    await catcher.close();
    expect(catcher.mails).toMatchObject([
      { to: ['b@drill.example', 'c@drill.example'], subject: 'A letter', isToList: false, at: 7 }, { to: ['d@drill.example'], subject: 'An issue', isToList: true },
    ]);
  });

  it('is a gateway of SMS', async () => {
    const catcher = await startPhoneCatcher();
    const send = (body: object) => fetch(catcher.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    expect(await (await send({ to: '+393331000000', text: 'Ciao', ref: 'r' })).json()).toEqual({ id: 'sms-1' });
    expect((await send({ nothing: true })).status).toBe(400);
    await catcher.close();
    expect(catcher.texts).toEqual([{ to: '+393331000000', text: 'Ciao', ref: 'r' }]);
  });
});
