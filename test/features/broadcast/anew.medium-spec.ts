import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { BroadcastEnds } from '../../../src/features/broadcast/broadcast-ends.service.js';
import { ReroutesService } from '../../../src/features/posts/reroutes.service.js';
import { type CollectingHouse, type Held, openCollecting } from './collecting-house.js';

let house: CollectingHouse;
type Outlets = Awaited<ReturnType<CollectingHouse['outlets']>>;
beforeAll(async () => {
  house = await openCollecting();
});
afterAll(() => house.close());
beforeEach(async () => {
  house.office.letters.length = 0;
  house.office.verdict = () => null;
  house.office.arriving = async () => undefined;
  await house.say('down');
});

const api = () => ({
  get: async (path: string) => (await house.http().get(`/api/v1${path}`).set(house.editor.headers)).body,
  send: async (method: 'post' | 'patch' | 'put', path: string, body: object) => {
    const { status, body: said } = await house.http()[method](`/api/v1${path}`).set(house.editor.headers).send(body);
    return { status, body: said };
  },
});
const down = () => ({ code: 421, text: 'shutting down' });
const everybody = ['Person0@example.com', 'Person1@example.com', 'Person2@example.com'];
const arrived = (): readonly string[] => [...house.arrived()].sort();
const subjects = (): ReadonlySet<string | undefined> => new Set(house.office.letters.map(({ subject }) => subject));

/** Its time is over, and nobody got it. */
async function tooLate({ brand }: Pick<Outlets, 'brand'>): Promise<void> {
  await house.mail();
  await house.rows(`UPDATE broadcasts SET deadline_at = now() - interval '1 second' WHERE client_id = $1 AND state IN ('frozen', 'sending', 'paused')`, [brand.clientId]);
  await house.mail();
  await house.rows(`UPDATE senders SET rest_until = '-infinity', troubles = 0 WHERE client_id = $1`, [brand.clientId]);
  house.office.verdict = () => null;
}

const deliveryOf = async (id: string) => (await house.rows<{ state: string; version: number; code: string | null; detail: string | null }>(`SELECT state, version, reason ->> 'code' AS code, reason ->> 'detail' AS detail FROM deliveries WHERE id = $1`, [id]))[0];

/** A person sends it anew, and what can go goes. */
async function retry(id: string): Promise<void> {
  const { status } = await api().send('post', `/deliveries/${id}/retry`, { version: (await deliveryOf(id))?.version ?? 0 });
  expect(status).toBe(200);
  await house.run(id);
  await house.mail();
}

/** Planned on the newsletter itself. */
async function planned({ brand, newsletterId }: Outlets, text: string): Promise<Held> {
  const { status, body } = await api().send('post', '/posts', { clientId: brand.clientId, channelIds: [newsletterId], content: { parts: [{ text }] }, choice: 'can-wait', editing: 'ready', wallAt: soon(), zone: 'UTC' });
  expect([status, body.code]).toEqual([201, undefined]);
  const [delivery] = await house.rows<{ id: string }>('SELECT id FROM deliveries WHERE post_id = $1', [body.id]);
  await house.rows('UPDATE deliveries SET due_at = now(), ready_at = now() WHERE post_id = $1', [body.id]);
  return { id: delivery?.id ?? '', postId: body.id };
}
const soon = (): string => new Date(Date.now() + 3_600_000).toISOString().slice(0, 16);

async function correct(postId: string, text: string): Promise<void> {
  const { version } = await api().get(`/posts/${postId}`);
  expect((await api().send('patch', `/posts/${postId}`, { version, content: { parts: [{ text }] } })).status).toBe(200);
}

async function leave(outlets: Outlets, text: string): Promise<Held & { readonly childId: string }> {
  const post = await house.held(outlets, { text, due: 60, limit: 4 });
  await house.run(post.id);
  await house.runChildren(post);
  return { ...post, childId: (await house.children(post))[0]?.id ?? '' };
}

describe('A newsletter that nobody got, sent anew', () => {
  it('says what its post says by now', async () => {
    const outlets = await house.outlets();
    house.office.verdict = down;
    const post = await planned(outlets, 'Prezzo 10 euro');
    await house.run(post.id);
    await tooLate(outlets);
    expect(await deliveryOf(post.id)).toMatchObject({ state: 'failed', code: 'reached-nobody' });
    await correct(post.postId, 'Prezzo 20 euro');
    await retry(post.id);
    expect([await deliveryOf(post.id), arrived(), subjects()]).toMatchObject([{ state: 'published' }, everybody, new Set(['Prezzo 20 euro'])]);
    expect(house.office.letters.map(({ text, html }) => `${text}${html}`).filter((said) => said.includes('10 euro'))).toEqual([]);
    expect(await house.broadcasts(outlets)).toMatchObject([{ state: 'sent', subject: 'Prezzo 20 euro' }]);
  });

  it('says in another outlet’s place what is approved there by now', async () => {
    const outlets = await house.outlets();
    house.office.verdict = down;
    const post = await leave(outlets, 'Prezzo 10 euro');
    await tooLate(outlets);
    const put = (version: number, text: string, approve: boolean) => api().send('put', `/posts/${post.postId}/fallbacks/${outlets.newsletterId}`, { version, content: { parts: [{ text }] }, approve });
    expect((await put(1, 'Prezzo 15 euro', false)).status).toBe(200);
    await retry(post.childId);
    expect([await deliveryOf(post.childId), arrived()]).toMatchObject([{ state: 'failed', detail: expect.stringContaining('approve') }, []]);
    expect((await put(2, 'Prezzo 20 euro', true)).status).toBe(200);
    await retry(post.childId);
    expect([await deliveryOf(post.childId), arrived(), subjects()]).toMatchObject([{ state: 'published' }, everybody, new Set(['Prezzo 20 euro'])]);
  });

  it('goes as its draft was approved, if its post is what it was', async () => {
    const outlets = await house.outlets();
    house.office.verdict = down;
    const post = await planned(outlets, 'Prezzo 10 euro #spritz');
    const draft = await drafted(outlets, post, 'Il nostro prezzo');
    await house.run(post.id);
    await tooLate(outlets);
    await retry(post.id);
    expect([await deliveryOf(post.id), arrived(), subjects(), (await api().get(`/broadcasts/${draft}`)).approvedBy]).toMatchObject([{ state: 'published' }, everybody, new Set(['Il nostro prezzo']), expect.any(String)]);
  });

  it('whose post was corrected meanwhile goes only once somebody has looked through its draft again', async () => {
    const outlets = await house.outlets();
    house.office.verdict = down;
    const post = await planned(outlets, 'Prezzo 10 euro');
    const draft = await drafted(outlets, post, 'Solo 10 euro');
    await house.run(post.id);
    await tooLate(outlets);
    await correct(post.postId, 'Prezzo 20 euro');
    await retry(post.id);
    expect([await deliveryOf(post.id), arrived()]).toMatchObject([{ state: 'failed', detail: expect.stringContaining('approve') }, []]);
    const { version } = await api().get(`/broadcasts/${draft}`);
    const { body: edited } = await api().send('patch', `/broadcasts/${draft}`, { version, subject: 'Solo 20 euro', content: { text: 'Prezzo 20 euro', media: [], link: null } });
    expect(edited).toMatchObject({ state: 'drafted', approvedBy: null, counts: null, pauseReason: null });
    await retry(post.id);
    expect(arrived()).toEqual([]);
    await approve(draft);
    await retry(post.id);
    expect([await deliveryOf(post.id), arrived(), subjects()]).toMatchObject([{ state: 'published' }, everybody, new Set(['Solo 20 euro'])]);
  });

  it('whose words are kept as they are goes once somebody has approved them again, without an edit', async () => {
    const outlets = await house.outlets();
    house.office.verdict = down;
    const post = await planned(outlets, 'Prezzo 10 euro');
    const draft = await drafted(outlets, post, 'Da noi');
    await house.run(post.id);
    await tooLate(outlets);
    await correct(post.postId, 'Prezzo 10 euro!');
    await approve(draft);
    await retry(post.id);
    expect([arrived(), subjects()]).toEqual([everybody, new Set(['Da noi'])]);
  });

  it('that carried others goes again, with its own words, after its template was changed too', async () => {
    const outlets = await house.outlets();
    house.office.verdict = down;
    const mjml = (colour: string) => `<mjml><mj-body background-color="${colour}"><mj-section><mj-column>{{content}}{{footer}}</mj-column></mj-section></mj-body></mjml>`;
    const { body: template } = await api().send('post', '/templates', { clientId: outlets.brand.clientId, name: 'Nostro', mjml: mjml('#ffffff') });
    const [one, two] = [await house.held(outlets, { text: 'Uno', due: 90, limit: 4 }), await house.held(outlets, { text: 'Due', due: 60, limit: 4 })];
    for (const { id } of [one, two]) await house.run(id);
    await house.rows(`UPDATE parts SET content = jsonb_set(content, '{options}', $2) WHERE delivery_id IN (SELECT id FROM deliveries WHERE origin = 'fallback' AND post_id = ANY($1::uuid[]))`, [[one.postId, two.postId], { template: template.id }]);
    await house.runChildren(one, two);
    expect(new Set((await house.broadcasts(outlets)).map(({ carried }) => carried))).toEqual(new Set([false, true]));
    await tooLate(outlets);
    await api().send('patch', `/templates/${template.id}`, { version: template.version, mjml: mjml('#12a4b6') });
    const [carrier] = (await house.broadcasts(outlets)).filter(({ carried }) => !carried);
    const child = (await house.children(one, two)).find(({ postId }) => postId === carrier?.postId);
    await retry(child?.id ?? '');
    expect([await deliveryOf(child?.id ?? ''), arrived(), subjects()]).toMatchObject([{ state: 'published' }, everybody, new Set(['Uno'])]);
    expect(house.office.letters.map(({ html }) => [`${html}`.includes('Due'), `${html}`.includes('#12a4b6')])).toEqual(Array(3).fill([false, true]));
  });

  it('that carried others, and was drafted, can be approved with its words as they stand, and goes', async () => {
    const outlets = await house.outlets();
    house.office.verdict = down;
    const [one, two] = [await house.held(outlets, { text: 'Uno', due: 90, limit: 4 }), await house.held(outlets, { text: 'Due', due: 60, limit: 4 })];
    const draft = await drafted(outlets, one, 'Uno solo');
    for (const { id } of [one, two]) await house.run(id);
    await house.runChildren(one, two);
    await tooLate(outlets);
    const [child] = await house.children(one);
    await retry(child?.id ?? '');
    expect(await deliveryOf(child?.id ?? '')).toMatchObject({ state: 'failed', detail: expect.stringContaining('approve') }); // it announces another post
    const { version } = await api().get(`/broadcasts/${draft}`);
    expect((await api().send('patch', `/broadcasts/${draft}`, { version, preheader: '' })).body).toMatchObject({ state: 'drafted', subject: 'Uno solo' });
    await approve(draft);
    await retry(child?.id ?? '');
    expect([await deliveryOf(child?.id ?? ''), arrived(), subjects()]).toMatchObject([{ state: 'published' }, everybody, new Set(['Uno solo'])]);
  });

  it('carries again what it carried, if that is sent anew with it', async () => {
    const outlets = await house.outlets();
    house.office.verdict = down;
    const [one, two] = [await house.held(outlets, { text: 'Uno', due: 90, limit: 4 }), await house.held(outlets, { text: 'Due', due: 60, limit: 4 })];
    for (const { id } of [one, two]) await house.run(id);
    await house.runChildren(one, two);
    await tooLate(outlets);
    const children = await house.children(one, two);
    for (const { id } of children) expect((await api().send('post', `/deliveries/${id}/retry`, { version: (await deliveryOf(id))?.version ?? 0 })).status).toBe(200);
    await house.rows('UPDATE deliveries SET due_at = now() WHERE id = ANY($1::uuid[])', [children.map(({ id }) => id)]);
    await house.runChildren(one, two);
    await house.mail();
    expect([(await house.children(one, two)).map(({ state }) => state), arrived(), house.office.letters.map(({ text }) => /Uno[^]*Due/.test(text ?? ''))]).toEqual([['published', 'published'], everybody, [true, true, true]]);
  });
});

/** Drafted, given a subject of its own, and approved. @returns its id */
async function drafted({ newsletterId }: Outlets, { postId }: Held, subject: string): Promise<string> {
  const { body } = await api().send('post', '/broadcasts', { postId, channelId: newsletterId });
  await api().send('patch', `/broadcasts/${body.id}`, { version: body.version, subject });
  await approve(body.id);
  return body.id;
}
async function approve(id: string): Promise<void> {
  const { version } = await api().get(`/broadcasts/${id}`);
  expect((await api().send('post', `/broadcasts/${id}/approve`, { version })).body).toMatchObject({ state: 'approved' });
}

describe('A newsletter that every mail server refused', () => {
  const refused = () => ({ code: 550, text: '5.7.1 not from you' });

  it('goes to everybody when it is sent anew, with what it carried', async () => {
    const outlets = await house.outlets();
    house.office.verdict = refused;
    const [one, two] = [await house.held(outlets, { text: 'Uno', due: 90, limit: 4 }), await house.held(outlets, { text: 'Due', due: 60, limit: 4 })];
    for (const { id } of [one, two]) await house.run(id);
    await house.runChildren(one, two);
    await house.mail();
    expect((await house.children(one, two)).map(({ code }) => code)).toEqual(['reached-nobody', 'reached-nobody']);
    expect(await house.rows('SELECT address_key FROM reached WHERE post_id = ANY($1::uuid[])', [[one.postId, two.postId]])).toEqual([]);
    house.office.verdict = () => null;
    await retry((await house.children(two))[0]?.id ?? '');
    expect([(await house.children(two)).map(({ state }) => state), arrived()]).toEqual([['published'], everybody]);
  });

  it('has reached nobody again, if they refuse it again', async () => {
    const outlets = await house.outlets();
    house.office.verdict = refused;
    const post = await leave(outlets, 'Siamo aperti');
    await house.mail();
    await retry(post.childId);
    expect([await deliveryOf(post.childId), arrived()]).toMatchObject([{ state: 'failed', code: 'reached-nobody' }, []]);
    expect(await house.rows(`SELECT payload -> 'reason' -> 'params' ->> 'failed' AS failed FROM events WHERE kind = 'newsletter.ended' AND payload ->> 'clientId' = $1`, [outlets.brand.clientId])).toEqual([{ failed: '3' }, { failed: '3' }]);
  });

  it('is told that nobody is left, once they have all gone, and can be sent when somebody is there again', async () => {
    const outlets = await house.outlets();
    const all = (state: string) => house.rows('UPDATE subscriptions SET state = $2 WHERE list_id = $1', [outlets.listId, state]);
    const post = await leave(outlets, 'Siamo aperti');
    await all('unsubscribed');
    await house.mail();
    expect(await deliveryOf(post.childId)).toMatchObject({ state: 'failed', code: 'reached-nobody' });
    await retry(post.childId);
    expect(await deliveryOf(post.childId)).toMatchObject({ state: 'failed', detail: expect.stringContaining('Nobody would get it') });
    await all('confirmed');
    await retry(post.childId);
    expect([await deliveryOf(post.childId), arrived()]).toMatchObject([{ state: 'published' }, everybody]);
  });

  it('by one of them alone is not sent to that one again: the post is out', async () => {
    const outlets = await house.outlets();
    house.office.verdict = (address) => (address === 'Person1@example.com' ? refused() : null);
    const post = await leave(outlets, 'Siamo aperti');
    await house.mail();
    expect([await deliveryOf(post.childId), await house.rows('SELECT count(*)::int AS n FROM reached WHERE post_id = $1', [post.postId])]).toMatchObject([{ state: 'published' }, [{ n: 3 }]]);
  });
});

describe('What ends with a mail that nobody got', () => {
  it('is not what a person had stopped on its page', async () => {
    const outlets = await house.outlets();
    house.office.verdict = down;
    const [one, two] = [await leave(outlets, 'Uno'), await leave(outlets, 'Due')];
    await house.rows(`UPDATE broadcasts SET state = 'stopped' WHERE post_id = $1`, [two.postId]);
    await tooLate(outlets);
    expect((await house.rows('SELECT post_id = $2 AS mine, state, pause_reason AS why FROM broadcasts WHERE post_id = ANY($1::uuid[]) ORDER BY 1', [[one.postId, two.postId], one.postId])))
      .toEqual([{ mine: false, state: 'stopped', why: null }, { mine: true, state: 'stopped', why: 'nobody' }]);
    expect((await deliveryOf(two.childId))?.state).toBe('published');
  });

  it('after a pause that drops is dropped, and nothing that could be sent anew', async () => {
    const outlets = await house.outlets();
    const post = await leave(outlets, 'Uno');
    await house.rows(`INSERT INTO pauses (id, workspace_id, client_id, reason, created_by, resume, ended_at) VALUES ($1, $2, $3, 'stop', '{}', 'drop', now())`, [uuid(), outlets.brand.workspaceId, outlets.brand.clientId]);
    await house.get(BroadcastEnds).settle();
    expect(await house.broadcasts(outlets)).toMatchObject([{ state: 'stopped' }]);
    expect(await house.rows('SELECT pause_reason AS why FROM broadcasts WHERE post_id = $1', [post.postId])).toEqual([{ why: null }]);
    // However it comes to be asked for again: it is not said to be out.
    await house.rows(`UPDATE deliveries SET state = 'failed', deadline_at = now() + interval '1 hour' WHERE id = $1`, [post.childId]);
    await retry(post.childId);
    expect([await deliveryOf(post.childId), arrived()]).toMatchObject([{ state: 'failed', detail: 'Somebody stopped this newsletter.' }, []]);
    await house.get(ReroutesService).comeBack();
  });
});
