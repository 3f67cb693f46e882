import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

const Language = z.enum(['en', 'it']);
const consentFields = {
  language: Language.meta({ description: 'Of the consent text.' }),
  purpose: z.string().trim().min(1).max(500).meta({ description: 'What for people subscribe, in a few words.', example: 'News and offers of Bar Aurora' }),
  consentText: z.string().trim().min(1).max(5_000).meta({ description: 'What people agree to, as they read it beside the button.' }),
  coversFallback: z.boolean().meta({ description: 'Whether that text covers what goes out here because a platform is down.' }),
};
const country = z.string().regex(/^[A-Z]{2}$/).nullable().meta({ description: 'Of phone numbers written without their country code; ISO 3166.', example: 'IT' });
const fields = {
  name: z.string().trim().min(1).max(100).meta({ description: 'Its readers see it.' }),
  ...consentFields,
  doubleOptIn: z.boolean().meta({ description: 'Whether who signs up is asked by letter whether it was really them.' }),
  signUpOpen: z.boolean().meta({ description: 'Whether its public page takes anybody.' }),
  country,
};

export const List = z
  .object({
    id: z.string(), clientId: z.string(), kind: z.enum(['email', 'phone']), ...fields,
    consentVersion: z.int(),
    signUpLink: z.string().meta({ description: 'Its public page; the embedded form posts there too.' }),
    version: z.int(), createdAt: z.string(), archivedAt: z.string().nullable(),
  })
  .meta({ id: 'List' });
export type List = z.output<typeof List>;
export const ListPage = pageOf('ListPage', List);

export const ListCounts = z
  .object({
    pending: z.int(), confirmed: z.int(), unsubscribed: z.int(),
    reachable: z.int().meta({ description: 'Confirmed, and nothing stands against writing to them.' }),
  })
  .meta({ id: 'ListCounts' });
export const CountedList = List.extend({ counts: ListCounts }).meta({ id: 'CountedList' });
export type CountedList = z.output<typeof CountedList>;

export const ListQuery = PageQuery.extend({
  clientId: z.uuid().optional(),
  archived: z.enum(['true', 'false']).default('false').transform((text) => text === 'true').meta({ description: 'Also those put away.' }),
});
export type ListQuery = z.output<typeof ListQuery>;

export const NewList = z
  .strictObject({
    clientId: z.uuid(), kind: z.enum(['email', 'phone']).default('email'), ...fields,
    language: Language.optional().meta({ description: 'The client’s, if left out.' }),
    coversFallback: fields.coversFallback.default(false), doubleOptIn: fields.doubleOptIn.default(true), signUpOpen: fields.signUpOpen.default(true),
    country: country.optional().meta({ description: 'Left out: the client’s, by its phone number or its zone.' }),
  })
  .meta({ id: 'NewList' });
export type NewList = z.output<typeof NewList>;

export const ListChange = z
  .strictObject({ version: z.int().meta({ description: 'As it was read; another one answers 409.' }), ...fields })
  .partial({ name: true, language: true, purpose: true, consentText: true, coversFallback: true, doubleOptIn: true, signUpOpen: true, country: true })
  .meta({ id: 'ListChange', description: 'Another purpose, text, language or coverage is a new version of the consent text; who agreed before agreed to the earlier one.' });
export type ListChange = z.output<typeof ListChange>;

export const ConsentTextVersion = z
  .object({ version: z.int(), language: Language, text: z.string(), purpose: z.string(), coversFallback: z.boolean(), createdAt: z.string() })
  .meta({ id: 'ConsentTextVersion' });
export const ConsentTexts = z.object({ items: z.array(ConsentTextVersion) }).meta({ id: 'ConsentTexts' });
export type ConsentTexts = z.output<typeof ConsentTexts>;

export const SignUpForm = z
  .object({ link: z.string(), html: z.string().meta({ description: 'To be put into any page, as it is.' }) })
  .meta({ id: 'SignUpForm' });
export type SignUpForm = z.output<typeof SignUpForm>;

export const SignUpFormQuery = z.object({ language: Language.optional() });
