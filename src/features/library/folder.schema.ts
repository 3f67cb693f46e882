import { z } from 'zod';

export const FolderExportQuery = z.object({ clientId: z.uuid().optional().meta({ description: 'Left out: of all clients.' }) });
export type FolderExportQuery = z.output<typeof FolderExportQuery>;

export const FolderImportQuery = z.object({
  preview: z.stringbool().default(true).meta({ description: 'true: nothing is written; the answer is the same.' }),
  remove: z.stringbool().default(false).meta({ description: 'Also put away here what was exported and is in the folder no more.' }),
  leaveOutBroken: z.stringbool().default(false).meta({ description: 'Import the rest although some of it is broken.' }),
  expect: z.string().max(100).optional().meta({ description: 'The `digest` of a preview: if it would do another thing by now, 409.' }),
});
export type FolderImportQuery = z.output<typeof FolderImportQuery>;

const Entry = z
  .object({
    change: z.enum(['added', 'changed', 'removed', 'conflict']),
    what: z.enum(['pack', 'head', 'variant']).meta({ description: '`head`: title, “use when”, tags, language, expiry.' }),
    packId: z.string().nullable().meta({ description: 'null: it is not here yet.' }),
    title: z.string(),
    where: z.string().nullable().meta({ description: 'Of a variant: a kind of channel, or a channel’s id; empty: everywhere.' }),
    draft: z.boolean(),
    file: z.string().nullable().meta({ description: 'null: the folder has it no more.' }),
    sentence: z.string().meta({ description: "What happens to it, in the caller's language." }),
  })
  .meta({ id: 'FolderEntry' });

export const FolderFault = z
  .object({ file: z.string(), line: z.int().nullable(), code: z.string(), sentence: z.string().meta({ description: "What to do, in the caller's language." }) })
  .meta({ id: 'FolderFault' });

export const FolderImport = z
  .object({
    preview: z.boolean(),
    packs: z.int().meta({ description: 'Packs that could be read.' }),
    same: z.int().meta({ description: 'Heads and variants that stay as they are.' }),
    entries: z.array(Entry),
    faults: z.array(FolderFault),
    digest: z.string().meta({ description: 'Hand it back as `expect` to import exactly this.' }),
  })
  .meta({ id: 'FolderImport' });
export type FolderImport = z.output<typeof FolderImport>;
