import { z } from 'zod';
import { pageOf } from '../../infra/http/page.schema.js';

const Instant = z.iso.datetime({ offset: true });

export const Resume = z
  .enum(['paced', 'to-slots', 'review', 'drop'])
  .meta({ id: 'Resume', description: 'What becomes of what it held: out one after the other; each to its client’s next free slot; one by one by a person; not posted.' });
export type Resume = z.output<typeof Resume>;

export const NewPause = z
  .object({
    clientId: z.uuid().nullable().default(null).meta({ description: 'null = every client.' }),
    connectorId: z.string().max(60).nullable().default(null).meta({ description: 'As `GET /connectors` lists them; null = every platform.' }),
    reason: z.string().trim().min(1).max(500),
    until: Instant.nullable().default(null).meta({ description: 'null = until someone ends it.' }),
    resume: Resume.default('paced'),
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
    resume: Resume,
    createdBy: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
    createdAt: Instant,
  })
  .meta({ id: 'Pause' });
export type Pause = z.output<typeof Pause>;

export const PauseEnd = z.object({ resume: Resume.optional().meta({ description: 'Left out: as it was said when it began.' }) });
export type PauseEnd = z.output<typeof PauseEnd>;

export const PausePage = pageOf('PausePage', Pause);
