import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

export const scenarios = ['one-mail-each', 'eight-posts', 'by-hand', 'night'] as const;
export type Scenario = (typeof scenarios)[number];

/** What goes wrong on purpose, so that a tally that sees nothing is found out. */
export const breakages = ['lose', 'twice'] as const;
export type Breakage = (typeof breakages)[number];

export const drillStates = ['running', 'passed', 'failed', 'broken-off'] as const;

const count = z.int();
const seconds = z.number().nullable();

export const Seconds = z
  .object({ suspect: seconds, down: seconds, notice: seconds, recovered: seconds })
  .meta({ id: 'DrillSeconds', description: 'The first three since the platforms fell, the last since they answered again; null: it did not come to that.' });

export const Trouble = z
  .object({
    kind: z.enum(['lost', 'duplicated', 'told-twice', 'night', 'scenario']).meta({ description: '`told-twice`: a person read of the same outage twice. `night`: it left outside the client’s day. `scenario`: what this scenario asks for did not come true.' }),
    scenario: z.enum(scenarios).nullable(),
    what: z.string(),
  })
  .meta({ id: 'DrillTrouble' });
export type Trouble = z.output<typeof Trouble>;

export const DrillTally = z
  .object({
    held: count.meta({ description: 'Waited for their platform and went nowhere else: those published late, by hand or missed, and what still waits for its morning.' }),
    rerouted: count.meta({ description: 'Went out elsewhere.' }),
    publishedLate: count.meta({ description: 'Out on their platform once it was back, by what the product says; what of them got lost stands in `lost` too.' }),
    byHand: count.meta({ description: 'Put out by a person meanwhile, and found or told so.' }),
    missed: count.meta({ description: 'Went out nowhere: their hour was over.' }),
    lost: count,
    duplicated: count,
    noticesPerPerson: count.meta({ description: 'The most letters of one kind (it is down; an update, with clients added; it is over) about this outage that any one person got.' }),
    leftInNight: count,
    mails: count.meta({ description: 'Newsletters, a person each.' }),
    articles: count,
    texts: count.meta({ description: 'SMS, a person each.' }),
    seconds: Seconds,
    troubles: z.array(Trouble).meta({ description: 'Empty: the drill passed.' }),
  })
  .meta({ id: 'DrillTally', description: 'Posts are counted by channel: one on three channels counts three times.' });
export type DrillTally = z.output<typeof DrillTally>;

const StepShape = { at: z.iso.datetime(), code: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])) };
export const DrillStep = z.object({ ...StepShape, sentence: z.string().meta({ description: 'In the caller’s language.' }) }).meta({ id: 'DrillStep' });
const StoredStep = z.object(StepShape);
export type StoredStep = z.output<typeof StoredStep>;

export const DrillStart = z
  .strictObject({ scenarios: z.array(z.enum(scenarios)).min(1).default([...scenarios]) })
  .meta({ id: 'DrillStart', description: 'Left out: all of them.' });
export type DrillStart = z.output<typeof DrillStart>;

const head = {
  id: z.uuid(),
  state: z.enum(drillStates).meta({ description: '`broken-off`: the process that ran it ended in the middle.' }),
  scenarios: z.array(z.enum(scenarios)),
  stageId: z.uuid().nullable().meta({ description: 'The workspace it plays in: a demo, which reaches nobody. null: not made yet.' }),
  startedBy: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  tally: DrillTally.nullable(),
};
export const Drill = z.object(head).meta({ id: 'Drill' });
export type Drill = z.output<typeof Drill>;
export const DrillDetail = z.object({ ...head, timeline: z.array(DrillStep) }).meta({ id: 'DrillDetail' });
export type DrillDetail = z.output<typeof DrillDetail>;
export const DrillPage = pageOf('DrillPage', Drill);
export const DrillQuery = PageQuery;
export type DrillQuery = z.output<typeof DrillQuery>;
