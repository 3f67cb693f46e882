import { z } from 'zod';
import { said } from '../../infra/http/said.schema.js';
import { ComponentId } from './component.schema.js';

export const Maintenance = z
  .object({
    id: z.uuid(),
    componentId: z.string(),
    source: z.enum(['operator', 'page']).meta({ description: 'Who announced it: the operator of this installation, or the platform’s own page.' }),
    from: z.iso.datetime(),
    to: z.iso.datetime().nullable().meta({ description: 'null: no end is known; it counts for a day.' }),
    reason: z.string(),
    url: z.string().nullable(),
    saidBy: z.string().nullable(),
  })
  .meta({ id: 'Maintenance' });
export type Maintenance = z.output<typeof Maintenance>;

export const MaintenanceList = z.object({ items: z.array(Maintenance) }).meta({ id: 'MaintenanceList' });
export type MaintenanceList = z.output<typeof MaintenanceList>;

const Instant = z.iso.datetime({ offset: true });

export const NewMaintenance = z
  .strictObject({
    componentId: ComponentId.meta({ example: 'sandbox-alpha:publish@sandbox.invalid' }),
    from: Instant.meta({ example: '2031-03-04T08:00:00Z' }),
    to: Instant.nullable().default(null).meta({ description: 'Left out: no end is known; it counts for a day.' }),
    reason: z.string().trim().min(1).max(500).meta({ description: 'What is done; every workspace with a channel there reads it.' }),
    url: z.url({ protocol: /^https?$/ }).max(2_000).nullable().default(null),
  })
  .refine(({ from, to }) => to === null || Date.parse(from) < Date.parse(to), { path: ['to'], error: said({ en: 'must be later than its beginning', it: 'deve venire dopo l’inizio' }) })
  .meta({ id: 'NewMaintenance' });
export type NewMaintenance = z.output<typeof NewMaintenance>;
