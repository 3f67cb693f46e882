import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { recipientShape } from '../broadcast/recipient.schema.js';
import { smsStates } from './sms.schema.js';

const state = z.enum(smsStates);

export const SmsRecipient = z.object({ ...recipientShape, state }).meta({ id: 'SmsRecipient', description: 'An SMS of a round to one person.' });
export type SmsRecipient = z.output<typeof SmsRecipient>;
export const SmsRecipientPage = pageOf('SmsRecipientPage', SmsRecipient);
export const SmsRecipientQuery = PageQuery.extend({ state: state.optional() });
export type SmsRecipientQuery = z.output<typeof SmsRecipientQuery>;
