import { z } from 'zod';

export const ImportQuery = z.object({
  preview: z
    .enum(['true', 'false'])
    .default('true')
    .transform((text) => text === 'true')
    .meta({ description: 'true (unless said otherwise): only say what would be made.' }),
});
export type ImportQuery = z.output<typeof ImportQuery>;

const Fault = z
  .object({
    row: z.number().meta({ description: 'As a spreadsheet counts: the header is row 1.' }),
    column: z.string(),
    code: z.string(),
    sentence: z.object({ en: z.string(), it: z.string() }),
  })
  .meta({ id: 'ImportFault' });

const Warning = z
  .object({ row: z.number(), channel: z.string(), code: z.string(), sentence: z.object({ en: z.string(), it: z.string() }) })
  .meta({ id: 'ImportWarning' });

export const ImportResult = z
  .object({
    rows: z.number(),
    posts: z.number().meta({ description: 'Posts made; with preview, that would be made.' }),
    deliveries: z.number(),
    firstDueAt: z.iso.datetime().nullable(),
    lastDueAt: z.iso.datetime().nullable(),
    faults: z.number().meta({ description: 'How many faults there are; `errors` names the first thousand.' }),
    errors: z.array(Fault),
    warnings: z.array(Warning).meta({ description: 'What speaks against a time, and keeps nothing from being imported; the first thousand.' }),
    sample: z.array(
      z.object({ row: z.number(), client: z.string(), channels: z.array(z.string()), wallAt: z.string(), zone: z.string(), dueAt: z.iso.datetime(), choice: z.string(), text: z.string() }),
    ),
    preview: z.boolean(),
  })
  .meta({ id: 'ImportResult' });
export type ImportResult = z.output<typeof ImportResult>;
