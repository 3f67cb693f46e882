import { z } from 'zod';

const flag = (otherwise: 'true' | 'false') => z.enum(['true', 'false']).default(otherwise).transform((text) => text === 'true');
const header = z.string().trim().min(1).max(200).optional();

export const ImportQuery = z
  .object({
    preview: flag('true').meta({ description: 'true (unless said otherwise): only say what would be done.' }),
    leaveOutBroken: flag('false').meta({ description: 'true: rows with errors are left out, all others taken. Else one error, and nothing is imported.' }),
    consentSource: z.string().trim().min(1).max(500).optional().meta({ description: 'Where the consent of these people comes from, in your words, e.g. “paper cards at the till”. With its date and text version they are on the list at once; without, each is asked by letter.' }),
    consentOn: z.iso.date().optional().meta({ description: 'When they agreed; of several days the last.' }),
    consentVersion: z.coerce.number().int().min(1).optional().meta({ description: 'Which version of the list’s consent text they agreed to.' }),
    address: header.meta({ description: 'How the column is called, where it is not found by itself.' }),
    name: header,
    language: header,
    tags: header,
  })
  .meta({ id: 'AudienceImportQuery' });
export type ImportQuery = z.output<typeof ImportQuery>;

const Fault = z
  .object({
    row: z.int().meta({ description: 'As a spreadsheet counts: the header is row 1.' }),
    column: z.string(),
    code: z.string(),
    sentence: z.object({ en: z.string(), it: z.string() }),
  })
  .meta({ id: 'AudienceImportFault' });

export const ImportResult = z
  .object({
    preview: z.boolean(),
    columns: z.record(z.string(), z.string()).meta({ description: 'Which column of the file was read as what.' }),
    ignoredColumns: z.array(z.string()),
    rows: z.int(),
    faults: z.int().meta({ description: 'Rows with errors; `errors` names the first thousand.' }),
    errors: z.array(Fault),
    duplicates: z.int().meta({ description: 'Rows whose address stands in the file before, in this or another spelling. Their tags are added to the first.' }),
    suppressed: z.int().meta({ description: 'Left out: they unsubscribed from everything, bounced, complained or were erased.' }),
    unsubscribed: z.int().meta({ description: 'Left out: they left this list.' }),
    already: z.int().meta({ description: 'On the list already; their tags are added.' }),
    waiting: z.int().meta({ description: 'Already asked for their confirmation; a stated consent confirms them.' }),
    added: z.int(),
    addedAs: z.enum(['confirmed', 'pending']).meta({ description: 'pending: each is asked by letter.' }),
    sample: z.array(z.object({ row: z.int(), address: z.string(), name: z.string(), language: z.string(), tags: z.array(z.string()) })),
    importId: z.string().nullable(),
  })
  .meta({ id: 'AudienceImportResult' });
export type ImportResult = z.output<typeof ImportResult>;
