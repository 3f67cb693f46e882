import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClientReadiness } from '../../../src/features/library/readiness.schema.js';
import type { Pack } from '../../../src/features/library/pack.schema.js';
import { type Agency, type LibraryHouse, openLibraryHouse } from './library-house.js';

let house: LibraryHouse;
let agency: Agency;
beforeAll(async () => {
  house = await openLibraryHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  agency = await house.agency({ language: 'it' });
});

const api = (method: 'get' | 'post' | 'put' | 'patch', path: string, body?: object) => {
  const asked = house.http()[method](`/api/v1${path}`).set(agency.manager.headers);
  return body ? asked.send(body) : asked;
};
const ready = async (): Promise<ClientReadiness> => (await api('get', `/clients/${agency.clientId}/readiness`)).body as ClientReadiness;
const item = async (code: string) => (await ready()).items.find((one) => one.code === code);
const pack = async (more: Record<string, unknown> = {}): Promise<Pack> => (await house.newPack(agency, more)).body as Pack;
const approve = ({ id }: Pack) => api('post', `/packs/${id}/approve`, { version: 1 });

describe('The readiness of a client', () => {
  it('names everything that rooms know of, and what to do, in the caller’s language', async () => {
    const { score, items } = await ready();
    expect(items.map(({ code }) => code).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(expect.arrayContaining(['contacts', 'duty', 'fallbacks', 'list', 'pack', 'sender', 'warm']));
    expect(score).toBeLessThan(25);
    expect(items.find(({ code }) => code === 'pack')?.next).toBe('Scrivi un pacchetto: cosa dice il marchio quando una piattaforma non funziona.');
  });

  it('has a fresh pack once one is approved in the client’s language', async () => {
    await approve(await pack({ language: 'en' }));
    expect(await item('pack')).toMatchObject({ ok: false, why: 'Nessun pacchetto è nella lingua del cliente.' });
    await approve(await pack({ expiresOn: '2020-01-01' }));
    const italian = await pack();
    expect(await item('pack')).toMatchObject({ ok: false, why: 'Ci sono pacchetti, ma nessuno li ha approvati.' });
    await approve(italian);
    expect(await item('pack')).toMatchObject({ ok: true, next: null });
  });

  it('knows contacts, duty list and mailing list', async () => {
    const { body: client } = await api('get', `/clients/${agency.clientId}`);
    await api('patch', `/clients/${agency.clientId}`, { version: client.version, contacts: { emails: ['anna@example.com'] } });
    await api('put', `/clients/${agency.clientId}/duties`, { userIds: [agency.editor.userId] });
    expect(await item('contacts')).toMatchObject({ ok: true });
    expect(await item('duty')).toMatchObject({ ok: true });
    const { body: list, status } = await api('post', '/lists', { clientId: agency.clientId, kind: 'email', name: 'Amici', purpose: 'Novità', consentText: 'Sì, anche avvisi urgenti', coversFallback: true });
    expect(status).toBe(201);
    expect((await item('list'))?.why).toBe('Nessuno è raggiungibile via e-mail.');
    await house.database.query(`INSERT INTO subscribers (workspace_id, id, client_id, kind, address, address_key, language, token) VALUES ($1, gen_random_uuid(), $2, 'email', 'a@example.com', 'a@example.com', 'it', gen_random_uuid()::text)`, [agency.workspaceId, agency.clientId]);
    await house.database.query(`INSERT INTO subscriptions (workspace_id, subscriber_id, list_id, state, purpose, consent_version, consent_at, consent_source) SELECT workspace_id, id, $2, 'confirmed', 'x', 1, now(), 'form' FROM subscribers WHERE client_id = $1`, [agency.clientId, list.id]);
    expect(await item('list')).toMatchObject({ ok: false, share: 0, why: 'Oggi nessuna di 1 persone è raggiungibile via e-mail. Nessun canale newsletter scrive a una lista così.' });
  });

  it('counts posts of the next seven days whose hour counts and that have no other way out', async () => {
    const [alpha, beta] = agency.channels;
    const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 16);
    const post = (days: number, policy: object = {}, choice = 'hour-counts') => api('post', '/posts', { clientId: agency.clientId, channelIds: [alpha], wallAt: inDays(days), zone: 'UTC', choice, policy, content: { parts: [{ text: `Ciao ${days}` }] } });
    await post(2);
    await post(3, { rerouteTo: [[beta]] });
    await post(4, {}, 'today');
    await post(9);
    expect(await item('fallbacks')).toMatchObject({ ok: false, share: 0.5, why: '1 di 2 post dei prossimi 7 giorni la cui ora conta non uscirebbero da nessuna parte.' });
  });
});
