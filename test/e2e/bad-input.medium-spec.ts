import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { v7 as uuid } from 'uuid';
import { type House, openHouse, type Visitor } from '../kit/house.js';

// What people get wrong, through the whole application, answered in both languages; and that nothing came of it.
let house: House;
let workspaceId: string;
let people: { readonly en: Visitor; readonly it: Visitor };
let clientId: string;
let mastodonId: string;
let blueskyId: string;
let foreignChannelId: string;

async function channel(workspace: string, client: string, connectorId: string): Promise<string> {
  const id = uuid();
  await house.database.query(
    `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account)
     VALUES ($1, $2, $3, $4, $4, 'h', $4 || ':publish@h', 's')`,
    [id, workspace, client, connectorId],
  );
  return id;
}

async function client(workspace: string): Promise<string> {
  const id = uuid();
  await house.database.query(`INSERT INTO clients (id, workspace_id, name, zone) VALUES ($1, $2, 'Bar Sport', 'Europe/Rome')`, [id, workspace]);
  return id;
}

async function medium(mime: string, bytes: number): Promise<string> {
  const id = uuid();
  await house.database.query(
    `INSERT INTO media (id, workspace_id, sha256, mime, bytes, alt, name, storage_key) VALUES ($1, $2, $3, $4, $5, '', 'file', 'k')`,
    [id, workspaceId, Buffer.from(id), mime, bytes],
  );
  return id;
}

beforeAll(async () => {
  house = await openHouse();
  workspaceId = await house.workspace('Agency');
  people = { en: await house.member(workspaceId, 'editor'), it: await house.member(workspaceId, 'editor', { language: 'it' }) };
  clientId = await client(workspaceId);
  [mastodonId, blueskyId] = [await channel(workspaceId, clientId, 'mastodon'), await channel(workspaceId, clientId, 'bluesky')];
  const elsewhere = await house.workspace('Elsewhere');
  foreignChannelId = await channel(elsewhere, await client(elsewhere), 'mastodon');
});
afterAll(() => house.close());

const soon = DateTime.utc().plus({ days: 10 }).toFormat("yyyy-MM-dd'T'09:30");
const saying = (text: string, media: readonly string[] = []) => ({ parts: [{ text, media: media.map((mediaId) => ({ mediaId })) }] });
const post = (over: object = {}) => ({ clientId, channelIds: [mastodonId], content: saying('Ciao'), wallAt: soon, ...over });
const send = (path: string, sent: object, { headers }: Visitor, language = 'fr') => house.http().post(`/api/v1/${path}`).set({ ...headers, 'Accept-Language': language }).send(sent);
const count = async (): Promise<unknown> => (await house.database.query(`SELECT (SELECT count(*) FROM posts) AS posts, (SELECT count(*) FROM deliveries) AS deliveries, (SELECT count(*) FROM events) AS facts`))[0];

/**
 * The same wrong request by an Englishwoman and an Italian: one code, two sentences, and nothing written. Their browsers
 * speak French, unless the answer comes before anybody knows who asks.
 */
async function refused(path: string, body: object, status: number, { beforeWho = false } = {}) {
  const before = await count();
  const [en, it] = [await send(path, body, people.en, beforeWho ? 'en' : 'fr'), await send(path, body, people.it, beforeWho ? 'it' : 'fr')];
  expect([en.status, it.status]).toEqual([status, status]);
  expect(en.headers['content-type']).toContain('application/problem+json');
  expect(it.body.code).toBe(en.body.code);
  expect(it.body.detail).not.toBe(en.body.detail);
  expect(await count()).toEqual(before);
  return { code: en.body.code as string, en: en.body, it: it.body };
}

describe('A time', () => {
  it('in the past is refused', async () => {
    const { code, en, it } = await refused('posts', post({ wallAt: '2020-05-01T09:00' }), 422);
    expect([code, en.detail, it.detail]).toEqual(['in-the-past', expect.stringContaining('Choose a time to come'), expect.stringContaining('Scegli un orario futuro')]);
  });

  it('that the clocks jump over is refused with the two nearest', async () => {
    // The last Sunday of next March: the clocks of Rome go from 02:00 to 03:00.
    const march = DateTime.utc().plus({ years: 1 }).set({ month: 3 }).endOf('month');
    const day = march.minus({ days: march.weekday % 7 }).toISODate() ?? '';
    const { code, en, it } = await refused('posts', post({ wallAt: `${day}T02:30` }), 422);
    expect(code).toBe('time-does-not-exist');
    for (const { detail, nearest } of [en, it]) {
      expect(nearest).toEqual([`${day}T01:59:00`, `${day}T03:00:00`]);
      for (const time of nearest as string[]) expect(detail).toContain(time);
    }
  });

  it.each(['Europe/Roma', '+02:00', 'CET+1', 'constructor'])('in the zone %s is refused', async (zone) => {
    const { code, en, it } = await refused('posts', post({ zone }), 422);
    expect([code, en.detail, it.detail]).toEqual(['zone-unknown', expect.stringContaining(`“${zone}” is no time zone`), expect.stringContaining('non è un fuso orario')]);
  });

  it.each(['tomorrow', '2030-02-30T09:00', '2030-01-01T25:00', '2030-01-01T09:00+02:00', '2030-01-01'])('written %s is refused', async (wallAt) => {
    expect((await refused('posts', post({ wallAt }), 422)).code).toBe('time-invalid');
  });
});

describe('A text', () => {
  interface Violation {
    readonly channelId: string;
    readonly code: string;
    readonly params: Readonly<Record<string, number>>;
    readonly sentence: { readonly en: string; readonly it: string };
  }
  const violations = async (text: string): Promise<readonly Violation[]> =>
    (await refused('posts', post({ channelIds: [mastodonId, blueskyId], content: saying(text) }), 422)).en.violations as Violation[];

  it('over a limit is counted as each platform counts', async () => {
    expect(await violations('x'.repeat(501))).toMatchObject([
      { channelId: mastodonId, code: 'text-too-long', params: { count: 501, max: 500 } },
      { channelId: blueskyId, code: 'text-too-long', params: { count: 501, max: 300 } },
    ]);
  });

  it('of 301 characters is too long for one and fits the other', async () => {
    expect(await violations('x'.repeat(301))).toMatchObject([{ channelId: blueskyId, code: 'text-too-long', params: { count: 301, max: 300 } }]);
  });

  it('of few characters may be too many bytes, and says so', async () => {
    const family = '👨‍👩‍👧‍👦'; // one character to the reader, 25 bytes
    const [only, ...others] = await violations(family.repeat(130));
    expect(others).toEqual([]);
    expect(only).toMatchObject({ channelId: blueskyId, code: 'text-too-many-bytes', params: { count: 3_250, max: 3_000 } });
    expect(only?.sentence.it).not.toBe(only?.sentence.en);
  });

  it('with a long address fits where addresses count 23', async () => {
    const { body, status } = await send('posts', post({ content: saying(`${'x'.repeat(470)} https://example.com/${'y'.repeat(200)}`) }), people.en);
    expect({ status, state: body.state }).toEqual({ status: 201, state: 'scheduled' });
  });
});

describe('A medium', () => {
  it.each([
    ['too large for a channel', 'image/png', 50_000_000, 'media-too-large'],
    ['of a type the channel does not take', 'image/heic', 1_000, 'media-type'],
  ])('%s is refused, and named', async (_, mime, bytes, code) => {
    const mediaId = await medium(mime, bytes);
    const { en, it } = await refused('posts', post({ content: saying('Look', [mediaId]) }), 422);
    expect(en).toMatchObject({ code: 'content-breaks-limits', violations: [{ channelId: mastodonId, part: 0, code }] });
    expect(it.violations[0].sentence.it).not.toBe(it.violations[0].sentence.en);
  });

  it('that is none, whatever it calls itself, is not taken', async () => {
    for (const [language, word] of [['en', 'Export it'], ['it', 'Esportalo']] as const) {
      const { status, body } = await house.http().post('/api/v1/media').set(people[language].headers).attach('file', Buffer.from('<script>alert(1)</script>'.repeat(300)), { filename: 'a.png', contentType: 'image/png' });
      expect([status, body.code, body.detail]).toEqual([415, 'media-type', expect.stringContaining(word)]);
    }
  });
});

describe('What is another workspace’s', () => {
  it('is not there: a channel, a variant for it, a filter by it', async () => {
    expect((await refused('posts', post({ channelIds: [mastodonId, foreignChannelId] }), 404)).code).toBe('channel-not-found');
    expect((await refused('posts', post({ variants: [{ channelId: foreignChannelId, parts: [{ text: 'x' }] }] }), 422)).code).toBe('variant-without-channel');
    const { body } = await send('posts/bulk/cancel', { filter: { channelId: foreignChannelId } }, people.en).expect(200);
    expect(body).toMatchObject({ matched: 0, changed: 0 });
  });
});

describe('An account', () => {
  it('with something missing is told which field, in both languages', async () => {
    const managers = { en: await house.member(workspaceId, 'manager'), it: await house.member(workspaceId, 'manager', { language: 'it' }) };
    for (const [language, words] of [['en', 'accessToken: is missing'], ['it', 'accessToken: manca']] as const) {
      const { body } = await send('channels', { clientId, connectorId: 'mastodon', account: { instance: 'https://example.social' } }, managers[language]).expect(422);
      expect(body).toMatchObject({ code: 'account-invalid', detail: expect.stringContaining(words), fields: [{ field: 'accessToken' }] });
    }
  });
});

describe('A recurring rule', () => {
  const series = (rule: string) => ({ clientId, rule, wallStart: soon, template: { channelIds: [mastodonId], content: saying('Every day') } });

  it('without end is made 60 days ahead, and no further', async () => {
    const { body } = await send('series', series('FREQ=DAILY'), people.en).expect(201);
    const [{ n, last }] = await house.database.query(`SELECT count(*)::int AS n, max(due_at) AS last FROM posts WHERE series_id = $1`, [body.id]);
    expect(n).toBeGreaterThanOrEqual(49);
    expect(n).toBeLessThanOrEqual(51);
    expect((last as Date).getTime()).toBeLessThan(Date.now() + 61 * 86_400_000);
  });

  it.each([
    ['FREQ=SECONDLY', 'rule-too-often'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'rule-never'],
    ['FREQ=DAILY;COUNT=3;UNTIL=20400101', 'rule-count-and-until'],
    ['every monday', 'rule-value'],
  ])('%s is refused', async (rule, code) => {
    expect((await refused('series', series(rule), 422)).code).toBe(code);
  });
});

describe('An edit', () => {
  const made = async (): Promise<string> => (await send('posts', post(), people.en).expect(201)).body.id as string;
  const edit = (id: string, text: string, { headers }: Visitor) => house.http().patch(`/api/v1/posts/${id}`).set(headers).send({ version: 1, content: saying(text) });

  it('at the same moment as another leaves one of the two, and tells the other', async () => {
    const id = await made();
    const answers = await Promise.all([edit(id, 'one', people.en), edit(id, 'two', people.it)]);
    const [won, lost] = answers.toSorted((a, b) => a.status - b.status);
    expect([won?.status, lost?.status]).toEqual([200, 409]);
    expect(lost?.body).toMatchObject({ code: 'edited-meanwhile', version: 2 });
    const { body } = await house.http().get(`/api/v1/posts/${id}`).set(people.en.headers);
    expect(body.content.parts[0].text).toBe(won?.body.content.parts[0].text);
  });

  it.each(['sending', 'unconfirmed'])('of what is %s is refused, and so are moving and cancelling', async (state) => {
    const id = await made();
    await house.database.query(`UPDATE deliveries SET state = $2, epoch = 1, intent_at = now(), lease_until = now() + interval '1 minute' WHERE post_id = $1`, [id, state]);
    for (const [language, word] of [['en', 'Wait a moment'], ['it', 'Attendi un momento']] as const) {
      const { headers } = people[language];
      for (const answer of [
        await edit(id, 'changed', people[language]),
        await house.http().post(`/api/v1/posts/${id}/move`).set(headers).send({ version: 1, wallAt: soon.replace('09:30', '11:00') }),
        await house.http().post(`/api/v1/posts/${id}/cancel`).set(headers).send({ version: 1 }),
      ]) expect([answer.status, answer.body.code, answer.body.detail]).toEqual([409, 'in-flight', expect.stringContaining(word)]);
    }
    const [{ text }] = await house.database.query(`SELECT content #>> '{parts,0,text}' AS text FROM posts WHERE id = $1`, [id]);
    expect(text).toBe('Ciao');
  });
});

describe('A request', () => {
  it('that is not UTF-8 is refused, not mended', async () => {
    const before = await count();
    const text = Buffer.concat([Buffer.from(JSON.stringify(post()).replace('Ciao', 'Per')), Buffer.from([0xf2])]);
    for (const [language, word] of [['en', 'Save it as UTF-8'], ['it', 'Salvalo come UTF-8']] as const) {
      const { status, body } = await house.http().post('/api/v1/posts').set({ ...people[language].headers, 'Content-Type': 'application/json', 'Accept-Language': language })
        .serialize((bytes: unknown) => bytes as string).send(text as never);
      expect([status, body.code, body.detail]).toEqual([400, 'utf8-invalid', expect.stringContaining(word)]);
    }
    expect(await count()).toEqual(before);
  });

  it('of 50 MB is refused', async () => {
    expect((await refused('posts', post({ content: saying('x'.repeat(50_000_000)) }), 413, { beforeWho: true })).code).toBe('body-too-large');
  });

  it.each([
    ['posts/bulk/cancel', { filter: {} }, 'non indica niente'],
    ['deliveries/bulk/release', { filter: {} }, 'non indica niente'],
    ['posts/bulk/move', { filter: { state: 'scheduled' }, by: {} }, 'non sposta niente'],
    ['posts', { slot: 'next', wallAt: '2030-01-01T09:00', clientId: uuid(), content: { parts: [{}] } }, 'va senza wallAt'],
    ['posts', { clientId: uuid(), content: { parts: [{ text: 'x', language: 'italian!' }] } }, 'deve essere una lingua'],
    ['posts', { clientId: 'Bar Sport' }, 'manca'],
  ])('to %s with %j is told what is wrong in Italian too', async (path, body, words) => {
    const { en, it } = await refused(path, body, 400);
    const messages = (problem: { errors: { message: string }[] }): string => problem.errors.map(({ message }) => message).join(' | ');
    expect(messages(it)).toContain(words);
    expect(messages(en)).not.toContain(words);
  });
});

describe('A file of 10,000 rows, the 7,431st of them bad', () => {
  const good = (i: number): string => `Bar Sport;mastodon;${soon.slice(0, 10)};10:00;Riga ${i}`;
  const file = ['client;channels;date;time;text', ...Array.from({ length: 10_000 }, (_, i) => (i + 2 === 7_431 ? good(i).replace('mastodon', 'myspace') : good(i)))].join('\n');
  const upload = (preview: boolean, { headers }: Visitor) => house.http().post(`/api/v1/posts/import?preview=${preview}`).set({ ...headers, 'Content-Type': 'text/csv' }).send(file);

  it('is previewed with that row named, in both languages', async () => {
    const before = await count();
    const { body } = await upload(true, people.it).expect(200);
    expect(body).toMatchObject({ rows: 10_000, posts: 9_999, faults: 1, preview: true, errors: [{ row: 7_431, column: 'channels', code: 'channel-unknown' }] });
    expect(body.errors[0].sentence).toEqual({ en: expect.stringContaining('myspace'), it: expect.stringContaining('Questo cliente non ha il canale') });
    expect(await count()).toEqual(before);
  });

  it('makes nothing at all when it is sent in earnest', async () => {
    const before = await count();
    const { body } = await upload(false, people.it).expect(422);
    expect(body).toMatchObject({ code: 'csv-has-errors', detail: expect.stringContaining('Non è stato importato niente'), errors: [{ row: 7_431 }] });
    expect(await count()).toEqual(before);
  });
});
