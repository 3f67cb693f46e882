import { z } from 'zod';
import { said } from '../../infra/http/said.schema.js';

export const OnDuty = z
  .object({ userId: z.string(), name: z.string(), role: z.enum(['owner', 'manager', 'editor', 'viewer']), awayUntil: z.string().nullable() })
  .meta({ id: 'OnDuty' });

export const Duties = z
  .object({
    userIds: z.array(z.string()).meta({ description: 'Those set, in order; empty = nobody is set.' }),
    order: z.array(OnDuty).meta({ description: 'Who is asked one after the other, as things stand now: without those who are away, the owners at the end.' }),
  })
  .meta({ id: 'Duties' });
export type Duties = z.output<typeof Duties>;

export const DutyList = z
  .object({
    userIds: z
      .array(z.uuid())
      .max(20)
      .refine((ids) => new Set(ids).size === ids.length, said({ en: 'names a person twice', it: 'contiene due volte la stessa persona' }))
      .meta({ description: 'Members, in the order they are asked. Empty: the workspace’s managers, then its owners.' }),
  })
  .meta({ id: 'DutyList' });
export type DutyList = z.output<typeof DutyList>;

export const Away = z
  .object({ until: z.iso.datetime({ offset: true }).nullable().meta({ description: 'On no duty before this; null = back.' }) })
  .meta({ id: 'Away' });
export type Away = z.output<typeof Away>;

export const AwayState = z.object({ userId: z.string(), awayUntil: z.string().nullable() }).meta({ id: 'AwayState' });
export type AwayState = z.output<typeof AwayState>;
