import { z } from 'zod';
import { causes } from '../../core/signal.js';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { Tally } from './decision.schema.js';

const Instant = z.iso.datetime();

export const incidentStates = ['open', 'recovering', 'closed'] as const;
export const incidentKinds = ['outage', 'maintenance', 'own-downtime'] as const;

const IncidentComponent = z.object({
  componentId: z.string(),
  connectorId: z.string(),
  host: z.string(),
  platform: z.string().meta({ description: 'Its name, for people.' }),
  state: z.string().meta({ description: 'As last told.' }),
  onlyMedia: z.boolean().meta({ description: 'Text flows: what cannot be posted, or could not, is pictures and films.' }),
  fellAt: Instant,
  backAt: Instant.nullable().meta({ description: 'null: not back.' }),
});

const Incident = z.object({
  id: z.uuid(),
  kind: z.enum(incidentKinds).meta({ description: '`own-downtime`: Postern itself was not running.' }),
  state: z.enum(incidentStates).meta({ description: '`recovering`: everything is back, and has to stay so.' }),
  beganAt: Instant,
  endedAt: Instant.nullable().meta({ description: 'The last of it was back.' }),
  closedAt: Instant.nullable(),
  cause: z.enum(causes).meta({ description: 'The likeliest cause, for people inside; not what the platform says.' }),
  confidence: z.number().meta({ description: 'Of the cause, 0 to 1.' }),
  official: z.object({ text: z.string(), url: z.string().nullable(), at: Instant }).nullable().meta({ description: 'What the platform itself says.' }),
  falseAlarm: z.object({ by: z.string(), at: Instant, reason: z.string() }).nullable().meta({ description: 'The operator says that nothing was wrong.' }),
  components: z.array(IncidentComponent).meta({ description: 'Those this workspace uses.' }),
});

export const IncidentItem = Incident.meta({ id: 'Incident' });
export type IncidentItem = z.output<typeof IncidentItem>;
export const IncidentPage = pageOf('IncidentPage', IncidentItem);

const IncidentEvent = z.object({
  at: Instant,
  componentId: z.string().nullable(),
  kind: z.string(),
  payload: z.record(z.string(), z.unknown()).meta({ description: 'Of the kind `state`: what was told, and its evidence. `upstream`: the name of what it stands on that fell, if it is known. `probes` and `official` are everybody’s; `writes` and `accounts` count posts and accounts of this workspace alone, of the 5 minutes before.' }),
});

export const IncidentDetail = Incident.extend({
  events: z.array(IncidentEvent).meta({ description: 'The story, oldest first.' }),
  tally: Tally,
}).meta({ id: 'IncidentDetail' });
export type IncidentDetail = z.output<typeof IncidentDetail>;

export const IncidentQuery = PageQuery.extend({ state: z.enum(incidentStates).optional() });
export type IncidentQuery = z.output<typeof IncidentQuery>;

export const NewFalseAlarm = z
  .strictObject({ reason: z.string().trim().min(1).max(500).meta({ description: 'Why; every workspace that was touched reads it.' }) })
  .meta({ id: 'NewFalseAlarm' });
export type NewFalseAlarm = z.output<typeof NewFalseAlarm>;

export const Note = z
  .object({ id: z.uuid(), text: z.string(), writtenBy: z.string().meta({ description: 'Who wrote it.' }), createdAt: Instant })
  .meta({ id: 'IncidentNote' });
export type Note = z.output<typeof Note>;
export const NotePage = pageOf('IncidentNotePage', Note);

export const NewNote = z.strictObject({ text: z.string().trim().min(1).max(5_000) }).meta({ id: 'NewIncidentNote' });
export type NewNote = z.output<typeof NewNote>;
