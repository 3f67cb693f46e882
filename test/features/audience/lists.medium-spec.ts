import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfirmationLetters } from '../../../src/features/audience/confirmation-letters.service.js';
import { ConfirmationsService } from '../../../src/features/audience/confirmations.service.js';
import { openPostOffice } from '../../kit/post-office.js';
import { type AudienceHouse, joined, linksOf, openAudience, postForm } from './audience-house.js';

let house: AudienceHouse;

beforeAll(async () => {
  house = await openAudience();
}, 60_000);
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE subscribers, subscriptions, consents, suppressions, sign_up_tries, letters, caught_mails CASCADE');
});

const patch = (id: string, change: object) => house.http().patch(`/api/v1/lists/${id}`).set(house.as.manager).send(change);
const add = (listId: string, body: object, headers = house.as.editor) => house.http().post(`/api/v1/lists/${listId}/subscribers`).set(headers).send(body);
const consent = { source: 'By phone', at: '2026-01-01T10:00:00Z' };

describe('A list', () => {
  it('keeps every version of its consent text, and each person the one they agreed to', async () => {
    const list = await house.list();
    await joined(house, list.join, 'anna@example.com');
    expect((await patch(list.id, { version: 1, name: 'Novità' })).body).toMatchObject({ name: 'Novità', version: 2, consentVersion: 1 });
    expect((await patch(list.id, { version: 2, consentText: 'I also want urgent news.', coversFallback: true })).body).toMatchObject({ version: 3, consentVersion: 2, coversFallback: true });
    await joined(house, list.join, 'bea@example.com');
    const { body } = await house.http().get(`/api/v1/lists/${list.id}/consent-texts`).set(house.as.viewer);
    expect(body.items).toMatchObject([{ version: 2, text: 'I also want urgent news.', coversFallback: true }, { version: 1, coversFallback: false }]);
    expect(await house.database.query('SELECT p.address, s.consent_version AS version FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id ORDER BY 1')).toEqual([
      { address: 'anna@example.com', version: 1 }, { address: 'bea@example.com', version: 2 },
    ]);
    expect((await patch(list.id, { version: 1, name: 'x' })).body.code).toBe('edited-meanwhile');
    expect((await house.http().get(`/api/v1/lists/${list.id}`).set(house.as.viewer)).body.counts).toEqual({ pending: 0, confirmed: 2, unsubscribed: 0, reachable: 2 });
  });

  it('takes language and country from the client, and another country if it is one', async () => {
    const phones = await house.http().post('/api/v1/lists').set(house.as.manager).send({ clientId: house.clientId, kind: 'phone', name: 'SMS', purpose: 'p', consentText: 't' });
    expect(phones.body).toMatchObject({ language: 'it', country: 'IT', kind: 'phone', doubleOptIn: true, signUpOpen: false }); // telephones do not sign up themselves
    expect((await patch(phones.body.id, { version: 1, country: 'CH' })).body.country).toBe('CH');
    expect((await patch(phones.body.id, { version: 2, country: 'XX' })).body.code).toBe('country-unknown');
    expect((await add(phones.body.id, { address: '044 668 18 00', consent })).body.address).toBe('044 668 18 00');
    expect(await house.database.query('SELECT address_key FROM subscribers')).toEqual([{ address_key: '+41446681800' }]);
    expect((await add(phones.body.id, { address: '044 668 18 01' })).body.code).toBe('consent-needed');
    expect((await house.http().get(new URL(phones.body.signUpLink as string).pathname)).status).toBe(404);
  });

  it('without double opt-in takes people at once, but asks whoever is suppressed', async () => {
    const list = await house.list({ name: 'At once', doubleOptIn: false });
    expect((await postForm(house, list.join, { address: 'anna@example.com', consent: 'yes' })).text).toContain('La tua iscrizione è stata accolta');
    expect(await house.mails()).toEqual([]);
    const { leave } = await linksOf(house, 'anna@example.com');
    await house.http().post(leave);
    await postForm(house, list.join, { address: 'anna@example.com', consent: 'yes' });
    expect(await house.database.query('SELECT state FROM subscriptions')).toEqual([{ state: 'pending' }]);
    expect(await house.mails()).toMatchObject([{ to: 'anna@example.com' }]);
  });

  it('is closed to sign-ups with its client', async () => {
    const clientId = await house.client();
    const list = await house.list({ clientId });
    expect((await house.http().get(list.join)).status).toBe(200);
    await house.http().delete(`/api/v1/clients/${clientId}?version=1`).set(house.as.manager);
    expect((await house.http().get(list.join)).status).toBe(404);
  });
});

describe('A person added by the agency', () => {
  it('is asked by letter, also where the form would not, unless their consent is stated', async () => {
    const list = await house.list({ doubleOptIn: false });
    expect((await add(list.id, { address: 'asked@example.com', name: 'Asked' })).body.subscriptions).toMatchObject([{ state: 'pending', consentSource: 'person' }]);
    const key = await house.key(house.workspaceId, ['audience:write']);
    expect((await add(list.id, { address: 'stated@example.com', consent, ip: '203.0.113.7' }, key)).body.subscriptions).toMatchObject([{ state: 'confirmed', consentSource: 'api', consentIp: '203.0.113.7', consentAt: '2026-01-01T10:00:00.000Z' }]);
    expect((await house.mails()).map(({ to }) => to)).toEqual(['asked@example.com']);
    expect((await add(list.id, { address: 'nothing' })).body.code).toBe('email-invalid');
  });

  it('gets tags and loses them, is asked again at most so often, and is unsubscribed at their wish', async () => {
    const list = await house.list();
    const { body } = await add(list.id, { address: 'anna@example.com', tags: ['VIP'] });
    const at = (act: string, sent: object = {}) => house.http().post(`/api/v1/lists/${list.id}/subscribers/${body.id}/${act}`).set(house.as.editor).send(sent);
    expect((await at('tags', { add: ['Milano', 'vip'], remove: ['x'] })).body.subscriptions[0].tags).toEqual(['milano', 'vip']);
    expect((await at('tags', { remove: ['vip'] })).body.subscriptions[0].tags).toEqual(['milano']);
    expect((await at('tags', { add: Array.from({ length: 30 }, (_, i) => `t${i}`) })).body.code).toBe('tags-too-many');
    await house.mails();
    await at('ask-again');
    expect(await house.mails()).toEqual([]);
    await house.database.query(`UPDATE subscriptions SET asked_at = asked_at - interval '16 minutes'`);
    await at('ask-again');
    expect(await house.mails()).toHaveLength(1);
    expect((await at('unsubscribe')).body.subscriptions[0].state).toBe('unsubscribed');
  });

  it('is listed in pages, each once, and found by the address in any spelling', async () => {
    const list = await house.list();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await add(list.id, { address: `${name}@example.com`, tags: name < 'c' ? ['first'] : [], consent });
    const seen: string[] = [];
    for (let cursor = ''; seen.length < 10; ) {
      const { body } = await house.http().get(`/api/v1/lists/${list.id}/subscribers?limit=2${cursor}`).set(house.as.editor);
      seen.push(...body.items.map(({ address }: { address: string }) => address));
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(seen).toEqual(['e', 'd', 'c', 'b', 'a'].map((name) => `${name}@example.com`));
    const filtered = await house.http().get(`/api/v1/lists/${list.id}/subscribers?tag=First&state=confirmed`).set(house.as.editor);
    expect(filtered.body.items).toHaveLength(2);
    expect((await house.http().get('/api/v1/subscribers?address=%20B%40EXAMPLE.com').set(house.as.editor)).body.items).toMatchObject([{ address: 'b@example.com' }]);
    expect((await house.http().get(`/api/v1/lists/${list.id}/subscribers`).set(house.as.viewer)).status).toBe(403);
  });
});

describe('Who never answers', () => {
  it('is forgotten after thirty days, and who is on another list is not', async () => {
    const [news, offers] = [await house.list(), await house.list({ name: 'Offers' })];
    await postForm(house, news.join, { address: 'silent@example.com', consent: 'yes' });
    await joined(house, news.join, 'half@example.com');
    await postForm(house, offers.join, { address: 'half@example.com', consent: 'yes' });
    await postForm(house, news.join, { address: 'new@example.com', consent: 'yes' });
    await house.database.query(`UPDATE subscriptions s SET consent_at = consent_at - interval '31 days', asked_at = asked_at - interval '31 days' FROM subscribers p WHERE p.id = s.subscriber_id AND p.address <> 'new@example.com'`);
    await house.app.get(ConfirmationsService, { strict: false }).forgetUnanswered();
    expect(await house.database.query('SELECT p.address, s.state FROM subscribers p LEFT JOIN subscriptions s ON s.subscriber_id = p.id ORDER BY 1')).toEqual([
      { address: 'half@example.com', state: 'confirmed' }, { address: 'new@example.com', state: 'pending' },
    ]);
  });
});

describe('Before the public address is https', () => {
  it('nobody outside is written to, and no sign-up is taken that nobody could be asked about', async () => {
    const office = await openPostOffice();
    const insecure = await openAudience({ SMTP_URL: `smtp://127.0.0.1:${office.port}`, PUBLIC_URL: 'http://127.0.0.1' });
    try {
      const list = await insecure.list();
      expect((await insecure.http().get(list.join).set('Host', '127.0.0.1')).status).toBe(404);
      expect((await insecure.http().post(`/api/v1/lists/${list.id}/subscribers`).set(insecure.as.editor).send({ address: 'anna@example.com' })).body.code).toBe('letters-not-yet');
      await insecure.database.query(`INSERT INTO subscribers (id, workspace_id, client_id, kind, address, address_key, language, token) VALUES (gen_random_uuid(), $1, $2, 'email', 'x@example.com', 'x@example.com', 'it', 't')`, [insecure.workspaceId, insecure.clientId]);
      await insecure.database.query(`INSERT INTO subscriptions (subscriber_id, list_id, workspace_id, state, purpose, consent_version, consent_at, consent_source, confirm_token) SELECT id, $1, workspace_id, 'pending', '', 1, now(), 'import', 'c' FROM subscribers`, [list.id]);
      const letters = insecure.app.get(ConfirmationLetters, { strict: false });
      expect(await letters.round()).toBe(0);
      await insecure.database.query(`UPDATE workspaces SET kind = 'demo'`);
      expect(await letters.round()).toBe(1);
    } finally {
      await insecure.close();
      await office.close();
    }
  });

  it('a mail server that the operator names in ALLOW_HOSTS may be tried', async () => {
    const office = await openPostOffice();
    const allowed = await openAudience({ SMTP_URL: `smtp://127.0.0.1:${office.port}`, ALLOW_HOSTS: `127.0.0.1:${office.port}` });
    try {
      expect((await allowed.http().get((await allowed.list()).join)).status).toBe(200);
    } finally {
      await allowed.close();
      await office.close();
    }
  });
});
