import { blog } from './blog/index.js';
import { bluesky } from './bluesky/index.js';
import { byHand } from './by-hand/index.js';
import type { Connector } from './connector.js';
import { ghost } from './ghost/index.js';
import { mastodon } from './mastodon/index.js';
import { newsletter } from './newsletter/index.js';
import { sandboxes } from './sandbox/index.js';
import { sms } from './sms/index.js';
import { telegram } from './telegram/index.js';
import { wordpress } from './wordpress/index.js';

/** Every kind of outlet Postern speaks to. A new platform is one folder and one line here. */
export const connectors: readonly Connector[] = [mastodon, bluesky, telegram, wordpress, ghost, blog, newsletter, sms, byHand, ...sandboxes];

const byId = new Map(connectors.map((connector) => [connector.id, connector]));

/** @throws Error naming the ids there are: a row refers to a connector that this version does not have. */
export function connectorById(id: string): Connector {
  const connector = byId.get(id);
  if (connector) return connector;
  throw new Error(`There is no connector "${id}" in this version; there are: ${[...byId.keys()].join(', ')}.`);
}

const hands: ReadonlySet<string> = new Set(connectors.filter((connector) => connector.byHand).map(({ id }) => id));

/** A person posts there. No, where this version does not have it. */
export function isByHand(connectorId: string): boolean {
  return hands.has(connectorId);
}

const collectors: ReadonlySet<string> = new Set(connectors.filter((connector) => connector.collects).map(({ id }) => id));

/** Several posts of a day become one message there. No, where this version does not have it. */
export function isCollected(connectorId: string): boolean {
  return collectors.has(connectorId);
}

/** Those whose posts are pages that anybody may read. */
export const pageConnectors: readonly string[] = connectors.filter(({ pages }) => pages).map(({ id }) => id);

const asking: ReadonlySet<string> = new Set(connectors.filter((connector) => connector.approvedOnly).map(({ id }) => id));

/** In another outlet's place it takes only what a person wrote or approved for it. */
export function asksForItsOwn(connectorId: string): boolean {
  return asking.has(connectorId);
}
