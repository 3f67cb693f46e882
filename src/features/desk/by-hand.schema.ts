import { z } from 'zod';
import { typedLink } from './incident-act.schema.js';

/** What a person does on the page of a post that they publish: a form of it, so every field comes as text. */

const seen = { workspaceId: z.uuid(), version: z.coerce.number().int() };

/** In this order on the page, minutes. */
export const laterMinutes = [30, 120] as const;

export const HandAct = z.discriminatedUnion('act', [
  z.object({ act: z.literal('out'), ...seen, url: typedLink }),
  z.object({ act: z.literal('not-now'), ...seen, minutes: z.coerce.number().int().min(5).max(720).default(laterMinutes[0]) }),
]);
export type HandAct = z.output<typeof HandAct>;

export const HandPageQuery = z.object({
  workspaceId: z.uuid().optional().catch(undefined),
  /** Of a medium: to be saved, not shown. */
  save: z.string().max(10).optional().catch(undefined),
});
export type HandPageQuery = z.output<typeof HandPageQuery>;
