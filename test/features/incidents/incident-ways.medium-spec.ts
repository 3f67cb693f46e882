import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DecisionsService } from '../../../src/features/incidents/decisions.service.js';
import { OutletNeeds } from '../../../src/features/posts/outlet-needs.service.js';
import { OutletReadiness } from '../../../src/features/posts/outlet-readiness.service.js';
import { OutletsOfPosts } from '../../../src/features/posts/outlets.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { seedPosts, type SeededClient, type SeededPost } from '../../kit/seed.js';
import { type IncidentHouse, openIncidents } from './incident-house.js';

const hours = 3_600_000;

let house: IncidentHouse;
let client: SeededClient;
let decisions: DecisionsService;
let readiness: OutletReadiness;
beforeAll(async () => {
  house = await openIncidents();
});
afterAll(() => house.drop());
beforeEach(async () => {
  await house.clear();
  client = await house.agency(['sandbox-alpha', 'sandbox-beta']);
  readiness = new OutletReadiness();
  decisions = new DecisionsService(house.dataSource, new Clock(), new OutletsOfPosts(house.dataSource), readiness, new OutletNeeds(house.dataSource, new Clock()));
});

const plan = async (...posts: readonly (Omit<Partial<SeededPost>, 'channel'> & { readonly text: string })[]): Promise<readonly string[]> =>
  seedPosts(house.dataSource, client, posts.map(({ dueInMs = hours, ...post }) => ({ ...post, dueInMs, channel: client.channels[0]! })));
const fall = async (): Promise<string> => {
  await house.tell('down');
  return (await house.all()).at(-1)!.id;
};
const list = (id: string) => decisions.list(client.workspaceId, id, { language: 'en' });

describe('What may go another way', () => {
  it('is told by its own rule, and sent nowhere else, where an incident has it', async () => {
    await plan({ text: 'a fallback', choice: 'hour-counts' });
    await house.query('UPDATE clients SET reroute_to = $2 WHERE id = $1', [client.clientId, JSON.stringify([[client.channels[1]!.id]])]);
    const id = await fall();
    expect(await list(id)).toMatchObject([{ ways: [client.channels[1]!.account], wayIds: [client.channels[1]!.id], outlook: expect.stringContaining('it goes out by') }]);
    await house.query('UPDATE deliveries SET approved = false');
    expect(await list(id)).toMatchObject([{ ways: [client.channels[1]!.account], wayIds: [] }]);
    await house.query(`UPDATE deliveries SET origin = 'fallback', approved = true`);
    expect(await list(id)).toMatchObject([{ ways: [], wayIds: [], outlook: expect.stringContaining('it is not posted') }]);
    await house.query(`UPDATE deliveries SET origin = 'late:x'`);
    expect(await list(id)).toMatchObject([{ ways: [], wayIds: [], outlook: expect.stringContaining('yours to decide') }]);
  });

  it('names the first outlet that may take it, and says which waits for a version', async () => {
    await plan({ text: 'a post', choice: 'hour-counts' });
    await house.query('UPDATE clients SET reroute_to = $2 WHERE id = $1', [client.clientId, JSON.stringify([[client.channels[1]!.id]])]);
    const id = await fall();
    await house.query('UPDATE channels SET archived_at = now() WHERE id = $1', [client.channels[1]!.id]);
    expect(await list(id)).toMatchObject([{ ways: [], wayIds: [], outlook: expect.stringMatching(/it is not posted, and you are told\. No other way is open to it then\. .*: It is not connected any more\.$/) }]);
    await house.query('UPDATE channels SET archived_at = NULL WHERE id = $1', [client.channels[1]!.id]);
    await house.query(`UPDATE posts SET content = jsonb_set(content, '{parts,0,text}', to_jsonb(repeat('x', 90000)))`);
    expect(await list(id)).toMatchObject([{ wayIds: [], outlook: expect.stringContaining(`No version is written for ${client.channels[1]!.account} yet.`) }]);
  });

  it('names no outlet that will not be ready at the moment at which it would be asked for', async () => {
    await plan({ text: 'a post', choice: 'hour-counts' }, { text: 'a later one', choice: 'hour-counts', dueInMs: 3 * hours });
    await house.query('UPDATE clients SET reroute_to = $2 WHERE id = $1', [client.clientId, JSON.stringify([[client.channels[1]!.id]])]);
    const id = await fall();
    const asked: number[] = [];
    readiness.register('sandbox-beta', async (_, outlets, at) => {
      asked.push(at);
      return Promise.resolve(outlets.map(() => (at > Date.now() + 2 * hours ? 'over-cap' : null)));
    });
    expect(await list(id)).toMatchObject([
      { ways: [client.channels[1]!.account], outlook: expect.stringContaining('it goes out by') },
      { ways: [], wayIds: [], outlook: expect.stringMatching(/it is not posted, and you are told\. No other way is open to it then\. .*It would cost more/) },
    ]);
    const dues = await house.query<{ at: Date }>('SELECT due_at AS at FROM deliveries ORDER BY due_at');
    expect(asked).toEqual(dues.map(({ at }) => at.getTime()));
  });

  it('is not what is down as well, unless that takes what it says', async () => {
    await plan({ text: 'a post', choice: 'hour-counts' });
    await house.query('UPDATE clients SET reroute_to = $2 WHERE id = $1', [client.clientId, JSON.stringify([[client.channels[1]!.id]])]);
    const id = await fall();
    const place = { connectorId: 'sandbox-beta' };
    await house.tell('degraded', { place, media: 'down', kind: 'media' });
    expect(await list(id)).toMatchObject([{ ways: [client.channels[1]!.account] }]);
    await house.tell('down', { place });
    expect(await list(id)).toMatchObject([{ ways: [], wayIds: [], outlook: expect.stringMatching(/it is not posted, and you are told\. No other way is open to it then\. .*: It is down as well\./) }]);
    await house.tell('up', { place });
    expect(await list(id)).toMatchObject([{ ways: [client.channels[1]!.account] }]);
  });

  it('leaves in the morning where it would leave at night', async () => {
    await plan({ text: 'a post', choice: 'can-wait' });
    await house.query(`UPDATE posts SET policy = jsonb_build_object('onOutage', 'reroute-now', 'rerouteTo', jsonb_build_array(jsonb_build_array($1::text)))`, [client.channels[1]!.id]);
    const id = await fall();
    expect(await list(id)).toMatchObject([{ ways: [client.channels[1]!.account], outlook: expect.stringMatching(/If the platform is down then, it does not wait\. It goes out by/) }]);
    const [opens] = await house.query<{ hour: string }>(
      `UPDATE clients SET day_from = (now() AT TIME ZONE zone + interval '3 hours')::time(0), day_to = (now() AT TIME ZONE zone + interval '5 hours')::time(0) WHERE id = $1 RETURNING to_char(day_from, 'HH24:MI') AS hour`, [client.clientId]).then(([rows]) => rows as unknown as { hour: string }[]);
    expect(await list(id)).toMatchObject([{ ways: [client.channels[1]!.account], outlook: expect.stringMatching(new RegExp(`If the platform is down then, it waits\\. If the platform is not back by .*${opens!.hour} .*, it goes out by`)) }]);
  });

  it('and speaks of its time is read by a person first', async () => {
    await plan({ text: 'see you tonight' });
    const id = await fall();
    await house.query(`UPDATE parts SET time_word = 'tonight'`);
    expect(await list(id)).toMatchObject([{ outlook: expect.stringContaining('after that you read it first') }]);
    expect(await decisions.list(client.workspaceId, id, { language: 'it', reader: 'client' })).toMatchObject([{ outlook: expect.stringContaining('dopo lo riguardiamo noi') }]);
  });
});
