import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { suppressionReasons } from './suppression.schema.js';
import { MOST_TAGS, Tag } from './tag.schema.js';

const Language = z.enum(['en', 'it']);
const state = z.enum(['pending', 'confirmed', 'unsubscribed']);
const source = z.enum(['form', 'import', 'person', 'api']);

const person = {
  id: z.string(),
  address: z.string().meta({ description: 'As it was written.' }),
  name: z.string(),
  language: Language,
  suppressed: z.enum(suppressionReasons).nullable().meta({ description: 'Why nothing goes there, whatever list they are on; null = nothing stands against it.' }),
};

/** The consent record of one list. */
const consent = {
  state,
  tags: z.array(z.string()),
  purpose: z.string(),
  consentVersion: z.int(),
  consentAt: z.string(),
  consentIp: z.string().nullable(),
  consentSource: source,
  confirmedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
};

export const ListSubscriber = z.object({ ...person, ...consent }).meta({ id: 'ListSubscriber', description: 'Somebody on a list, with the consent for it.' });
export type ListSubscriber = z.output<typeof ListSubscriber>;
export const ListSubscriberPage = pageOf('ListSubscriberPage', ListSubscriber);

export const ListSubscriberQuery = PageQuery.extend({
  state: state.optional(),
  tag: Tag.optional(),
  segmentId: z.uuid().optional(),
});
export type ListSubscriberQuery = z.output<typeof ListSubscriberQuery>;

const Subscription = z.object({ listId: z.string(), list: z.string(), ...consent }).meta({ id: 'Subscription' });
export const Subscriber = z
  .object({ ...person, clientId: z.string(), kind: z.enum(['email', 'phone']), createdAt: z.string(), subscriptions: z.array(Subscription) })
  .meta({ id: 'Subscriber', description: 'A person as one client knows them.' });
export type Subscriber = z.output<typeof Subscriber>;

export const FoundSubscriber = z.object({ ...person, clientId: z.string(), kind: z.enum(['email', 'phone']), createdAt: z.string() }).meta({ id: 'FoundSubscriber' });
export type FoundSubscriber = z.output<typeof FoundSubscriber>;
export const FoundSubscriberPage = pageOf('FoundSubscriberPage', FoundSubscriber);

export const SubscriberQuery = PageQuery.extend({
  clientId: z.uuid().optional(),
  address: z.string().max(320).optional().meta({ description: 'Exactly this address, in any spelling.' }),
});
export type SubscriberQuery = z.output<typeof SubscriberQuery>;

export const NewSubscriber = z
  .strictObject({
    address: z.string().min(1).max(320).meta({ example: 'anna@example.com' }),
    name: z.string().trim().max(200).default(''),
    language: Language.optional().meta({ description: 'The list’s, if left out.' }),
    tags: z.array(Tag).max(MOST_TAGS).default([]),
    ip: z.union([z.ipv4(), z.ipv6()]).nullable().default(null).meta({ description: 'From where they asked, if a form of yours sends it here.' }),
    consent: z
      .strictObject({ source: z.string().trim().min(1).max(500).meta({ description: 'Where their consent comes from, in your words.' }), at: z.iso.datetime({ offset: true }) })
      .nullable()
      .default(null)
      .meta({ description: 'Null: they are asked by letter, and on the list once they said yes.' }),
  })
  .meta({ id: 'NewSubscriber' });
export type NewSubscriber = z.output<typeof NewSubscriber>;

export const TagChange = z
  .strictObject({ add: z.array(Tag).max(MOST_TAGS).default([]), remove: z.array(Tag).max(MOST_TAGS).default([]) })
  .meta({ id: 'TagChange', description: 'Said twice it is the same, so it needs no version.' });
export type TagChange = z.output<typeof TagChange>;

/** Everything known of one person. */
export const PersonalData = z
  .object({
    subscriber: Subscriber,
    consents: z.array(z.object({
      listId: z.string(), deed: z.enum(['asked', 'confirmed', 'stated', 'unsubscribed']), consentVersion: z.int(), text: z.string(), purpose: z.string(), source, ip: z.string().nullable(),
      at: z.string(), detail: z.string().nullable(), import: z.object({ source: z.string().nullable(), at: z.string() }).nullable(),
    })),
    suppressions: z.array(z.object({ clientId: z.string().nullable(), reason: z.enum(suppressionReasons), at: z.string() })),
    letters: z.array(z.object({ subject: z.string(), state: z.string(), at: z.string() })).meta({ description: 'That asked for their confirmation, of the last 90 days.' }),
    others: z.record(z.string(), z.unknown()).meta({ description: 'What other rooms know: what was sent to them, and when.' }),
  })
  .meta({ id: 'PersonalData' });
export type PersonalData = z.output<typeof PersonalData>;
