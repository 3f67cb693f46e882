import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AudienceService } from '../../../src/features/audience/audience.service.js';
import { PersonalSources } from '../../../src/features/audience/personal-sources.service.js';
import { rowsOf } from '../../e2e/foreign-rows.js';
import { type AudienceHouse, joined, linksOf, openAudience, postForm } from './audience-house.js';

let house: AudienceHouse;
let news: { readonly id: string; readonly join: string };
let offers: { readonly id: string; readonly join: string };
let secret: { readonly id: string; readonly join: string };

beforeAll(async () => {
  house = await openAudience();
  [news, offers, secret] = [await house.list(), await house.list({ name: 'Offers' }), await house.list({ name: 'For the few', signUpOpen: false })];
}, 60_000);
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE subscribers, subscriptions, consents, suppressions, audience_keys, sign_up_tries, letters, caught_mails CASCADE');
});

const states = () => house.database.query('SELECT l.name, s.state FROM subscriptions s JOIN lists l ON l.id = s.list_id ORDER BY 1');
const reasons = async () => (await house.database.query('SELECT reason FROM suppressions')).map(({ reason }: { reason: string }) => reason);
const anna = async () => {
  for (const list of [news, offers]) await joined(house, list.join, 'anna@example.com');
  return linksOf(house, 'anna@example.com');
};

describe('Links in mails', () => {
  it('change nothing when something opens them all, by GET or HEAD, in any language', async () => {
    const { leave, preferences } = await anna();
    await postForm(house, news.join, { address: 'bea@example.com', consent: 'yes' });
    const [mail] = await house.mails();
    const before = await rowsOf(house.database, house.workspaceId);
    const links = [leave, `${leave}/${news.id}`, preferences, `${preferences}/erase`, mail?.paths[0] ?? '', news.join].flatMap((link) => [link, `${link}?language=it`]);
    for (const link of links) {
      expect({ link, status: (await house.http().get(link).set('Accept', 'text/html')).status }).toEqual({ link, status: 200 });
      expect({ link, status: (await house.http().head(link)).status }).toEqual({ link, status: 200 });
    }
    expect(await rowsOf(house.database, house.workspaceId)).toEqual(before);
  });

  it('show pages in both languages, without script, that no search engine keeps and no other page frames', async () => {
    const { leave, preferences } = await anna();
    for (const link of [leave, preferences, `${preferences}/erase`, news.join]) {
      const [en, it] = [await house.http().get(`${link}?language=en`), await house.http().get(`${link}?language=it`)];
      for (const page of [en, it]) {
        expect(page.text).not.toMatch(/<script|\son\w+=|http-equiv/);
        expect(page.headers).toMatchObject({ 'x-robots-tag': expect.stringContaining('noindex'), 'x-frame-options': 'DENY', 'cache-control': 'no-store', 'content-security-policy': expect.stringMatching(/default-src 'none'.*sandbox allow-forms$/) });
        expect(page.headers['set-cookie']).toBeUndefined();
      }
      expect([en.text.includes('<html lang="en">'), it.text.includes('<html lang="it">')]).toEqual([true, true]);
    }
  });

  it('that are nobody\'s say so, and say nothing else', async () => {
    for (const link of ['/public/u/nobody', '/public/p/nobody', '/public/p/nobody/erase', '/public/confirm/nobody', '/public/join/nobody']) {
      expect({ link, status: (await house.http().get(link).set('Accept', 'text/html')).status }).toEqual({ link, status: 404 });
      expect({ link, status: (await postForm(house, link, { language: 'en' })).status }).toEqual({ link, status: 404 });
    }
  });
});

describe('Unsubscribing', () => {
  it('by the mail program\'s own POST acts at once, on everything of this brand', async () => {
    const { leave } = await anna();
    const answer = await house.http().post(leave).set('Content-Type', 'application/x-www-form-urlencoded').send('List-Unsubscribe=One-Click');
    expect(answer.status).toBe(200);
    expect(await states()).toEqual([{ name: 'News', state: 'unsubscribed' }, { name: 'Offers', state: 'unsubscribed' }]);
    expect(await reasons()).toEqual(['unsubscribed']);
    expect((await house.http().post(leave).set('Content-Type', 'multipart/form-data; boundary=x').send('--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n')).status).toBe(200);
    expect(await house.database.query(`SELECT count(*)::int AS n FROM consents WHERE deed = 'unsubscribed'`)).toEqual([{ n: 2 }]);
  });

  it('from one list leaves the others, and is no suppression', async () => {
    const { leave } = await anna();
    await postForm(house, `${leave}/${offers.id}`, {}, { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' });
    expect(await states()).toEqual([{ name: 'News', state: 'confirmed' }, { name: 'Offers', state: 'unsubscribed' }]);
    expect(await reasons()).toEqual([]);
  });

  it('does not touch another brand of the same agency, nor its lists by this brand\'s link', async () => {
    const other = await house.client(undefined, 'Trattoria');
    const theirs = await house.list({ clientId: other, name: 'Menu' });
    const { leave } = await anna();
    await joined(house, theirs.join, 'anna@example.com');
    expect((await house.http().post(`${leave}/${theirs.id}`)).status).toBe(404);
    await house.http().post(leave);
    expect(await states()).toContainEqual({ name: 'Menu', state: 'confirmed' });
    expect(await house.app.get(AudienceService, { strict: false }).count(house.database.manager, { workspaceId: house.workspaceId, clientId: other, listIds: [theirs.id] })).toBe(1);
  });
});

describe('The preference page', () => {
  it('shows the lists everybody may have and those somebody is on, not the others', async () => {
    const { preferences } = await anna();
    const { text } = await house.http().get(preferences);
    expect([text.includes('News'), text.includes('Offers'), text.includes('For the few')]).toEqual([true, true, false]);
    expect(text.match(/ checked/g)).toHaveLength(3); // two lists and the language
  });

  it('takes lists on and off, and the language, each with its line of proof', async () => {
    const { preferences, leave } = await anna();
    await house.http().post(`${leave}/${offers.id}`);
    const { text } = await postForm(house, preferences, { lists: offers.id, language: 'en' });
    expect(text).toContain('Saved.');
    expect(await states()).toEqual([{ name: 'News', state: 'unsubscribed' }, { name: 'Offers', state: 'confirmed' }]);
    expect(await house.database.query('SELECT language FROM subscribers')).toEqual([{ language: 'en' }]);
    await postForm(house, preferences, { lists: [news.id, offers.id], language: 'en' });
    expect(await states()).toEqual([{ name: 'News', state: 'confirmed' }, { name: 'Offers', state: 'confirmed' }]);
    const deeds = await house.database.query('SELECT deed FROM consents ORDER BY id OFFSET 4');
    expect(deeds.map(({ deed }: { deed: string }) => deed)).toEqual(['unsubscribed', 'unsubscribed', 'confirmed', 'confirmed']);
  });

  it('with no list left sends nothing more, and with one again does', async () => {
    const { preferences } = await anna();
    await postForm(house, preferences, { language: 'it' });
    expect(await reasons()).toEqual(['unsubscribed']);
    await postForm(house, preferences, { lists: news.id, language: 'it' });
    expect(await reasons()).toEqual([]);
  });

  it('opens no list that is not offered', async () => {
    const { preferences } = await anna();
    await postForm(house, preferences, { lists: [news.id, offers.id, secret.id], language: 'it' });
    expect(await states()).toEqual([{ name: 'News', state: 'confirmed' }, { name: 'Offers', state: 'confirmed' }]);
  });

  it('does not undo what the agency entered', async () => {
    const { preferences } = await anna();
    await house.http().post('/api/v1/suppressions').set(house.as.editor).send({ clientId: house.clientId, kind: 'email', address: 'anna@example.com', why: 'A court says so' });
    expect((await postForm(house, preferences, { lists: news.id, language: 'en' })).text).toContain('sends nothing to this address');
    expect(await reasons()).toEqual(['person']);
  });
});

describe('Being erased', () => {
  it('asks once more, then takes everything with it, in every room that knows something', async () => {
    const sources = house.app.get(PersonalSources, { strict: false });
    const erased: string[] = [];
    sources.register({ name: 'issues', know: async () => [{ subject: 'Issue 1' }], erase: async (_, { address }) => void erased.push(address) });
    const { preferences, id, leave } = await anna();
    const page = await house.http().get(`${preferences}/erase?language=en`);
    expect(page.text).toContain('This cannot be undone');
    const done = await postForm(house, `${preferences}/erase`);
    expect({ status: done.status, said: done.text.includes('I tuoi dati sono stati cancellati') }).toEqual({ status: 200, said: true });
    expect(erased).toEqual(['anna@example.com']);
    expect((await house.http().get(leave)).status).toBe(404);
    expect((await house.http().get(`/api/v1/subscribers/${id}`).set(house.as.manager)).status).toBe(404);
    expect(await reasons()).toEqual(['erased']);
    const { body } = await house.http().get('/api/v1/suppressions?address=ANNA@example.com').set(house.as.manager);
    expect(body.items).toMatchObject([{ address: null, reason: 'erased' }]);
    const audit: { action: string }[] = await house.database.query('SELECT action, actor, details FROM audit_log WHERE subject_id = $1', [id]);
    expect(audit).toMatchObject([{ action: 'subscriber.erased', actor: { kind: 'system', id: 'own-link' } }]);
    expect(JSON.stringify(audit)).not.toContain('anna@');
  });

  it('keeps out who complained, and lets the person alone come back by confirming', async () => {
    const { preferences, id } = await anna();
    await house.database.transaction((manager) => house.app.get(AudienceService, { strict: false }).suppress(manager, { workspaceId: house.workspaceId, clientId: house.clientId, kind: 'email', addressKey: 'anna@example.com', reason: 'complained' }));
    await postForm(house, `${preferences}/erase`);
    expect(await reasons()).toEqual(['complained']);
    await joined(house, news.join, 'bea@example.com');
    const bea = await linksOf(house, 'bea@example.com');
    await postForm(house, `${bea.preferences}/erase`);
    const added = await house.http().post(`/api/v1/lists/${news.id}/subscribers`).set(house.as.editor).send({ address: 'Bea@example.com', consent: { source: 'By phone', at: '2026-01-01T10:00:00Z' } });
    expect({ status: added.status, code: added.body.code }).toEqual({ status: 409, code: 'subscriber-suppressed' });
    await joined(house, news.join, 'bea@example.com');
    expect(await reasons()).toEqual(['complained']);
    expect((await house.http().delete(`/api/v1/subscribers/${id}`).set(house.as.manager)).status).toBe(404);
  });
});
