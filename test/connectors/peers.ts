import { profiles } from '../../src/connectors/sandbox/profiles.js';
import { makePeer as bluesky } from './bluesky/fake.js';
import { makePeer as mastodon } from './mastodon/fake.js';
import type { MakePeer } from './contract.js';
import { makePeerOf } from './sandbox/fake.js';

/** The fake platform of each connector, by id. A new connector is one line here. */
export const peers: Readonly<Record<string, MakePeer>> = {
  mastodon,
  bluesky,
  ...Object.fromEntries(profiles.map(({ id }) => [id, makePeerOf(id)])),
};
