import { z } from 'zod';
import { capabilities } from '../../../core/component.js';

export const statusFormats = [
  'statuspage', 'incident-io', 'instatus', 'meta-orgs', 'meta-outages', 'meta-rss', 'better-stack', 'google', 'slack', 'rss', 'atom',
] as const;
export type StatusFormat = (typeof statusFormats)[number];

const Name = z.string({ error: 'must be a text' }).trim().min(1, 'must not be empty').max(200, 'must not be longer than 200 characters').transform((name) => name.toLowerCase());
const names = z.array(Name, { error: 'must be "*" (the whole page) or a list of names of components, groups or ids, like ["API"]' });
const Scope = z.union([z.literal('*'), names.min(1, 'must name at least one component, or be "*"').max(200, 'must not name more than 200')], {
  error: 'must be "*" (the whole page) or a list of names of components, groups or ids, like ["API"]',
});

/** Where a platform says itself how it is, and what of that matters to us. */
export const StatusSource = z.strictObject({
  /** The connector's id. */
  platform: z.string({ error: 'must be the id of a platform, like "linkedin"' }).regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'must be the id of a platform, like "linkedin"'),
  /** Of platforms with many hosts, the one it speaks of (and its sub-domains); null = all. */
  host: z.string({ error: 'must be a host name, or null' }).regex(/^[a-z0-9.-]+(?::\d+)?$/i, 'must be a host name, like "mastodon.social"').transform((host) => host.toLowerCase()).nullable().default(null),
  format: z.enum(statusFormats, { error: `must be one of ${statusFormats.join(', ')}` }),
  url: z
    .url({ protocol: /^https?$/, error: 'must be a web address that begins with https://' })
    .max(2_000, 'must not be longer than 2,000 characters')
    .refine((url) => !URL.canParse(url) || new URL(url).username === '', 'must not hold a user name'),
  /** Which components of the page stand for a capability; "*" = the page as a whole. What is left out has no evidence here. */
  capabilities: z.partialRecord(z.enum(capabilities), Scope, { error: `must say which components stand for ${capabilities.join(', ')}, like { "publish": ["API"] }` })
    .refine((said) => Object.keys(said).length > 0, `must say which components stand for at least one of ${capabilities.join(', ')}`),
  /** Only incidents in one of these regions count; empty = all. */
  regions: names.max(100).default([]),
});
export type StatusSource = z.infer<typeof StatusSource>;
