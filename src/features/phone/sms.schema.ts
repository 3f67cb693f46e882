import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

const version = z.int().meta({ description: 'As it was read; another one answers 409.' });
const minor = z.number().meta({ description: 'In hundredths of the currency (or whatever its smallest coin is); parts of them too.' });
const Currency = z.string().regex(/^[A-Z]{3}$/).meta({ description: 'ISO 4217.', example: 'EUR' });
const Month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/).meta({ example: '2031-03' });
/** Of an SMS to one person. */
export const smsStates = ['waiting', 'reserved', 'sending', 'sent', 'failed', 'unconfirmed', 'suppressed', 'expired'] as const;

const Change = z.object({ from: z.string(), to: z.string(), count: z.int() }).meta({ id: 'SmsChange', description: 'What was written differently, so that more fits.' });

export const SmsRound = z
  .object({
    id: z.uuid(), clientId: z.uuid(), channelId: z.uuid(), postId: z.uuid(), purpose: z.enum(['issue', 'fallback']),
    text: z.string(), wayOut: z.string().meta({ description: 'What comes after it: how to get no more of them. `{link}` is each recipient’s own.' }), changes: z.array(Change),
    from: z.string().nullable().meta({ description: 'A name as the sender; null = the number of the gateway.' }),
    encoding: z.enum(['gsm-7', 'ucs-2']), segments: z.int(), currency: Currency,
    costMinor: minor.meta({ description: 'Of all recipients, as it was reckoned beforehand.' }), spentMinor: minor.meta({ description: 'Of those that went, or may have gone.' }),
    state: z.enum(['frozen', 'sending', 'paused', 'sent', 'stopped']), reason: z.string().nullable(), detail: z.string().nullable(),
    counts: z.object(Object.fromEntries(smsStates.map((state) => [state, z.int()]))).meta({ description: 'Recipients by state.' }),
    recipients: z.int(), deadlineAt: z.string().nullable(), waitsUntil: z.string().nullable().meta({ description: 'It is night there, or the gateway took nothing: not before this; may be over.' }), frozenAt: z.string(), endedAt: z.string().nullable(), version: z.int(),
  })
  .meta({ id: 'SmsRound', description: 'One SMS to many people.' });
export type SmsRound = z.output<typeof SmsRound>;
export const SmsRoundPage = pageOf('SmsRoundPage', SmsRound);
export const SmsRoundQuery = PageQuery.extend({ clientId: z.uuid().optional() });
export type SmsRoundQuery = z.output<typeof SmsRoundQuery>;
export const SmsVersioned = z.object({ version }).meta({ id: 'SmsVersioned' });

export const SmsAsk = z
  .strictObject({
    channelId: z.uuid(),
    text: z.string().max(4_000),
    linkUrl: z.url({ protocol: /^https?$/ }).max(2_000).nullable().default(null).meta({ description: 'Put after the text.' }),
    postId: z.uuid().optional().meta({ description: 'Reckoned for the moment at which it would go out there; whoever has had this post already is left out, and instead of another outlet its blog page is linked to, if it goes out as one.' }),
  })
  .meta({ id: 'SmsAsk' });
export type SmsAsk = z.output<typeof SmsAsk>;

export const SmsPreview = z
  .object({
    text: z.string().meta({ description: 'As a person gets it, with a link like theirs.' }),
    changes: z.array(Change),
    forcing: z.array(z.string()).meta({ description: 'Signs that halve what fits into a message; without them it is cheaper.' }),
    encoding: z.enum(['gsm-7', 'ucs-2']), units: z.int(), segments: z.int(), people: z.int(),
    leftOut: z.array(z.object({ why: z.enum(['had-one-today', 'already-reached']), people: z.int() })).meta({ description: '`had-one-today`: on the day on which it would go.' }),
    costMinor: minor, currency: Currency.nullable(), capMinor: minor, leftMinor: minor.meta({ description: 'Of the limit of the month in which it would go.' }),
    sentence: z.string(),
    obstacles: z.array(z.object({ code: z.string(), sentence: z.string() })).meta({ description: 'What would keep it from going out.' }),
  })
  .meta({ id: 'SmsPreview' });
export type SmsPreview = z.output<typeof SmsPreview>;

export const SmsCap = z
  .object({
    clientId: z.uuid(), capMinor: minor.meta({ description: '0 = SMS and calls are off.' }), currency: Currency.nullable().meta({ description: 'null = no limit was set yet.' }),
    gatewayCurrency: Currency.nullable().meta({ description: 'The limit counts only in this one; null = there is no gateway.' }),
    month: Month, spentMinor: minor, leftMinor: minor, version: z.int().meta({ description: '0: no limit was set yet.' }),
  })
  .meta({ id: 'SmsCap', description: 'What a client’s SMS and calls may cost a month, by its own clocks.' });
export type SmsCap = z.output<typeof SmsCap>;
export const SmsCapWrite = z.strictObject({ version, capMinor: z.int().min(0).max(100_000_000), currency: Currency }).meta({ id: 'SmsCapWrite' });
export type SmsCapWrite = z.output<typeof SmsCapWrite>;

export const SmsCosts = z
  .object({
    items: z.array(z.object({
      clientId: z.uuid(), clientName: z.string(), month: Month, kind: z.enum(['sms', 'voice']), pieces: z.int().meta({ description: 'Messages to one person each, or calls.' }), costMinor: minor, currency: Currency,
    })),
  })
  .meta({ id: 'SmsCosts', description: 'What phones have cost each client, by month.' });
export type SmsCosts = z.output<typeof SmsCosts>;
export const SmsCostsQuery = z.object({ clientId: z.uuid().optional(), from: Month.optional().meta({ description: 'Left out: a year before `to`.' }), to: Month.optional().meta({ description: 'Left out: this month.' }) });
export type SmsCostsQuery = z.output<typeof SmsCostsQuery>;
