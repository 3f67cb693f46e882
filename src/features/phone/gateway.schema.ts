import { z } from 'zod';
import { said } from '../../infra/http/said.schema.js';

/** https://www.itu.int/rec/T-REC-E.164 */
export const PhoneNumber = z.string()
  .regex(/^\+[1-9]\d{6,14}$/, said({ en: 'must be an international number, e.g. +393331234567', it: 'deve essere un numero internazionale, per esempio +393331234567' }))
  .meta({ example: '+393331234567' });

const Twilio = z.object({
  kind: z.literal('twilio'),
  accountSid: z.string().regex(/^AC[0-9a-fA-F]{32}$/, said({ en: 'must be AC and 32 hexadecimal digits', it: 'deve essere AC e 32 cifre esadecimali' })),
  authToken: z.string().min(16).max(200).meta({ description: 'Lets us in, and signs what Twilio tells us. Never shown again.' }),
  messagingServiceSid: z.string().regex(/^MG[0-9a-fA-F]{32}$/, said({ en: 'must be MG and 32 hexadecimal digits', it: 'deve essere MG e 32 cifre esadecimali' })).nullable().default(null),
});
const Http = z.object({
  kind: z.literal('http'),
  url: z.url({ protocol: /^https?$/ }).max(2_000)
    .refine((text) => !/^\w+:\/\/[^/?#]*@/.test(text), said({ en: 'must hold no user name and no password', it: 'non deve contenere né nome utente né password' }))
    .meta({ description: 'Takes a POST of JSON: docs/phone.md. Never shown again.' }),
  token: z.string().min(8).max(500).meta({ description: 'Bearer token. Never shown again.' }),
});
export const GatewayAccount = z.discriminatedUnion('kind', [Twilio, Http]).meta({ id: 'PhoneGatewayAccount' });
export type GatewayAccount = z.output<typeof GatewayAccount>;

const minor = z.number().min(0).max(99_999);
const fields = {
  fromNumber: PhoneNumber.nullable().meta({ description: 'Sender of SMS, and what calls come from; null: the gateway’s own, and no calls.' }),
  currency: z.string().regex(/^[A-Z]{3}$/, said({ en: 'must be a currency as EUR', it: 'deve essere una valuta come EUR' })).meta({ description: 'ISO 4217.', example: 'EUR' }),
  priceMinor: minor.meta({ description: 'What one segment of an SMS costs, in hundredths of the currency: 7.2 = 0.072.' }),
  prices: z.record(z.string().regex(/^[1-9]\d{0,6}$/), minor).refine((all) => Object.keys(all).length <= 300).meta({ description: 'The same by country calling code, where it differs.', example: { 39: 7.2 } }),
  voicePriceMinor: minor.meta({ description: 'What one call costs.' }),
};

export const PutGateway = z
  .object({
    version: z.int().nullable().default(null).meta({ description: 'As it was read; another one answers 409. null = there is none yet.' }),
    account: GatewayAccount.optional().meta({ description: 'Left out, it stays.' }),
    ...fields, fromNumber: fields.fromNumber.default(null), prices: fields.prices.default({}), voicePriceMinor: fields.voicePriceMinor.default(0),
  })
  .meta({ id: 'PutPhoneGateway' });
export type PutGateway = z.output<typeof PutGateway>;

export const Gateway = z
  .object({
    kind: z.enum(['twilio', 'http']), host: z.string(), accountSid: z.string().nullable(), messagingServiceSid: z.string().nullable(), ...fields,
    canCall: z.boolean(),
    statusUrl: z.string().meta({ description: 'Where it tells what became of each message; Twilio learns it from us.' }),
    incomingUrl: z.string().meta({ description: 'To be entered at the gateway: where it hands on what people write back, such as STOP.' }),
    isTold: z.boolean().meta({ description: 'False: PUBLIC_URL is no https address, so nothing can be handed to us, and nobody is written to.' }),
    state: z.enum(['up', 'degraded', 'suspect', 'down', 'recovering', 'maintenance', 'unknown']),
    trouble: z.string().nullable().meta({ description: 'Why it let us not in, the last time; null = it did.' }),
    troubleAt: z.string().nullable(),
    checkedAt: z.string().nullable().meta({ description: 'When it last took something; to the hour.' }),
    version: z.int(), createdAt: z.string(),
  })
  .meta({ id: 'PhoneGateway' });
export type Gateway = z.output<typeof Gateway>;

export const GatewayVersion = z.object({ version: z.coerce.number().int() });
export const NewGatewaySecret = z.strictObject({ version: z.int().meta({ description: 'Of the gateway, as it was read; another one answers 409.' }) }).meta({ id: 'NewPhoneGatewaySecret' });
export const GatewaySecret = z.object({ secret: z.string().meta({ description: 'Shown now and never again.' }), version: z.int().meta({ description: 'Of the gateway, from now on.' }) }).meta({ id: 'PhoneGatewaySecret' });
export const GatewayTest = z.object({ to: PhoneNumber.meta({ description: 'A number that a member entered as their own.' }) }).meta({ id: 'PhoneGatewayTest' });
export const GatewayTestResult = z.object({ state: z.enum(['sent', 'uncertain', 'failed']), detail: z.string().nullable() }).meta({ id: 'PhoneGatewayTestResult' });
export type GatewayTestResult = z.output<typeof GatewayTestResult>;
