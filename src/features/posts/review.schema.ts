import { z } from 'zod';
import { reviewActs } from '../../core/review.js';
import { said } from '../../infra/http/said.schema.js';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { deliveryFields, DeliveryRow } from './delivery.schema.js';

export const Review = DeliveryRow.extend({
  clientName: z.string(),
  channelName: z.string(),
  text: z.string().meta({ description: 'How it begins.' }),
  timeWord: z.string().nullable().meta({ description: 'The word of time in it, which may be wrong by now.' }),
  can: z.array(z.enum(reviewActs)).meta({ description: 'What can be done, the likeliest first: endpoints of the delivery, or of its post; `settle`: `POST /reroutes/:deliveryId/settle`, out elsewhere and nobody has decided about its own platform.' }),
}).meta({ id: 'Review' });
export type Review = z.output<typeof Review>;

export const ReviewPage = pageOf('ReviewPage', Review);

export const ReviewQuery = PageQuery.extend({ clientId: z.uuid().optional() });
export type ReviewQuery = z.output<typeof ReviewQuery>;

const { holdReason, clientId, channelId, connectorId, dueFrom, dueTo } = deliveryFields;

/** Which deliveries go to the next free slot. All that is named has to be true, and something has to be named. */
export const SlotAct = z
  .strictObject({
    filter: z
      .strictObject({
        deliveryIds: z.array(z.uuid()).min(1).max(500).optional(),
        state: z.enum(['held', 'missed', 'failed']).optional().meta({ description: 'Left out: all three.' }),
        holdReason, clientId, channelId, connectorId, dueFrom, dueTo,
      })
      .refine((filter) => Object.values(filter).some((value) => value !== undefined), { error: said({ en: 'names nothing: give at least one of its fields', it: 'non indica niente: compila almeno un campo' }) })
      .meta({ id: 'SlotActFilter' }),
    dryRun: z.boolean().default(false).meta({ description: 'Only count what would be tried.' }),
  })
  .meta({ id: 'SlotAct' });
export type SlotAct = z.output<typeof SlotAct>;

export const SlotActResult = z
  .object({
    matched: z.number(),
    moved: z.number(),
    noSlot: z.number().meta({ description: 'Left where they are: their client has no free slot for them.' }),
    leftOut: z.number().meta({ description: 'Changed meanwhile, or a part of them is out.' }),
    dryRun: z.boolean(),
  })
  .meta({ id: 'SlotActResult' });
export type SlotActResult = z.output<typeof SlotActResult>;

export const MovedToSlot = z.object({ id: z.uuid(), dueAt: z.iso.datetime(), version: z.number() }).meta({ id: 'MovedToSlot' });
export type MovedToSlot = z.output<typeof MovedToSlot>;
