import { z } from 'zod';

const HookEvent = z
  .object({
    id: z.string().min(1).max(200).meta({ description: 'The provider’s own: told again, it counts once.' }),
    type: z.enum(['bounce', 'complaint']),
    returnPath: z.string().max(300).optional().meta({ description: 'The envelope sender of the mail.' }),
    messageId: z.string().max(300).optional().meta({ description: 'Of the mail; one of the two is needed to know whose it was.' }),
    status: z.string().regex(/^[245]\.\d{1,3}\.\d{1,3}$/).optional().meta({ description: 'RFC 3463, e.g. 5.1.1. Only 5.1.x strikes an address off.' }),
    detail: z.string().max(2_000).optional(),
  })
  .meta({ id: 'BounceEvent' });

export const HookEvents = z.object({ events: z.array(HookEvent).max(500) }).meta({ id: 'BounceEvents' });
export type HookEvents = z.output<typeof HookEvents>;
export const HookAnswer = z.object({ taken: z.int().meta({ description: 'How many were news and of mails of this sender.' }) }).meta({ id: 'BounceAnswer' });
export type HookAnswer = z.output<typeof HookAnswer>;
