import { z } from 'zod';
import { deliveryStates, holdReasons } from '../../core/delivery.js';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

const Instant = z.iso.datetime().meta({ description: 'An instant, in UTC.' });
const states = z.enum(deliveryStates as [(typeof deliveryStates)[number], ...(typeof deliveryStates)[number][]]);

export const DeliveryRow = z
  .object({
    id: z.uuid(),
    postId: z.uuid(),
    clientId: z.uuid(),
    channelId: z.uuid(),
    connectorId: z.string(),
    state: states,
    holdReason: z.enum(holdReasons).nullable(),
    reason: z.object({ code: z.string(), sentence: z.string().meta({ description: "In the caller's language." }) }).nullable(),
    dueAt: Instant,
    deadlineAt: Instant,
    released: z.boolean(),
    version: z.number(),
  })
  .meta({ id: 'DeliveryRow' });
export type DeliveryRow = z.output<typeof DeliveryRow>;

export const DeliveryPage = pageOf('DeliveryPage', DeliveryRow);

/** By what deliveries are found; what is left out does not narrow. */
export const deliveryFields = {
  state: states.optional(),
  holdReason: z.enum(holdReasons).optional(),
  clientId: z.uuid().optional(),
  channelId: z.uuid().optional(),
  connectorId: z.string().max(100).optional().meta({ description: 'The platform, e.g. mastodon.' }),
  dueFrom: z.iso.datetime({ offset: true }).optional().meta({ description: 'Due at or after.' }),
  dueTo: z.iso.datetime({ offset: true }).optional().meta({ description: 'Due before.' }),
};

export const DeliveryQuery = PageQuery.extend(deliveryFields);
export type DeliveryQuery = z.output<typeof DeliveryQuery>;

export const Counted = z.object({ count: z.number() }).meta({ id: 'Counted' });

const version = z.number().int().meta({ description: 'The version you saw; if it changed meanwhile, the answer is 409.' });

export const Versioned = z.object({ version }).meta({ id: 'DeliveryVersion' });

/** A person's word on whether it is out. */
export const Word = z
  .object({
    version,
    out: z.boolean(),
    url: z.url({ protocol: /^https?$/ }).max(2_000).optional().meta({ description: 'Where it stands, if it is out.' }),
  })
  .meta({ id: 'DeliveryWord' });
export type Word = z.output<typeof Word>;

/** Not at this moment: whoever was asked to post it by hand is busy. */
export const NotNow = z
  .object({
    version,
    minutes: z.number().int().min(5).max(720).default(30).meta({ description: 'Asked again after so many minutes.' }),
  })
  .meta({ id: 'DeliveryNotNow' });
export type NotNow = z.output<typeof NotNow>;
