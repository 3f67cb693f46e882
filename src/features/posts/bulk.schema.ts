import { z } from 'zod';
import { said } from '../../infra/http/said.schema.js';
import { deliveryFields } from './delivery.schema.js';

const { state, holdReason, ...where } = deliveryFields;
const isNarrow = (filter: object): boolean => Object.values(filter).some((value) => value !== undefined);
const tooWide = { error: said({ en: 'names nothing: give at least one of its fields', it: 'non indica niente: compila almeno un campo' }) };

/** Which deliveries; all that is named has to be true. At least one of them, so that nobody means "everything" by mistake. */
export const BulkFilter = z.strictObject({ state, ...where }).refine(isNarrow, tooWide).meta({ id: 'BulkFilter' });
export type BulkFilter = z.output<typeof BulkFilter>;

/** The same for what is held: only that can be released or dropped, so `state` is not asked. */
export const HeldFilter = z.strictObject({ holdReason, ...where }).refine(isNarrow, tooWide).meta({ id: 'HeldFilter' });
export type HeldFilter = z.output<typeof HeldFilter>;

const dryRun = z.boolean().default(false).meta({ description: 'Only count what would happen.' });

export const BulkAct = z.strictObject({ filter: BulkFilter, dryRun }).meta({ id: 'BulkAct' });
export type BulkAct = z.output<typeof BulkAct>;

export const HeldAct = z.strictObject({ filter: HeldFilter, dryRun }).meta({ id: 'HeldAct' });
export type HeldAct = z.output<typeof HeldAct>;

export const BulkMove = z
  .strictObject({
    filter: BulkFilter,
    dryRun,
    by: z
      .strictObject({ days: z.int().min(-3_650).max(3_650).default(0), minutes: z.int().min(-100_000).max(100_000).default(0) })
      .refine(({ days, minutes }) => days !== 0 || minutes !== 0, { error: said({ en: 'moves nothing: give days or minutes', it: 'non sposta niente: indica giorni o minuti' }) })
      .meta({ description: 'By how much, as the clock on the wall shows it: one day later is the same hour.' }),
  })
  .meta({ id: 'BulkMove' });
export type BulkMove = z.output<typeof BulkMove>;

export const BulkResult = z
  .object({
    matched: z.number().meta({ description: 'Deliveries the filter found.' }),
    posts: z.number().meta({ description: 'Posts they belong to.' }),
    changed: z.number().meta({ description: 'Deliveries that were changed; with dryRun, that would be.' }),
    inFlight: z.number().meta({ description: 'Left out: being sent, or not yet known whether they are out.' }),
    leftOut: z.number().meta({ description: 'Left out for their state: out already, ended, or begun.' }),
    dryRun: z.boolean(),
  })
  .meta({ id: 'BulkResult' });
export type BulkResult = z.output<typeof BulkResult>;
