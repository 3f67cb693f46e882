import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { AudienceService } from '../../../src/features/audience/audience.service.js';
import { type AudienceHouse, joined, linksOf, openAudience } from './audience-house.js';

let house: AudienceHouse;
let audience: AudienceService;
let news: { readonly id: string; readonly join: string };
let offers: { readonly id: string; readonly join: string };

beforeAll(async () => {
  house = await openAudience();
  audience = house.app.get(AudienceService, { strict: false });
  [news, offers] = [await house.list({ coversFallback: true }), await house.list({ name: 'Offers' })];
}, 60_000);
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE subscribers, subscriptions, consents, suppressions, segments, letters, caught_mails CASCADE');
});

const who = (more: Readonly<Record<string, unknown>> = {}) => ({ workspaceId: house.workspaceId, clientId: house.clientId, listIds: [news.id, offers.id], ...more });
const reached = async (more?: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
  const { sql, params } = await audience.reachable(house.database.manager, who(more), 2);
  const rows: { key: string }[] = await house.database.query(`SELECT address_key AS key, $1::text AS mine FROM (${sql}) AS who ORDER BY 1`, ['mine', ...params]);
  return rows.map(({ key }) => key);
};
const add = (listId: string, address: string, more: Readonly<Record<string, unknown>> = {}, headers = house.as.editor) =>
  house.http().post(`/api/v1/lists/${listId}/subscribers`).set(headers).send({ address, consent: { source: 'By phone', at: '2026-01-01T10:00:00Z' }, ...more });
const suppress = (addressKey: string, reason: 'bounced' | 'stop', clientId: string | null = house.clientId) =>
  house.database.transaction((manager) => audience.suppress(manager, { workspaceId: house.workspaceId, clientId, kind: 'email', addressKey, reason }));

describe('Who may be written to', () => {
  it('is each person once over all lists, confirmed and not suppressed', async () => {
    await add(news.id, 'anna@example.com');
    await add(offers.id, 'Anna@Example.com');
    await add(offers.id, 'bea@example.com');
    await add(news.id, 'asked@example.com', { consent: null });
    await add(news.id, 'bounced@example.com');
    await add(news.id, 'everywhere@example.com');
    await suppress('bounced@example.com', 'bounced');
    await suppress('everywhere@example.com', 'stop', null);
    expect(await reached()).toEqual(['anna@example.com', 'bea@example.com']);
    expect(await audience.count(house.database.manager, who())).toBe(2);
    expect(await audience.readinessOfList(house.workspaceId, news.id)).toEqual({ name: 'News', kind: 'email', clientId: house.clientId, confirmed: 3, reachable: 1, coversFallback: true });
  });

  it('is asked again for each at the moment of sending', async () => {
    for (const address of ['anna@example.com', 'bea@example.com', 'carla@example.com']) await add(news.id, address);
    const [anna, bea, carla] = [await linksOf(house, 'anna@example.com'), await linksOf(house, 'bea@example.com'), await linksOf(house, 'carla@example.com')];
    const ids = [anna.id, bea.id, carla.id, uuid()];
    expect(await audience.mayStillGet(ids)).toEqual(new Set([anna.id, bea.id, carla.id]));
    await house.http().post(anna.leave);
    await house.http().post(`${bea.leave}/${news.id}`);
    await add(offers.id, 'bea@example.com');
    expect(await audience.mayStillGet(ids)).toEqual(new Set([bea.id, carla.id]));
    expect(await audience.mayStillGet(ids, [news.id])).toEqual(new Set([carla.id]));
    await house.http().delete(`/api/v1/subscribers/${carla.id}`).set(house.as.manager);
    expect(await audience.mayStillGet(ids, [news.id])).toEqual(new Set());
  });

  it('is nobody by another workspace\'s lists, brand or segment', async () => {
    const foreign = await house.workspace('Other');
    const theirs = await house.client(foreign);
    await add(news.id, 'anna@example.com');
    expect(await reached({ workspaceId: foreign })).toEqual([]);
    expect(await reached({ clientId: theirs })).toEqual([]);
    expect(await audience.readinessOfList(foreign, news.id)).toBeNull();
    const segment = await house.http().post(`/api/v1/lists/${news.id}/segments`).set(house.as.editor).send({ name: 'It', rule: { match: 'all', conditions: [{ kind: 'language', language: 'it' }] } });
    await expect(reached({ workspaceId: foreign, segmentId: segment.body.id })).rejects.toMatchObject({ code: 'segment-unknown' });
    await expect(reached({ listIds: [offers.id], segmentId: segment.body.id })).rejects.toMatchObject({ code: 'segment-unknown' });
  });

  it('is nobody of a list that was put away', async () => {
    const old = await house.list({ name: 'Old' });
    await add(old.id, 'anna@example.com');
    expect(await reached({ listIds: [old.id] })).toHaveLength(1);
    await house.http().delete(`/api/v1/lists/${old.id}?version=1`).set(house.as.manager);
    expect(await reached({ listIds: [old.id] })).toEqual([]);
    expect(await audience.readinessOfList(house.workspaceId, old.id)).toBeNull();
    expect((await add(old.id, 'bea@example.com')).body.code).toBe('list-archived');
    expect((await house.http().get(old.join)).status).toBe(404);
  });
});

describe('A segment', () => {
  const people = async (): Promise<void> => {
    await add(news.id, 'anna@example.com', { tags: ['Milano', 'VIP'], language: 'it' });
    await add(news.id, 'bea@example.com', { tags: ['milano'], language: 'en' });
    await add(news.id, 'carla@example.com', { tags: ['roma'], language: 'en' });
    await add(offers.id, 'dora@example.com', { tags: ['roma'] });
  };
  const counted = async (rule: object) => (await house.http().post(`/api/v1/lists/${news.id}/segments/count`).set(house.as.viewer).send({ rule })).body.people;

  it('counts whom it reaches, by tags, language and when they joined', async () => {
    await people();
    await house.database.query(`UPDATE subscriptions SET confirmed_at = '2026-03-01' WHERE subscriber_id = $1`, [(await linksOf(house, 'carla@example.com')).id]);
    expect(await counted({ match: 'all', conditions: [{ kind: 'tag', tag: 'MILANO' }, { kind: 'language', language: 'en' }] })).toBe(1);
    expect(await counted({ match: 'any', conditions: [{ kind: 'tag', tag: 'vip' }, { kind: 'tag', tag: 'roma' }] })).toBe(2);
    expect(await counted({ match: 'all', conditions: [{ kind: 'no-tag', tag: 'vip' }] })).toBe(2);
    expect(await counted({ match: 'all', conditions: [{ kind: 'joined-after', at: '2026-03-01T00:00:00+01:00' }, { kind: 'joined-before', at: '2026-03-02T00:00:00Z' }] })).toBe(1);
    await suppress('anna@example.com', 'bounced');
    expect(await counted({ match: 'all', conditions: [{ kind: 'tag', tag: 'milano' }] })).toBe(1);
  });

  it('narrows its own list and leaves the others whole, and is edited by its version', async () => {
    await people();
    const { body } = await house.http().post(`/api/v1/lists/${news.id}/segments`).set(house.as.editor).send({ name: 'Milano', rule: { match: 'all', conditions: [{ kind: 'tag', tag: 'milano' }] } });
    expect(await reached({ segmentId: body.id })).toEqual(['anna@example.com', 'bea@example.com', 'dora@example.com']);
    expect((await house.http().get(`/api/v1/segments/${body.id}`).set(house.as.viewer)).body).toMatchObject({ name: 'Milano', people: 2, version: 1 });
    const change = (version: number) => house.http().patch(`/api/v1/segments/${body.id}`).set(house.as.editor).send({ version, rule: { match: 'all', conditions: [{ kind: 'tag', tag: 'roma' }] } });
    expect([(await change(1)).body.version, (await change(1)).body.code]).toEqual([2, 'edited-meanwhile']);
    expect(await reached({ segmentId: body.id, listIds: [news.id] })).toEqual(['carla@example.com']);
    const shown = await house.http().get(`/api/v1/lists/${news.id}/subscribers?segmentId=${body.id}`).set(house.as.editor);
    expect(shown.body.items.map(({ address }: { address: string }) => address)).toEqual(['carla@example.com']);
    expect((await house.http().delete(`/api/v1/segments/${body.id}?version=2`).set(house.as.editor)).status).toBe(204);
  });
});

describe('The suppression list', () => {
  it('is read, added to and lifted by people, each with a reason in the audit log and no address there', async () => {
    await add(news.id, 'anna@example.com');
    const added = await house.http().post('/api/v1/suppressions').set(house.as.editor).send({ clientId: house.clientId, kind: 'email', address: ' ANNA@example.com', why: 'Asked by phone' });
    expect(added.body).toMatchObject({ address: 'anna@example.com', reason: 'person', detail: 'Asked by phone' });
    expect(await reached()).toEqual([]);
    expect((await house.http().get(`/api/v1/suppressions?clientId=${house.clientId}&reason=person&address=Anna@example.com`).set(house.as.editor)).body.items).toHaveLength(1);
    const lift = (query: string, headers: Readonly<Record<string, string>>) => house.http().delete(`/api/v1/suppressions/${added.body.id}${query}`).set(headers);
    expect((await lift('', house.as.manager)).status).toBe(400);
    expect((await lift('?why=x', await house.key(house.workspaceId, ['audience:write']))).body.code).toBe('person-needed');
    expect((await lift('?why=They+called+again', house.as.manager)).status).toBe(204);
    expect(await reached()).toEqual(['anna@example.com']);
    const audit: { action: string; details: { why: string } }[] = await house.database.query(`SELECT action, details FROM audit_log WHERE subject = 'suppression' ORDER BY id`);
    expect(audit.map(({ action, details: { why } }) => [action, why])).toEqual([['suppression.added', 'Asked by phone'], ['suppression.lifted', 'They called again']]);
    expect(JSON.stringify(audit)).not.toMatch(/anna@/i);
  });
});

describe('Everything known of a person', () => {
  it('is handed out: subscriptions, consents with their texts, letters, and what other rooms know', async () => {
    await joined(house, news.join, 'anna@example.com');
    await add(offers.id, 'anna@example.com', { tags: ['vip'] });
    const { id } = await linksOf(house, 'anna@example.com');
    const { body } = await house.http().get(`/api/v1/subscribers/${id}/export`).set(house.as.manager);
    expect(body).toMatchObject({
      subscriber: { address: 'anna@example.com', subscriptions: [{ list: 'News', state: 'confirmed', consentSource: 'form', consentVersion: 1 }, { list: 'Offers', state: 'confirmed', consentSource: 'person', tags: ['vip'] }] },
      consents: [
        { deed: 'asked', source: 'form', text: 'I want to get the news of Bar Aurora by e-mail.', ip: expect.any(String) }, { deed: 'confirmed', source: 'form' },
        { deed: 'stated', source: 'person', detail: 'By phone', at: '2026-01-01T10:00:00.000Z' },
      ],
      suppressions: [], letters: [{ subject: 'Conferma per favore: News', state: 'sent' }], others: {},
    });
  });
});
