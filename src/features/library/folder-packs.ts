import { posix } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { connectors } from '../../connectors/registry.js';
import type { PartContent, PartMedia } from '../../core/part.js';
import { DomainError } from '../../infra/http/problem.js';
import type { Incoming } from '../media/incoming-files.service.js';
import { type Fault, fault } from './folder-faults.js';
import type { ReadFolder } from './folder-intake.service.js';
import { MANIFEST, pointedAt, slugOf } from './folder-paths.js';
import { type PackSheet, readPackSheet, readVariantSheet, type VariantSheet } from './folder-sheets.js';
import { contentHash } from './pack-hash.js';
import type { PackHead } from './pack.schema.js';

export const Manifest = z.object({
  postern: z.literal('library'), format: z.literal(1), workspace: z.uuid(), exported: z.string(),
  clients: z.record(z.string(), z.uuid()),
  files: z.array(z.object({ path: z.string(), pack: z.uuid(), for: z.string().nullable(), base: z.string() })),
});
export type Manifest = z.output<typeof Manifest>;

/** What names in a folder may mean: the clients of the workspace and their channels. */
export interface Ground {
  readonly clients: readonly { readonly id: string; readonly name: string; readonly language: string }[];
  readonly channels: readonly { readonly id: string; readonly clientId: string; readonly name: string }[];
}

export interface FileVariant {
  readonly file: string;
  readonly connectorId: string | null;
  readonly channelId: string | null;
  readonly id: string | null;
  readonly base: string | null;
  readonly draft: boolean;
  /** Media by the checksum of their bytes, which stands where an id would. */
  readonly parts: readonly PartContent[];
  readonly hash: string;
}

export interface FilePack {
  readonly file: string;
  readonly clientId: string;
  readonly id: string | null;
  readonly base: string | null;
  readonly head: PackHead;
  readonly variants: readonly FileVariant[];
}

export interface FolderPacks {
  readonly manifest: Manifest | null;
  readonly packs: readonly FilePack[];
  readonly faults: readonly Fault[];
  /** Files by the checksum of their bytes, hex. */
  readonly media: ReadonlyMap<string, { readonly path: string; readonly incoming: Incoming }>;
}

/** Reads every pack out of a folder; what is wrong with one keeps no other out. */
export async function readPacks({ texts, media, faults }: ReadFolder, ground: Ground): Promise<FolderPacks> {
  const found: Fault[] = [...faults];
  const manifest = readManifest(texts.get(MANIFEST), found);
  const heads = [...texts.keys()].filter((path) => posix.basename(path).toLowerCase() === 'pack.md').toSorted();
  const files = new Set(heads.map((path) => posix.dirname(path)));
  const packs: FilePack[] = [];
  for (const file of heads) {
    const folder = posix.dirname(file);
    const mine = [...texts.keys()].filter((path) => posix.dirname(path) === folder && path !== file && /\.md$/i.test(path)).toSorted();
    const sheet = await readPackSheet(file, texts.get(file) ?? '');
    const client = clientOf(file, manifest, ground);
    if (!('head' in sheet) || client === undefined) {
      found.push(...('head' in sheet ? [] : sheet), ...(client ? [] : [fault('client-unknown', file, { folder: folderOf(file) })]), ...mine.map((path) => fault('pack-broken', path)));
      continue;
    }
    const reader = new VariantReader(client.id, ground, media);
    for (const path of mine) reader.take(await readVariantSheet(path, texts.get(path) ?? ''));
    found.push(...reader.faults);
    packs.push(packOf(sheet, client, reader.variants));
  }
  const strays = [...texts.keys()].filter((path) => /\.md$/i.test(path) && !files.has(posix.dirname(path)));
  found.push(...strays.map((path) => fault('pack-missing', path)));
  return { manifest, packs, faults: found, media: new Map([...media].flatMap(([path, one]) => (one instanceof DomainError ? [] : [[one.sha256.toString('hex'), { path, incoming: one }]]))) };
}

function packOf({ file, id, base, head }: PackSheet, client: Ground['clients'][number], variants: readonly FileVariant[]): FilePack {
  return { file, clientId: client.id, id, base, head: { ...head, language: head.language ?? client.language }, variants };
}

function readManifest(text: string | undefined, faults: Fault[]): Manifest | null {
  if (text === undefined) return null;
  try {
    return Manifest.parse(parse(text, { schema: 'core', maxAliasCount: 0, resolveKnownTags: false, logLevel: 'error' }));
  } catch {
    faults.push(fault('yaml-broken', MANIFEST, { what: { en: 'it is not as it was exported; take it out of the folder, and nothing counts as removed', it: 'non è come è stato esportato; toglilo dalla cartella, e nulla conterà come rimosso' } }));
    return null;
  }
}

/** By the folder the pack's own lies in. */
function clientOf(file: string, manifest: Manifest | null, { clients }: Ground): Ground['clients'][number] | undefined {
  const folder = folderOf(file);
  const known = manifest?.clients[folder];
  return clients.find(({ id }) => id === known) ?? clients.find(({ id, name }) => folder === id || folder === name || slugOf(folder, 'x') === slugOf(name, 'client'));
}

const folderOf = (file: string): string => posix.basename(posix.dirname(posix.dirname(file)));

class VariantReader {
  readonly variants: FileVariant[] = [];
  readonly faults: Fault[] = [];

  constructor(
    private readonly clientId: string,
    private readonly ground: Ground,
    private readonly media: ReadFolder['media'],
  ) {}

  take(sheet: VariantSheet | readonly Fault[]): void {
    if (!('parts' in sheet)) return void this.faults.push(...sheet);
    const before = this.faults.length;
    const place = this.placed(sheet);
    const parts = sheet.parts.map(({ media, link, ...part }) => ({
      ...part,
      media: media.flatMap(({ path, alt, line }) => this.medium(sheet.file, { path, alt, line })),
      link: link && { ...link, thumb: link.thumb && (this.medium(sheet.file, link.thumb)[0] ?? null) },
    }));
    if (this.faults.length > before || !place) return;
    const same = this.variants.find((other) => !other.draft && !sheet.draft && other.connectorId === place.connectorId && other.channelId === place.channelId);
    if (same) return void this.faults.push(fault('where-twice', sheet.file, { other: same.file }));
    this.variants.push({ ...place, file: sheet.file, id: sheet.id, base: sheet.base, draft: sheet.draft, parts, hash: contentHash(parts, (sha) => sha) });
  }

  private placed({ file, for: where, channel }: VariantSheet): Pick<FileVariant, 'connectorId' | 'channelId'> | null {
    if (channel !== null) {
      const found = this.ground.channels.find(({ id, clientId, name }) => clientId === this.clientId && (id === channel.word.toLowerCase() || name === channel.word));
      if (!found) this.faults.push(fault('channel-unknown', { file, line: channel.line }, { channel: channel.word }));
      return found ? { connectorId: null, channelId: found.id } : null;
    }
    const word = where?.word ?? posix.basename(file).replace(/(\.draft(-\d+)?)?\.md$/i, '');
    if (word === 'all') return { connectorId: null, channelId: null };
    if (connectors.some(({ id }) => id === word)) return { connectorId: word, channelId: null };
    this.faults.push(fault('connector-unknown', { file, line: where?.line ?? 1 }, { connector: word }));
    return null;
  }

  private medium(file: string, { path: written, alt, line }: { readonly path: string; readonly alt: string; readonly line: number }): readonly PartMedia[] {
    const path = pointedAt(file, written);
    const found = path === null ? undefined : this.media.get(path);
    const at = { file, line };
    if (path === null) this.faults.push(fault('media-outside', at, { path: written }));
    else if (found === undefined) this.faults.push(fault('media-missing', at, { path: written }));
    else if (found instanceof DomainError) this.faults.push(fault('media-not-taken', at, { path: written, what: found.sentence }));
    else return [{ mediaId: found.sha256.toString('hex'), mime: found.type.mime, bytes: found.bytes, width: found.width, height: found.height, alt }];
    return [];
  }
}
