import { z } from 'zod';
import { said } from '../../infra/http/said.schema.js';

const fields = {
  slug: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])$/, said({ en: 'must be 2 to 60 small letters, digits and hyphens, e.g. bar-aurora', it: 'deve avere da 2 a 60 lettere minuscole, cifre e trattini, per esempio bar-aurora' }))
    .meta({ description: 'The last word of the blog’s address. An earlier one leads on to it.', example: 'bar-aurora' })
    .nullable(),
  on: z.boolean().meta({ description: 'Whether the blog is there for everybody.' }),
  title: z.string().trim().min(1).max(120),
  tagline: z.string().trim().max(200).default(''),
  language: z.enum(['en', 'it']).meta({ description: 'Of what stands around the articles.' }),
  accent: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, said({ en: 'must be a colour like #0b57d0', it: 'deve essere un colore come #0b57d0' }))
    .transform((colour) => colour.toLowerCase())
    .meta({ description: 'Of links. Refused if it cannot be read on white; in the dark it is made lighter by itself.', example: '#0b57d0' })
    .default('#0b57d0'),
  footer: z.string().trim().max(2_000).default('').meta({ description: 'Imprint: stands below every page.' }),
  showsPlan: z.boolean().default(false).meta({ description: 'Whether an article that came here instead of elsewhere says when, and where, it was first planned.' }),
};

export const Blog = z
  .object({
    clientId: z.string(),
    ...fields,
    accent: z.string(),
    link: z.string().nullable().meta({ description: 'Where everybody reads it. Null while it is off.' }),
    version: z.int(),
  })
  .meta({ id: 'Blog' });
export type Blog = z.output<typeof Blog>;

export const BlogChange = z
  .strictObject({ version: z.int().meta({ description: 'As it was read; another one answers 409.' }), ...fields })
  .meta({ id: 'BlogChange' });
export type BlogChange = z.output<typeof BlogChange>;
