import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { type BlogHouse, type Brand, openBlogHouse } from './blog-house.js';

let house: BlogHouse;
let brand: Brand;
beforeAll(async () => {
  house = await openBlogHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  brand = await house.brand();
});

const articles = (of: Brand): Promise<{ id: string; slug: string; title: string; tags: string[]; sections: { text: string }[]; plan: unknown }[]> =>
  house.database.query(`SELECT id, slug, title, tags, sections, plan FROM articles WHERE client_id = $1 ORDER BY published_at, id`, [of.clientId]);

describe('A blog that takes a post', () => {
  it('makes an article of it, and tells where it is', async () => {
    const outcome = await house.publish(brand, { text: 'We are open again\n\nFrom eight to eight.', options: { tags: ['news'] } });
    const [article] = await articles(brand);
    expect(article).toMatchObject({ title: 'We are open again', slug: 'we-are-open-again', tags: ['news'], sections: [{ text: 'From eight to eight.' }], plan: null });
    expect(outcome).toEqual({ kind: 'delivered', remoteId: article?.id, url: expect.stringMatching(new RegExp(`/public/blog/${brand.slug}/we-are-open-again$`)) });
  });

  it('makes one of it however often, and at however many places at once, it is told to', async () => {
    const part = house.partOf('Only once');
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => brand.outlet.take(part, brand.account)));
    outcomes.push(await brand.outlet.take(part, brand.account));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(outcomes[0]?.kind).toBe('delivered');
    expect(await articles(brand)).toHaveLength(1);
  });

  it('answers the same after the blog was switched off, for what it took before', async () => {
    const part = house.partOf('Taken');
    const first = await brand.outlet.take(part, brand.account);
    await house.settings(brand, { version: 2, on: false });
    expect(await brand.outlet.take(part, brand.account)).toEqual(first);
  });

  it('takes the title a person gave, and keeps the text whole then', async () => {
    await house.publish(brand, { text: 'First line\n\nSecond', options: { title: 'A title' } });
    expect(await articles(brand)).toMatchObject([{ title: 'A title', slug: 'a-title', sections: [{ text: 'First line\n\nSecond' }] }]);
  });

  it('keeps an address of the web in the text as well, where it is a link', async () => {
    await house.publish(brand, 'All about it: https://bar.example/a');
    await house.publish(brand, 'See https://bar.example/b\n\nSecond');
    expect((await articles(brand)).map(({ sections }) => sections[0]?.text)).toEqual(['All about it: https://bar.example/a', 'See https://bar.example/b\n\nSecond']);
  });

  it('gives the same words another address each time, and that of a removed article to nobody', async () => {
    const first = await house.publish(brand, 'Open');
    await brand.outlet.delete?.(first.remoteId, brand.account);
    await house.publish(brand, 'Open');
    await Promise.all([house.publish(brand, 'Open'), house.publish(brand, 'Open')]);
    expect((await articles(brand)).map(({ slug }) => slug).toSorted()).toEqual(['open', 'open-2', 'open-3', 'open-4']);
  });

  it('names an article without a word after the blog', async () => {
    const medium = await house.upload(brand, '');
    await house.publish(brand, { media: [medium] });
    expect(await articles(brand)).toMatchObject([{ title: 'Bar Aurora', slug: 'article' }]);
  });

  it('joins the parts of a thread in one article, each once', async () => {
    const root = await house.publish(brand, 'One');
    const reply = { position: 1, kind: 'reply' as const, parent: root, root };
    const second = await house.publish(brand, 'Two', { ...reply, key: 'b'.repeat(32) });
    await house.publish(brand, 'Two', { ...reply, key: 'b'.repeat(32) });
    const third = await house.publish(brand, 'Three', { ...reply, position: 2, parent: second });
    expect(await articles(brand)).toMatchObject([{ id: root.remoteId, sections: [{ text: '' }, { text: 'Two' }, { text: 'Three' }] }]);
    expect([second, third].map(({ remoteId, url }) => ({ remoteId, url }))).toEqual([
      { remoteId: `${root.remoteId}/1`, url: `${root.url}#part-2` }, { remoteId: `${root.remoteId}/2`, url: `${root.url}#part-3` },
    ]);
  });

  it('refuses a part whose article is not there, or another client’s', async () => {
    const other = await house.brand({ in: brand });
    const elsewhere = await house.publish(other, 'Theirs');
    for (const remoteId of [uuid(), 'nonsense', elsewhere.remoteId]) {
      const root = { remoteId, url: null };
      expect(await brand.outlet.take(house.partOf('Two', { position: 1, kind: 'reply', parent: root, root }), brand.account)).toMatchObject({ kind: 'refused', detail: expect.stringContaining('not there') });
    }
    expect(await articles(other)).toMatchObject([{ sections: [{ text: '' }] }]);
  });

  it('refuses while it is off, and says what to do', async () => {
    await house.settings(brand, { version: 2, on: false });
    expect(await brand.outlet.take(house.partOf('Ciao'), brand.account)).toEqual({ kind: 'refused', scope: 'house', detail: expect.stringMatching(/switched off: switch it on/), detailIt: expect.stringMatching(/è spento: accendilo/) });
    expect(await brand.outlet.look(brand.account)).toEqual({ kind: 'unauthorized', detail: expect.stringMatching(/switched off: switch it on/) });
    expect(await articles(brand)).toEqual([]);
  });

  it('is known by its client, and by every address it ever had', async () => {
    await house.settings(brand, { version: 2, slug: `new-${brand.slug}` });
    for (const blog of [brand.clientId, brand.slug, brand.slug.toUpperCase(), `new-${brand.slug}`]) {
      expect(await brand.outlet.look({ blog })).toEqual({ kind: 'ok', accountName: 'Bar Aurora', url: expect.stringContaining(`/public/blog/new-${brand.slug}`) });
      expect((await brand.outlet.take(house.partOf(`To ${blog}`), { blog })).kind).toBe('delivered');
    }
  });

  it('is not another client’s, of the same workspace or of another', async () => {
    for (const other of [await house.brand({ in: brand }), await house.brand()]) {
      const part = house.partOf('Not for you');
      expect(await brand.outlet.look(other.account)).toMatchObject({ kind: 'unauthorized' });
      expect(await brand.outlet.take(part, other.account)).toMatchObject({ kind: 'refused' });
      expect(await brand.outlet.take(part, { blog: other.clientId })).toMatchObject({ kind: 'refused' });
      expect(await articles(other)).toEqual([]);
      const theirs = await house.publish(other, 'Theirs', { key: 'c'.repeat(32) });
      expect(await brand.outlet.find(house.partOf('Theirs', { key: 'c'.repeat(32) }), brand.account)).toEqual({ kind: 'absent' });
      expect(await brand.outlet.delete?.(theirs.remoteId, brand.account)).toMatchObject({ kind: 'refused' });
      await house.database.query(`DELETE FROM article_parts WHERE workspace_id = $1 AND key = $2`, [other.workspaceId, 'c'.repeat(32)]);
    }
  });

  it('finds what it took by its key, also once a person took it down, and nothing else', async () => {
    const part = house.partOf('Find me');
    expect(await brand.outlet.find(part, brand.account)).toEqual({ kind: 'absent' });
    const taken = await brand.outlet.take(part, brand.account);
    if (taken.kind !== 'delivered') throw new Error(taken.detail);
    await brand.outlet.delete?.(taken.remoteId, brand.account);
    expect(await brand.outlet.find(part, brand.account)).toEqual({ ...taken, kind: 'found' });
    expect(await brand.outlet.find(house.partOf('Find me'), brand.account)).toEqual({ kind: 'absent' });
  });

  it('never throws: what the database has against it is our fault, and nothing is left half written', async () => {
    const part = house.partOf('Broken', { key: null as unknown as string });
    expect(await brand.outlet.take(part, brand.account)).toMatchObject({ kind: 'uncertain' });
    expect(await articles(brand)).toEqual([]);
    await house.database.query('ALTER TABLE blog_addresses RENAME TO away');
    try {
      expect(await brand.outlet.take(house.partOf('Broken'), brand.account)).toMatchObject({ kind: 'local' });
      expect((await brand.outlet.find(part, brand.account)).kind).toBe('unknown');
      expect((await brand.outlet.look(brand.account)).kind).toBe('local');
    } finally {
      await house.database.query('ALTER TABLE away RENAME TO blog_addresses');
    }
  });

  it('remembers when and where a post was planned that comes here instead', async () => {
    const { workspaceId, clientId } = brand;
    const [postId, home, fallback, partId, channelId] = [uuid(), uuid(), uuid(), uuid(), uuid()];
    const run = (sql: string, ...rest: unknown[]): Promise<unknown> => house.database.query(sql, [workspaceId, ...rest]);
    await run(`INSERT INTO channels (workspace_id, id, client_id, connector_id, name, host, component_id, sealed_account) VALUES ($1, $2, $3, 'mastodon', 'm', 'h', 'c', 'x')`, channelId, clientId);
    await run(`INSERT INTO posts (workspace_id, id, client_id, choice, content, zone, wall_at, due_at, created_by) VALUES ($1, $2, $3, 'today', '{}', 'UTC', '2026-11-23 16:00', '2026-11-23 16:00Z', '{}')`, postId, clientId);
    for (const [id, origin, state] of [[home, 'post', 'rerouted'], [fallback, 'fallback', 'scheduled']]) {
      await run(`INSERT INTO deliveries (workspace_id, id, client_id, post_id, channel_id, connector_id, component_id, state, origin, choice, due_at, ready_at, deadline_at)
        VALUES ($1, $2, $3, $4, $5, 'mastodon', 'c', $6, $7, 'today', now(), now(), now())`, id, clientId, postId, channelId, state, origin);
    }
    await run(`INSERT INTO parts (workspace_id, id, delivery_id, channel_id, position, kind, content) VALUES ($1, $2, $3, $4, 0, 'post', '{}')`, partId, fallback, channelId);
    await house.publish(brand, 'Instead', { partId });
    expect(await articles(brand)).toMatchObject([{ plan: { at: '2026-11-23T16:00:00.000Z', platforms: ['Mastodon'] } }]);
  });
});
