import { z } from 'zod';

const fields = {
  name: z.string().trim().min(1).max(100),
  mjml: z.string().min(20).max(100_000).meta({ description: 'MJML with {{content}} and {{footer}} inside an mj-column; {{subject}}, {{preheader}} and {{brand}} where you like. It cannot include files.', example: '<mjml><mj-body><mj-section><mj-column>{{content}}{{footer}}</mj-column></mj-section></mj-body></mjml>' }),
};

export const Template = z.object({ id: z.uuid(), clientId: z.uuid(), ...fields, version: z.int(), createdAt: z.string() }).meta({ id: 'MailTemplate' });
export type Template = z.output<typeof Template>;
export const TemplateList = z.object({ items: z.array(Template), standard: z.string().meta({ description: 'Ours, to begin with.' }) }).meta({ id: 'MailTemplateList' });
export type TemplateList = z.output<typeof TemplateList>;
export const NewTemplate = z.object({ clientId: z.uuid(), ...fields }).meta({ id: 'NewMailTemplate' });
export type NewTemplate = z.output<typeof NewTemplate>;
export const TemplateChange = z.object({ version: z.int().meta({ description: 'As it was read; another one answers 409.' }), ...z.object(fields).partial().shape }).meta({ id: 'MailTemplateChange' });
export type TemplateChange = z.output<typeof TemplateChange>;
export const TemplateQuery = z.object({ clientId: z.uuid().optional() });
