import { z } from 'zod';
import { said } from '../../infra/http/said.schema.js';
import { PostWarning } from './post.schema.js';

/** The longest stretch one answer shows: a month with the weeks around it, and some. */
const MOST_DAYS = 100;
const DAY_MS = 86_400_000;

export const CalendarQuery = z
  .object({
    from: z.iso.datetime({ offset: true }).meta({ description: 'Due at or after.' }),
    to: z.iso.datetime({ offset: true }).meta({ description: 'Due before.' }),
    clientId: z.uuid().optional(),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ['to'], error: said({ en: 'must be after from', it: 'deve venire dopo from' }) })
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= MOST_DAYS * DAY_MS, { path: ['to'], error: said({ en: `must be at most ${MOST_DAYS} days after from`, it: `deve venire al massimo ${MOST_DAYS} giorni dopo from` }) });
export type CalendarQuery = z.output<typeof CalendarQuery>;

/** Short names of what there is plenty of would save bytes; these are for people who read the answer. */
export const Calendar = z
  .object({
    items: z.array(
      z.object({
        id: z.uuid(),
        clientId: z.uuid(),
        seriesId: z.uuid().nullable(),
        state: z.string(),
        choice: z.string(),
        wallAt: z.string(),
        zone: z.string(),
        dueAt: z.iso.datetime(),
        text: z.string().meta({ description: 'The first 120 characters.' }),
        media: z.number(),
        labels: z.array(z.string()),
        version: z.number(),
        deliveries: z.array(
          z.object({
            id: z.uuid(),
            channelId: z.uuid(),
            state: z.string(),
            moved: z.object({ wallAt: z.string(), dueAt: z.iso.datetime() }).optional().meta({ description: 'Only of one due at another time than its post was planned for: it went to a free slot, or out elsewhere. A post is also listed for these, and once all of it has moved it stands at the first of them.' }),
          }),
        ),
        warnings: z.array(PostWarning).meta({ description: 'What speaks against its time, as long as it does; nothing is refused for it.' }),
      }),
    ),
  })
  .meta({ id: 'Calendar' });
export type Calendar = z.output<typeof Calendar>;
