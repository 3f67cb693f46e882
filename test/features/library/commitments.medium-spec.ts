import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TouchedCommitments } from '../../../src/features/library/touched-commitments.service.js';
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

const make = (more: Record<string, unknown> = {}, on = agency) => house.http().post('/api/v1/commitments').set(on.editor.headers)
  .send({ clientId: on.clientId, kind: 'contest', title: 'Win a coffee', connectorIds: ['sandbox-alpha'], wallFrom: '2031-06-01T09:00', wallUntil: '2031-06-30T20:00', ...more });
const touched = (from: string, to: string, connectorIds = ['sandbox-alpha']) =>
  house.app.get(TouchedCommitments, { strict: false }).touchedBy(agency.workspaceId, connectorIds.map((connectorId) => ({ connectorId, from: Date.parse(from), to: Date.parse(to), onlyMedia: false })));

describe('A commitment', () => {
  it('is kept with its wall times, in the client’s zone unless another is named', async () => {
    const { status, body } = await make({ say: 'Write to us', contact: { label: 'Shop', url: 'https://example.com/' }, contactPublic: true });
    expect({ status, ...body }).toMatchObject({
      status: 201, zone: 'Europe/Rome', wallFrom: '2031-06-01T09:00:00', fromAt: '2031-06-01T07:00:00.000Z', untilAt: '2031-06-30T18:00:00.000Z', contact: { label: 'Shop', url: 'https://example.com/', email: null }, dailyBudget: null, pack: null, version: 1,
    });
    expect((await house.http().get(`/api/v1/commitments/${body.id}`).set(agency.editor.headers)).body).toEqual(body);
    expect((await make({ zone: 'America/New_York' })).body.fromAt).toBe('2031-06-01T13:00:00.000Z');
  });

  it.each([
    ['commitment-order', 422, { wallUntil: '2031-06-01T09:00' }],
    ['commitment-time', 422, { wallFrom: 'tomorrow' }],
    ['commitment-gap', 422, { wallFrom: '2031-03-30T02:30' }],
    ['commitment-budget', 422, { dailyBudget: { minor: 5_000, currency: 'EUR' } }],
    ['input-invalid', 400, { kind: 'ads', dailyBudget: { minor: 5_000, currency: 'euro' } }],
    ['input-invalid', 400, { contact: { label: 'nowhere' } }],
    ['commitment-platform', 422, { connectorIds: ['sandbox-alpha', 'instagran'] }],
    ['input-invalid', 400, { zone: 'Rome' }],
  ])('is refused with %s', async (code, status, more) => {
    const answer = await make(more);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
  });

  it('on a platform that nobody knows is refused with those there are, also when it is changed', async () => {
    const { body } = await make({ connectorIds: ['instagran'] });
    expect(body.detail).toMatch(/no platform “instagran”.* Write one of: .*mastodon/);
    const { body: { id } } = await make();
    const changed = await house.http().patch(`/api/v1/commitments/${id}`).set(agency.editor.headers).send({ version: 1, connectorIds: ['instagran'] });
    expect(changed.body.code).toBe('commitment-platform');
  });

  it('says which fields a contact has', async () => {
    expect(JSON.stringify((await make({ contact: 'https://example.com/' })).body)).toContain('must be an object: { \\"label\\"');
  });

  it('proposes a pack of its own client only', async () => {
    const { body: pack } = await house.newPack(agency) as { body: Pack };
    expect((await make({ packId: pack.id })).body.pack).toEqual({ id: pack.id, title: pack.title, offered: false });
    const other = await house.agency();
    expect((await make({ packId: pack.id }, other)).body.code).toBe('commitment-pack');
  });

  it('is changed as it was read, and put away', async () => {
    const { body: { id } } = await make();
    const change = (body: object) => house.http().patch(`/api/v1/commitments/${id}`).set(agency.editor.headers).send(body);
    expect((await change({ version: 1, wallUntil: '2031-07-02T20:00' })).body).toMatchObject({ untilAt: '2031-07-02T18:00:00.000Z', title: 'Win a coffee', version: 2 });
    expect((await change({ version: 1, title: 'x' })).body.code).toBe('edited-meanwhile');
    expect((await house.http().delete(`/api/v1/commitments/${id}?version=2`).set(agency.editor.headers)).status).toBe(204);
    expect((await house.http().get('/api/v1/commitments').set(agency.editor.headers)).body.items).toEqual([]);
    const rows = await house.database.query<{ action: string }[]>('SELECT action FROM audit_log WHERE subject_id = $1 ORDER BY id', [id]);
    expect(rows.map(({ action }) => action)).toEqual(['commitment.created', 'commitment.changed', 'commitment.archived']);
  });

  it('is listed by when it ends, page by page, and by what is on in a time', async () => {
    for (const [title, wallUntil] of [['later', '2031-08-01T00:00'], ['sooner', '2031-06-02T00:00']] as const) await make({ title, wallUntil });
    const get = async (query: string) => (await house.http().get(`/api/v1/commitments?${query}`).set(agency.editor.headers)).body;
    const first = await get('limit=1');
    expect(first.items).toMatchObject([{ title: 'sooner' }]);
    expect(await get(`limit=1&cursor=${first.next}`)).toMatchObject({ items: [{ title: 'later' }], next: null });
    expect((await get('from=2031-07-01T00:00:00Z')).items).toMatchObject([{ title: 'later' }]);
    expect((await get('to=2031-05-01T00:00:00Z')).items).toEqual([]);
  });
});

describe('An outage', () => {
  it('touches what was on meanwhile on the fallen platforms, with words, money and things to do', async () => {
    await house.database.query(`UPDATE channels SET url = 'https://alpha.example/bar' WHERE id = $1`, [agency.channels[0]]);
    await make();
    const { body: ads } = await make({ kind: 'ads', title: 'Summer', dailyBudget: { minor: 38_900, currency: 'EUR' } });
    await house.database.query(`UPDATE commitments SET connector_ids = '{sandbox-alpha,instagram}' WHERE id = $1`, [ads.id]);
    await make({ title: 'Elsewhere', connectorIds: ['sandbox-beta'] });
    await make({ title: 'Over', wallUntil: '2031-06-02T00:00' });
    const found = await touched('2031-06-30T12:49:00Z', '2031-06-30T20:00:00Z', ['sandbox-alpha', 'instagram']);
    expect(found.map(({ commitment: { title }, words: { en }, connectorIds, clientName }) => [title, en, connectorIds, clientName]).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))).toEqual([
      ['Summer', 'about €84 of budget in the dark', ['sandbox-alpha', 'instagram'], 'Bar Aurora'], ['Win a coffee', 'contest open 5 h 11 of its last day', ['sandbox-alpha'], 'Bar Aurora'],
    ]);
    const contest = found.find(({ commitment: { kind } }) => kind === 'contest');
    expect(contest).toMatchObject({ darkMs: (5 * 60 + 11) * 60_000, spent: null, spans: [{ from: Date.parse('2031-06-30T12:49:00Z'), to: Date.parse('2031-06-30T18:00:00Z') }] });
    expect(contest?.tasks.map(({ code, connectorId, url }) => [code, connectorId, url])).toEqual([['read-messages', 'sandbox-alpha', 'https://alpha.example/bar'], ['extend-contest', null, 'https://alpha.example/bar']]);
    const summer = found.find(({ commitment: { id } }) => id === ads.id);
    expect(summer?.spent).toMatchObject({ currency: 'EUR', minor: 8_401 });
    expect(summer?.tasks.filter(({ code }) => code === 'look-at-ads').map(({ url }) => url)).toEqual(['https://alpha.example/bar', 'https://adsmanager.facebook.com/']);
  });

  it('touches nothing of another workspace, nor what was put away', async () => {
    const other = await house.agency();
    await make({}, other);
    const { body: { id } } = await make();
    await house.http().delete(`/api/v1/commitments/${id}?version=1`).set(agency.editor.headers);
    expect(await touched('2031-06-30T12:49:00Z', '2031-06-30T20:00:00Z')).toEqual([]);
  });
});
