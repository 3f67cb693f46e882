import { z } from 'zod';

const Person = z.object({ userId: z.string(), name: z.string() });

export const Ask = z
  .object({
    clientId: z.string(),
    clientName: z.string(),
    asked: z.array(Person.extend({ role: z.string().nullable().meta({ description: 'Null for somebody who has left.' }) })).meta({ description: 'In the order they were asked.' }),
    nextAt: z.string().nullable().meta({ description: 'When the next one is asked; null = nobody is left, or it is answered.' }),
    answeredBy: Person.nullable().meta({ description: 'Whose it is.' }),
    answeredAt: z.string().nullable(),
  })
  .meta({ id: 'IncidentAsk', description: 'Whose the posts of a client are in this incident.' });
export type Ask = z.output<typeof Ask>;
export const AskList = z.object({ items: z.array(Ask) }).meta({ id: 'IncidentAskList' });

export const Answer = z
  .object({ clientIds: z.array(z.uuid()).min(1).max(500).optional().meta({ description: 'Left out: all that nobody has taken yet.' }) })
  .meta({ id: 'IncidentAnswer' });
export type Answer = z.output<typeof Answer>;
