import { stringify } from 'yaml';
import type { PartContent, PartMedia } from '../../core/part.js';
import { Names, slugOf } from './folder-paths.js';
import type { PackRow, VariantRow } from './pack-rows.js';
import { writeBody } from './variant-text.js';

/** A medium as it lies beside the files. */
export interface KeptMedium {
  readonly mediaId: string;
  readonly name: string;
  readonly sha: string;
}

/** A file of an exported folder: text, or a medium to be read from where it is kept. */
export type FolderFile = { readonly path: string } & ({ readonly text: string } | { readonly mediaId: string });

/** What the manifest remembers of a file, so that one taken out of the folder is missed. */
export interface Remembered {
  readonly path: string;
  readonly pack: string;
  /** null = the pack's head; else where the variant is said ('' = everywhere). */
  readonly for: string | null;
  readonly base: string;
}

/** The files of one pack beneath `folder`. `media`: those that can be had; one that is lost is left out, and so is its line. */
export function packFiles(folder: string, row: PackRow, media: ReadonlyMap<string, KeptMedium>): { readonly files: readonly FolderFile[]; readonly remembered: readonly Remembered[] } {
  const names = new Names();
  const written = row.variants.map((variant) => ({ path: `${folder}/${names.unique(fileNameOf(variant))}.md`, variant }));
  const used = new Map<string, string>();
  const beside = (mediaId: string): string | null => {
    const medium = media.get(mediaId);
    if (!medium) return null;
    const path = `media/${nameOf(medium)}`;
    used.set(`${folder}/${path}`, mediaId);
    return path;
  };
  const texts = [{ path: `${folder}/pack.md`, text: packText(row) }, ...written.map(({ path, variant }) => ({ path, text: variantText(variant, beside) }))];
  return {
    files: [...texts, ...[...used].map(([path, mediaId]) => ({ path, mediaId }))],
    remembered: [
      { path: `${folder}/pack.md`, pack: row.id, for: null, base: row.headHash },
      ...written.filter(({ variant }) => !variant.draft).map(({ path, variant }) => ({ path, pack: row.id, for: variant.connectorId ?? variant.channelId ?? '', base: variant.hash })),
    ],
  };
}

function packText({ id, version, headHash, title, tags, language, expiresOn, useWhen }: PackRow): string {
  return fenced({ postern: 'pack', id, version, base: headHash, title, tags, language, expires: expiresOn }, useWhen);
}

function variantText({ id, connectorId, channelId, channelName, draft, parts, hash }: VariantRow, beside: (mediaId: string) => string | null): string {
  const where = channelId === null ? { for: connectorId ?? 'all' } : { channel: channelId, 'channel-name': channelName ?? '' };
  return parts
    .map((part, i) => {
      const head = i === 0 ? { postern: 'variant', ...where, ...(draft && { draft, id }), base: hash } : {};
      return `${i === 0 ? '' : '\n--- part\n'}${partText(head, part, beside, i > 0)}`;
    })
    .join('');
}

function partText(head: Readonly<Record<string, unknown>>, { text, media, link, language, options }: PartContent, beside: (mediaId: string) => string | null, isFurther: boolean): string {
  const thumb = link?.thumb ? beside(link.thumb.mediaId) : null;
  const fields = {
    ...head,
    ...(language !== null && { language }),
    ...(link && { link: { url: link.url, title: link.title, description: link.description, ...(thumb !== null && { thumb }) } }),
    ...(Object.keys(options).length > 0 && { options }),
  };
  const named = media.flatMap((one: PartMedia) => {
    const path = beside(one.mediaId);
    return path === null ? [] : [{ path, alt: one.alt }];
  });
  return fenced(fields, writeBody(text, named), isFurther);
}

/** Of a further part the line `--- part` opens the fields. */
function fenced(fields: Readonly<Record<string, unknown>>, body: string, isOpen = false): string {
  const block = Object.keys(fields).length === 0 ? '' : stringify(fields, { version: '1.2', schema: 'core', lineWidth: 0, aliasDuplicateObjects: false });
  return `${isOpen ? '' : '---\n'}${block}---\n${body}${body === '' ? '' : '\n'}`;
}

function fileNameOf({ connectorId, channelId, channelName, draft }: VariantRow): string {
  const name = channelId === null ? (connectorId ?? 'all') : `channel-${slugOf(channelName ?? '', 'x')}`;
  return draft ? `${name}.draft` : name;
}

/** Known again by a person, and never two under one name. */
function nameOf({ name, sha }: KeptMedium): string {
  const [, stem = name, ending = ''] = /^(.*?)(\.[a-z0-9]{1,8})?$/i.exec(name) ?? [];
  return `${slugOf(stem, 'file')}-${sha.slice(0, 8)}${ending.toLowerCase()}`;
}
