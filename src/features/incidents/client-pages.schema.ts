import { z } from 'zod';
import { said } from '../../infra/http/said.schema.js';

const link = z.url({ protocol: /^https?$/ }).max(2_000).nullable().default(null);

/** Where everybody finds the brand while a platform is down. */
export const BrandContacts = z
  .strictObject({
    email: z.email().max(254).nullable().default(null),
    phone: z
      .string()
      .regex(/^\+[1-9]\d{6,14}$/, said({ en: 'must be an international number, e.g. +390612345678', it: 'deve essere un numero internazionale, per esempio +390612345678' }))
      .nullable()
      .default(null),
    newsletter: link,
    blog: link,
    shop: link,
  })
  .meta({ id: 'BrandContacts', description: 'For everybody to read, on the brand’s page.' });
export type BrandContacts = z.output<typeof BrandContacts>;

export const noContacts: BrandContacts = { email: null, phone: null, newsletter: null, blog: null, shop: null };

const fields = {
  slug: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])$/, said({ en: 'must be 2 to 60 small letters, digits and hyphens, e.g. bar-aurora', it: 'deve avere da 2 a 60 lettere minuscole, cifre e trattini, per esempio bar-aurora' }))
    .meta({ description: 'The last word of the brand’s page’s address.', example: 'bar-aurora' })
    .nullable(),
  brandOn: z.boolean().meta({ description: 'Whether the brand’s page is there for everybody.' }),
  contacts: BrandContacts,
};

export const ClientPages = z
  .object({
    clientId: z.string(),
    ...fields,
    privateLink: z.string().meta({ description: 'The client’s own page: whoever has this link reads it.' }),
    brandLink: z.string().nullable().meta({ description: 'Null while the page is off.' }),
    feedLink: z.string().nullable(),
    version: z.int(),
  })
  .meta({ id: 'ClientPages' });
export type ClientPages = z.output<typeof ClientPages>;

export const ClientPagesChange = z
  .strictObject({ version: z.int().meta({ description: 'As it was read; another one answers 409.' }), ...fields })
  .meta({ id: 'ClientPagesChange' });
export type ClientPagesChange = z.output<typeof ClientPagesChange>;
