import { z } from 'zod';
import { said } from '../../infra/http/said.schema.js';

const WallTimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d(:00)?$/, said({ en: 'must be a time of day such as 09:30', it: 'deve essere un orario come 09:30' }));

export const SlotCreate = z
  .strictObject({
    weekday: z.int().min(1).max(7).meta({ description: 'ISO: 1 = Monday.' }),
    wallTime: WallTimeOfDay.meta({ description: "HH:mm in the client's zone." }),
    channelId: z.uuid().nullable().default(null).meta({ description: 'null = every channel of the client.' }),
  })
  .meta({ id: 'SlotCreate' });
export type SlotCreate = z.output<typeof SlotCreate>;

export const Slot = z
  .object({ id: z.uuid(), clientId: z.uuid(), channelId: z.uuid().nullable(), weekday: z.number(), wallTime: z.string() })
  .meta({ id: 'Slot' });
export type Slot = z.output<typeof Slot>;

export const Slots = z.object({ items: z.array(Slot) }).meta({ id: 'Slots' });

export const FreeSlotQuery = z.object({
  limit: z.coerce.number().int().min(1).max(50).default(5),
  channelIds: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter(Boolean))
    .pipe(z.array(z.uuid()).max(100))
    .meta({ description: 'Channel ids with commas; left out: any channel.' }),
});
export type FreeSlotQuery = z.output<typeof FreeSlotQuery>;

export const FreeSlots = z
  .object({ items: z.array(z.object({ wallAt: z.string(), zone: z.string(), dueAt: z.iso.datetime() })) })
  .meta({ id: 'FreeSlots' });
