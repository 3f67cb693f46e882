import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { PartAnswer, PostWarning } from './post.schema.js';
import { Template } from './post-input.schema.js';
import { said } from '../../infra/http/said.schema.js';

const Rule = z.string().max(500).meta({ description: 'RFC 5545 RRULE without DTSTART, e.g. FREQ=WEEKLY;BYDAY=MO,TH. Without an end it is made 60 days ahead.' });
const Wall = z.string().max(40);
const Zone = z.string().max(100);
const Version = z.int().min(1);

export const SeriesCreate = z
  .strictObject({
    clientId: z.uuid(),
    rule: Rule,
    wallStart: Wall.meta({ description: 'Where the rule starts to count, as wall time in `zone`. An occurrence itself only if the rule gives it.' }),
    zone: Zone.optional().meta({ description: "Left out: the client's." }),
    template: Template,
  })
  .meta({ id: 'SeriesCreate' });
export type SeriesCreate = z.output<typeof SeriesCreate>;

const Scope = {
  version: Version,
  scope: z.enum(['following', 'all']).meta({ description: '`following`: from `from` on; `all`: every one still to come. One alone: edit its post.' }),
  from: Wall.optional().meta({ description: 'With `following`: the occurrence to begin with.' }),
};
const hasFrom = (change: { scope: 'following' | 'all'; from?: string | undefined }): boolean => (change.scope === 'following') === (change.from !== undefined);
const fromProblem = { path: ['from'], error: said({ en: 'goes with scope "following", and only with it', it: 'va con scope "following", e solo con quello' }) };

export const SeriesEdit = z
  .strictObject({
    ...Scope,
    rule: Rule.optional(),
    wallStart: Wall.optional().meta({ description: 'The new start; with `following` that of the part that begins at `from`.' }),
    zone: Zone.optional(),
    template: Template.optional(),
  })
  .refine(hasFrom, fromProblem)
  .meta({ id: 'SeriesEdit', description: 'Occurrences that somebody edited, moved or cancelled alone stay as they are.' });
export type SeriesEdit = z.output<typeof SeriesEdit>;

export const SeriesCancel = z.strictObject(Scope).refine(hasFrom, fromProblem).meta({ id: 'SeriesCancel' });
export type SeriesCancel = z.output<typeof SeriesCancel>;

const Parts = z.object({ parts: z.array(PartAnswer) });

/** Warnings that one series names. */
export const MOST_WARNINGS = 20;

const SeriesWarning = PostWarning.extend({ postId: z.uuid(), dueAt: z.iso.datetime() }).meta({ id: 'SeriesWarning' });

export const Series = z
  .object({
    id: z.uuid(),
    clientId: z.uuid(),
    rule: z.string(),
    zone: z.string(),
    wallStart: z.string(),
    template: z.object({
      channelIds: z.array(z.uuid()),
      content: Parts,
      variants: z.array(Parts.extend({ channelId: z.uuid() })),
      choice: z.string(),
      policy: z.record(z.string(), z.unknown()),
      evergreen: z.boolean(),
      labels: z.array(z.string()),
      editing: z.string(),
    }),
    madeUntil: z.string().nullable(),
    version: z.number(),
    createdAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    warnings: z.array(SeriesWarning).meta({
      description: `What speaks against the times of its occurrences, as long as it does; nothing is refused for it. Of those that are made already, 60 days ahead; the ${MOST_WARNINGS} soonest.`,
    }),
    moreWarnings: z.int().meta({ description: 'How many there are beyond those named.' }),
  })
  .meta({ id: 'Series' });
export type Series = z.output<typeof Series>;

export const SeriesPage = pageOf('SeriesPage', Series);
export const SeriesQuery = PageQuery.extend({ clientId: z.uuid().optional() });
export type SeriesQuery = z.output<typeof SeriesQuery>;
