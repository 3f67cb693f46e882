import { z } from 'zod';
import { pageOf } from '../../infra/http/page.schema.js';
import { letterSubjects } from '../../infra/mail/letter.schema.js';

const Named = z.object({ name: z.string(), address: z.string() });

const CaughtMailHead = z
  .object({
    id: z.uuid(),
    about: z.enum(letterSubjects),
    to: Named,
    subject: z.string(),
    caughtAt: z.string(),
  })
  .meta({ id: 'CaughtMailHead' });
export type CaughtMailHead = z.output<typeof CaughtMailHead>;

export const CaughtMail = CaughtMailHead.extend({
  from: z.string().meta({ description: 'The name of the sender.' }),
  replyTo: Named.nullable(),
  text: z.string(),
  html: z.string().nullable().meta({ description: 'Written by people: show it in a frame that runs no script.' }),
  logoMediaId: z.uuid().nullable().meta({ description: 'The image that stands in the html as `cid:logo`.' }),
}).meta({ id: 'CaughtMail' });
export type CaughtMail = z.output<typeof CaughtMail>;

export const CaughtMailPage = pageOf('CaughtMailPage', CaughtMailHead);
