import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { v7 as uuid } from 'uuid';
import { PostCreate } from '../../../src/features/posts/post-input.schema.js';
import { type Agency, codeOf, type House, openHouse, problemOf, settle } from './posts-house.js';

let house: House;
let agency: Agency;

beforeAll(async () => {
  house = await openHouse();
  agency = await settle(house);
});
afterAll(() => house.close());

/** A wall time so many hours from now in Rome. */
const inHours = (hours: number): string => DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' }).plus({ hours }).toFormat("yyyy-MM-dd'T'HH:mm");
const asked = (over: Record<string, unknown> = {}) =>
  PostCreate.parse({ clientId: agency.clientId, channelIds: agency.channelIds, content: { parts: [{ text: 'Aperitivo alle 19' }] }, wallAt: inHours(48), ...over });
const make = (over: Record<string, unknown> = {}) => house.posts.create(agency.caller, asked(over));
const read = (id: string) => house.reads.one(agency.caller, id);
const addMedium = async (workspaceId = agency.caller.workspaceId): Promise<string> => {
  const id = uuid();
  await house.dataSource.query(
    `INSERT INTO media (id, workspace_id, sha256, mime, bytes, width, height, alt, name, storage_key)
     VALUES ($1, $2, decode(md5($3), 'hex'), 'image/png', 1000, 10, 10, 'a glass', 'glass.png', $3)`,
    [id, workspaceId, id],
  );
  return id;
};

describe('creating a post', () => {
  it('writes it with a scheduled delivery and its parts on every channel', async () => {
    const post = await read(await make({ content: { parts: [{ text: 'one' }, { text: 'two' }] } }));
    expect(post.state).toBe('scheduled');
    expect(post.zone).toBe('Europe/Rome');
    expect(post.deliveries.map(({ state, approved, version }) => ({ state, approved, version }))).toEqual([
      { state: 'scheduled', approved: true, version: 1 }, { state: 'scheduled', approved: true, version: 1 },
    ]);
    expect(post.deliveries[0]?.parts.map(({ kind, position, content }) => [kind, position, content.text])).toEqual([['post', 0, 'one'], ['reply', 1, 'two']]);
  });

  it('presets "today" for a chosen time, until the end of the client\'s day', async () => {
    const wallAt = `${inHours(48).slice(0, 10)}T12:00`;
    const [delivery] = (await read(await make({ wallAt }))).deliveries;
    expect(delivery?.choice).toBe('today');
    expect(delivery?.deadlineAt).toBe(DateTime.fromISO(`${wallAt.slice(0, 10)}T21:00`, { zone: 'Europe/Rome' }).toUTC().toISO());
  });

  it('says on each channel its variant, or else what the post says', async () => {
    const [first = '', second = ''] = agency.channelIds;
    const post = await read(await make({ variants: [{ channelId: second, parts: [{ text: 'for two' }] }] }));
    const textOn = (channelId: string) => post.deliveries.find((one) => one.channelId === channelId)?.parts[0]?.content.text;
    expect([textOn(first), textOn(second)]).toEqual(['Aperitivo alle 19', 'for two']);
  });

  it('puts the media behind their ids, with the alt text of the medium or its own', async () => {
    const mediaId = await addMedium();
    const post = await read(await make({ content: { parts: [{ text: 'x', media: [{ mediaId }, { mediaId, alt: 'two glasses' }] }] } }));
    expect(post.deliveries[0]?.parts[0]?.content.media).toEqual([
      { mediaId, mime: 'image/png', bytes: 1000, width: 10, height: 10, alt: 'a glass' },
      { mediaId, mime: 'image/png', bytes: 1000, width: 10, height: 10, alt: 'two glasses' },
    ]);
  });

  it('keeps a draft without deliveries, also one without time and channels', async () => {
    const post = await read(await make({ editing: 'draft', wallAt: undefined, channelIds: [] }));
    expect([post.state, post.deliveries, post.dueAt]).toEqual(['draft', [], null]);
  });

  it('plans a post in review, not approved', async () => {
    const post = await read(await make({ editing: 'in-review' }));
    expect([post.state, post.deliveries.map(({ approved }) => approved)]).toEqual(['in-review', [false, false]]);
  });

  it('rings at once inside the horizon, and leaves the rest to the planner', async () => {
    house.rung.length = 0;
    await make({ wallAt: inHours(2) });
    expect(house.rung).toHaveLength(0);
    const post = await read(await make({ wallAt: inHours(0.1) }));
    expect(house.rung.sort()).toEqual(post.deliveries.map(({ id }) => `d-${id}-0`).sort());
  });

  it('writes one fact and one line in the audit log', async () => {
    const id = await make();
    const [events, audit] = await Promise.all([
      house.dataSource.query(`SELECT kind FROM events WHERE subject_id = $1`, [id]),
      house.dataSource.query(`SELECT action FROM audit_log WHERE subject_id = $1`, [id]),
    ]);
    expect([events, audit]).toEqual([[{ kind: 'post.scheduled' }], [{ action: 'post.created' }]]);
  });

  it('lists every broken rule of every channel, counted as the platform counts, with what to do', async () => {
    const problem = await problemOf(make({ content: { parts: [{ text: 'x'.repeat(501) }, { text: '' }] } }));
    expect(problem?.code).toBe('content-breaks-limits');
    const violations = problem?.facts['violations'] as { channelId: string; part: number; code: string; sentence: { en: string } }[];
    expect(violations.map(({ part, code }) => [part, code])).toEqual([[0, 'text-too-long'], [1, 'text-empty'], [0, 'text-too-long'], [1, 'text-empty']]);
    expect(new Set(violations.map(({ channelId }) => channelId))).toEqual(new Set(agency.channelIds));
    expect(violations[0]?.sentence.en).toContain('501');
  });

  it('refuses an option that no such channel knows', async () => {
    const problem = await problemOf(make({ content: { parts: [{ text: 'x', options: { 'sandbox-media': { sparkle: true } } }] } }));
    expect(problem?.facts['violations']).toMatchObject([{ code: 'option-invalid', params: { option: 'sparkle' } }, {}]);
    expect(await codeOf(make({ content: { parts: [{ text: 'x', options: { mastodon: { visibility: 'unlisted' } } }] } }))).toBe('none');
  });

  it.each([
    ['a time in a century that is not ours', { wallAt: '9999-12-31T09:00' }, 'too-far-ahead'],
    ['a time in the past', { wallAt: '2020-01-01T09:00' }, 'in-the-past'],
    ['what is no time', { wallAt: '2026-02-30T09:00' }, 'time-invalid'],
    ['a time with an offset', { wallAt: '2030-02-01T09:00+01:00' }, 'time-invalid'],
    ['an unknown zone', { zone: 'Europe/Roma' }, 'zone-unknown'],
    ['no time at all', { wallAt: undefined }, 'time-needed'],
    ['no channel', { channelIds: [] }, 'channels-needed'],
    ['a medium that is not there', { content: { parts: [{ text: 'x', media: [{ mediaId: uuid() }] }] } }, 'media-not-found'],
    ['a variant for a channel it does not go to', { variants: [{ channelId: uuid(), parts: [{ text: 'x' }] }] }, 'variant-without-channel'],
    ['a slot where there is none', { wallAt: undefined, slot: 'next' }, 'no-free-slot'],
  ])('refuses %s', async (_, over, code) => {
    expect(await codeOf(make(over))).toBe(code);
  });

  it('refuses two variants for one channel, also in capitals, and names it', async () => {
    const [channelId = ''] = agency.channelIds;
    const problem = await problemOf(make({ variants: [{ channelId, parts: [{ text: 'x' }] }, { channelId: channelId.toUpperCase(), parts: [{ text: 'y' }] }] }));
    expect([problem?.code, problem?.sentence.it]).toEqual(['variant-twice', 'Ci sono due varianti per il canale “channel 1”. Togline una.']);
  });

  it('takes a time that was a minute ago: the button was pressed then', async () => {
    expect(await codeOf(make({ wallAt: inHours(-1 / 60) }))).toBe('none');
  });

  it('refuses a time in a gap with the two nearest', async () => {
    const problem = await problemOf(make({ wallAt: '2027-03-28T02:30' }));
    expect([problem?.code, problem?.facts['nearest']]).toEqual(['time-does-not-exist', ['2027-03-28T01:59:00', '2027-03-28T03:00:00']]);
  });

  it('takes the first strike of an hour that comes twice', async () => {
    expect((await read(await make({ wallAt: '2027-10-31T02:30' }))).dueAt).toBe('2027-10-31T00:30:00.000Z');
  });

  it('reaches nothing of another workspace, nor of another client', async () => {
    const foreign = await settle(house);
    expect(await codeOf(make({ clientId: foreign.clientId }))).toBe('client-not-found');
    expect(await codeOf(make({ channelIds: foreign.channelIds }))).toBe('channel-not-found');
    expect(await codeOf(make({ content: { parts: [{ text: 'x', media: [{ mediaId: await addMedium(foreign.caller.workspaceId) }] }] } }))).toBe('media-not-found');
    expect(await codeOf(house.reads.one(foreign.caller, await make()))).toBe('post-not-found');
    const sibling = uuid();
    await house.dataSource.query(`INSERT INTO clients (id, workspace_id, name, zone) VALUES ($1, $2, 'Other', 'UTC')`, [sibling, agency.caller.workspaceId]);
    expect(await codeOf(make({ clientId: sibling }))).toBe('channel-of-another-client');
  });
});

describe('the list', () => {
  it('pages through the posts of one workspace, newest first', async () => {
    const other = await settle(house, { channels: 1 });
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      ids.push(await house.posts.create(other.caller, PostCreate.parse({ clientId: other.clientId, channelIds: other.channelIds, content: { parts: [{ text: `${i}` }] }, wallAt: inHours(20 + i), labels: i % 2 ? ['odd'] : [] })));
    }
    const first = await house.reads.list(other.caller, { limit: 3 });
    const second = await house.reads.list(other.caller, { limit: 3, cursor: first.next ?? '' });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.toReversed());
    expect(second.next).toBeNull();
    expect((await house.reads.list(other.caller, { limit: 9, label: 'odd' })).items).toHaveLength(2);
    expect((await house.reads.list(other.caller, { limit: 9, deliveryState: 'held' })).items).toHaveLength(0);
  });
});
