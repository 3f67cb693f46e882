import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { type Brand, seedList, seedPart } from './broadcast-seed.js';

let house: BroadcastHouse;
beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());

const api = '/api/v1/broadcasts';
const post = (path: string, body: object) => house.http().post(`${api}${path}`).set(house.editor.headers).send(body);
const patch = (id: string, body: object) => house.http().patch(`${api}/${id}`).set(house.editor.headers).send(body);

interface Planned extends Brand {
  readonly listIds: readonly string[];
  readonly postId: string;
  readonly channelId: string;
}
async function planned(text = 'Aperitivo!\n\nLink in bio, @bar.sport #spritz', people = 3): Promise<Planned> {
  const brand = await house.brand();
  const listIds = [await seedList(house.database, brand, { people, coversFallback: true })];
  const [postId, channelId] = [uuid(), uuid()];
  await seedPart(house.database, { ...brand, listIds, postId, channelId, text });
  await house.database.query('DELETE FROM parts WHERE channel_id = $1', [channelId]);
  await house.database.query('DELETE FROM deliveries WHERE channel_id = $1', [channelId]);
  return { ...brand, listIds, postId, channelId };
}

describe('A draft', () => {
  it('is made out of a post once, with what means nothing in a newsletter marked', async () => {
    const { postId, channelId } = await planned();
    const { body } = await post('', { postId, channelId });
    expect(body).toMatchObject({ state: 'drafted', subject: 'Aperitivo!', approvedBy: null, counts: null });
    expect(body.marks.map(({ kind }: { kind: string }) => kind)).toEqual(['link-in-bio', 'handle', 'hashtag']);
    expect((await post('', { postId, channelId })).body.id).toBe(body.id);
  });

  it('goes out only as somebody approved it: an edit drops the approval', async () => {
    const plan = await planned();
    const { body: draft } = await post('', plan);
    expect((await house.take(plan, plan)).outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('Nobody has approved') });
    const { body: approved } = await post(`/${draft.id}/approve`, { version: draft.version });
    expect(approved).toMatchObject({ state: 'approved', approvedBy: expect.any(String) });
    const { body: edited } = await patch(draft.id, { version: approved.version, subject: 'Un altro' });
    expect(edited).toMatchObject({ state: 'drafted', approvedBy: null });
    expect((await house.take(plan, plan)).outcome.kind).toBe('refused');
    expect((await post(`/${draft.id}/approve`, { version: approved.version })).status).toBe(409);
    await post(`/${draft.id}/approve`, { version: edited.version });
    const { outcome } = await house.take(plan, plan);
    expect(outcome).toMatchObject({ kind: 'delivered', remoteId: draft.id });
    house.office.letters.length = 0;
    await house.mail();
    expect(house.office.letters.map(({ subject }) => subject)).toEqual(['Un altro', 'Un altro', 'Un altro']);
    expect((await patch(draft.id, { version: 9, subject: 'Troppo tardi' })).body.code).toBe('broadcast-gone');
  });

  it('is approved with its template as it was: a change to that drops the approval too', async () => {
    const plan = await planned();
    const mjml = (colour: string) => `<mjml><mj-body background-color="${colour}"><mj-section><mj-column>{{content}}{{footer}}</mj-column></mj-section></mj-body></mjml>`;
    const { body: template } = await house.http().post('/api/v1/templates').set(house.editor.headers).send({ clientId: plan.clientId, name: 'Nostro', mjml: mjml('#ffffff') });
    const { body: draft } = await post('', plan);
    const { body: edited } = await patch(draft.id, { version: draft.version, templateId: template.id });
    await post(`/${draft.id}/approve`, { version: edited.version });
    await house.http().patch(`/api/v1/templates/${template.id}`).set(house.editor.headers).send({ version: template.version, mjml: mjml('#000000') });
    expect((await house.take(plan, plan)).outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('approved') });
  });

  it('shows what it will look like, without anybody’s links', async () => {
    const plan = await planned();
    const { body: draft } = await post('', plan);
    const { body } = await house.http().get(`${api}/${draft.id}/preview`).set(house.editor.headers);
    expect(body.html).toContain('Aperitivo!');
    expect(body.html + body.text).not.toContain('POSTERN');
  });
});

describe('The links of a newsletter', () => {
  const rule = { source: 'bar', medium: 'email', campaign: 'n-{id}' };
  it('are marked by the rule of its own channel, and of no other of its client', async () => {
    const [plan, other] = [await planned(), await planned()];
    await house.database.query('UPDATE channels SET utm = $2 WHERE id = $1', [other.channelId, rule]);
    const linkOf = async ({ postId, channelId }: Planned): Promise<{ readonly id: string; readonly html: string; readonly text: string }> => {
      const { body: draft } = await post('', { postId, channelId });
      return { id: draft.id, ...(await house.http().get(`${api}/${draft.id}/preview`).set(house.editor.headers)).body };
    };
    const [bare, marked] = [await linkOf(plan), await linkOf(other)];
    expect([bare.html, bare.text]).toEqual([expect.stringContaining('href="https://bar.example/menu"'), expect.stringContaining('https://bar.example/menu')]);
    expect(bare.html + bare.text).not.toContain('utm_');
    expect(marked.text).toContain(`https://bar.example/menu?utm_source=bar&utm_medium=email&utm_campaign=n-${marked.id}`);
    expect(marked.html).toMatch(new RegExp(`href="https://bar.example/menu\\?utm_source=bar&(amp;|#38;)utm_medium=email&(amp;|#38;)utm_campaign=n-${marked.id}"`));
  });

  it('are marked in what goes out, too', async () => {
    const plan = await planned('Aperitivo!', 1);
    await house.database.query('UPDATE channels SET utm = $2 WHERE id = $1', [plan.channelId, rule]);
    const { outcome } = await house.take(plan, plan);
    house.office.letters.length = 0;
    await house.mail();
    expect(house.office.letters.map(({ text }) => text)).toEqual([expect.stringContaining(`utm_campaign=n-${outcome.kind === 'delivered' ? outcome.remoteId : ''}`)]);
  });
});

describe('A template', () => {
  it('that includes a file or does not compile is refused with its line', async () => {
    const { clientId } = await house.brand();
    for (const [inner, line] of [['<mj-include path="/etc/passwd" />', 3], ['<mj-nonsense />', 3]] as const) {
      const mjml = `<mjml><mj-body><mj-section><mj-column>\n{{content}}{{footer}}\n${inner}\n</mj-column></mj-section></mj-body></mjml>`;
      const { status, body } = await house.http().post('/api/v1/templates').set(house.editor.headers).send({ clientId, name: 'Nostro', mjml });
      expect({ status, code: body.code, faults: body.faults }).toMatchObject({ status: 422, code: 'template-faulty', faults: [{ line }] });
      expect(body.detail).toContain(`Line ${line}`);
    }
  });
});

describe('Before it goes', () => {
  it('says how many it will mail, who is left out and why', async () => {
    const brand = await house.brand();
    const one = await seedList(house.database, brand, { people: 1_500 });
    const two = await seedList(house.database, brand, { people: 100, from: 1_450 });
    const set = (what: string, numbers: string) => house.database.query(`${what} AND subscriber_id IN (SELECT id FROM subscribers WHERE client_id = $1 AND address_key IN (${numbers.split(',').map((n) => `'person${n}@example.com'`).join(',')}))`, [brand.clientId]);
    await set(`UPDATE subscriptions SET state = 'pending' WHERE true`, '1,2');
    await set(`UPDATE subscriptions SET state = 'unsubscribed' WHERE true`, '3');
    await house.database.query(`INSERT INTO suppressions (id, workspace_id, client_id, kind, address_key, reason) VALUES (gen_random_uuid(), $1, $2, 'email', 'person4@example.com', 'bounced')`, [brand.workspaceId, brand.clientId]);
    const [postId, channelId] = [uuid(), uuid()];
    await seedPart(house.database, { ...brand, listIds: [one, two], postId, channelId, text: 'Ciao' });
    await house.database.query(`INSERT INTO reached (client_id, post_id, address_key) VALUES ($1, $2, 'person5@example.com')`, [brand.clientId, postId]);
    const { body } = await house.http().get(`${api}/preflight?postId=${postId}&channelId=${channelId}`).set(house.editor.headers);
    expect(body).toMatchObject({ willMail: 1_545, sentence: 'This will mail 1,545 people.', obstacles: [] });
    expect(Object.fromEntries(body.leftOut.map(({ why, people }: { why: string; people: number }) => [why, people]))).toEqual({ 'not-confirmed': 2, unsubscribed: 1, suppressed: 1, 'already-reached': 1, 'on-several-lists': 50 });
    const { broadcastId } = await house.take(brand, { listIds: [one, two], postId, channelId: uuid() });
    expect(await house.states(broadcastId)).toEqual({ waiting: 1_545 });
  });

  it.each([
    ['the sender is not verified', { verified_at: null }, 'sender-unverified'],
    ['the sender is paused', { paused_at: new Date(), pause_reason: 'person' }, 'sender-paused'],
  ])('says so when %s', async (_, sender, code) => {
    const brand = await house.brand('Bar', sender);
    const listIds = [await seedList(house.database, brand, { people: 1 })];
    const [postId, channelId] = [uuid(), uuid()];
    await seedPart(house.database, { ...brand, listIds, postId, channelId, text: 'Ciao' });
    const { body } = await house.http().get(`${api}/preflight?postId=${postId}&channelId=${channelId}`).set(house.editor.headers);
    expect(body.obstacles).toEqual([{ code, sentence: expect.any(String) }]);
  });
});

describe('It is refused', () => {
  it('with lists of another client', async () => {
    const [mine, theirs] = [await house.brand(), await house.brand()];
    const { outcome } = await house.take(mine, { listIds: [await seedList(house.database, theirs, { people: 3 })] });
    expect(outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('another client') });
  });

  it('as a fallback that nobody wrote for it, or for people who did not agree to such', async () => {
    const brand = await house.brand();
    const covered = await seedList(house.database, brand, { people: 3, coversFallback: true });
    const uncovered = await seedList(house.database, brand, { people: 3, name: 'Altri' });
    expect((await house.take(brand, { listIds: [covered], origin: 'fallback' })).outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('approved') });
    expect((await house.take(brand, { listIds: [covered, uncovered], origin: 'fallback' })).outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('Altri') });
  });

  it('when there is nobody to get it, and leaves nothing behind', async () => {
    const brand = await house.brand();
    const { outcome, postId } = await house.take(brand, { listIds: [await seedList(house.database, brand, { people: 0 })] });
    expect(outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('Nobody') });
    expect(await house.database.query('SELECT FROM broadcasts WHERE post_id = $1', [postId])).toEqual([]);
  });
});
