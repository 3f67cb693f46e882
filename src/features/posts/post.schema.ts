import { z } from 'zod';
import { choices } from '../../core/policy.js';
import { deliveryStates, holdReasons } from '../../core/delivery.js';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

/** What goes out about posts. */

const Instant = z.iso.datetime().meta({ description: 'An instant, in UTC.' });
const Actor = z.object({ kind: z.string(), id: z.string(), name: z.string() });

const Media = z.object({
  mediaId: z.uuid(), mime: z.string(), bytes: z.number(), width: z.number().nullable(), height: z.number().nullable(), alt: z.string(),
});

export const PartAnswer = z
  .object({
    text: z.string(),
    media: z.array(Media),
    link: z.object({ url: z.string(), title: z.string(), description: z.string(), thumb: Media.nullable() }).nullable(),
    language: z.string().nullable(),
    options: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'PartContent' });

const Reason = z
  .object({ code: z.string(), detail: z.string().nullable(), sentence: z.string().meta({ description: "In the caller's language." }) })
  .meta({ id: 'DeliveryReason' });

const AttemptAnswer = z
  .object({
    id: z.uuid(),
    kind: z.string(),
    partId: z.uuid(),
    position: z.number().nullable().meta({ description: 'null: the part was written anew since.' }),
    arming: z.number(),
    epoch: z.number(),
    startedAt: Instant,
    finishedAt: Instant.nullable(),
    outcome: z.string().nullable().meta({ description: 'null: no answer was written.' }),
    detail: z.string().nullable(),
    remoteId: z.string().nullable(),
    evidence: z.unknown().meta({ description: 'What was sent and what came back; kept 14 days, then null.' }),
  })
  .meta({ id: 'Attempt' });

const DeliveryBrief = z
  .object({
    id: z.uuid(),
    channelId: z.uuid(),
    channelName: z.string(),
    connectorId: z.string(),
    state: z.enum(deliveryStates as [string, ...string[]]),
    holdReason: z.enum(holdReasons).nullable(),
    reason: Reason.nullable(),
    dueAt: Instant,
    url: z.string().nullable().meta({ description: 'Of the first part, once it is out.' }),
  })
  .meta({ id: 'DeliveryBrief' });

const DeliveryAnswer = DeliveryBrief.extend({
  origin: z.string(),
  choice: z.enum(choices),
  readyAt: Instant.nullable().meta({ description: "When it is looked at next; null: a person's turn." }),
  deadlineAt: Instant,
  approved: z.boolean(),
  released: z.boolean(),
  perhapsTwice: z.boolean(),
  version: z.number(),
  arming: z.number(),
  endedAt: Instant.nullable(),
  parts: z.array(
    z.object({
      id: z.uuid(), position: z.number(), kind: z.string(), content: PartAnswer, remoteId: z.string().nullable(), url: z.string().nullable(),
      publishedAt: Instant.nullable(),
    }),
  ),
  attempts: z.array(AttemptAnswer),
}).meta({ id: 'Delivery' });

const ChannelAnswer = z.object({
  channelId: z.uuid(), channelName: z.string(), connectorId: z.string(),
  variant: z.object({ parts: z.array(PartAnswer) }).nullable(),
});

export const PostWarning = z
  .object({
    code: z.string(),
    sentence: z.string().meta({ description: "In the caller's language." }),
    deliveryId: z.uuid().nullable().meta({ description: 'null: nothing is planned there yet, as with a draft.' }),
    channelId: z.uuid(),
  })
  .meta({ id: 'PostWarning' });

const PostHead = z.object({
  id: z.uuid(),
  clientId: z.uuid(),
  seriesId: z.uuid().nullable(),
  occurrence: z.string().nullable().meta({ description: 'The wall time the series gave it, also after it was moved.' }),
  state: z.string().meta({ description: 'draft, in-review, scheduled, partly-published, published, needs-attention, cancelled' }),
  editing: z.enum(['draft', 'in-review', 'ready']),
  choice: z.enum(choices),
  policy: z.record(z.string(), z.unknown()),
  content: z.object({ parts: z.array(PartAnswer) }),
  wallAt: z.string().nullable(),
  zone: z.string().nullable(),
  dueAt: Instant.nullable(),
  evergreen: z.boolean(),
  labels: z.array(z.string()),
  version: z.number(),
  timeWord: z.string().nullable().meta({ description: 'The first word of time in what it says, on any of its channels, as it stands there: “tonight”, “giovedì”. Late, only a person lets it out. null = there is none.' }),
  createdBy: Actor,
  createdAt: Instant,
  updatedAt: Instant,
  cancelledAt: Instant.nullable(),
  warnings: z.array(PostWarning).meta({ description: 'What speaks against its time, as long as it does; nothing is refused for it.' }),
});

export const PostSummary = PostHead.extend({ deliveries: z.array(DeliveryBrief) }).meta({ id: 'PostSummary' });
export type PostSummary = z.output<typeof PostSummary>;

export const Post = PostHead.extend({ ifDown: z.string().meta({ description: "What happens to it if its platform is down, in the caller's language." }), channels: z.array(ChannelAnswer), deliveries: z.array(DeliveryAnswer) }).meta({ id: 'Post' });
export type Post = z.output<typeof Post>;

export const PostPage = pageOf('PostPage', PostSummary);

export const PostQuery = PageQuery.extend({
  clientId: z.uuid().optional(),
  channelId: z.uuid().optional(),
  seriesId: z.uuid().optional(),
  editing: z.enum(['draft', 'in-review', 'ready']).optional(),
  deliveryState: z.enum(deliveryStates as [string, ...string[]]).optional().meta({ description: 'Posts with a delivery in this state.' }),
  label: z.string().max(60).optional(),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: 'Due at or after.' }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: 'Due before.' }),
});
export type PostQuery = z.output<typeof PostQuery>;

/** Where a single delivery stands after something was done to it. */
export const Retried = z.object({ id: z.uuid(), state: z.string(), version: z.number(), arming: z.number() }).meta({ id: 'Retried' });
