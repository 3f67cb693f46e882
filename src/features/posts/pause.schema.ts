import { z } from 'zod';
import { pageOf } from '../../infra/http/page.schema.js';

const Instant = z.iso.datetime({ offset: true });

export const NewPause = z
  .object({
    clientId: z.uuid().nullable().default(null).meta({ description: 'null = every client.' }),
    connectorId: z.string().max(60).nullable().default(null).meta({ description: 'As `GET /connectors` lists them; null = every platform.' }),
    reason: z.string().trim().min(1).max(500),
    until: Instant.nullable().default(null).meta({ description: 'null = until someone ends it.' }),
  })
  .meta({ id: 'NewPause' });
export type NewPause = z.output<typeof NewPause>;

export const Pause = z
  .object({
    id: z.uuid(),
    clientId: z.uuid().nullable(),
    connectorId: z.string().nullable(),
    reason: z.string(),
    until: Instant.nullable(),
    createdBy: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
    createdAt: Instant,
  })
  .meta({ id: 'Pause' });
export type Pause = z.output<typeof Pause>;

export const PausePage = pageOf('PausePage', Pause);
