import { z } from 'zod';
import { said } from '../../infra/http/said.schema.js';

const mailUrl = (schemes: readonly string[], example: string) =>
  z.string().max(1_000)
    .refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol) && new URL(text).hostname !== '', said({
      en: `must be a URL such as ${example}`, it: `deve essere un URL come ${example}`,
    }))
    .meta({ example });
const smtpUrl = mailUrl(['smtp:', 'smtps:'], 'smtps://user:password@smtp.example.com');
const imapUrl = mailUrl(['imap:', 'imaps:'], 'imaps://user:password@imap.example.com');

/** The return path is this address with `+` and 34 characters: together no more than the 64 an address may have before its `@`. */
const bounceAddress = z.email().max(254).refine((address) => (address.split('@')[0]?.length ?? 0) <= 24 && !address.includes('+'), said({
  en: 'must have at most 24 characters before the @, and no +', it: 'può avere al massimo 24 caratteri prima della @, e nessun +',
}));

const fields = {
  fromName: z.string().trim().min(1).max(100),
  fromAddress: z.email().max(254),
  replyTo: z.email().max(254).nullable(),
  imprint: z.string().trim().min(10).max(1_000).meta({ description: 'Who is responsible, with a postal address: at the foot of every mail.' }),
  bounceAddress: bounceAddress.nullable().meta({ description: 'Where undeliverable mail comes back to; its mailbox takes `address+anything`. null: the From address, and nothing is read.' }),
  ratePerSecond: z.number().min(0.01).max(1_000).nullable().meta({ description: 'Mails a second; null = as fast as the server takes them.' }),
  connections: z.int().min(1).max(20),
  isWarm: z.boolean().meta({ description: 'This address has long been writing to as many people: no cap while it warms up. Whether a list is known to it is told by what went, not by this.' }),
};
const secrets = {
  smtpUrl: smtpUrl.nullable().meta({ description: 'The mail server; null = the installation’s. Never shown again.' }),
  imapUrl: imapUrl.nullable().meta({ description: 'The mailbox of the bounce address. Never shown again.' }),
};

export const NewSender = z
  .object({
    clientId: z.uuid(), ...fields, ...secrets,
    replyTo: fields.replyTo.default(null), bounceAddress: fields.bounceAddress.default(null), ratePerSecond: fields.ratePerSecond.default(10), connections: fields.connections.default(5),
    isWarm: fields.isWarm.default(false), smtpUrl: secrets.smtpUrl.default(null), imapUrl: secrets.imapUrl.default(null),
  })
  .meta({ id: 'NewSender' });
export type NewSender = z.output<typeof NewSender>;

export const SenderChange = z
  .object({ version: z.int().meta({ description: 'As it was read; another one answers 409.' }), ...z.object({ ...fields, ...secrets }).partial().shape })
  .meta({ id: 'SenderChange', description: 'What is left out stays. Another From domain has to be verified anew.' });
export type SenderChange = z.output<typeof SenderChange>;

export const Check = z
  .object({ name: z.enum(['spf', 'dkim', 'dmarc']), state: z.enum(['ok', 'missing', 'wrong', 'unknown']), detail: z.string() })
  .meta({ id: 'SenderCheck', description: '`unknown`: the DNS did not answer.' });
export type Check = z.output<typeof Check>;

export const Sender = z
  .object({
    id: z.uuid(), clientId: z.uuid(), ...fields,
    ownServer: z.string().nullable().meta({ description: 'Host of its own mail server; null = the installation’s.' }),
    mailbox: z.string().nullable().meta({ description: 'Host of the mailbox bounces are read from.' }),
    mailboxDetail: z.string().nullable().meta({ description: 'Why it could not be read last; null = it could.' }),
    dns: z.array(z.object({ type: z.literal('TXT'), name: z.string(), value: z.string(), why: z.string() })).meta({ description: 'What has to stand in the DNS of the From domain.' }),
    checks: z.array(Check),
    checkedAt: z.string().nullable(),
    verifiedAt: z.string().nullable().meta({ description: 'Only a verified sender writes to real people.' }),
    hookUrl: z.string().meta({ description: 'Where a provider tells of bounces, signed: docs/newsletter.md.' }),
    pausedAt: z.string().nullable(),
    pauseReason: z.enum(['refusals', 'silence', 'bounces', 'sign-in', 'person']).nullable(),
    pauseDetail: z.string().nullable(),
    dailyCap: z.number().nullable().meta({ description: 'Of the warm-up, today; null = none.' }),
    version: z.int(), createdAt: z.string(),
  })
  .meta({ id: 'Sender' });
export type Sender = z.output<typeof Sender>;
export const SenderList = z.object({ items: z.array(Sender) }).meta({ id: 'SenderList' });

export const HookSecret = z.object({ secret: z.string().meta({ description: 'Shown now and never again.' }) }).meta({ id: 'HookSecret' });
export const TestLetter = z.object({ to: z.email().max(254).meta({ description: 'A member of the workspace.' }) }).meta({ id: 'TestLetter' });
export const TestResult = z.object({ state: z.enum(['sent', 'caught', 'failed']), detail: z.string().nullable() }).meta({ id: 'TestResult' });
export type TestResult = z.output<typeof TestResult>;
export const PauseSender = z.object({ version: z.int(), paused: z.boolean() }).meta({ id: 'PauseSender' });

export const SenderQuery = z.object({ clientId: z.uuid().optional() });
