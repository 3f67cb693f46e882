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

const audit = (subjectId: string): Promise<{ action: string; by: string; details: Record<string, unknown> }[]> =>
  house.database.query(`SELECT action, actor ->> 'id' AS by, details FROM audit_log WHERE subject_id = $1 ORDER BY id DESC LIMIT 1`, [subjectId]);

describe('The settings of a blog', () => {
  const read = (clientId: string) => house.http().get(`/api/v1/clients/${clientId}/blog`).set(brand.manager.headers);

  it('are those of its client, and it is off, until someone chooses', async () => {
    const { body: client } = await house.http().post('/api/v1/clients').set(brand.manager.headers).send({ name: 'Hotel', zone: 'Europe/Rome', language: 'it' });
    expect((await read(client.id)).body).toEqual({ clientId: client.id, slug: null, on: false, title: 'Hotel', tagline: '', language: 'it', accent: '#0b57d0', footer: '', showsPlan: false, link: null, version: 1 });
  });

  it('are kept, with who chose them', async () => {
    const { status, body } = await house.settings(brand, { version: 2, accent: '#0B6B3A', footer: 'Imprint' });
    expect({ status, ...body }).toMatchObject({ status: 200, on: true, accent: '#0b6b3a', footer: 'Imprint', link: expect.stringMatching(new RegExp(`^http.*/public/blog/${brand.slug}$`)), version: 3 });
    expect((await read(brand.clientId)).body).toEqual(body);
    expect(await audit(brand.clientId)).toMatchObject([{ action: 'client.blog-changed', by: brand.manager.userId, details: { slug: brand.slug, on: true } }]);
  });

  it.each([
    ['blog-incomplete', 400, { slug: null }],
    ['accent-pale', 400, { accent: '#ffcc00' }],
    ['edited-meanwhile', 409, { version: 1 }],
  ])('are refused: %s', async (code, status, change) => {
    const answer = await house.settings(brand, { version: 2, ...change });
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect((await read(brand.clientId)).body).toMatchObject({ version: 2, accent: '#0b57d0', slug: brand.slug });
  });

  it('say which colour could be read instead of one that cannot', async () => {
    const { body } = await house.settings(brand, { version: 2, accent: '#ffcc00' });
    const [better = ''] = /#[0-9a-f]{6}(?=\.$)/.exec(body.detail) ?? [];
    expect((await house.settings(brand, { version: 2, accent: better })).status).toBe(200);
  });

  it.each([['slug', { slug: '../x' }], ['accent', { accent: 'red;}body{display:none' }], ['title', { title: ' ' }], ['language', { language: 'de' }]])('are refused for their %s', async (field, change) => {
    const { status, body } = await house.settings(brand, { version: 2, ...change });
    expect({ status, fields: body.errors.map((error: { field: string }) => error.field) }).toEqual({ status: 400, fields: [field] });
  });

  it('never take the address of another blog, nor one that another blog once had', async () => {
    const other = await house.brand();
    await house.settings(other, { version: 2, slug: `new-${other.slug}` });
    for (const slug of [other.slug, `new-${other.slug}`]) {
      const { status, body } = await house.settings(brand, { version: 2, slug });
      expect({ status, code: body.code }).toEqual({ status: 409, code: 'blog-slug-taken' });
    }
    expect((await house.settings(other, { version: 3, slug: other.slug })).status).toBe(200);
  });
});

describe('The articles of a workspace', () => {
  const change = (id: string, body: object) => house.http().patch(`/api/v1/articles/${id}`).set(brand.manager.headers).send({ version: 1, ...body });

  it('are listed newest first, by pages, of one client if wanted', async () => {
    const other = await house.brand({ in: brand });
    const made = [await house.publish(brand, 'One'), await house.publish(other, 'Two'), await house.publish(brand, 'Three')].map(({ remoteId }) => remoteId);
    const list = async (query: string) => (await house.http().get(`/api/v1/articles?${query}`).set(brand.manager.headers)).body as { items: { id: string }[]; next: string | null };
    const first = await list('limit=2');
    expect(first.items.map(({ id }) => id)).toEqual([made[2], made[1]]);
    expect((await list(`limit=2&cursor=${first.next}`)).items.map(({ id }) => id)).toEqual([made[0]]);
    expect((await list(`clientId=${other.clientId}`)).items.map(({ id }) => id)).toEqual([made[1]]);
  });

  it('are corrected, with a note of when and by whom, and their address stays', async () => {
    const { remoteId, url } = await house.publish(brand, 'Opne again\n\nText');
    const { status, body } = await change(remoteId, { title: 'Open again', sections: [{ text: 'Better text' }] });
    expect({ status, ...body }).toMatchObject({ status: 200, title: 'Open again', sections: [{ text: 'Better text' }], link: url, editedAt: expect.any(String), version: 2 });
    expect(await audit(remoteId)).toMatchObject([{ action: 'article.changed', by: brand.manager.userId, details: { titleBefore: 'Opne again', before: ['Text'] } }]);
    const { text } = await house.http().get(house.pathOf(url));
    expect(text).toMatch(/Open again[^]*Changed <time[^]*Better text/);
  });

  it('are taken off the blog and put back: that is no correction', async () => {
    const { remoteId, url } = await house.publish(brand, 'Open');
    expect((await change(remoteId, { published: false })).body).toMatchObject({ published: false, link: null, editedAt: null, version: 2 });
    expect(await audit(remoteId)).toMatchObject([{ action: 'article.unpublished' }]);
    expect((await change(remoteId, { version: 2, published: true })).body).toMatchObject({ published: true, link: url, editedAt: null });
    expect(await audit(remoteId)).toMatchObject([{ action: 'article.published' }]);
  });

  it.each([
    ['edited-meanwhile', 409, { version: 7, title: 'Late' }],
    ['article-empty', 400, { sections: [{ text: 'One' }, { text: ' ' }] }],
    ['article-picture', 400, { sections: [{ text: 'x', media: [{ mediaId: '0197aaaa-0000-7000-8000-000000000001', alt: '' }] }] }],
  ])('are left as they are: %s', async (code, status, body) => {
    const { remoteId } = await house.publish(brand, 'Open');
    const answer = await change(remoteId, body);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    expect((await house.http().get(`/api/v1/articles/${remoteId}`).set(brand.manager.headers)).body).toMatchObject({ title: 'Open', version: 1 });
  });

  it('get a picture of their own workspace only', async () => {
    const { remoteId } = await house.publish(brand, 'Open');
    const theirs = await house.upload(await house.brand(), '');
    const ours = await house.upload(brand, '');
    const withPicture = (mediaId: string) => change(remoteId, { sections: [{ text: 'x', media: [{ mediaId, alt: 'Ours' }] }] });
    expect((await withPicture(theirs.mediaId)).body.code).toBe('article-picture');
    expect((await withPicture(ours.mediaId)).body.sections[0].media).toEqual([{ mediaId: ours.mediaId, alt: 'Ours', mime: 'image/png' }]);
  });

  it('are not there under an id that is none', async () => {
    expect((await change(uuid(), { title: 'x' })).body.code).toBe('article-unknown');
  });
});

describe('Connecting a channel to a blog', () => {
  const connect = (clientId: string, blog: string) => house.http().post('/api/v1/channels').set(brand.manager.headers).send({ clientId, connectorId: 'blog', account: { blog } });

  it('names it as its blog is named, with its address', async () => {
    const { status, body } = await connect(brand.clientId, brand.slug);
    expect({ status, ...body }).toMatchObject({ status: 201, name: 'Bar Aurora', host: 'house', componentId: 'blog:publish@house', url: expect.stringContaining(`/public/blog/${brand.slug}`), state: 'connected' });
  });

  it('is done once', async () => {
    await connect(brand.clientId, brand.slug);
    expect((await connect(brand.clientId, brand.clientId)).body.code).toBe('channel-twice');
  });

  it('is refused for a blog that is off, that nobody has, or that is another client’s', async () => {
    const other = await house.brand({ in: brand });
    for (const blog of [other.slug, other.clientId, (await house.brand()).slug, 'nobody']) expect((await connect(brand.clientId, blog)).body).toMatchObject({ code: 'account-refused', detail: expect.stringContaining('has no blog') });
    await house.settings(brand, { version: 2, on: false });
    expect((await connect(brand.clientId, brand.slug)).body).toMatchObject({ code: 'account-refused', detail: expect.stringContaining('switch it on') });
  });
});
