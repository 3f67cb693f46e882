import { z } from 'zod';
import { taskCodes } from '../../core/commitments.js';
import { Commitment } from '../library/commitment.schema.js';

const Instant = z.iso.datetime();
const { clientId, kind, title, say, contact, pack, zone, untilAt } = Commitment.shape;

export const IncidentTask = z
  .object({
    code: z.enum(taskCodes),
    connectorId: z.string().nullable().meta({ description: 'The platform it is about; null: the commitment as a whole.' }),
    platform: z.string().nullable().meta({ description: 'Its name, for people.' }),
    sentence: z.string().meta({ description: 'What to do, in the reader’s language; times with their zone.' }),
    url: z.string().nullable().meta({ description: 'Where to do it, if anybody knows.' }),
    done: z.object({ by: z.string(), at: Instant }).nullable().meta({ description: 'Who ticked it off, and when; null: nobody since the platforms are back.' }),
  })
  .meta({ id: 'IncidentTask' });
export type IncidentTask = z.output<typeof IncidentTask>;

export const IncidentCommitment = z
  .object({
    commitmentId: z.uuid(),
    clientId,
    clientName: z.string(),
    kind,
    title,
    connectorIds: z.array(z.string()).meta({ description: 'Of its platforms those that are down, or were.' }),
    platforms: z.array(z.string()).meta({ description: 'Their names, for people.' }),
    onlyMedia: z.boolean().meta({ description: 'Text flows there: what cannot be posted, or could not, is pictures and films.' }),
    words: z.string().meta({ description: 'What the incident does to it, e.g. “contest open 5 h 11 of its last day”; in the reader’s language, times with their zone.' }),
    from: Instant.meta({ description: 'When both were on for the first time.' }),
    to: Instant.meta({ description: 'And for the last; while it goes on: now.' }),
    untilAt,
    zone,
    spent: z.object({ minor: z.int(), currency: z.string() }).nullable().meta({ description: 'Of the budget of ads in that time, as if it were spent evenly; in minor units.' }),
    say,
    contact,
    pack,
    isBack: z.boolean().meta({ description: 'All of its platforms are back.' }),
    tasks: z.array(IncidentTask).meta({ description: 'What a person does once its platforms are back; empty before. `PUT /incidents/:id/tasks` ticks them off.' }),
  })
  .meta({ id: 'IncidentCommitment', description: 'A commitment that an incident touches: what to say meanwhile, where to send people, the pack to propose, and what to do afterwards.' });
export type IncidentCommitment = z.output<typeof IncidentCommitment>;

export const TaskTick = z
  .strictObject({
    commitmentId: z.uuid(),
    code: z.enum(taskCodes),
    connectorId: z.string().min(1).max(60).nullable().default(null).meta({ description: 'As the task says.' }),
    done: z.boolean().default(true).meta({ description: 'false: it is not done after all.' }),
  })
  .meta({ id: 'TaskTick' });
export type TaskTick = z.output<typeof TaskTick>;

export const IncidentCommitmentList = z.object({ items: z.array(IncidentCommitment) }).meta({ id: 'IncidentCommitmentList' });
