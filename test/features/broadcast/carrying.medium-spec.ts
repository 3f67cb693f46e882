import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PartContent } from '../../../src/core/part.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { contentHashOf } from '../../../src/infra/part-key.js';
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

describe('One mail that carries several posts', () => {
  it('whose own request is just on its way is out with it, whatever that request is told', async () => {
    const { outlets, first, second, third } = await three();
    await house.run(second.id);
    await house.rows(`UPDATE deliveries SET state = 'sending', lease_until = now() + interval '1 minute', epoch = 1, intent_at = now() WHERE post_id = $1 AND origin = 'fallback'`, [third.postId]);
    await runChildren(first);
    expect(await house.children(third)).toMatchObject([{ state: 'published' }]);
    expect(await house.rows('SELECT lease_until AS until FROM deliveries WHERE post_id = $1 AND origin = $2', [third.postId, 'fallback'])).toEqual([{ until: null }]);
    await house.mail();
    expect([house.office.letters.length, (await house.broadcasts(outlets)).filter(({ carried }) => carried).length]).toEqual([3, 2]);
  });

  it('is waited for by none of them: each asks again, keeps nothing, and blames no outlet', async () => {
    const outlets = await house.outlets();
    const posts: Held[] = [];
    for (let i = 0; i < 25; i += 1) posts.push(await house.held(outlets, { text: `Numero ${i}`, due: 60, limit: 4 }));
    const [last] = posts.slice(-1);
    if (!last) throw new Error('no post');
    await house.drafted(outlets, last.postId);
    for (const { id } of posts) await house.run(id);
    await house.newsletters('up');
    await house.meanwhile(async (other) => {
      await other.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`mail of the day ${outlets.brand.clientId}`]);
      await Promise.all((await house.children(...posts)).map(({ id }) => house.run(id)));
      expect(new Set((await house.children(...posts)).map(({ state, code }) => `${state} ${code}`))).toEqual(new Set(['scheduled throttled']));
      await other.query('SELECT FROM broadcasts WHERE post_id = $1 FOR UPDATE NOWAIT', [last.postId]);
    });
    expect(new Set(await house.setbacks(outlets))).toEqual(new Set(['throttled']));
    expect(await house.rows(`SELECT round(extract(epoch FROM max(ready_at) - now())) < 10 AS soon FROM deliveries WHERE client_id = $1 AND origin = 'fallback'`, [outlets.brand.clientId])).toEqual([{ soon: true }]);
    await house.get(HealthService).read();
    expect(await house.rows(`SELECT detector::text LIKE '%' || $1 || '%' AS blamed FROM components WHERE id = 'newsletter:publish@house'`, [outlets.newsletterId])).toEqual([{ blamed: false }]);
  });

  it('does not say what somebody has just replaced, and keeps nobody from replacing it', async () => {
    const { outlets, first, second, third } = await three();
    await house.run(second.id);
    const [carrier] = await house.children(first);
    await house.meanwhile(async (other) => {
      await other.query(`INSERT INTO reached (client_id, post_id, address_key) VALUES ($1, $2, 'person1@example.com')`, [outlets.brand.clientId, third.postId]);
      const sent = house.run(carrier?.id ?? '');
      await house.until(async () => (await house.rows(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INTO reached%'`)).length > 0);
      const put = await house.http().put(`/api/v1/posts/${third.postId}/fallbacks/${outlets.newsletterId}`).set(house.editor.headers).send({ version: 1, content: { parts: [{ text: 'Tre, corretto: la cena' }] }, approve: true });
      expect(put.status).toBe(200);
      await other.query('ROLLBACK');
      await sent;
    });
    expect((await house.children(first, second, third)).map(({ state }) => state)).toEqual(['published', 'published', 'scheduled']);
    expect(await house.rows('SELECT 1 FROM reached WHERE post_id = $1', [third.postId])).toEqual([]);
    await runChildren(third);
    await house.mail();
    expect(house.office.letters.map(({ text }) => [text?.includes('Due: la colazione'), text?.includes('la cena')])).toEqual([[true, false], [true, false], [true, false]]);
    const page = await house.http().get(`/public/n/${(await house.broadcasts(outlets)).find(({ postId }) => postId === third.postId)?.token}`);
    expect(page.text).toContain('Tre, corretto: la cena');
  });

  it('does not wait for a post that somebody is just editing', async () => {
    const { first, second, third } = await three();
    await house.run(second.id);
    await house.meanwhile(async (other) => {
      await other.query('SELECT FROM posts WHERE id = $1 FOR UPDATE', [third.postId]);
      await runChildren(first);
      await other.query(`SELECT FROM deliveries WHERE post_id = $1 AND origin = 'fallback' FOR UPDATE NOWAIT`, [third.postId]);
    });
    expect((await house.children(first, second, third)).map(({ state }) => state)).toEqual(['published', 'published', 'scheduled']);
  });

  it('goes without what cannot be taken into it', async () => {
    const { outlets, first, second, third } = await three();
    await house.run(second.id);
    await house.rows(`CREATE FUNCTION fail_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.post_id = '${third.postId}' THEN RAISE EXCEPTION 'too slow'; END IF; RETURN NEW; END $$`);
    await house.rows('CREATE TRIGGER fail_one BEFORE INSERT ON reached FOR EACH ROW EXECUTE FUNCTION fail_one()');
    await runChildren(first);
    await house.rows('DROP FUNCTION fail_one CASCADE');
    await house.mail();
    expect([house.office.letters.length, (await house.children(first, second, third)).map(({ state }) => state)]).toEqual([3, ['published', 'published', 'scheduled']]);
    expect((await house.broadcasts(outlets)).filter(({ carried }) => carried)).toHaveLength(1);
  });

  it('announces the others before it is opened, also where its first has a line of its own', async () => {
    const outlets = await house.outlets();
    const [first, second] = [await house.held(outlets, { text: 'Uno: il cappuccino', due: 90, limit: 4 }), await house.held(outlets, { text: 'Due: la colazione', due: 60, limit: 120 })];
    await house.run(first.id);
    await house.rows(`UPDATE parts SET content = jsonb_set(content, '{options}', '{"preheader": "Anche decaffeinato"}') WHERE delivery_id = $1`, [(await house.children(first))[0]?.id]);
    await runChildren(first, second);
    const [mailed] = (await house.broadcasts(outlets)).filter(({ joinedTo }) => joinedTo === null);
    expect(await house.rows('SELECT preheader FROM broadcasts WHERE id = $1', [mailed?.id])).toEqual([{ preheader: 'Anche decaffeinato · Due: la colazione' }]);
  });

  it('keeps of each post it carries what it said', async () => {
    const { first, second, third } = await three();
    await house.run(second.id);
    await runChildren(first);
    expect(await house.rows(`SELECT encode(a.content_hash, 'hex') AS hash FROM attempts a JOIN deliveries d ON d.id = a.delivery_id WHERE d.post_id = $1 AND d.origin = 'fallback'`, [third.postId]))
      .toEqual((await house.rows<{ content: PartContent }>(`SELECT p.content FROM parts p JOIN deliveries d ON d.id = p.delivery_id WHERE d.post_id = $1 AND d.origin = 'fallback'`, [third.postId])).map(({ content }) => ({ hash: contentHashOf(content) })));
  });

  it('claims a long list’s readers for each post in shares', async () => {
    const outlets = await house.outlets({ people: 60_000 });
    const [first, second] = [await house.held(outlets, { text: 'Uno', due: 90, limit: 4 }), await house.held(outlets, { text: 'Due', due: 60, limit: 120 })];
    await house.run(first.id);
    await house.rows('CREATE TABLE shares (people int)');
    await house.rows(`CREATE FUNCTION count_share() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO shares SELECT count(*) FROM made WHERE post_id = '${second.postId}'; RETURN NULL; END $$`);
    await house.rows('CREATE TRIGGER count_share AFTER INSERT ON reached REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION count_share()');
    await runChildren(first);
    const shares = await house.rows<{ people: number }>('SELECT people FROM shares WHERE people > 0');
    expect([shares.length, shares.reduce((sum, { people }) => sum + people, 0), (await house.children(second)).map(({ state }) => state)]).toEqual([2, 60_000, ['published']]);
    await house.rows('DROP FUNCTION count_share CASCADE');
    await house.rows('DELETE FROM recipients WHERE broadcast_id IN (SELECT id FROM broadcasts WHERE client_id = $1)', [outlets.brand.clientId]); // nobody is to mail them
  });
});
