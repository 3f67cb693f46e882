import { z } from 'zod';
import { isZone } from '../../core/schedule.js';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { said } from '../../infra/http/said.schema.js';

const Language = z.enum(['en', 'it']);
const TimeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, said({ en: 'must be a time of day as HH:MM, 00:00 to 24:00', it: 'deve essere un orario come HH:MM, da 00:00 a 24:00' }))
  .meta({ example: '08:00' });

export const Zone = z
  .string()
  .refine((name) => isZone(name), said({ en: 'must be the name of a time zone, e.g. Europe/Rome', it: 'deve essere il nome di un fuso orario, per esempio Europe/Rome' }))
  .meta({ description: 'IANA name; an offset such as +02:00 is none.', example: 'Europe/Rome' });

export const Day = z
  .object({ from: TimeOfDay, to: TimeOfDay })
  .refine(({ from, to }) => from < to, { error: said({ en: 'must end after it begins', it: 'deve finire dopo l’inizio' }), path: ['to'] })
  .meta({ id: 'Day', description: 'The client’s day, in its zone: what is late or unplanned goes out inside it only.' });

export const Contacts = z
  .object({
    emails: z.array(z.email().max(254)).max(20).default([]),
    phones: z.array(z.string().regex(/^\+[1-9]\d{6,14}$/, said({ en: 'must be an international number, e.g. +390612345678', it: 'deve essere un numero internazionale, per esempio +390612345678' }))).max(20).default([]),
    newsletter: z.url({ protocol: /^https?$/ }).max(2000).nullable().default(null),
    blog: z.url({ protocol: /^https?$/ }).max(2000).nullable().default(null),
    shop: z.url({ protocol: /^https?$/ }).max(2000).nullable().default(null),
  })
  .meta({ id: 'Contacts' });

/** Hard ceilings: 60 s apart and three an hour (DESIGN §8). */
export const LatePace = z
  .object({
    perHour: z.int().min(1).max(3).default(1).meta({ description: 'Late posts an hour on one channel.' }),
    clearMinutes: z.int().min(0).max(720).default(60).meta({ description: 'None within so many minutes of a planned one.' }),
  })
  .meta({ id: 'LatePace', description: 'How fast late posts of one channel follow each other.' });

const fields = {
  name: z.string().trim().min(1).max(100),
  zone: Zone,
  language: Language,
  day: Day,
  contacts: Contacts,
  latePace: LatePace,
};

export const Client = z
  .object({ id: z.string(), ...fields, version: z.int(), createdAt: z.string(), archivedAt: z.string().nullable() })
  .meta({ id: 'Client' });
export type Client = z.output<typeof Client>;
export const ClientPage = pageOf('ClientPage', Client);

export const NewClient = z
  .object({
    ...fields,
    language: Language.optional().meta({ description: 'The workspace’s, if left out.' }),
    day: Day.default({ from: '08:00', to: '21:00' }),
    contacts: Contacts.default({ emails: [], phones: [], newsletter: null, blog: null, shop: null }),
    latePace: LatePace.default({ perHour: 1, clearMinutes: 60 }),
  })
  .meta({ id: 'NewClient' });
export type NewClient = z.output<typeof NewClient>;

export const ClientChange = z
  .object({ version: z.int().meta({ description: 'As it was read; another one answers 409.' }), ...fields })
  .partial({ name: true, zone: true, language: true, day: true, contacts: true, latePace: true })
  .meta({ id: 'ClientChange' });
export type ClientChange = z.output<typeof ClientChange>;

export const ClientQuery = PageQuery.extend({
  archived: z.enum(['true', 'false']).default('false').transform((text) => text === 'true').meta({ description: 'Also those put away.' }),
});
export type ClientQuery = z.output<typeof ClientQuery>;

export const VersionQuery = z.object({ version: z.coerce.number().int().meta({ description: 'As it was read; another one answers 409.' }) });
