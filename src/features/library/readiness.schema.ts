import { z } from 'zod';
import { readinessKinds } from '../../core/readiness.js';

const Item = z
  .object({
    code: z.enum(readinessKinds as [string, ...string[]]),
    ok: z.boolean(),
    share: z.number().meta({ description: '0 to 1: how much of it is there.' }),
    why: z.string().meta({ description: "In the caller's language." }),
    next: z.string().nullable().meta({ description: 'What to do next; null: nothing.' }),
  })
  .meta({ id: 'ReadinessItem' });

export const ClientReadiness = z
  .object({ clientId: z.uuid(), score: z.int().min(0).max(100), items: z.array(Item).meta({ description: 'What is worth most to do first.' }) })
  .meta({ id: 'ClientReadiness', description: 'How ready a client is for an outage.' });
export type ClientReadiness = z.output<typeof ClientReadiness>;
