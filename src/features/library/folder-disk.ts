import { constants } from 'node:fs';
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OutgoingFile } from './folder-export.service.js';
import type { FolderMember } from './folder-intake.service.js';

/** What a folder on this disk holds; links are named and not followed. */
export async function* membersAt(folder: string, within = ''): AsyncGenerator<FolderMember> {
  for (const entry of (await readdir(join(folder, within), { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = within === '' ? entry.name : `${within}/${entry.name}`;
    if (entry.name.startsWith('.')) continue;
    yield { path, kind: entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other', open: () => bytesOf(join(folder, path)) };
    if (entry.isDirectory()) yield* membersAt(folder, path);
  }
}

/** A file that became a link in the meantime is not followed either. */
async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  yield* file.createReadStream() as AsyncIterable<Buffer>; // it closes the file
}

/** Writes files into a folder that is new or empty. @returns how many; null = something is in it already */
export async function writeFolder(folder: string, files: AsyncIterable<OutgoingFile>): Promise<number | null> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) return null;
  let count = 0;
  for await (const { path, content } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content instanceof Blob ? content.stream() : content, { flag: 'wx' });
    count += 1;
  }
  return count;
}
