import { profiles } from '../../src/connectors/sandbox/profiles.js';
import { makePeer as blog } from './blog/fake.js';
import { makePeer as bluesky } from './bluesky/fake.js';
import { makePeer as ghost } from './ghost/fake.js';
import { makePeer as mastodon } from './mastodon/fake.js';
import type { MakePeer } from './contract.js';
import { makePeer as newsletter } from './newsletter/fake.js';
import { makePeerOf } from './sandbox/fake.js';
import { makePeer as sms } from './sms/fake.js';
import { makePeer as telegram } from './telegram/fake.js';
import { makePeer as wordpress } from './wordpress/fake.js';

/** The fake platform of each connector, by id. A new connector is one line here. */
export const peers: Readonly<Record<string, MakePeer>> = {
  mastodon,
  bluesky,
  telegram,
  wordpress,
  ghost,
  blog,
  newsletter,
  sms,
  ...Object.fromEntries(profiles.map(({ id }) => [id, makePeerOf(id)])),
};

/** Those that are outlets of this house. */
export async function housesOf(all: Readonly<Record<string, MakePeer>>): Promise<ReadonlySet<string>> {
  const made = await Promise.all(Object.entries(all).map(async ([id, makePeer]) => {
    const peer = await makePeer();
    await peer.close?.();
    return peer.house ? [id] : [];
  }));
  return new Set(made.flat());
}
