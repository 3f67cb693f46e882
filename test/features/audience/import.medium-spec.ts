import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AudienceService } from '../../../src/features/audience/audience.service.js';
import { ConfirmationLetters } from '../../../src/features/audience/confirmation-letters.service.js';
import { CONFIG, type Config } from '../../../src/infra/config.js';
import { type AudienceHouse, joined, linksOf, openAudience, postForm } from './audience-house.js';
import { inManyPeople, manyPeople } from './many-people.js';

let house: AudienceHouse;
let list: { readonly id: string; readonly join: string };

beforeAll(async () => {
  house = await openAudience();
  list = await house.list();
}, 60_000);
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE subscribers, subscriptions, consents, suppressions, audience_keys, list_imports, sign_up_tries, letters, caught_mails CASCADE');
});

const stated = { consentSource: 'Paper cards at the till', consentOn: '2026-01-15', consentVersion: '1' };

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('It never came to that.');
}

async function send(file: string | Buffer, query: Readonly<Record<string, string>> = {}, to = list.id) {
  const search = new URLSearchParams({ preview: 'false', ...query });
  return house.http().post(`/api/v1/lists/${to}/imports?${search.toString()}`).set(house.as.manager).set('Content-Type', 'text/csv; charset=utf-8').send(file);
}
const states = () => house.database.query('SELECT p.address_key AS key, p.name, p.language, s.state, s.consent_source AS source, s.tags FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id ORDER BY 1');

describe('An import', () => {
  it('in preview says what it would do, and does nothing', async () => {
    const { status, body } = await send('Nome;Indirizzo e-mail;Città;Etichette\nAnna;anna@example.com;Roma;VIP\nBea;bea@;Roma;\n;ANNA@EXAMPLE.com;;milano\n', { preview: 'true' });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        preview: true, columns: { address: 'Indirizzo e-mail', name: 'Nome', tags: 'Etichette' }, ignoredColumns: ['Città'], rows: 3, faults: 1, duplicates: 1, suppressed: 0, unsubscribed: 0,
        already: 0, waiting: 0, added: 1, addedAs: 'pending', importId: null,
        errors: [{ row: 3, column: 'address', code: 'email-invalid', sentence: { en: expect.stringContaining('bea@'), it: expect.stringContaining('bea@') } }],
        sample: [{ row: 2, address: 'anna@example.com', name: 'Anna', language: 'it', tags: ['vip'] }, { row: 4, address: 'ANNA@EXAMPLE.com', name: '', language: 'it', tags: ['milano'] }],
      },
    });
    expect(await house.database.query('SELECT 1 FROM subscribers')).toEqual([]);
  });

  it('with one wrong row does nothing at all, unless wrong rows are to be left out', async () => {
    const file = 'email\nanna@example.com\nbroken\n';
    const refused = await send(file);
    expect({ status: refused.status, code: refused.body.code, errors: refused.body.errors.length }).toEqual({ status: 422, code: 'csv-has-errors', errors: 1 });
    expect(await states()).toEqual([]);
    const { body } = await send(file, { leaveOutBroken: 'true' });
    expect(body).toMatchObject({ faults: 1, added: 1 });
    expect((await states()).map(({ key }: { key: string }) => key)).toEqual(['anna@example.com']);
  });

  it('looks each person up by an index, also where the tables held next to nothing a moment ago', async () => {
    await send('email\nanna@example.com\n', stated);
    await house.database.query('ANALYZE subscribers');
    await send(`email\n${Array.from({ length: 20 }, (_, i) => `early${i}@example.com`).join('\n')}\n`, stated); // the plans of the foreign keys stay with the connection
    const read = async () => {
      const [row] = await house.database.query<{ scans: number; come: number }[]>(`SELECT seq_scan::int AS scans, n_tup_ins::int AS come FROM pg_stat_user_tables WHERE relname = 'subscribers'`);
      return row ?? { scans: 0, come: 0 };
    };
    const before = await read();
    await send(`email\n${Array.from({ length: 3_000 }, (_, i) => `p${i}@example.com`).join('\n')}\n`, stated);
    // The server tells its counts a moment after the transaction.
    await until(async () => (await read()).come >= before.come + 3_000);
    expect((await read()).scans - before.scans).toBeLessThan(50);
  });

  it('with a stated consent puts people on the list, with where it comes from as the proof', async () => {
    const { body } = await send('email,name,tags\nanna@example.com,Anna,a|b\n Anna@Example.com ,,c\nbea@MÜNCHEN.example,Bea,\n', stated);
    expect(body).toMatchObject({ added: 2, addedAs: 'confirmed', duplicates: 1, importId: expect.any(String) });
    expect(await states()).toEqual([
      { key: 'anna@example.com', name: 'Anna', language: 'it', state: 'confirmed', source: 'import', tags: ['a', 'b', 'c'] },
      { key: 'bea@xn--mnchen-3ya.example', name: 'Bea', language: 'it', state: 'confirmed', source: 'import', tags: [] },
    ]);
    expect(await house.database.query(`SELECT deed, source, detail, consent_version AS version, at::date::text AS on, import_id AS "importId" FROM consents`)).toEqual(
      [1, 2].map(() => ({ deed: 'stated', source: 'import', detail: 'Paper cards at the till', version: 1, on: '2026-01-15', importId: body.importId })),
    );
    await house.app.get(ConfirmationLetters, { strict: false }).round();
    expect(await house.mails()).toEqual([]);
  });

  it('without one asks each by letter, a portion at a time, and only the button puts them on the list', async () => {
    const letters = house.app.get(ConfirmationLetters, { strict: false });
    await send(`email\n${Array.from({ length: 150 }, (_, i) => `p${i}@example.com`).join('\n')}\n`);
    expect([await letters.round(), await letters.round()]).toEqual([100, 0]);
    for (let carried = 0; carried < 100; carried += 20) await house.mails();
    expect(await letters.round()).toBe(50);
    const [mail] = await house.mails();
    await postForm(house, mail?.paths[0] ?? '');
    expect(await house.database.query(`SELECT state, count(*)::int AS n FROM subscriptions GROUP BY 1 ORDER BY 1`)).toEqual([{ state: 'confirmed', n: 1 }, { state: 'pending', n: 149 }]);
    expect(await letters.round()).toBe(0);
  });

  it('says all of its consent or nothing, of a day that has been and a text that was there', async () => {
    const codeOf = async (query: Readonly<Record<string, string>>) => (await send('email\nanna@example.com\n', query)).body.code;
    expect(await codeOf({ consentSource: 'Cards' })).toBe('consent-incomplete');
    expect(await codeOf({ ...stated, consentOn: '2199-01-01' })).toBe('consent-later');
    expect(await codeOf({ ...stated, consentVersion: '2' })).toBe('consent-text-unknown');
  });

  it('changes nobody who is on the list, left it, or gets nothing', async () => {
    for (const address of ['on@example.com', 'left@example.com', 'off@example.com']) await joined(house, list.join, address);
    await house.http().post(`${(await linksOf(house, 'left@example.com')).leave}/${list.id}`);
    await house.http().post((await linksOf(house, 'off@example.com')).leave);
    await house.http().post('/api/v1/suppressions').set(house.as.editor).send({ kind: 'email', address: 'Never@example.com', why: 'Asked by phone' });
    const { body } = await send('email,name,tags\nON@example.com,Other,vip\nleft@example.com,,\noff@example.com,,\nnever@example.com,,\nnew@example.com,,\n', stated);
    expect(body).toMatchObject({ rows: 5, already: 1, unsubscribed: 1, suppressed: 2, added: 1, waiting: 0 });
    expect(await states()).toMatchObject([
      { key: 'left@example.com', state: 'unsubscribed', source: 'form' }, { key: 'new@example.com', state: 'confirmed' },
      { key: 'off@example.com', state: 'unsubscribed', source: 'form' }, { key: 'on@example.com', state: 'confirmed', source: 'form', name: '', tags: ['vip'] },
    ]);
  });

  it('after an erasure leaves that person out, under any spelling, and the address stands nowhere', async () => {
    await joined(house, list.join, 'gone@example.com');
    const { preferences, id } = await linksOf(house, 'gone@example.com');
    await postForm(house, `${preferences}/erase`);
    const { body } = await send('email\nGone@Example.com\nnew@example.com\n', stated);
    expect(body).toMatchObject({ suppressed: 1, added: 1 });
    expect((await states()).filter(({ state }: { state: string }) => state === 'confirmed')).toMatchObject([{ key: 'new@example.com' }]);
    expect(await house.database.query('SELECT address, address_key, name FROM subscribers WHERE id = $1', [id])).toEqual([{ address: '', address_key: `erased:${id}`, name: '' }]);
    const dump = await Promise.all(['suppressions', 'subscribers', 'subscriptions', 'consents', 'letters', 'caught_mails', 'audit_log', 'sign_up_tries'].map((table) => house.database.query(`SELECT to_jsonb(t)::text AS row FROM ${table} t`)));
    expect(JSON.stringify(dump)).not.toMatch(/gone@example/i);
  });

  it('confirms somebody who was asked already, if their consent is stated now', async () => {
    await postForm(house, list.join, { address: 'anna@example.com', consent: 'yes' });
    expect((await send('email\nanna@example.com\n', stated)).body).toMatchObject({ waiting: 1, added: 0 });
    expect(await states()).toMatchObject([{ key: 'anna@example.com', state: 'confirmed', source: 'import' }]);
  });

  it('of phone numbers takes them in any form, with the list\'s country, and never without a stated consent', async () => {
    const phones = await house.list({ kind: 'phone', name: 'SMS' });
    expect((await send('telefono\n347 1234567\n', {}, phones.id)).body.code).toBe('consent-needed');
    expect((await send('telefono\n347 1234567\n+39 347 123 4567\n06/12345678\n', stated, phones.id)).body).toMatchObject({ added: 2, duplicates: 1, faults: 0 });
    expect((await states()).map(({ key }: { key: string }) => key)).toEqual(['+390612345678', '+393471234567']);
  });

  it.each([
    ['csv-empty', ''],
    ['csv-empty', 'email\n\n\n'],
    ['csv-column-missing', 'nome,città\nAnna,Roma\n'],
    ['csv-broken', 'email\n"anna@example.com\nbea@example.com\n'],
    ['csv-encoding', Buffer.from('email,name\nanna@example.com,Nicol\xf2\n', 'latin1')],
  ])('of a broken file is refused: %s', async (code, file) => {
    expect((await send(file)).body.code).toBe(code);
    expect(await states()).toEqual([]);
  });

  it('of another body than CSV is refused', async () => {
    const { body } = await house.http().post(`/api/v1/lists/${list.id}/imports?preview=false`).set(house.as.manager).send({ email: 'anna@example.com' });
    expect(body.code).toBe('csv-expected');
  });

  it('leaves no file behind, however it ends', async () => {
    await send('email\nanna@example.com\n');
    await send('email\nbroken\n');
    await send('');
    const { DATA_DIR } = house.app.get<Config>(CONFIG, { strict: false });
    expect(await readdir(join(DATA_DIR, 'imports'))).toEqual([]);
  });
});

/** What is still held after the garbage is gone, in bytes. */
function held(): number {
  setFlagsFromString('--expose_gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('An import of 100,000 rows', () => {
  it('is done in bounded memory, with every duplicate and every broken row counted', async () => {
    const count = 100_000;
    const file = [...manyPeople(count)].join('');
    const seen: number[] = [];
    const watching = setInterval(() => seen.push(held()), 4_000);
    const began = performance.now();
    const { status, body } = await send(file, { ...stated, leaveOutBroken: 'true' });
    clearInterval(watching);
    const seconds = (performance.now() - began) / 1_000;
    process.stdout.write(`import of ${count} rows (${Math.round(file.length / 1e6)} MB): ${seconds.toFixed(1)} s, held ${Math.round(Math.min(...seen) / 1e6)} to ${Math.round(Math.max(...seen) / 1e6)} MB\n`);

    expect(status).toBe(200);
    expect(body).toMatchObject({ ...inManyPeople(count), suppressed: 0 });
    expect(body.errors).toHaveLength(1_000);
    expect(await house.database.query('SELECT count(*)::int AS n, count(DISTINCT p.address_key)::int AS keys FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id')).toEqual([{ n: body.added, keys: body.added }]);
    expect(await house.database.query(`SELECT s.tags FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE p.address_key = 'person2@example.com'`)).toEqual([{ tags: ['late', 't2'] }]);
    // Two thousand rows are held at a time; were all of them, it would grow by some thirty MB or more from the first to the last.
    expect((Math.max(...seen) - Math.min(...seen)) / 1e6).toBeLessThan(15);
    expect(await house.app.get(AudienceService, { strict: false }).count(house.database.manager, { workspaceId: house.workspaceId, clientId: house.clientId, listIds: [list.id] })).toBe(body.added);
  }, 600_000);
});
