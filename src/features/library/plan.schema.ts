import { z } from 'zod';
import { said } from '../../infra/http/said.schema.js';
import { PartAnswer } from '../posts/post.schema.js';
import { Commitment } from './commitment.schema.js';

const Instant = z.iso.datetime();

export const PlanState = z.enum(['planned', 'held', 'approval', 'sending']).meta({ description: '`held`: it waits, and may not go out at its time; `approval`: nobody approved it yet; `sending`: it is going out now, or may be out.' });
export type PlanState = z.output<typeof PlanState>;

export const PlanItem = z
  .object({
    deliveryId: z.uuid(), postId: z.uuid(), dueAt: Instant, state: PlanState, choice: z.string(), instead: z.boolean().meta({ description: 'It goes out here instead of elsewhere.' }),
    channelName: z.string(), connectorId: z.string(), platform: z.string(), channelUrl: z.string().nullable(), parts: z.array(PartAnswer),
  })
  .meta({ id: 'PlanItem' });
export type PlanItem = z.output<typeof PlanItem>;

export const ClientPlan = z
  .object({ clientId: z.uuid(), zone: z.string(), from: Instant, to: Instant, items: z.array(PlanItem), commitments: z.array(Commitment) })
  .meta({ id: 'ClientPlan', description: 'What goes out in the next seven days; drafts are left out.' });
export type ClientPlan = z.output<typeof ClientPlan>;

const settings = {
  linkOn: z.boolean().meta({ description: 'Whoever has the private link reads the plan, and calendars fetch it.' }),
  memberIds: z.array(z.uuid()).max(50).refine((ids) => new Set(ids).size === ids.length, said({ en: 'names a person twice', it: 'contiene due volte la stessa persona' })).meta({ description: 'Members who get it by mail every morning.' }),
  emails: z.array(z.email().max(254)).max(20).meta({ description: 'Of the client’s contacts, those who get it too.' }),
};

export const PlanSettings = z
  .object({ clientId: z.uuid(), ...settings, link: z.string().nullable().meta({ description: 'null while it is off.' }), calendarLink: z.string().nullable(), version: z.int() })
  .meta({ id: 'PlanSettings', description: 'Who gets the plan of the next seven days, and how.' });
export type PlanSettings = z.output<typeof PlanSettings>;

export const PlanSettingsChange = z
  .strictObject({ version: z.int().min(1).meta({ description: 'As it was read; another one answers 409.' }), ...settings })
  .partial({ linkOn: true, memberIds: true, emails: true })
  .meta({ id: 'PlanSettingsChange' });
export type PlanSettingsChange = z.output<typeof PlanSettingsChange>;
