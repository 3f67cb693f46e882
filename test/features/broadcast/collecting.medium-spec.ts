import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BroadcastEnds } from '../../../src/features/broadcast/broadcast-ends.service.js';
import { type CollectingHouse, type Held, openCollecting } from './collecting-house.js';

let house: CollectingHouse;
beforeAll(async () => {
  house = await openCollecting();
});
afterAll(() => house.close());
beforeEach(async () => {
  await house.mail(); // what the one before left
  house.office.letters.length = 0;
  await house.say('down');
});

const runChildren = (...held: readonly Held[]) => house.runChildren(...held);
const three = () => house.three();

describe('What a brand sends elsewhere', () => {
  it('waits for its platform until five minutes before its limit', async () => {
    const outlets = await house.outlets();
    const post = await house.held(outlets, { text: 'Aspetta', due: 60, limit: 11 });
    await house.run(post.id);
    const [row] = await house.rows<{ minutes: number; same: boolean }>('SELECT round(extract(epoch FROM deadline_at - ready_at) / 60)::int AS minutes, ready_at = reroute_at AS same FROM deliveries WHERE id = $1', [post.id]);
    expect([await house.states(post), row]).toEqual([['held'], { minutes: 5, same: true }]);
    const { body } = await house.http().get(`/api/v1/posts/${post.postId}`).set(house.editor.headers);
    expect(body.ifDown).toMatch(/it goes out by newsletter instead\. That is one message with what else of the brand goes that way on the day/);
  });

  it('leaves as much sooner as its sender needs for the list, so that all have it in time', async () => {
    const outlets = await house.outlets();
    await house.rows('UPDATE senders SET rate_per_second = 0.005 WHERE client_id = $1', [outlets.brand.clientId]); // three people: ten minutes
    const [waits, leaves] = [await house.held(outlets, { text: 'Aspetta ancora', due: 120, limit: 30 }), await house.held(outlets, { text: 'Parte', due: 120, limit: 10 })];
    await house.run(waits.id);
    expect(await house.rows('SELECT state, round(extract(epoch FROM deadline_at - ready_at) / 60)::int AS minutes, ready_at = reroute_at AS same FROM deliveries WHERE id = $1', [waits.id])).toEqual([{ state: 'held', minutes: 11, same: true }]);
    const { body } = await house.http().get(`/api/v1/posts/${waits.postId}`).set(house.editor.headers);
    expect(body.ifDown).toContain('23:49'); // its own limit is the end of the day
    const hour = 3_600_000;
    const asked = { connectorIds: ['sandbox-alpha'], clientId: outlets.brand.clientId, from: new Date(Date.now() - 3 * hour).toISOString(), to: new Date(Date.now() + 5 * hour).toISOString() };
    const whatIf = await house.http().post('/api/v1/what-if').set(house.editor.headers).send(asked);
    const at = whatIf.body.clients[0].posts.find((one: { deliveryId: string }) => one.deliveryId === waits.id).at;
    expect(Math.round((Date.parse(at) - Date.now()) / 60_000)).toBe(-1); // with the other, which leaves eleven minutes before its limit
    await house.run(leaves.id);
    expect(await house.states(leaves)).toEqual(['rerouted']);
  });

  it('is its platform’s again once that is back, until the last moment', async () => {
    const { first, second, third } = await three();
    await house.say('up');
    await house.run(second.id);
    expect([await house.states(second), await house.children(first, second, third)]).toEqual([['held'], []]);
    expect(await house.rows('SELECT hold_reason AS hold FROM deliveries WHERE id = $1', [second.id])).toEqual([{ hold: 'pace' }]); // late, it waits for its turn
  });

  it('leaves at the end of the client’s day while that still is', async () => {
    const outlets = await house.outlets();
    const post = await house.held(outlets, { text: 'Prima di chiudere', due: 60, limit: 4 });
    await house.rows(`UPDATE clients SET day_from = '00:00', day_to = date_trunc('minute', now() AT TIME ZONE zone + interval '5 minutes')::time WHERE id = $1`, [outlets.brand.clientId]);
    await house.rows(`UPDATE deliveries d SET deadline_at = (date_trunc('day', now() AT TIME ZONE c.zone) + c.day_to) AT TIME ZONE c.zone FROM clients c WHERE c.id = d.client_id AND d.id = $1`, [post.id]);
    await house.run(post.id);
    expect(await house.states(post)).toEqual(['rerouted']);
  });

  it('is said once for a post of which two channels fell', async () => {
    const outlets = await house.outlets();
    const post = await house.held(outlets, { text: 'Una volta sola', due: 60, limit: 4 });
    const [other] = await house.rows<{ id: string }>(
      `WITH again AS (
         INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, origin, state, hold_reason, reason, choice, due_at, ready_at, deadline_at)
         SELECT gen_random_uuid(), workspace_id, client_id, post_id, channel_id, connector_id, component_id, 'again:x', state, hold_reason, reason, choice, due_at, ready_at, deadline_at + interval '1 hour' FROM deliveries WHERE id = $1 RETURNING id),
       p AS (INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content) SELECT gen_random_uuid(), a.id, q.workspace_id, q.channel_id, 0, 'post', q.content FROM parts q, again a WHERE q.delivery_id = $1)
       SELECT id FROM again`, [post.id]);
    await house.run(post.id);
    expect([await house.states(post, { id: other?.id ?? '', postId: post.postId }), await house.children(post)]).toMatchObject([['rerouted', 'rerouted'], [{ state: 'scheduled' }]]);
    await runChildren(post);
    await house.mail();
    expect(house.office.letters.map(({ text }) => text?.match(/Una volta sola/g)?.length)).toEqual([1, 1, 1]);
  });

  it('leaves together then, in one mail to each person, in the order it was due', async () => {
    const { outlets, first, second, third } = await three();
    await house.run(second.id);
    expect(await house.states(first, second, third)).toEqual(['rerouted', 'rerouted', 'rerouted']);
    const children = await house.children(first, second, third);
    expect(new Set(children.map(({ dueAt }) => dueAt.getTime())).size).toBe(1);
    await runChildren(third);
    expect((await house.children(first, second, third)).map(({ state }) => state)).toEqual(['published', 'published', 'published']);
    await house.mail();
    expect(house.arrived().toSorted()).toEqual(['Person0@example.com', 'Person1@example.com', 'Person2@example.com']);
    for (const { subject, text, html } of house.office.letters) {
      expect(subject).toBe('Uno, per e-mail: il cappuccino');
      expect(text).toMatch(/Uno, per e-mail: il cappuccino[^]*\* \* \*[^]*Due: la colazione[^]*\* \* \*[^]*Tre: la cena/);
      expect(html).toMatch(/Uno, per e-mail[^]*Due: la colazione[^]*Tre: la cena/);
    }
    const all = await house.broadcasts(outlets);
    const mailed = all.filter(({ joinedTo }) => joinedTo === null);
    expect(mailed).toMatchObject([{ postId: third.postId, state: 'sent', recipients: 3, subject: 'Uno, per e-mail: il cappuccino' }]);
    const carried = all.filter((one) => one.carried);
    expect(carried).toMatchObject([{ joinedTo: mailed[0]?.id }, { joinedTo: mailed[0]?.id }]);
    const { body } = await house.http().get(`/api/v1/broadcasts/${carried[0]?.id}`).set(house.editor.headers);
    expect(body).toMatchObject({ carried: true, joinedTo: mailed[0]?.id, recipients: 3, counts: { sent: 3 } });
  });

  it('stands on the page of that mail once, and has a page of its own', async () => {
    const { outlets, first, second, third } = await three();
    await house.run(second.id);
    await runChildren(first, second, third);
    const all = await house.broadcasts(outlets);
    const page = await house.http().get(`/public/n/${all.find(({ joinedTo }) => joinedTo === null)?.token}`);
    expect(page.text.slice(page.text.indexOf('Due: la colazione</div>')).match(/Tre: la cena/g)).toHaveLength(1); // before that it is only announced
    expect(page.text).not.toContain('Da allora');
    const own = await house.http().get(`/public/n/${all.find(({ postId }) => postId === third.postId)?.token}`);
    expect(own.text).toContain('Tre: la cena');
  });

  it('is one mail also when all their bells ring at once, and drafts of them stand ready', async () => {
    const { outlets, first, second, third } = await three();
    for (const { postId } of [first, second, third]) await house.drafted(outlets, postId);
    await house.rows(`UPDATE deliveries SET deadline_at = now() + interval '3 minutes' WHERE client_id = $1`, [outlets.brand.clientId]);
    await Promise.all([first, second, third].map(({ id }) => house.run(id)));
    await house.newsletters('up'); // else they would go one by one
    await Promise.all((await house.children(first, second, third)).map(({ id }) => house.run(id)));
    await house.mail();
    expect(house.office.letters).toHaveLength(3);
    expect((await house.children(first, second, third)).map(({ state }) => state)).toEqual(['published', 'published', 'published']);
    expect((await house.broadcasts(outlets)).filter(({ joinedTo }) => joinedTo === null)).toHaveLength(1);
    expect((await house.setbacks(outlets)).filter((outcome) => outcome !== 'throttled')).toEqual([]); // who came while it was made
  });

  it('leaves only what is to leave the same day, by the same newsletter', async () => {
    const { outlets, first, second } = await three();
    const other = await house.outlets();
    const [nextWeek, elsewhere, paused] = [
      await house.held(outlets, { text: 'La settimana prossima', due: 20, limit: 3 * 24 * 60, choice: 'can-wait' }), await house.held(outlets, { text: 'Non di qua', due: 20, limit: 60, policy: { rerouteTo: [[other.newsletterId]] } }),
      await house.held(outlets, { text: 'Non approvato', due: 20, limit: 60, version: null }),
    ];
    await house.run(second.id);
    expect(await house.states(first, nextWeek, elsewhere, paused)).toEqual(['rerouted', 'held', 'held', 'held']);
  });

  it('goes alone where the hour counts; the others wait on, and stand on its page if their platform does not come back', async () => {
    const outlets = await house.outlets();
    const [first, third] = [await house.held(outlets, { text: 'Uno, per e-mail', due: 90, limit: 120 }), await house.held(outlets, { text: 'Tre', due: 30, limit: 180 })];
    const hour = await house.held(outlets, { text: 'Il concerto', due: 16, limit: 0, choice: 'hour-counts' });
    await house.run(hour.id);
    expect(await house.states(hour, first, third)).toEqual(['rerouted', 'held', 'held']);
    await runChildren(hour);
    await house.rows(`UPDATE deliveries SET deadline_at = now() + interval '3 minutes' WHERE id = $1`, [first.id]);
    await house.run(first.id);
    expect(await house.states(first, third)).toEqual(['rerouted', 'held']); // that mail has gone: nothing is won by leaving early
    await runChildren(first);
    await house.mail();
    expect(house.office.letters.map(({ subject }) => subject)).toEqual(['Il concerto', 'Il concerto', 'Il concerto']);
    const mailed = (await house.broadcasts(outlets)).find(({ joinedTo }) => joinedTo === null);
    expect((await house.http().get(`/public/n/${mailed?.token}`)).text).toMatch(/Da allora[^]*Uno, per e-mail/);
  });

  it('leaves with one whose hour counts if its own moment is the same', async () => {
    const outlets = await house.outlets();
    const hours = [await house.held(outlets, { text: 'Alle sei', due: 16, limit: 0, choice: 'hour-counts' }), await house.held(outlets, { text: 'Anche alle sei', due: 16, limit: 0, choice: 'hour-counts' })] as const;
    await house.run(hours[0].id);
    expect(await house.states(...hours)).toEqual(['rerouted', 'rerouted']);
    await runChildren(hours[0]);
    await house.mail();
    expect(house.office.letters.map(({ text }) => /Alle sei[^]*Anche alle sei/.test(text ?? ''))).toEqual([true, true, true]);
  });

  it('is not said where nobody stands to it any more, and its post is told', async () => {
    const { first, second, third } = await three();
    await house.run(second.id);
    await house.rows('UPDATE fallbacks SET approved_by = NULL, approved_at = NULL WHERE post_id = $1', [third.postId]);
    await runChildren(first, second);
    await house.mail();
    expect(house.office.letters.map(({ text }) => [text?.includes('Due: la colazione'), text?.includes('Tre: la cena')])).toEqual([[true, false], [true, false], [true, false]]);
    await runChildren(third);
    expect(await house.children(third)).toMatchObject([{ state: 'failed', code: 'not-taken' }]);
  });

  it('reaches nobody who had it already: then it is left to the page', async () => {
    const { outlets, first, second, third } = await three();
    await house.rows(`INSERT INTO reached (client_id, post_id, address_key) VALUES ($1, $2, 'person1@example.com')`, [outlets.brand.clientId, third.postId]);
    await house.run(second.id);
    await runChildren(first, second);
    await house.mail();
    expect(house.office.letters.map(({ text }) => [text?.includes('Due: la colazione'), text?.includes('Tre: la cena')])).toEqual([[true, false], [true, false], [true, false]]);
    expect(await house.rows('SELECT address_key AS key FROM reached WHERE post_id = $1', [third.postId])).toEqual([{ key: 'person1@example.com' }]);
    await runChildren(third);
    const all = await house.broadcasts(outlets);
    expect(all.find(({ postId }) => postId === third.postId)).toMatchObject({ carried: false, joinedTo: all.find(({ joinedTo }) => joinedTo === null)?.id });
  });

  it('is taken whole or not at all', async () => {
    const { outlets, first, second, third } = await three();
    await house.run(second.id);
    await house.rows(`CREATE FUNCTION fail_carried() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.web_html LIKE '%Tre: la cena%' AND OLD.id IS NOT NULL THEN RAISE EXCEPTION 'the machine died'; END IF; RETURN NEW; END $$`);
    await house.rows(`CREATE TRIGGER fail_carried BEFORE UPDATE ON broadcasts FOR EACH ROW EXECUTE FUNCTION fail_carried()`);
    await runChildren(first);
    expect([await house.broadcasts(outlets), (await house.children(first, second, third)).map(({ state }) => state), await house.rows('SELECT 1 FROM reached WHERE client_id = $1', [outlets.brand.clientId])]).toEqual([[], ['scheduled', 'scheduled', 'scheduled'], []]);
    await house.rows('DROP FUNCTION fail_carried CASCADE');
    await house.rows(`UPDATE deliveries SET ready_at = now(), version = version + 1 WHERE client_id = $1 AND origin = 'fallback'`, [outlets.brand.clientId]);
    await runChildren(first);
    await house.mail();
    expect([house.office.letters.length, (await house.children(first, second, third)).map(({ state }) => state)]).toEqual([3, ['published', 'published', 'published']]);
  });

  it('that had no time for all, leaves those it did not reach free to get each of the posts', async () => {
    const { outlets, first, second, third } = await three();
    await house.run(second.id);
    await runChildren(first, second, third);
    const [mailed] = (await house.broadcasts(outlets)).filter(({ joinedTo }) => joinedTo === null);
    await house.rows(`UPDATE recipients SET state = 'sent' WHERE broadcast_id = $1 AND address_key = 'person1@example.com'`, [mailed?.id]);
    await house.rows('UPDATE broadcasts SET deadline_at = now() WHERE id = $1', [mailed?.id]);
    await house.get(BroadcastEnds).settle();
    expect(await house.rows('SELECT state, count(*)::int AS count FROM recipients WHERE broadcast_id = $1 GROUP BY 1 ORDER BY 1', [mailed?.id])).toEqual([{ state: 'expired', count: 2 }, { state: 'sent', count: 1 }]);
    const kept = await house.rows<{ key: string }>('SELECT address_key AS key FROM reached WHERE client_id = $1', [outlets.brand.clientId]);
    expect(kept.map(({ key }) => key)).toEqual(['person1@example.com', 'person1@example.com', 'person1@example.com']);
  });

  it('stopped half way, leaves those it did not reach free to get each of the posts', async () => {
    const { outlets, first, second, third } = await three();
    await house.run(second.id);
    await runChildren(first, second, third);
    const [mailed] = (await house.broadcasts(outlets)).filter(({ joinedTo }) => joinedTo === null);
    await house.rows(`UPDATE recipients SET state = 'sent' WHERE broadcast_id = $1 AND address_key = 'person1@example.com'`, [mailed?.id]);
    const read = await house.http().get(`/api/v1/broadcasts/${mailed?.id}`).set(house.editor.headers);
    expect((await house.http().post(`/api/v1/broadcasts/${mailed?.id}/stop`).set(house.editor.headers).send({ version: read.body.version })).status).toBe(200);
    const kept = await house.rows<{ key: string }>('SELECT address_key AS key FROM reached WHERE client_id = $1', [outlets.brand.clientId]);
    expect(kept.map(({ key }) => key)).toEqual(['person1@example.com', 'person1@example.com', 'person1@example.com']);
  });
});
