import { existsSync } from 'node:fs';
import { operator, withPeople } from './command-house.js';
import { FolderExport } from './features/library/folder-export.service.js';
import { membersAt, writeFolder } from './features/library/folder-disk.js';
import { FolderImport } from './features/library/folder-import.service.js';
import type { FolderImport as Imported, FolderImportQuery } from './features/library/folder.schema.js';
import { PacksModule } from './features/library/packs.module.js';
import { OperatorService } from './features/workspaces/operator.service.js';
import { type Config, ConfigError } from './infra/config.js';
import type { Say } from './infra/database/open-database.js';
import type { Caller } from './infra/http/access.js';
import { ask, isTerminal, table } from './infra/terminal.js';

/** @returns what to tell the person */
export async function exportLibrary(config: Config, say: Say, { folder, workspace, client }: { readonly folder: string; readonly workspace: string; readonly client: string | null }): Promise<string> {
  return withPeople(config, say, async (house) => {
    const { id } = await house.get(OperatorService, { strict: false }).workspace(workspace);
    const count = await writeFolder(folder, await house.get(FolderExport, { strict: false }).files(id, client));
    if (count === null) throw new ConfigError(`There is something in ${folder} already: choose a new folder, so that nothing you edited is written over.`);
    return `${count} files are in ${folder}. Edit them anywhere, README.md says how; then: npm run postern -- library import ${folder} --workspace "${workspace}"`;
  }, [PacksModule]);
}

interface Wanted extends Pick<FolderImportQuery, 'remove' | 'leaveOutBroken'> {
  readonly folder: string;
  readonly workspace: string;
  /** Do not ask. */
  readonly yes: boolean;
  readonly print: Say;
}

/** Shows what changed, asks, takes it over. @returns false: something is left to do */
export async function importLibrary(config: Config, say: Say, { folder, workspace, remove, leaveOutBroken, yes, print }: Wanted): Promise<boolean> {
  if (!existsSync(folder)) throw new ConfigError(`There is no folder ${folder}: check its name.`);
  return withPeople(config, say, async (house) => {
    const { id, language } = await house.get(OperatorService, { strict: false }).workspace(workspace);
    const caller: Caller = { workspaceId: id, actor: operator(), role: null, language };
    const run = (query: Partial<FolderImportQuery>): Promise<Imported> =>
      house.get(FolderImport, { strict: false }).run(caller, membersAt(folder), { preview: true, remove, leaveOutBroken, ...query });
    const found = await run({});
    for (const { file, line, sentence } of found.faults) print(`${line === null ? file : `${file}:${line}`}  ${sentence}`);
    if (found.entries.length > 0) print(table(found.entries.map(({ change, title, what, where, file, sentence }) => [change.toUpperCase(), file ?? (what === 'variant' ? `${title}: ${where || 'all'}` : title), sentence])));
    if (found.faults.length > 0 && !leaveOutBroken) {
      print(`Nothing was imported. Correct ${found.faults.length === 1 ? 'that line' : `those ${found.faults.length} lines`}, or import the rest with --leave-out-broken.`);
      return false;
    }
    if (found.entries.length === 0) {
      print('Nothing in it differs from what is here.');
      return found.faults.length === 0;
    }
    if (!yes && !isTerminal()) throw new ConfigError('Nobody can be asked here: look at the list above and run it again with --yes.');
    if (!yes && !/^(y|yes|s|si|sì)$/i.test((await ask('Take that over? [y/N] ')).trim())) {
      print('Nothing was imported.');
      return false;
    }
    await run({ preview: false, expect: found.digest });
    print('Done. What changed has to be approved again before it is offered.');
    return true;
  }, [PacksModule]);
}
