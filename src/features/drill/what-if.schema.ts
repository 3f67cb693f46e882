import { z } from 'zod';
import { choices } from '../../core/policy.js';
import { said } from '../../infra/http/said.schema.js';

/** Also as a post's `wallAt` is written, without seconds. */
export const INSTANT_EXPECTED = {
  en: 'must be a time with its offset from UTC, as 2031-03-04T10:00+01:00', it: 'deve essere un’ora con la sua distanza da UTC, come 2031-03-04T10:00+01:00',
} as const;
export const Instant = z.union([z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 })], said(INSTANT_EXPECTED));

/** Longer ones tell nobody anything: plans change. */
export const LONGEST_DAYS = 14;

export const WhatIfAsk = z
  .strictObject({
    connectorIds: z.array(z.string().max(60)).min(1).max(50).meta({ description: 'The platforms that would be down, as `GET /connectors` lists them.' }),
    from: Instant.meta({ description: 'With its offset; seconds may be left out.', example: '2031-03-04T10:00+01:00' }),
    to: Instant.meta({ description: `Back from then on; at most ${LONGEST_DAYS} days after \`from\`.`, example: '2031-03-04T18:00+01:00' }),
    clientId: z.uuid().optional(),
  })
  .meta({ id: 'WhatIfAsk' });
export type WhatIfAsk = z.output<typeof WhatIfAsk>;

const fates = ['on-time', 'late', 'elsewhere', 'next-slot', 'person', 'missed', 'dropped'] as const;
const count = z.number().int();
const Counts = z.object({ planned: count, onTime: count, late: count, elsewhere: count, nextSlot: count, person: count, missed: count, dropped: count }).meta({ id: 'WhatIfCounts' });
export type Counts = z.output<typeof Counts>;

const Costs = z
  .array(z.object({ people: count, minor: z.number(), currency: z.string() }))
  .meta({ id: 'WhatIfCosts', description: 'What goes elsewhere costs (SMS), by currency, in hundredths of it; `people`: messages to one person each. Empty = nothing.' });

const Post = z.object({
  deliveryId: z.uuid(),
  postId: z.uuid(),
  channelName: z.string(),
  connectorId: z.string(),
  text: z.string().meta({ description: 'The first 120 characters.' }),
  choice: z.enum(choices),
  dueAt: z.iso.datetime(),
  fate: z.enum(fates),
  at: z.iso.datetime().nullable().meta({ description: 'When that happens; of `late` the earliest moment.' }),
  ways: z.array(z.string()).meta({ description: 'Names of the outlets it would take.' }),
  costs: Costs,
  sentence: z.string().meta({ description: "In the caller's language, times in the client's zone." }),
  unwritten: z.array(z.object({ channelId: z.uuid(), channelName: z.string() })).meta({ description: 'Outlets it would take if a version for them were written and approved; of a post that never goes another way by itself: none.' }),
});

export const WhatIf = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    connectorIds: z.array(z.string()),
    counts: Counts,
    costs: Costs,
    clients: z.array(z.object({ clientId: z.uuid(), clientName: z.string(), zone: z.string(), counts: Counts, costs: Costs, posts: z.array(Post) })),
    isCut: z.boolean().meta({ description: 'There are more posts than are answered here: ask for a shorter stretch or one client.' }),
  })
  .meta({ id: 'WhatIf', description: 'What would become of the calendar in an outage. Nothing is sent or changed.' });
export type WhatIf = z.output<typeof WhatIf>;
