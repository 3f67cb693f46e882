import { z } from 'zod';
import { choices } from '../../core/policy.js';
import { deliveryStates, holdReasons } from '../../core/delivery.js';
import { IncidentCommitment } from './incident-commitment.schema.js';

/** What became of a delivery that an incident touched. */
export const outcomes = ['waiting', 'published', 'published-late', 'by-hand', 'rerouted', 'missed', 'failed', 'dropped', 'moved'] as const;
export type DecisionOutcome = (typeof outcomes)[number];

const Instant = z.iso.datetime();

export const Decision = z
  .object({
    deliveryId: z.uuid(),
    postId: z.uuid(),
    postVersion: z.number().meta({ description: 'For moving the post.' }),
    clientId: z.uuid(),
    clientName: z.string(),
    channelId: z.uuid(),
    channelName: z.string(),
    connectorId: z.string(),
    platform: z.string(),
    text: z.string().meta({ description: 'The first 120 characters.' }),
    plannedAt: Instant.meta({ description: 'As it was planned when the incident first saw it.' }),
    dueAt: Instant.meta({ description: 'As it is planned now.' }),
    wallAt: z.string().meta({ description: '`plannedAt` as the clocks of `zone` show it.' }),
    zone: z.string().meta({ description: 'The client’s.' }),
    choice: z.enum(choices),
    state: z.enum(deliveryStates as [(typeof deliveryStates)[number], ...(typeof deliveryStates)[number][]]),
    holdReason: z.enum(holdReasons).nullable(),
    asked: z.boolean().meta({ description: 'A person is asked whether it is out, or what becomes of it where it was planned, now that it is out elsewhere.' }),
    version: z.number().meta({ description: 'Of the delivery: for releasing, dropping, saying that it is out.' }),
    url: z.string().nullable(),
    publishedAt: Instant.nullable(),
    outlook: z.string().meta({ description: 'What will happen to it, or happened.' }),
    outcome: z.enum(outcomes),
    ways: z.array(z.string()).meta({ description: 'Names of the outlets it would go out by instead, or went; empty: none is named.' }),
    wayIds: z.array(z.uuid()).meta({ description: 'Ids of the outlets it would go out by instead: for sending it there; empty also while it waits for approval.' }),
  })
  .meta({ id: 'Decision' });
export type Decision = z.output<typeof Decision>;

export const DecisionList = z
  .object({ items: z.array(Decision), commitments: z.array(IncidentCommitment).meta({ description: 'What was promised outside posts and is touched; what ends first comes first.' }) })
  .meta({ id: 'DecisionList' });
export type DecisionList = z.output<typeof DecisionList>;

export const DecisionQuery = z.object({ clientId: z.uuid().optional() });
export type DecisionQuery = z.output<typeof DecisionQuery>;

const count = z.number().int();

/** How many posts were planned on what fell, and what became of them. */
export const Tally = z
  .object({
    planned: count, published: count, publishedLate: count, byHand: count, rerouted: count, waiting: count, missed: count, failed: count, dropped: count, moved: count,
  })
  .meta({ id: 'Tally' });
export type Tally = z.output<typeof Tally>;
