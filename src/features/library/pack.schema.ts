import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { said } from '../../infra/http/said.schema.js';
import { PartInput, PostCreate } from '../posts/post-input.schema.js';
import { PartAnswer } from '../posts/post.schema.js';

const Instant = z.iso.datetime();
const Version = z.int().min(1).meta({ description: 'As it was read; another one answers 409.' });
const Tag = z.string().trim().min(1).max(40);

/** What every channel is told apart by: all, those of one kind, or one. */
export const VariantFor = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('all') }),
    z.strictObject({ kind: z.literal('connector'), connectorId: z.string().min(1).max(60) }),
    z.strictObject({ kind: z.literal('channel'), channelId: z.uuid() }),
  ])
  .meta({ id: 'VariantFor', description: 'Where it is said: `channel` goes before `connector`, that before `all`.' });
export type VariantFor = z.output<typeof VariantFor>;

const head = {
  title: z.string().trim().min(1).max(200),
  useWhen: z.string().max(5_000).meta({ description: 'When it is the right one, in words.' }),
  tags: z.array(Tag).max(20).refine((tags) => new Set(tags.map((tag) => tag.toLowerCase())).size === tags.length, said({ en: 'names a tag twice', it: 'contiene due volte lo stesso tag' })),
  language: z.string().regex(/^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$/, said({ en: 'must be a BCP 47 language, e.g. it or pt-BR', it: 'deve essere una lingua BCP 47, per esempio it o pt-BR' })),
  expiresOn: z.iso.date().nullable().meta({ description: 'The last day it is offered, by the client’s calendar; null: it does not expire.' }),
};

/** What says when a pack is to be used; also what a folder's `pack.md` holds. */
export const PackHead = z.strictObject({ ...head, useWhen: head.useWhen.default(''), tags: head.tags.default([]), expiresOn: head.expiresOn.default(null) });
export type PackHead = z.output<typeof PackHead>;

const VariantInput = z
  .strictObject({
    for: VariantFor,
    draft: z.boolean().default(false).meta({ description: 'Beside the one in force: it is never used before a person makes it the one.' }),
    parts: z.array(PartInput).min(1).max(100),
  })
  .meta({ id: 'PackVariantInput' });
export type VariantInput = z.output<typeof VariantInput>;

const Variants = z.array(VariantInput).max(60);

export const NewPack = z
  .strictObject({
    clientId: z.uuid(),
    ...PackHead.shape,
    language: head.language.optional().meta({ description: 'Left out: the client’s.' }),
    variants: Variants.default([]),
  })
  .meta({ id: 'NewPack' });
export type NewPack = z.output<typeof NewPack>;

export const PackChange = z
  .strictObject({
    version: Version,
    ...z.strictObject(head).partial().shape,
    variants: Variants.optional().meta({ description: 'All of them: one left out is gone.' }),
    proposals: z.array(z.never()).max(0).optional().meta({ description: '`[]`: what a folder proposed is settled.' }),
  })
  .meta({ id: 'PackChange', description: 'Only what is named changes. A change takes the approval back.' });
export type PackChange = z.output<typeof PackChange>;

export const PackVariant = z
  .object({ id: z.uuid(), for: VariantFor, channelName: z.string().nullable(), draft: z.boolean(), parts: z.array(PartAnswer), hash: z.string() })
  .meta({ id: 'PackVariant' });
export type PackVariant = z.output<typeof PackVariant>;

export const PackProposal = z
  .object({ ...head, at: Instant, by: z.string() })
  .meta({ id: 'PackProposal', description: 'A head from a folder that met a change made here since: take it over with a change, or settle it.' });

const summary = {
  id: z.uuid(),
  clientId: z.uuid(),
  ...head,
  expired: z.boolean(),
  offered: z.boolean().meta({ description: 'Approved, not expired and not put away: what Postern proposes by itself.' }),
  approvedBy: z.string().nullable(),
  approvedAt: Instant.nullable(),
  version: z.int(),
  createdAt: Instant,
  updatedAt: Instant,
  archivedAt: Instant.nullable(),
};

export const PackSummary = z
  .object({ ...summary, variants: z.array(z.object({ for: VariantFor, draft: z.boolean(), text: z.string().meta({ description: 'The first 120 characters.' }) })) })
  .meta({ id: 'PackSummary' });
export type PackSummary = z.output<typeof PackSummary>;
export const PackPage = pageOf('PackPage', PackSummary);

export const Pack = z
  .object({ ...summary, hash: z.string().meta({ description: 'Of all it says and is for; what is approved is this.' }), variants: z.array(PackVariant), proposals: z.array(PackProposal) })
  .meta({ id: 'Pack', description: 'What a brand says when something does not go as planned, ready beforehand.' });
export type Pack = z.output<typeof Pack>;

export const PackQuery = PageQuery.extend({
  clientId: z.uuid().optional(),
  tag: Tag.optional(),
  find: z.string().trim().min(1).max(200).optional().meta({ description: 'In title and “use when”.' }),
  offered: z.stringbool().optional().meta({ description: 'true: only what is approved and not expired.' }),
  archived: z.stringbool().default(false).meta({ description: 'Also those put away.' }),
});
export type PackQuery = z.output<typeof PackQuery>;

export const PackAt = z
  .strictObject({ version: Version, hash: z.string().max(100).optional().meta({ description: 'Of what was read: if it says another thing by now, 409.' }) })
  .meta({ id: 'PackAt' });
export type PackAt = z.output<typeof PackAt>;

const { choice, policy, labels, wallAt, zone, slot } = PostCreate.shape;
export const PackPlan = z
  .strictObject({
    channelIds: z.array(z.uuid()).min(1).max(100),
    editing: z.enum(['draft', 'in-review', 'ready']).default('draft').meta({ description: 'Only an approved pack that has not expired can be more than a draft.' }),
    wallAt, zone, slot, choice, policy, labels,
  })
  .meta({ id: 'PackPlan', description: 'A post that says what the pack says, on these channels.' });
export type PackPlan = z.output<typeof PackPlan>;
