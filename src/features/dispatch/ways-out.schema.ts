import { z } from 'zod';

export const Ways = z
  .object({
    at: z.iso.datetime().meta({ description: 'Judged for this moment: of what is still to come, when it would look for another way; else now.' }),
    items: z.array(z.object({
      channelId: z.uuid(), channelName: z.string(), connectorId: z.string(),
      set: z.number().int().nullable().meta({ description: 'In which set of the way out it stands, from 0; null: in none.' }),
      usable: z.boolean(),
      trouble: z.object({ code: z.string(), sentence: z.string() }).nullable().meta({ description: "What stands in its way then, in the caller's language." }),
    })),
    next: z.array(z.uuid()).meta({ description: 'The outlets it would take then; empty: none can be used.' }),
  })
  .meta({ id: 'WaysOut' });
export type Ways = z.output<typeof Ways>;

export const RerouteNow = z
  .strictObject({
    version: z.int().min(1).meta({ description: 'The version of the delivery that was read; another one answers 409.' }),
    channelIds: z.array(z.uuid()).min(1).max(20).optional().meta({ description: 'Left out: the first set that can be used.' }),
  })
  .meta({ id: 'RerouteNow' });
export type RerouteNow = z.output<typeof RerouteNow>;
