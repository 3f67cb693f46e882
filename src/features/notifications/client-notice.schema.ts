import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { said } from '../../infra/http/said.schema.js';

export const clientNoticeKinds = ['opening', 'end'] as const;
export type ClientNoticeKind = (typeof clientNoticeKinds)[number];
const Kind = z.enum(clientNoticeKinds).meta({ description: '`opening`: what is touched, and what happens to it. `end`: what became of it.' });

export const droppedFor = ['switched-off', 'archived', 'no-address', 'beginning-not-told', 'nobody-decided'] as const;
export type DroppedFor = (typeof droppedFor)[number];

const Subject = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, said({ en: 'must be one line', it: 'deve stare su una riga sola' }));
const Text = z.string().trim().min(1).max(5_000);

const Wording = z.object({ subject: Subject, text: Text }).meta({ id: 'ClientNoticeWording', description: 'May hold {placeholders}; each is filled in for the client.' });
export type Wording = z.output<typeof Wording>;

const Mode = z.enum(['automatic', 'show-first', 'off']).meta({ description: '`automatic`: goes out by itself. `show-first`: waits until a manager sends it. `off`: nothing is written.' });
const phone = z.string().trim().min(3).max(40);

export const ClientContact = z
  .object({ name: z.string().trim().min(1).max(100).nullable(), email: z.email().max(254).nullable(), phone: phone.nullable() })
  .partial()
  .meta({ id: 'ClientContact', description: 'Whom the client calls or answers; what is left out is taken from the first on duty.' });
export type ClientContact = z.output<typeof ClientContact>;

const Texts = z.object({ opening: Wording.optional(), end: Wording.optional() });

export const ClientNoticeSettings = z
  .object({
    mode: Mode,
    manager: ClientContact,
    texts: Texts.meta({ description: 'Texts of your own; what is left out is written as in `defaults`.' }),
    defaults: z.object({ opening: Wording, end: Wording }).meta({ description: 'Our texts, in the client’s language.' }),
    placeholders: z.object({ opening: z.array(z.string()), end: z.array(z.string()) }).meta({ description: 'What a text may hold; those of one line may stand in the subject too.' }),
    version: z.int().meta({ description: '0 before anything was set.' }),
  })
  .meta({ id: 'ClientNoticeSettings' });
export type ClientNoticeSettings = z.output<typeof ClientNoticeSettings>;

export const ClientNoticeSettingsChange = z
  .object({ version: z.int().meta({ description: 'As it was read; another one answers 409.' }), mode: Mode, manager: ClientContact.default({}), texts: Texts.default({}) })
  .meta({ id: 'ClientNoticeSettingsChange' });
export type ClientNoticeSettingsChange = z.output<typeof ClientNoticeSettingsChange>;

export const PreviewInput = z
  .object({ kind: Kind, subject: Subject.optional(), text: Text.optional() })
  .meta({ id: 'ClientNoticePreviewInput', description: 'What is left out is taken as it is saved, or else ours.' });
export type PreviewInput = z.output<typeof PreviewInput>;

export const Preview = z
  .object({ subject: z.string(), text: z.string(), html: z.string().meta({ description: 'The logo stands as `cid:logo`.' }) })
  .meta({ id: 'ClientNoticePreview', description: 'As the client would read it, with an outage made up.' });
export type Preview = z.output<typeof Preview>;

const Arrival = z
  .object({
    address: z.string(),
    state: z.enum(['waiting', 'sent', 'caught', 'failed', 'dropped']).meta({
      description: '`waiting`: not taken by a mail server yet. `sent`: one took it. `caught`: it ended in our mail catcher. `failed`: every mail server refused it, or none took it in time. `dropped`: it was taken back, or came too late.',
    }),
    detail: z.string().nullable().meta({ description: 'What the mail servers said last; null when one took it.' }),
  })
  .meta({ id: 'ClientNoticeArrival' });
export type Arrival = z.output<typeof Arrival>;

export const ClientNotice = z
  .object({
    id: z.string(), incidentId: z.string(), clientId: z.string(), clientName: z.string(), kind: Kind,
    state: z.enum(['shown', 'sent', 'dropped']).meta({ description: '`shown`: waits for a manager.' }),
    subject: z.string(), text: z.string(), version: z.int(),
    addresses: z.array(Arrival).meta({ description: 'Whom it was written to, and whether it arrived; empty before it is sent, and after 90 days.' }),
    decidedAt: z.string(), decidedBy: z.string().nullable().meta({ description: 'Who sent or dropped it; null = by itself, or not yet.' }),
    droppedFor: z.enum(droppedFor).nullable().meta({
      description: 'Why it was dropped by itself: the client is told nothing (`switched-off`), is put away, has no e-mail address, was never told the beginning, or nobody decided before it was no news.',
    }),
  })
  .meta({ id: 'ClientNotice' });
export type ClientNotice = z.output<typeof ClientNotice>;
export const ClientNoticePage = pageOf('ClientNoticePage', ClientNotice);

export const ClientNoticeQuery = PageQuery.extend({
  state: z.enum(['shown', 'sent', 'dropped']).optional(),
  incidentId: z.uuid().optional(),
  clientId: z.uuid().optional(),
});
export type ClientNoticeQuery = z.output<typeof ClientNoticeQuery>;

export const ClientNoticeEdit = z
  .object({ version: z.int().meta({ description: 'As it was read; another one answers 409.' }), subject: Subject.optional(), text: Text.optional() })
  .meta({ id: 'ClientNoticeEdit' });
export type ClientNoticeEdit = z.output<typeof ClientNoticeEdit>;

export const ClientNoticeVersion = z.object({ version: z.int().meta({ description: 'As it was read; another one answers 409.' }) }).meta({ id: 'ClientNoticeVersion' });
