import { z } from 'zod';
import { choices, MAX_LATE_LIMIT_MINUTES } from '../../core/policy.js';
import { said } from '../../infra/http/said.schema.js';

/** What comes in about posts. Times of day are wall times, `YYYY-MM-DDTHH:mm[:ss]`, without an offset. */

/** Longest text that is read at all; the platform's own limit is checked afterwards, as that platform counts. */
const LONGEST_TEXT = 100_000;

/** As the database says it: sets of outlets are compared as text. */
export const ChannelId = z.uuid().toLowerCase();

const Options = z
  .record(z.string(), z.record(z.string(), z.unknown()))
  .meta({ description: 'What only one platform knows, by connector: `{"mastodon": {"visibility": "unlisted"}}`.' });

export const PartInput = z
  .strictObject({
    text: z.string().max(LONGEST_TEXT).default(''),
    media: z
      .array(z.strictObject({ mediaId: z.uuid(), alt: z.string().max(10_000).optional().meta({ description: 'Left out: the alt text of the medium.' }) }))
      .max(50)
      .default([]),
    link: z
      .strictObject({
        url: z.url({ protocol: /^https?$/ }).max(2_000),
        title: z.string().max(500).default(''),
        description: z.string().max(2_000).default(''),
        thumbId: z.uuid().nullable().default(null),
      })
      .nullable()
      .default(null),
    language: z.string().regex(/^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$/, said({ en: 'must be a BCP 47 language, e.g. it or pt-BR', it: 'deve essere una lingua BCP 47, per esempio it o pt-BR' })).nullable().default(null),
    options: Options.default({}),
  })
  .meta({ id: 'PartInput', description: 'One part: the post itself, or a link of its thread.' });
export type PartInput = z.output<typeof PartInput>;

const Parts = z.array(PartInput).min(1).max(100);

export const PolicyInput = z
  .strictObject({
    lateLimitMinutes: z.int().min(0).max(MAX_LATE_LIMIT_MINUTES).optional(),
    onOutage: z.enum(['hold', 'reroute-now', 'reroute-after', 'drop', 'ask']).optional(),
    rerouteAfterMinutes: z.int().min(0).max(MAX_LATE_LIMIT_MINUTES).optional(),
    rerouteTo: z.array(z.array(ChannelId).min(1).max(20)).max(10).optional(),
    atDeadline: z.enum(['reroute', 'expire', 'next-slot', 'ask']).optional(),
    afterReroute: z.enum(['ask', 'skip', 'publish-edited', 'publish-anyway']).optional(),
  })
  .meta({ id: 'PostPolicy', description: 'Custom fields; what is left out is as the choice says.' });

const Variant = z.strictObject({ channelId: z.uuid(), parts: Parts }).meta({ id: 'Variant' });
const Labels = z.array(z.string().trim().min(1).max(60)).max(30);
/** More than a client has outlets; a list of thousands is a mistake. */
const Channels = z.array(z.uuid()).max(100);
const Wall = z.string().max(40).meta({ description: 'Wall time in `zone`, e.g. 2026-07-01T09:00.' });
const Zone = z.string().max(100).meta({ description: "IANA zone; left out: the client's." });
const Version = z.int().min(1).meta({ description: 'The version that was read; another one answers 409.' });
const Editing = z.enum(['draft', 'in-review', 'ready']);

const Said = {
  channelIds: Channels,
  content: z.strictObject({ parts: Parts }),
  variants: z.array(Variant).max(100),
  choice: z.enum(choices),
  policy: PolicyInput,
  evergreen: z.boolean(),
  labels: Labels,
};

export const PostCreate = z
  .strictObject({
    clientId: z.uuid(),
    ...Said,
    channelIds: Said.channelIds.default([]),
    variants: Said.variants.default([]),
    choice: Said.choice.optional().meta({ description: 'Left out: `today` for a chosen time, `can-wait` for a slot.' }),
    policy: Said.policy.default({}),
    evergreen: Said.evergreen.default(false),
    labels: Said.labels.default([]),
    wallAt: Wall.optional(),
    zone: Zone.optional(),
    slot: z.literal('next').optional().meta({ description: "Instead of `wallAt`: the client's next free slot." }),
    editing: Editing.default('ready'),
  })
  .refine((post) => post.wallAt === undefined || post.slot === undefined, { path: ['slot'], error: said({ en: 'goes without wallAt: leave one of the two out', it: 'va senza wallAt: togli uno dei due' }) })
  .meta({ id: 'PostCreate' });
export type PostCreate = z.output<typeof PostCreate>;

export const PostEdit = z
  .strictObject({
    version: Version,
    channelIds: Said.channelIds.optional(),
    content: Said.content.optional(),
    variants: Said.variants.optional().meta({ description: 'All of them: a channel left out says what the post says.' }),
    choice: Said.choice.optional(),
    policy: Said.policy.optional(),
    evergreen: Said.evergreen.optional(),
    labels: Said.labels.optional(),
    wallAt: Wall.optional(),
    zone: Zone.optional(),
    editing: Editing.optional(),
  })
  .meta({ id: 'PostEdit', description: 'Only what is named changes. Parts that are out already never do.' });
export type PostEdit = z.output<typeof PostEdit>;

export const PostMove = z
  .strictObject({ version: Version, wallAt: Wall.optional(), zone: Zone.optional(), slot: z.literal('next').optional() })
  .refine((move) => (move.wallAt === undefined) !== (move.slot === undefined), { path: ['wallAt'], error: said({ en: 'or slot: give one of the two', it: 'o slot: indica uno dei due' }) })
  .meta({ id: 'PostMove' });
export type PostMove = z.output<typeof PostMove>;

export const AtVersion = z.strictObject({ version: Version }).meta({ id: 'AtVersion' });
export type AtVersion = z.output<typeof AtVersion>;

/** What an occurrence of a series says: a post without a time of its own. */
export const Template = z
  .strictObject({
    ...Said,
    channelIds: Said.channelIds.min(1),
    variants: Said.variants.default([]),
    choice: Said.choice.default('can-wait'),
    policy: Said.policy.default({}),
    evergreen: Said.evergreen.default(false),
    labels: Said.labels.default([]),
    editing: z.enum(['in-review', 'ready']).default('ready'),
  })
  .meta({ id: 'SeriesTemplate' });
export type Template = z.output<typeof Template>;
