import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Pack } from '../../../src/features/library/pack.schema.js';
import { type Agency, type LibraryHouse, openLibraryHouse } from './library-house.js';

let house: LibraryHouse;
let agency: Agency;
beforeAll(async () => {
  house = await openLibraryHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  agency = await house.agency();
});

const get = (path: string) => house.http().get(`/api/v1${path}`).set(agency.editor.headers);
const post = (path: string, body: object) => house.http().post(`/api/v1${path}`).set(agency.editor.headers).send(body);
const patch = (id: string, body: object) => house.http().patch(`/api/v1/packs/${id}`).set(agency.editor.headers).send(body);
const made = async (more: Record<string, unknown> = {}): Promise<Pack> => (await house.newPack(agency, more)).body as Pack;
const approve = async (pack: Pack): Promise<Pack> => (await post(`/packs/${pack.id}/approve`, { version: pack.version })).body as Pack;
const say = (text: string) => ({ parts: [{ text }] });

describe('A pack', () => {
  it('is kept with its variants, in the client’s language unless another is named', async () => {
    const { status, body } = await house.newPack(agency, {
      variants: [{ for: { kind: 'all' }, ...say('for all') }, { for: { kind: 'connector', connectorId: 'sandbox-beta' }, ...say('for beta') }, { for: { kind: 'channel', channelId: agency.channels[0] }, draft: true, ...say('a thought') }],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ title: 'Instagram is down', language: 'en', offered: false, approvedBy: null, expired: false, version: 1, proposals: [] });
    expect(body.variants.map(({ for: { kind }, draft }: Pack['variants'][number]) => [kind, draft])).toEqual([['all', false], ['connector', false], ['channel', true]]);
    expect((await get(`/packs/${body.id}`)).body).toEqual(body);
  });

  it.each([
    ['pack-variant-twice', 422, { variants: [{ for: { kind: 'all' }, ...say('a') }, { for: { kind: 'all' }, ...say('b') }] }],
    ['pack-connector-unknown', 422, { variants: [{ for: { kind: 'connector', connectorId: 'myspace' }, ...say('a') }] }],
    ['input-invalid', 400, { tags: ['a', 'A'] }],
    ['input-invalid', 400, { expiresOn: '2030-02-30' }],
  ])('is refused with %s', async (code, status, more) => {
    const answer = await house.newPack(agency, more);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
  });

  it('holds nothing of another client or workspace', async () => {
    const other = await house.agency();
    const { id } = await house.upload(other);
    expect((await house.newPack(agency, { clientId: other.clientId })).status).toBe(404);
    expect((await house.newPack(agency, { variants: [{ for: { kind: 'channel', channelId: other.channels[0] }, ...say('x') }] })).body.code).toBe('channel-not-found');
    expect((await house.newPack(agency, { variants: [{ for: { kind: 'all' }, parts: [{ media: [{ mediaId: id }] }] }] })).body.code).toBe('media-not-found');
  });

  it('is offered once somebody approved it, and no longer once it says another thing', async () => {
    const approved = await approve(await made());
    expect(approved).toMatchObject({ offered: true, approvedBy: expect.stringMatching(/^Person/), version: 2 });
    expect((await get('/packs?offered=true')).body.items).toHaveLength(1);
    const { body: edited } = await patch(approved.id, { version: 2, variants: [{ for: { kind: 'all' }, ...say('Another thing.') }] });
    expect(edited).toMatchObject({ offered: false, approvedBy: null, approvedAt: null, version: 3 });
    expect((await get('/packs?offered=true')).body.items).toEqual([]);
  });

  it.each([['a later day', { expiresOn: '2040-01-01' }], ['its title', { title: 'Other' }], ['its words of use', { useWhen: 'Never' }]])('loses its approval when %s is edited', async (_, change) => {
    const { id } = await approve(await made());
    expect((await patch(id, { version: 2, ...change })).body).toMatchObject({ offered: false, approvedAt: null });
  });

  it('is approved only as it was read', async () => {
    const pack = await made();
    await patch(pack.id, { version: 1, title: 'Meanwhile' });
    expect((await post(`/packs/${pack.id}/approve`, { version: 1 })).body.code).toBe('edited-meanwhile');
    expect((await post(`/packs/${pack.id}/approve`, { version: 2, hash: pack.hash })).body.code).toBe('edited-meanwhile');
  });

  it('is not approved while it says nothing, or what a channel would not take', async () => {
    const empty = await made({ variants: [{ for: { kind: 'all' }, draft: true, ...say('a thought') }] });
    expect((await post(`/packs/${empty.id}/approve`, { version: 1 })).body.code).toBe('pack-empty');
    const long = await made({ variants: [{ for: { kind: 'channel', channelId: agency.channels[0] }, ...say('x'.repeat(90_000)) }] });
    expect((await post(`/packs/${long.id}/approve`, { version: 1 })).body).toMatchObject({ code: 'content-breaks-limits', violations: [{ channelId: agency.channels[0] }] });
  });

  it('is shown when it has expired by the client’s calendar, and not offered', async () => {
    const { id } = await approve(await made({ expiresOn: '2020-01-31' }));
    expect((await get('/packs')).body.items).toMatchObject([{ id, expired: true, offered: false, approvedBy: expect.any(String) }]);
    expect((await get('/packs?offered=true')).body.items).toEqual([]);
  });

  it('is found by its tag, by its words, and page by page', async () => {
    for (const title of ['Beta', 'alpha', 'Gamma']) await made({ title, tags: title === 'Beta' ? ['Storm'] : [] });
    expect((await get('/packs?tag=storm')).body.items).toMatchObject([{ title: 'Beta' }]);
    expect((await get('/packs?find=GAMM')).body.items).toMatchObject([{ title: 'Gamma' }]);
    const { body: first } = await get('/packs?limit=2');
    expect(first.items).toMatchObject([{ title: 'alpha' }, { title: 'Beta' }]);
    expect((await get(`/packs?limit=2&cursor=${first.next}`)).body).toMatchObject({ items: [{ title: 'Gamma' }], next: null });
  });

  it('keeps its media from being deleted until it is put away', async () => {
    const { id } = await house.upload(agency);
    const pack = await made({ variants: [{ for: { kind: 'all' }, parts: [{ media: [{ mediaId: id }] }] }] });
    const remove = () => house.http().delete(`/api/v1/media/${id}`).set(agency.editor.headers);
    expect((await remove()).body.code).toBe('media-in-use');
    expect((await house.http().delete(`/api/v1/packs/${pack.id}?version=1`).set(agency.editor.headers)).status).toBe(204);
    expect((await get(`/packs/${pack.id}`)).body.archivedAt).not.toBeNull();
    expect((await remove()).status).toBe(204);
  });

  it('tells in the audit log who did what', async () => {
    const { id } = await approve(await made());
    await patch(id, { version: 2, title: 'Other' });
    const rows = await house.database.query<{ action: string }[]>(`SELECT action FROM audit_log WHERE subject_id = $1 ORDER BY id`, [id]);
    expect(rows.map(({ action }) => action)).toEqual(['pack.created', 'pack.approved', 'pack.changed']);
  });
});

describe('A post made out of a pack', () => {
  const wallAt = '2031-07-01T09:00';
  const variants = [{ for: { kind: 'all' }, ...say('for all') }, { for: { kind: 'connector', connectorId: 'sandbox-beta' }, ...say('for beta') }];

  it('says on each channel what the pack says there, as a draft unless it is planned', async () => {
    const pack = await made({ variants });
    const { status, body } = await post(`/packs/${pack.id}/plan`, { channelIds: agency.channels });
    expect(status).toBe(201);
    expect(body).toMatchObject({ editing: 'draft', deliveries: [], content: say('for all') });
    expect(body.channels.map(({ connectorId, variant }: { connectorId: string; variant: unknown }) => [connectorId, variant])).toEqual([['sandbox-alpha', null], ['sandbox-beta', expect.objectContaining({ parts: [expect.objectContaining({ text: 'for beta' })] })]]);
  });

  it('is planned once the pack is approved', async () => {
    const pack = await made({ variants });
    const asked = { channelIds: agency.channels, editing: 'ready', wallAt };
    expect((await post(`/packs/${pack.id}/plan`, asked)).body.code).toBe('pack-not-approved');
    await approve(pack);
    const { body } = await post(`/packs/${pack.id}/plan`, asked);
    expect(body).toMatchObject({ editing: 'ready', state: 'scheduled', zone: 'Europe/Rome' });
    expect(body.deliveries).toHaveLength(2);
  });

  it('can only be a draft when the pack has expired', async () => {
    const pack = await approve(await made({ expiresOn: '2020-01-31', variants }));
    expect((await post(`/packs/${pack.id}/plan`, { channelIds: agency.channels, editing: 'ready', wallAt })).body).toMatchObject({ code: 'pack-expired', detail: expect.stringContaining('2020-01-31') });
    expect((await post(`/packs/${pack.id}/plan`, { channelIds: agency.channels })).status).toBe(201);
  });

  it('goes to no channel on which the pack says nothing; a draft beside is nothing said', async () => {
    const pack = await made({ variants: [{ for: { kind: 'connector', connectorId: 'sandbox-beta' }, ...say('for beta') }, { for: { kind: 'channel', channelId: agency.channels[0] }, draft: true, ...say('a thought') }] });
    expect((await post(`/packs/${pack.id}/plan`, { channelIds: agency.channels })).body).toMatchObject({ code: 'pack-silent-there', detail: expect.stringContaining('sandbox-alpha of the bar') });
  });
});
