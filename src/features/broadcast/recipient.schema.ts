import { z } from 'zod';
import { recipientStates } from '../../core/broadcast.js';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

const state = z.enum(recipientStates as [string, ...string[]]);

export const recipientShape = {
  subscriberId: z.uuid(),
  address: z.string().nullable().meta({ description: 'E-mail address or telephone number; null = they were erased since.' }),
  why: z.string().meta({ description: "What became of it, in the caller's language." }),
  detail: z.string().nullable().meta({ description: 'What the mail server or the gateway said of it, in its own words; null = nothing.' }),
  at: z.string().nullable().meta({ description: 'When it went, or was last begun; null = it never was.' }),
};

export const MailRecipient = z.object({ ...recipientShape, state }).meta({ id: 'MailRecipient', description: 'A newsletter to one person.' });
export type MailRecipient = z.output<typeof MailRecipient>;
export const MailRecipientPage = pageOf('MailRecipientPage', MailRecipient);
export const MailRecipientQuery = PageQuery.extend({ state: state.optional() });
export type MailRecipientQuery = z.output<typeof MailRecipientQuery>;
