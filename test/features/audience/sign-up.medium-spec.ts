import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type AudienceHouse, joined, linksOf, openAudience, postForm } from './audience-house.js';

let house: AudienceHouse;
let list: { readonly id: string; readonly join: string };

beforeAll(async () => {
  house = await openAudience();
  list = await house.list();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE subscribers, subscriptions, consents, suppressions, sign_up_tries, letters, caught_mails CASCADE');
});

const subscription = async (address: string) => {
  const [row] = await house.database.query(
    `SELECT s.state, s.consent_ip, s.consent_version, s.purpose, s.consent_source, p.language, p.name FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE p.address = $1 AND s.list_id = $2`,
    [address, list.id],
  );
  return row;
};

describe('Signing up', () => {
  it('goes the whole way: form, letter, page with a button, and only then on the list, with the proof of each step', async () => {
    const page = await house.http().get(list.join).set('Accept', 'text/html');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toContain('sandbox allow-forms');
    expect(page.text).toContain('I want to get the news of Bar Aurora by e-mail.');
    expect(page.text).not.toMatch(/<script|http-equiv/);

    const answer = await postForm(house, list.join, { address: 'Anna@Example.com', name: 'Anna', language: 'it', consent: 'yes' });
    expect({ status: answer.status, cookies: answer.headers['set-cookie'] }).toEqual({ status: 200, cookies: undefined });
    expect(answer.text).toContain('Guarda nella tua casella di posta');
    expect(await subscription('Anna@Example.com')).toMatchObject({ state: 'pending', consent_version: 1, purpose: 'News of the bar', consent_source: 'form', language: 'it', name: 'Anna' });

    const [mail, ...others] = await house.mails();
    expect(others).toEqual([]);
    expect(mail).toMatchObject({ to: 'Anna@Example.com', subject: 'Conferma per favore: News', fromName: 'Bar Aurora' });
    expect(mail?.text).toContain('I want to get the news of Bar Aurora by e-mail.');
    const path = mail?.paths[0] ?? '';

    expect((await house.http().get(path).set('Accept-Language', 'en')).text).toContain('Vuoi ricevere “News”?');
    expect((await house.http().get(`${path}?language=en`)).text).toContain('Do you want to get “News”?');
    expect(await subscription('Anna@Example.com')).toMatchObject({ state: 'pending' });

    const confirmed = await postForm(house, path, {}, { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' });
    expect({ status: confirmed.status, said: confirmed.text.includes('L’iscrizione è confermata') }).toEqual({ status: 200, said: true });
    expect(await subscription('Anna@Example.com')).toMatchObject({ state: 'confirmed' });
    const proof = await house.database.query('SELECT deed, source, consent_version, host(ip) AS ip FROM consents ORDER BY id');
    expect(proof).toEqual([
      { deed: 'asked', source: 'form', consent_version: 1, ip: expect.stringMatching(/127\.0\.0\.1|::1/) },
      { deed: 'confirmed', source: 'form', consent_version: 1, ip: expect.stringMatching(/127\.0\.0\.1|::1/) },
    ]);
    await postForm(house, path);
    expect(await house.database.query('SELECT count(*)::int AS n FROM consents')).toEqual([{ n: 2 }]);
  });

  it('is taken from a form on any other page, and answered in JSON if that is asked for', async () => {
    const foreign = { Origin: 'https://aurora.example', 'Sec-Fetch-Site': 'cross-site' };
    const page = await postForm(house, list.join, { address: 'bea@example.com', consent: 'yes' }, foreign);
    expect({ status: page.status, type: page.type }).toEqual({ status: 200, type: 'text/html' });
    const json = await postForm(house, list.join, { address: 'carla@example.com', consent: 'yes' }, { ...foreign, Accept: 'application/json' });
    expect({ status: json.status, body: json.body, cors: json.headers['access-control-allow-origin'] }).toEqual({
      status: 200, body: { accepted: true, title: expect.any(Object), message: { en: expect.any(String), it: expect.any(String) } }, cors: '*',
    });
    const wrong = await postForm(house, list.join, { address: 'carla', consent: 'yes' }, { ...foreign, Accept: 'application/json' });
    expect({ status: wrong.status, code: wrong.body.code }).toEqual({ status: 422, code: 'sign-up-address' });
    expect((await house.mails()).map(({ to }) => to).sort()).toEqual(['bea@example.com', 'carla@example.com']);
  });

  it('is offered as plain HTML for any page, which posts to the same place', async () => {
    const { body } = await house.http().get(`/api/v1/lists/${list.id}/form?language=it`).set(house.as.viewer);
    expect(body.html).toContain(`action="${body.link}"`);
    expect(new URL(body.link).pathname).toBe(list.join);
    expect(body.html).not.toMatch(/<script|\son\w+=/);
    expect(body.html).toContain('Acconsento');
  });

  it('is answered the same whether the address is new, waiting, on the list, left or suppressed', async () => {
    const say = async (address: string): Promise<string> => (await postForm(house, list.join, { address, consent: 'yes' })).text;
    const unknown = await say('new@example.com');
    expect(await say('new@example.com')).toBe(unknown);
    await joined(house, list.join, 'known@example.com');
    expect(await say('known@example.com')).toBe(unknown);
    await joined(house, list.join, 'gone@example.com');
    await house.http().post((await linksOf(house, 'gone@example.com')).leave);
    expect(await say('gone@example.com')).toBe(unknown);
    await house.database.query(`INSERT INTO suppressions (id, workspace_id, kind, address_key, reason) VALUES (gen_random_uuid(), $1, 'email', 'never@example.com', 'complained')`, [house.workspaceId]);
    expect(await say('never@example.com')).toBe(unknown);
    expect(await house.database.query(`SELECT to_address FROM letters WHERE to_address = 'never@example.com'`)).toEqual([]);
  });

  it('keeps one subscriber for two spellings of one address, on one list or two', async () => {
    const second = await house.list({ name: 'Offers' });
    await postForm(house, list.join, { address: 'Jos\u00e9@M\u00fcnchen.example', consent: 'yes' });
    await postForm(house, second.join, { address: '  jose\u0301@XN--MNCHEN-3YA.example ', consent: 'yes' });
    await postForm(house, second.join, { address: 'JOSÉ@münchen.EXAMPLE', consent: 'yes' });
    expect(await house.database.query('SELECT address_key, (SELECT count(*)::int FROM subscriptions s WHERE s.subscriber_id = p.id) AS lists FROM subscribers p')).toEqual([
      { address_key: 'josé@xn--mnchen-3ya.example', lists: 2 },
    ]);
  });

  it('sends no second letter within a quarter of an hour, then up to three a day', async () => {
    const again = async (): Promise<number> => {
      await postForm(house, list.join, { address: 'dora@example.com', consent: 'yes' });
      return (await house.mails()).length;
    };
    const later = (interval: string) => house.database.query(`UPDATE subscriptions SET asked_at = asked_at - $1::interval`, [interval]);
    expect([await again(), await again()]).toEqual([1, 0]);
    await later('16 minutes');
    expect(await again()).toBe(1);
    await later('16 minutes');
    expect(await again()).toBe(1);
    await later('16 minutes');
    expect(await again()).toBe(0);
    await later('1 day');
    expect(await again()).toBe(1);
  });

  it('tells somebody who is on the list already so in their mailbox alone', async () => {
    await joined(house, list.join, 'emma@example.com');
    await house.database.query(`UPDATE subscriptions SET asked_at = asked_at - interval '1 hour'`);
    await postForm(house, list.join, { address: 'emma@example.com', consent: 'yes' });
    expect(await house.mails()).toMatchObject([{ to: 'emma@example.com', subject: 'Sei già iscritto: News' }]);
  });

  it('writes nothing down for a program that fills in what no person sees, and says nothing of it', async () => {
    const person = await postForm(house, list.join, { address: 'fritz@example.com', consent: 'yes' });
    const program = await postForm(house, list.join, { address: 'spam@example.com', consent: 'yes', company_fax: 'https://buy.example' });
    expect({ status: program.status, text: program.text }).toEqual({ status: 200, text: person.text });
    expect(await house.database.query('SELECT address FROM subscribers')).toEqual([{ address: 'fritz@example.com' }]);
  });

  it('refuses more than sixty in an hour from one connection, and takes others', async () => {
    await house.database.query(`INSERT INTO sign_up_tries (who) SELECT 'address:' || a FROM unnest(ARRAY['127.0.0.1', '::1', '::ffff:127.0.0.1']) a, generate_series(1, 60)`);
    const refused = await postForm(house, list.join, { address: 'late@example.com', consent: 'yes' });
    expect({ status: refused.status, alert: refused.text.includes('role="alert"') }).toEqual({ status: 429, alert: true });
    await house.database.query(`UPDATE sign_up_tries SET at = at - interval '61 minutes'`);
    expect((await postForm(house, list.join, { address: 'late@example.com', consent: 'yes' })).status).toBe(200);
  });

  it('needs the box ticked and a whole address, and keeps what was entered', async () => {
    const { status, text } = await postForm(house, list.join, { address: 'gina@', name: '<b>Gina</b>', consent: 'yes' });
    expect({ status, kept: text.includes('value="gina@"'), escaped: text.includes('&#60;b&#62;Gina') }).toEqual({ status: 422, kept: true, escaped: true });
    expect((await postForm(house, list.join, { address: 'gina@example.com' })).status).toBe(422);
    expect(await house.database.query('SELECT 1 FROM subscribers')).toEqual([]);
  });

  it('is closed with the list, with its sign-up and with the client', async () => {
    const other = await house.list({ name: 'Closed', signUpOpen: false });
    expect((await house.http().get(other.join)).status).toBe(404);
    expect((await postForm(house, other.join, { address: 'x@example.com', consent: 'yes' })).status).toBe(404);
  });

  it('comes back after leaving only by confirming anew, and then nothing stands against it', async () => {
    await joined(house, list.join, 'hanna@example.com');
    await house.http().post((await linksOf(house, 'hanna@example.com')).leave);
    expect(await house.database.query('SELECT reason FROM suppressions')).toEqual([{ reason: 'unsubscribed' }]);
    await house.database.query(`UPDATE subscriptions SET asked_at = asked_at - interval '1 hour'`);
    await joined(house, list.join, 'hanna@example.com');
    expect(await subscription('hanna@example.com')).toMatchObject({ state: 'confirmed' });
    expect(await house.database.query('SELECT reason FROM suppressions')).toEqual([]);
  });
});
