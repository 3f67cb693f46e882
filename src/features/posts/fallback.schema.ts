import { z } from 'zod';
import { choices } from '../../core/policy.js';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { ChannelId, PartInput, PolicyInput } from './post-input.schema.js';
import { PartAnswer } from './post.schema.js';

const Instant = z.iso.datetime();

export const Fallback = z
  .object({
    channelId: z.uuid(),
    channelName: z.string(),
    connectorId: z.string(),
    set: z.number().int().nullable().meta({ description: 'In which set of the way out it stands, from 0; null: in none, any more.' }),
    state: z.enum(['none', 'draft', 'approved']).meta({ description: '`none`: nothing was written; see `content` for what would be said.' }),
    needsApproval: z.boolean().meta({ description: 'It goes to people who did not come for it: only an approved version is sent.' }),
    content: z.object({ parts: z.array(PartAnswer) }),
    approvedBy: z.string().nullable(),
    approvedAt: Instant.nullable(),
    version: z.number().int().meta({ description: '0: nothing was written yet.' }),
  })
  .meta({ id: 'Fallback', description: 'What a post says on another outlet when its own platform is down.' });
export type Fallback = z.output<typeof Fallback>;

export const FallbackList = z.object({ items: z.array(Fallback) }).meta({ id: 'FallbackList' });

export const FallbackWrite = z
  .strictObject({
    version: z.int().min(0).meta({ description: 'The version that was read, 0 for the first; another one answers 409.' }),
    content: z.strictObject({ parts: z.array(PartInput).min(1).max(100) }),
    approve: z.boolean().default(false).meta({ description: 'Read and good to go out as it is. A later edit without this takes the approval back.' }),
  })
  .meta({ id: 'FallbackWrite' });
export type FallbackWrite = z.output<typeof FallbackWrite>;

const Sets = z.array(z.array(ChannelId).min(1).max(20)).max(10).meta({ description: 'Sets of outlets, by channel id, in order of preference: every outlet of the first set that can be used.' });

export const WayOut = z.object({ clientId: z.uuid(), rerouteTo: z.array(z.array(z.uuid())) }).meta({ id: 'WayOut', description: 'Where a client’s posts go that name no outlets of their own.' });
export const WayOutSet = z.strictObject({ rerouteTo: Sets }).meta({ id: 'WayOutSet' });

export const IfDownAsk = z
  .strictObject({
    clientId: z.uuid(),
    choice: z.enum(choices),
    policy: PolicyInput.default({}),
    dueAt: z.iso.datetime({ offset: true }).optional().meta({ description: 'Left out: the sentence names spans instead of times.' }),
    texts: z.array(z.string().max(100_000)).max(100).optional().meta({ description: 'What its parts say: a post that speaks of its time is read by a person once it is late.' }),
  })
  .meta({ id: 'IfDownAsk' });
export type IfDownAsk = z.output<typeof IfDownAsk>;

export const IfDown = z
  .object({
    sentence: z.string().meta({ description: "In the caller's language, times in the client's zone." }),
    timeWord: z.string().nullable().meta({ description: 'The first word of time in `texts`, as it stands there, to be marked while writing; null = there is none.' }),
  })
  .meta({ id: 'IfDown' });
export type IfDown = z.output<typeof IfDown>;

export const Rerouted = z
  .object({
    deliveryId: z.uuid(),
    postId: z.uuid(),
    clientId: z.uuid(),
    channelId: z.uuid(),
    channelName: z.string(),
    connectorId: z.string(),
    text: z.string().meta({ description: 'The first 120 characters.' }),
    dueAt: Instant,
    at: Instant.meta({ description: 'When it went elsewhere.' }),
    after: z.enum(['ask', 'skip', 'publish-edited', 'publish-anyway']),
    until: Instant.nullable().meta({ description: 'Undecided by then, it is left out on its own platform; null: nobody has to decide.' }),
    settledAs: z.enum(['published', 'skipped', 'came-back']).nullable(),
    instead: z.array(z.object({ deliveryId: z.uuid(), channelName: z.string(), connectorId: z.string(), state: z.string(), url: z.string().nullable() })),
    version: z.number().int(),
  })
  .meta({ id: 'Rerouted' });
export type Rerouted = z.output<typeof Rerouted>;

export const ReroutedPage = pageOf('ReroutedPage', Rerouted);
export const ReroutedQuery = PageQuery.extend({
  clientId: z.uuid().optional(),
  open: z.stringbool().optional().meta({ description: 'true: only those somebody has to decide about.' }),
});
export type ReroutedQuery = z.output<typeof ReroutedQuery>;

export const Settle = z
  .strictObject({
    version: z.int().min(1),
    how: z.enum(['publish', 'next-slot', 'skip']).meta({ description: '`publish`: on its own platform as soon as that takes it; `next-slot`: in the client’s next free slot there.' }),
    content: z.strictObject({ parts: z.array(PartInput).min(1).max(100) }).optional().meta({ description: 'What it says there by now; left out: what it said.' }),
  })
  .meta({ id: 'SettleRerouted' });
export type Settle = z.output<typeof Settle>;
