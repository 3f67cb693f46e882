import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ClientNoticeRounds } from '../../../src/features/notifications/client-notice-rounds.service.js';
import { Outbox } from '../../../src/infra/mail/outbox.js';
import type { Visitor } from '../../kit/house.js';
import type { SeededClient } from '../../kit/seed.js';
import { png } from '../media/pictures.js';
import { type IncidentHouse, minute, openIncidentHouse } from './incident-house.js';

let house: IncidentHouse;
let workspaceId: string;
let owner: Visitor;
let bar: SeededClient;

beforeAll(async () => {
  house = await openIncidentHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.database.query('TRUNCATE incidents, letters, client_notices CASCADE');
  await house.database.query(`UPDATE users SET email = id::text || '@gone.example'`);
  workspaceId = await house.workspace('Agenzia Uno');
  owner = await house.person(workspaceId, 'owner', 'Olga');
  bar = await house.client(workspaceId, 'Bar Sport', { emails: ['bar@example.com'] });
});

const path = (): string => `/api/v1/clients/${bar.clientId}`;
const read = async () => (await house.http().get(`${path()}/notice-settings`).set(owner.headers)).body;
const set = (body: object) => house.http().put(`${path()}/notice-settings`).set(owner.headers).send({ version: 0, mode: 'automatic', ...body });
const preview = (body: object) => house.http().post(`${path()}/notice-preview`).set(owner.headers).send(body);

describe('The settings of a client', () => {
  it('are automatic before anybody chose, with our texts and what may stand in them', async () => {
    expect(await read()).toMatchObject({
      mode: 'automatic', texts: {}, version: 0, placeholders: { opening: expect.arrayContaining(['posts', 'page', 'nextWord']) },
      defaults: { opening: { subject: expect.stringContaining('{platforms}') }, end: { text: expect.stringContaining('{tally}') } },
    });
  });

  it('that two people set at once keep the first and tell the second', async () => {
    const answers = await Promise.all([set({ mode: 'off' }), set({ mode: 'show-first' })]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect((await set({ mode: 'off', version: 1 })).body).toMatchObject({ mode: 'off', version: 2 });
    expect((await set({ mode: 'automatic', version: 1 })).body.code).toBe('edited-meanwhile');
  });

  it.each([
    ['text', 'opening', { subject: 'Hi', text: 'Hello {clinet}' }, '{clinet}'],
    ['text', 'opening', { subject: 'Hi', text: '{tally}' }, '{tally}'],
    ['text', 'end', { subject: 'Hi', text: '{posts}' }, '{posts}'],
    ['subject', 'opening', { subject: '{posts}', text: 'Hi' }, '{posts}'],
    ['text', 'opening', { subject: 'Hi', text: 'Hello { client }' }, '{ client }'],
  ])('refuse a %s of an %s that holds what we cannot fill in, and name what may stand there', async (field, kind, wording, unknown) => {
    const { body } = await set({ texts: { [kind]: wording } });
    expect(body).toMatchObject({ status: 400, code: 'placeholder-unknown' });
    expect(body.detail).toContain(`The ${field} holds ${unknown}`);
    expect(body.detail).toContain('{agency}, {client}, {platforms}');
    expect(await read()).toMatchObject({ version: 0 });
  });

  it('refuse a subject of two lines', async () => {
    expect((await set({ texts: { end: { subject: 'a\nBcc: all@example.com', text: 'x' } } })).status).toBe(400);
  });
});

describe('The preview', () => {
  it.each(['opening', 'end'])('of the %s is as the client would read it, in its language, and sends nothing', async (kind) => {
    await house.database.query(`UPDATE clients SET language = 'it' WHERE id = $1`, [bar.clientId]);
    const { status, body } = await preview({ kind });
    expect(status).toBe(200);
    expect(body.text).toMatch(/^Buongiorno,/);
    expect(`${body.subject} ${body.text}`).not.toMatch(/\{\w+\}/);
    expect(body.text).toContain('https://postern.example/public/c/');
    expect(await house.letters('client-notice')).toEqual([]);
  });

  it('shows a text that is not saved yet, escaped in HTML, and refuses one that cannot be filled in', async () => {
    const { body } = await preview({ kind: 'opening', subject: 'To {client}', text: '<b>{client}</b>\n\nSee https://example.com/a?b=1&c=2.' });
    expect(body).toMatchObject({ subject: 'To Bar Sport', text: '<b>Bar Sport</b>\n\nSee https://example.com/a?b=1&c=2.' });
    expect(body.html).toContain('&#60;b&#62;Bar Sport&#60;/b&#62;');
    expect(body.html).toContain('<a href="https://example.com/a?b=1&#38;c=2">');
    expect((await preview({ kind: 'end', text: '{posts}' })).body.code).toBe('placeholder-unknown');
  });
});

it('A notice is written in the agency’s own words, and an answer goes to the first on duty unless somebody is named', async () => {
  await set({ texts: { opening: { subject: '{count} post of {client}', text: 'Ciao, {agency} here. {contact}' } } });
  await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
  await house.get(ClientNoticeRounds).round();
  expect((await house.letters('client-notice')).map(({ mail }) => mail)).toMatchObject([
    { subject: '1 post of Bar Sport', text: 'Ciao, Agenzia Uno here. Olga, olga@agency.example\n', replyTo: { name: 'Olga', address: 'olga@agency.example' } },
  ]);
});

describe('The logo', () => {
  const upload = async (bytes: Buffer, name: string): Promise<string> =>
    (await house.http().post('/api/v1/media').set(owner.headers).attach('file', bytes, name)).body.id;
  const choose = (logoMediaId: string | null) => house.http().patch('/api/v1/workspace').set(owner.headers).send({ logoMediaId });

  it('stands in the letter, can be read there, and cannot be deleted meanwhile', async () => {
    const id = await upload(png(200, 50), 'logo.png');
    expect((await choose(id)).body).toMatchObject({ logoMediaId: id });
    await house.outage([{ client: bar, text: 'Round' }], { forMs: 20 * minute });
    await house.get(ClientNoticeRounds).round();
    expect((await house.letters('client-notice')).map(({ mail }) => mail)).toMatchObject([{ logo: { mediaId: id }, html: expect.stringContaining('<img src="cid:logo" alt="Agenzia Uno"') }]);
    expect(await house.get(Outbox).logo(workspaceId, id)).toMatchObject({ mime: 'image/png' });
    const remove = () => house.http().delete(`/api/v1/media/${id}`).set(owner.headers);
    expect((await remove()).body).toMatchObject({ status: 409, code: 'media-is-logo' });
    expect((await choose(null)).body.logoMediaId).toBeNull();
    expect((await remove()).status).toBe(204);
    expect(await house.get(Outbox).logo(workspaceId, id)).toBeNull();
  });

  it('is a picture of this workspace, and stays when something else is changed', async () => {
    const id = await upload(png(200, 50), 'logo.png');
    await choose(id);
    expect((await house.http().patch('/api/v1/workspace').set(owner.headers).send({ name: 'Agenzia Nuova' })).body).toMatchObject({ name: 'Agenzia Nuova', logoMediaId: id });
    const other = await house.person(await house.workspace('Other'), 'owner', 'Stranger');
    expect((await house.http().patch('/api/v1/workspace').set(other.headers).send({ logoMediaId: id })).body).toMatchObject({ status: 404, code: 'logo-unknown' });
    expect(await house.get(Outbox).logo((await house.http().get('/api/v1/workspace').set(other.headers)).body.id, id)).toBeNull();
  });
});
