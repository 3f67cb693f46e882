import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import type { Agency, LibraryHouse } from './library-house.js';

/** A folder on a desk: what is in it, by path. */
export type Folder = Map<string, Buffer>;

export async function unpack(tar: Buffer): Promise<Folder> {
  const files: Folder = new Map();
  const stream = extract();
  stream.end(tar);
  for await (const entry of stream) files.set(entry.header.name, await buffer(entry as AsyncIterable<Buffer>));
  return files;
}

export async function packed(files: ReadonlyMap<string, Buffer | string>): Promise<Buffer> {
  const stream = pack();
  for (const [name, content] of files) stream.entry({ name }, content);
  stream.finalize();
  return buffer(stream as AsyncIterable<Buffer>);
}

export function folders(house: LibraryHouse, agency: Agency) {
  const exported = async (): Promise<Folder> => {
    const answer = await house.http().get('/api/v1/library/export').set(agency.editor.headers).responseType('blob');
    if (answer.status !== 200) throw new Error(String(answer.body));
    return unpack(answer.body as Buffer);
  };
  const send = async (body: Buffer, query: Readonly<Record<string, string>> = {}) =>
    house.http().post(`/api/v1/library/import?${new URLSearchParams(query).toString()}`).set(agency.editor.headers).set('Content-Type', 'application/x-tar').send(body);
  const preview = async (files: ReadonlyMap<string, Buffer | string>, query: Readonly<Record<string, string>> = {}) => send(await packed(files), query);
  const apply = (files: ReadonlyMap<string, Buffer | string>, query: Readonly<Record<string, string>> = {}) => preview(files, { ...query, preview: 'false' });
  return { exported, send, preview, apply };
}

/** Rewrites a file of it. */
export function rewrite(folder: Folder, path: string, change: (text: string) => string): void {
  const bytes = folder.get(path);
  if (!bytes) throw new Error(`${path} is not in the folder: ${[...folder.keys()].join(', ')}`);
  folder.set(path, Buffer.from(change(bytes.toString('utf8'))));
}
