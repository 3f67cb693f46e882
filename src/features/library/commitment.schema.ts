import { z } from 'zod';
import { commitmentKinds } from '../../core/commitments.js';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { said } from '../../infra/http/said.schema.js';
import { Zone } from '../workspaces/client.schema.js';

const Instant = z.iso.datetime();
const Wall = z.string().max(40).meta({ description: 'Wall time in `zone`, e.g. 2026-07-01T09:00.', example: '2031-03-04T10:00' });
const Time = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, said({ en: 'must be a time of day as HH:MM, 00:00 to 24:00', it: 'deve essere un orario come HH:MM, da 00:00 a 24:00' }));

const Hours = z
  .strictObject({ from: Time, to: Time, weekdays: z.array(z.int().min(1).max(7)).min(1).max(7).default([1, 2, 3, 4, 5, 6, 7]).meta({ description: 'ISO: 1 = Monday.' }) })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: said({ en: 'must differ from `from`; for day and night leave the hours out', it: 'deve essere diverso da `from`; per giorno e notte togli gli orari' }) })
  .meta({ id: 'CommitmentHours', description: 'Of each day; `to` before `from` crosses midnight.' });

const contactShape = said({
  en: 'must be an object: { "label": "Shop", "url": "https://example.com/", "email": null, "phone": null }, with a url, an e-mail or a phone',
  it: 'deve essere un oggetto: { "label": "Negozio", "url": "https://example.com/", "email": null, "phone": null }, con un url, un’e-mail o un telefono',
});

const Contact = z
  .strictObject({
    label: z.string().trim().max(100).default(''),
    url: z.url({ protocol: /^https?$/ }).max(2_000).nullable().default(null),
    email: z.email().max(254).nullable().default(null),
    phone: z.string().regex(/^\+[1-9]\d{6,14}$/, said({ en: 'must be an international number, e.g. +390612345678', it: 'deve essere un numero internazionale, per esempio +390612345678' })).nullable().default(null),
  }, { error: ({ code }) => (code === 'invalid_type' ? contactShape : undefined) })
  .refine(({ url, email, phone }) => [url, email, phone].some((one) => one !== null), { error: said({ en: 'must have a url, an e-mail or a phone', it: 'deve avere un url, un’e-mail o un telefono' }) })
  .meta({ id: 'CommitmentContact', example: { label: 'Shop', url: 'https://example.com/', email: null, phone: null } });

const Budget = z
  .strictObject({
    minor: z.int().min(1).max(1_000_000_000_000).meta({ description: 'Of a day, in minor units: 5000 = € 50.' }),
    currency: z.string().regex(/^[A-Z]{3}$/, said({ en: 'must be three capital letters, e.g. EUR', it: 'deve avere tre lettere maiuscole, per esempio EUR' })).meta({ example: 'EUR' }),
  })
  .meta({ id: 'DailyBudget' });

const fields = {
  kind: z.enum(commitmentKinds),
  title: z.string().trim().min(1).max(200),
  connectorIds: z.array(z.string().regex(/^[a-z0-9-]{1,60}$/)).min(1).max(30).meta({ description: 'Platforms it lives on, e.g. instagram.', example: ['sandbox-alpha'] }),
  wallFrom: Wall,
  wallUntil: Wall.meta({ description: 'Wall time in `zone`, after `wallFrom`.', example: '2031-03-05T10:00' }),
  zone: Zone,
  hours: Hours.nullable(),
  say: z.string().max(2_000).meta({ description: 'What to tell people meanwhile.' }),
  contact: Contact.nullable().meta({ description: 'Where to send them meanwhile.' }),
  contactPublic: z.boolean().meta({ description: 'Shown on the brand’s public page during an outage.' }),
  packId: z.uuid().nullable().meta({ description: 'The pack to propose.' }),
  dailyBudget: Budget.nullable().meta({ description: 'Of ads.' }),
};

export const NewCommitment = z
  .strictObject({
    clientId: z.uuid(), ...fields,
    zone: fields.zone.optional().meta({ description: 'Left out: the client’s.' }),
    hours: fields.hours.default(null), say: fields.say.default(''), contact: fields.contact.default(null), contactPublic: fields.contactPublic.default(false),
    packId: fields.packId.default(null), dailyBudget: fields.dailyBudget.default(null),
  })
  .meta({ id: 'NewCommitment' });
export type NewCommitment = z.output<typeof NewCommitment>;

const { kind: _, ...changeable } = fields;
export const CommitmentChange = z
  .strictObject({ version: z.int().min(1).meta({ description: 'As it was read; another one answers 409.' }), ...z.strictObject(changeable).partial().shape })
  .meta({ id: 'CommitmentChange', description: 'Only what is named changes.' });
export type CommitmentChange = z.output<typeof CommitmentChange>;

export const Commitment = z
  .object({
    id: z.uuid(), clientId: z.uuid(), ...fields, fromAt: Instant, untilAt: Instant,
    pack: z.object({ id: z.uuid(), title: z.string(), offered: z.boolean() }).nullable(),
    version: z.int(), createdAt: Instant, archivedAt: Instant.nullable(),
  })
  .meta({ id: 'Commitment', description: 'Promised outside posts: it reminds, and publishes nothing.' });
export type Commitment = z.output<typeof Commitment>;
export const CommitmentPage = pageOf('CommitmentPage', Commitment);

export const CommitmentQuery = PageQuery.extend({
  clientId: z.uuid().optional(),
  kind: fields.kind.optional(),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: 'On at or after.' }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: 'On before.' }),
  archived: z.stringbool().default(false).meta({ description: 'Also those put away.' }),
});
export type CommitmentQuery = z.output<typeof CommitmentQuery>;
