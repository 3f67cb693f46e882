import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { FallbackWrite, IfDownAsk } from '../../../src/features/posts/fallback.schema.js';
import { PostCreate } from '../../../src/features/posts/post-input.schema.js';
import { type Agency, type House, openHouse, settle } from './posts-house.js';

let house: House;
let agency: Agency;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());
beforeEach(async () => {
  agency = await settle(house, { channels: 3 });
});

const sql = (text: string, params: unknown[] = []) => house.dataSource.query<unknown>(text, params);
const hourCounts = () => ({ choice: 'hour-counts', policy: { rerouteTo: [[agency.channelIds[1]], [agency.channelIds[2]]] } });
const create = async (text: string, more: object): Promise<string> => {
  const wallAt = DateTime.fromMillis(house.clock.now(), { zone: 'Europe/Rome' }).plus({ days: 2 }).toFormat("yyyy-MM-dd'T'18:00");
  return house.posts.create(agency.caller, PostCreate.parse({ clientId: agency.clientId, channelIds: agency.channelIds.slice(0, 1), content: { parts: [{ text }] }, wallAt, ...more }));
};
const said = async (postId: string): Promise<string> => (await house.reads.one(agency.caller, postId)).ifDown;
const ask = (more: object): Promise<string> => {
  const { dueAt: _, ...asked } = IfDownAsk.parse({ clientId: agency.clientId, ...more });
  return house.ifDown.say(agency.caller, { ...asked, dueAt: null });
};

describe('the sentence under a post', () => {
  it('names the first outlet that may take it: not one that is gone, nor one it is planned on', async () => {
    const id = await create('as planned', hourCounts());
    const both = await create('on both', { ...hourCounts(), channelIds: [agency.channelIds[0], agency.channelIds[2]] });
    expect(await said(id)).toContain('it goes out by channel 2 instead');
    await sql('UPDATE channels SET archived_at = now() WHERE id = $1', [agency.channelIds[1]]);
    expect(await said(id)).toContain('it goes out by channel 3 instead');
    expect(await said(both)).toMatch(/it is not posted, and you are told\. No other way is open to it then\. channel 2: It is not connected any more\. channel 3: The post is planned there anyway\.$/);
  });

  it('names no outlet that waits for a version, until one is approved', async () => {
    const id = await create('too long for it', { ...hourCounts(), policy: { rerouteTo: [[agency.channelIds[1]]] } });
    await sql(`UPDATE posts SET content = jsonb_set(content, '{parts,0,text}', to_jsonb(repeat('x', 90000))) WHERE id = $1`, [id]);
    expect(await said(id)).toMatch(/it is not posted, and you are told\. No version is written for channel 2 yet\.$/);
    await house.fallbacks.write(agency.caller, { postId: id, channelId: agency.channelIds[1] ?? '' }, FallbackWrite.parse({ version: 0, content: { parts: [{ text: 'short' }] }, approve: true }));
    expect(await said(id)).toContain('it goes out by channel 2 instead.');
  });

  it('of what speaks of its time says that a person reads it first, saved or not', async () => {
    expect(await said(await create('see you tonight', { choice: 'today' }))).toMatch(/until .* 18:15 \(Europe\/Rome\); after that you read it first\.$/);
    expect(await said(await create('our new menu', { choice: 'today' }))).toMatch(/; after that it is yours to decide\.$/);
    expect(await ask({ choice: 'today', texts: ['news', 'see you tonight'] })).toContain('until 15 minutes after its time; after that you read it first.');
    expect(await ask({ choice: 'today' })).toContain('after that it is yours to decide.');
  });

  it('promises no outlet where its words of time would be said too late', async () => {
    const later = { choice: 'today', policy: { onOutage: 'reroute-after', rerouteAfterMinutes: 120, rerouteTo: [[agency.channelIds[1]]] } };
    expect(await said(await create('our new menu', later))).toContain('it goes out by channel 2 instead');
    expect(await said(await create('see you tonight', later))).toContain('No version is written for channel 2 yet.');
  });
});
