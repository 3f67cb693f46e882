import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type BroadcastHouse, openBroadcastHouse } from './broadcast-house.js';
import { seedList } from './broadcast-seed.js';

let house: BroadcastHouse;
beforeAll(async () => {
  house = await openBroadcastHouse();
});
afterAll(() => house.close());
beforeEach(() => {
  house.office.letters.length = 0;
  house.office.verdict = () => null;
  house.office.arriving = async () => undefined;
});

const read = async (id: string) => (await house.http().get(`/api/v1/broadcasts/${id}`).set(house.editor.headers)).body;
const act = (id: string, what: string, version: number) => house.http().post(`/api/v1/broadcasts/${id}/${what}`).set(house.editor.headers).send({ version });

describe('In an outage', () => {
  const approved = async (brand: { workspaceId: string; clientId: string }, postId: string, channelId: string): Promise<void> => {
    await house.database.query(
      `INSERT INTO fallbacks (id, workspace_id, post_id, channel_id, content, created_by, approved_by, approved_at) VALUES (gen_random_uuid(), $1, $2, $3, '{"parts":[]}', '{}', '{}', now())`, [brand.workspaceId, postId, channelId]);
  };

  it('a brand mails one fallback a day; what comes later stands on the page that one links to', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 4, coversFallback: true });
    const other = await seedList(house.database, brand, { people: 6, name: 'Altri', coversFallback: true });
    const take = async (text: string, listId: string) => {
      const first = await house.take(brand, { listIds: [listId], text, origin: 'fallback' });
      await approved(brand, first.postId, first.channelId);
      return { ...first, outcome: await first.again() };
    };
    const [one, two, three] = [await take('Uno', list), await take('Due <b>', other), await take('Tre', list)];
    expect([one, two, three].map(({ outcome }) => outcome.kind)).toEqual(['delivered', 'delivered', 'delivered']);
    await house.mail();
    expect(house.arrived()).toHaveLength(4);
    const url = one.outcome.kind === 'delivered' ? new URL(one.outcome.url ?? '').pathname : '';
    const { text } = await house.http().get(url);
    expect(text).toMatch(/Da allora[^]*Due &#60;b&#62;[^]*Tre/);
    const link = /href="\.\.\/n\/([\w-]+)">Due/.exec(text)?.[1] ?? '';
    expect((await house.http().get(`/public/n/${link}`)).text).toContain('Due');
  });

  it('nothing that nobody approved is mailed, and nothing to people who agreed to less', async () => {
    const brand = await house.brand();
    const [covered, not] = [await seedList(house.database, brand, { people: 2, coversFallback: true }), await seedList(house.database, brand, { people: 2, name: 'Solo novità' })];
    expect((await house.take(brand, { listIds: [covered], origin: 'fallback' })).outcome).toMatchObject({ kind: 'refused', detail: expect.stringContaining('approve') });
    const second = await house.take(brand, { listIds: [not], origin: 'fallback' });
    await approved(brand, second.postId, second.channelId);
    expect(await second.again()).toMatchObject({ kind: 'refused', detail: expect.stringContaining('Solo novità') });
    await house.mail();
    expect(house.arrived()).toEqual([]);
  });
});

describe('A newsletter', () => {
  it('goes to everybody on the list, once, with the way out in it', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 120 });
    const { outcome, broadcastId } = await house.take(brand, { listIds: [list] });
    expect(outcome).toMatchObject({ kind: 'delivered', url: expect.stringMatching(/^https:\/\/postern\.example\/public\/n\//) });
    await house.mail();
    expect(await house.states(broadcastId)).toEqual({ sent: 120 });
    expect(new Set(house.arrived()).size).toBe(120);
    expect(house.office.letters).toHaveLength(120);
    expect((await read(broadcastId)).state).toBe('sent');
    const [letter] = house.office.letters;
    expect(letter?.subject).toBe('Aperitivo');
    expect(letter?.headers.get('list')).toMatchObject({ unsubscribe: { url: expect.stringMatching(/^https:\/\/postern\.example\/public\/u\//) }, 'unsubscribe-post': { name: 'List-Unsubscribe=One-Click' } });
    expect(letter?.headerLines.find(({ key }) => key === 'dkim-signature')?.line).toMatch(/d=bar\.example;\s+q=dns\/txt; s=postern1;/);
    for (const words of ['Aperitivo', 'Stasera alle 18.', 'Il menu', 'lista «Amici» di Bar Sport', 'Annulla l’iscrizione', 'via Roma 1', 'Leggila nel browser']) expect(`${letter?.html}`.replaceAll('&#39;', "'")).toContain(words);
    expect(letter?.text).toContain('https://bar.example/menu');
    expect(`${letter?.html}${letter?.text}`).not.toMatch(/POSTERN|\{\{/);
  });

  it('is one broadcast, however often it is taken', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 3 });
    const taken = await house.take(brand, { listIds: [list] });
    expect(await Promise.all([taken.again(), taken.again()])).toEqual([taken.outcome, taken.outcome]);
    await house.mail();
    expect(house.office.letters).toHaveLength(3);
  });

  it('is taken for a long list whole, although it is taken in shares and the planner does not know the list yet', async () => {
    const brand = await house.brand('Bar Grande', { rest_until: 'infinity' });
    const list = await seedList(house.database, brand, { people: 60_000 });
    const { broadcastId } = await house.take(brand, { listIds: [list] });
    expect(await house.states(broadcastId)).toEqual({ waiting: 60_000 });
    await house.database.query(`UPDATE broadcasts SET state = 'stopped' WHERE id = $1`, [broadcastId]);
  });

  it('reaches those on two lists of a post once, whichever channel goes first', async () => {
    const brand = await house.brand();
    const [one, two] = [await seedList(house.database, brand, { people: 700 }), await seedList(house.database, brand, { people: 700, from: 200, name: 'Soci' })];
    const first = await house.take(brand, { listIds: [one] });
    const second = await house.take(brand, { listIds: [two], postId: first.postId });
    await house.mail();
    expect(house.office.letters).toHaveLength(900);
    expect(new Set(house.arrived()).size).toBe(900);
    expect({ ...(await house.states(first.broadcastId)) }).toEqual({ sent: 700 });
    expect({ ...(await house.states(second.broadcastId)) }).toEqual({ sent: 200 });
  });

  it('leaves out who unsubscribed after it was frozen', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 5 });
    const { broadcastId } = await house.take(brand, { listIds: [list] });
    await house.database.query(`UPDATE subscriptions SET state = 'unsubscribed' WHERE list_id = $1 AND subscriber_id = (SELECT id FROM subscribers WHERE client_id = $2 AND address_key = 'person3@example.com')`, [list, brand.clientId]);
    await house.mail();
    expect(await house.states(broadcastId)).toEqual({ sent: 4, suppressed: 1 });
    expect(house.arrived()).not.toContain('Person3@example.com');
  });

  it('goes on when one address of fifty is refused, and says why', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 50 });
    house.office.verdict = (address) => (address === 'Person7@example.com' ? { code: 550, text: '5.1.1 no such user' } : null);
    const { broadcastId } = await house.take(brand, { listIds: [list] });
    await house.mail();
    expect(await house.states(broadcastId)).toEqual({ failed: 1, sent: 49 });
    const [row] = await house.database.query(`SELECT detail FROM recipients WHERE broadcast_id = $1 AND state = 'failed'`, [broadcastId]);
    expect(row.detail).toContain('no such user');
  });

  it('puts off whom their server puts off', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 4 });
    house.office.verdict = (address) => (address === 'Person2@example.com' ? { code: 451, text: 'greylisted' } : null);
    const { broadcastId } = await house.take(brand, { listIds: [list] });
    await house.mail();
    expect(await house.states(broadcastId)).toEqual({ sent: 3, waiting: 1 });
    house.office.verdict = () => null;
    await house.database.query(`UPDATE recipients SET next_at = now() WHERE broadcast_id = $1 AND state = 'waiting'`, [broadcastId]);
    await house.mail();
    expect(await house.states(broadcastId)).toEqual({ sent: 4 });
  });

  it('pauses when too many are refused, and goes on when a person says so', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 200 });
    house.office.verdict = () => ({ code: 554, text: '5.7.1 spam' });
    const { broadcastId } = await house.take(brand, { listIds: [list] });
    await house.mail();
    const paused = await read(broadcastId);
    expect(paused).toMatchObject({ state: 'paused', pauseReason: 'refusals', pauseDetail: expect.stringContaining('spam') });
    expect(paused.counts.failed).toBeLessThan(40);
    const told = await house.database.query(`SELECT payload->>'detail' AS detail FROM events WHERE kind = 'newsletter.paused' AND subject_id = $1`, [brand.senderId]);
    expect(told).toEqual([{ detail: expect.stringContaining('spam') }]);
    house.office.verdict = () => null;
    expect((await act(broadcastId, 'resume', paused.version)).status).toBe(200);
    await house.mail();
    expect(house.office.letters).toHaveLength(200 - paused.counts.failed);
    expect((await read(broadcastId)).state).toBe('sent');
  });

  it('keeps what is sent when it is stopped half way, and says how many had it', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 300 });
    const { broadcastId, postId } = await house.take(brand, { listIds: [list] });
    let stopping: Promise<unknown> | null = null;
    house.office.arriving = async () => {
      if (house.office.letters.length >= 100) stopping ??= read(broadcastId).then(({ version }) => act(broadcastId, 'stop', version).then(({ status }) => expect(status).toBe(200)));
      if (stopping) await stopping;
    };
    await house.mail();
    const stopped = await read(broadcastId);
    expect(stopped.state).toBe('stopped');
    expect(stopped.counts.sent).toBe(house.office.letters.length);
    expect(stopped.counts.sent).toBeLessThan(110);
    expect(stopped.counts.sent + stopped.counts.expired).toBe(300);
    const [{ n }] = await house.database.query('SELECT count(*)::int AS n FROM reached WHERE post_id = $1', [postId]);
    expect(n).toBe(stopped.counts.sent);
  });

  it('expires for those it did not reach in time', async () => {
    const brand = await house.brand();
    const list = await seedList(house.database, brand, { people: 3 });
    const { broadcastId } = await house.take(brand, { listIds: [list] });
    await house.database.query(`UPDATE broadcasts SET deadline_at = now() - interval '1 second' WHERE id = $1`, [broadcastId]);
    await house.mail();
    expect(await house.states(broadcastId)).toEqual({ expired: 3 });
    expect(house.office.letters).toHaveLength(0);
  });

  it('waits while the server takes nothing, and loses nobody', async () => {
    const brand = await house.brand('Fuori', { sealed_smtp_url: null });
    const list = await seedList(house.database, brand, { people: 3 });
    const { broadcastId } = await house.take(brand, { listIds: [list] });
    house.office.verdict = () => ({ code: 421, text: 'shutting down' });
    await house.mail();
    expect(await house.states(broadcastId)).toEqual({ waiting: 3 });
    house.office.verdict = () => null;
    await house.database.query(`UPDATE senders SET rest_until = now() WHERE id = $1`, [brand.senderId]);
    await house.mail();
    expect(await house.states(broadcastId)).toEqual({ sent: 3 });
  });
});

describe('What leases leave behind', () => {
  it('is anybody’s again if it meant nothing, and unconfirmed for good if it may have left', async () => {
    const brand = await house.brand('Bar Sport', { verified_at: null });
    const list = await seedList(house.database, brand, { people: 2 });
    await house.database.query(`UPDATE senders SET verified_at = now() WHERE id = $1`, [brand.senderId]);
    const { broadcastId } = await house.take(brand, { listIds: [list] });
    await house.database.query(`UPDATE senders SET rest_until = now() + interval '1 hour' WHERE id = $1`, [brand.senderId]);
    await house.database.query(
      `UPDATE recipients SET state = CASE address_key WHEN 'person0@example.com' THEN 'reserved' ELSE 'sending' END, lease_until = now() - interval '1 second' WHERE broadcast_id = $1`, [broadcastId]);
    await house.mail();
    expect(await house.states(broadcastId)).toEqual({ unconfirmed: 1, waiting: 1 });
    await house.database.query(`UPDATE senders SET rest_until = now() WHERE id = $1`, [brand.senderId]);
    await house.mail();
    expect(await house.states(broadcastId)).toEqual({ sent: 1, unconfirmed: 1 });
    expect(house.arrived()).toEqual(['Person0@example.com']);
  });
});
