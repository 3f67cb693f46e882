import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { ClientPagesService } from '../../../src/features/incidents/client-pages.service.js';
import { type House, openHouse, type Visitor } from '../../kit/house.js';

let house: House;
let workspaceId: string;
let manager: Visitor;
beforeAll(async () => {
  house = await openHouse();
  workspaceId = await house.workspace('A');
  manager = await house.member(workspaceId, 'manager');
});
afterAll(() => house.close());

const contacts = { email: 'ciao@bar.example', phone: '+390612345678', newsletter: null, blog: 'https://bar.example/blog', shop: null };
const client = async (): Promise<string> => (await house.http().post('/api/v1/clients').set(manager.headers).send({ name: 'Bar', zone: 'Europe/Rome' })).body.id as string;
const read = (id: string) => house.http().get(`/api/v1/clients/${id}/pages`).set(manager.headers);
const change = (id: string, body: object) => house.http().put(`/api/v1/clients/${id}/pages`).set(manager.headers).send({ version: 1, slug: `bar-${id.slice(-12)}`, brandOn: true, contacts, ...body });
const pages = (): ClientPagesService => house.app.get(ClientPagesService, { strict: false });
const tokenIn = (link: string): string => link.split('/').at(-1) ?? '';

describe('The pages of a client', () => {
  it('are a private link, and no page for everybody until someone switches it on', async () => {
    const { status, body } = await read(await client());
    expect({ status, ...body }).toMatchObject({ status: 200, slug: null, brandOn: false, brandLink: null, feedLink: null, version: 1 });
    expect(body.privateLink).toMatch(/\/public\/c\/[\w-]{43}$/);
  });

  it('get an address for everybody, kept with who chose it', async () => {
    const id = await client();
    const { status, body } = await change(id, {});
    expect({ status, ...body }).toMatchObject({ status: 200, brandOn: true, contacts, version: 2 });
    expect(body.feedLink).toBe(`${body.brandLink}/feed.xml`);
    expect((await read(id)).body).toEqual(body);
    const audit = await house.database.query(`SELECT action, actor ->> 'id' AS "by" FROM audit_log WHERE subject_id = $1 ORDER BY id DESC LIMIT 1`, [id]);
    expect(audit).toEqual([{ action: 'client.pages-changed', by: manager.userId }]);
  });

  it.each([
    ['without an address', { slug: null }],
    ['without any contact', { contacts: {} }],
  ])('are not switched on %s', async (_, body) => {
    const id = await client();
    const answer = await change(id, body);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status: 400, code: 'brand-page-incomplete' });
    expect((await read(id)).body).toMatchObject({ brandOn: false, version: 1 });
  });

  it.each([
    ['slug', { slug: '../x' }],
    ['contacts.blog', { contacts: { blog: 'javascript:alert(1)' } }],
    ['contacts.phone', { contacts: { phone: '06 1234' } }],
    ['contacts.email', { contacts: { email: 'nobody' } }],
  ])('are refused for their %s', async (field, body) => {
    const answer = await change(await client(), body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
  });

  it('never share their address with another client’s, of whichever workspace', async () => {
    await change(await client(), { slug: 'the-only-one' });
    const { status, body } = await change(await client(), { slug: 'the-only-one' });
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'slug-taken' });
  });

  it('that two people edit at once keep the first edit and tell the second', async () => {
    const id = await client();
    const answers = await Promise.all([change(id, {}), change(id, { contacts: { ...contacts, phone: null } })]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });
});

describe('A private link', () => {
  it('leads to its client', async () => {
    const id = await client();
    const owner = await pages().ownerOf(tokenIn(await pages().link(workspaceId, id)));
    expect(owner).toMatchObject({ workspaceId, client: { id } });
  });

  it('leads nowhere once a new one was made', async () => {
    const id = await client();
    const before = (await read(id)).body.privateLink as string;
    const { body } = await house.http().post(`/api/v1/clients/${id}/pages/new-link`).set(manager.headers);
    expect(body.privateLink).not.toBe(before);
    expect(await pages().ownerOf(tokenIn(before))).toBeNull();
    expect(await pages().ownerOf(tokenIn(body.privateLink as string))).not.toBeNull();
  });

  it('leads nowhere when one letter of it was changed, or its client was put away', async () => {
    const id = await client();
    const token = tokenIn(await pages().link(workspaceId, id));
    const wrong = Array.from(token, (letter, i) => token.slice(0, i) + (letter === 'A' ? 'B' : 'A') + token.slice(i + 1));
    expect(await Promise.all([...wrong, '', 'x', token + token, uuid()].map((each) => pages().ownerOf(each)))).toEqual(Array(wrong.length + 4).fill(null));
    await house.http().delete(`/api/v1/clients/${id}?version=1`).set(manager.headers);
    expect(await pages().ownerOf(token)).toBeNull();
  });

  it('is not told to another workspace', async () => {
    const id = await client();
    await expect(pages().link(await house.workspace('B'), id)).rejects.toMatchObject({ code: 'client-unknown' });
  });
});
