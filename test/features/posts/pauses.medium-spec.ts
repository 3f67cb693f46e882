import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { NewPause } from '../../../src/features/posts/pause.schema.js';
import { PausesService } from '../../../src/features/posts/pauses.service.js';
import { type Agency, type House, openHouse, problemOf, settle } from './posts-house.js';

let house: House;
let agency: Agency;
let pauses: PausesService;
beforeAll(async () => {
  house = await openHouse();
  agency = await settle(house);
  pauses = new PausesService(house.dataSource, house.audit);
});
afterAll(() => house.close());

const begin = (connectorId: string | null) => pauses.begin(agency.caller, NewPause.parse({ connectorId, reason: 'a storm' }));

it('A pause of a platform, or of all of them, is in force', async () => {
  const begun = [await begin('mastodon'), await begin(null)];
  expect((await pauses.inForce(agency.caller)).items.map(({ id }) => id)).toEqual(begun.map(({ id }) => id));
});

it('A pause of a platform that is mistyped is refused, and the platforms there are named', async () => {
  const before = (await pauses.inForce(agency.caller)).items.length;
  const problem = await problemOf(begin('Mastadon'));
  expect([problem?.code, problem?.sentence.en]).toEqual(['pause-of-nothing', expect.stringMatching(/“Mastadon”.* mastodon, bluesky/)]);
  expect((await pauses.inForce(agency.caller)).items).toHaveLength(before);
});
