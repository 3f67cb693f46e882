import { createHash } from 'node:crypto';
import type { LinkCard, PartContent, PartMedia } from '../../core/part.js';
import type { PackHead } from './pack.schema.js';

/** Media of a content as its hash names them: by their bytes, so that the same picture uploaded again is the same. */
export type ShaOf = (mediaId: string) => string;

/** As a file holds it: one kind of line end, nothing around it. */
export function plain(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/^\n+|\s+$/g, '');
}

export function headHash({ title, useWhen, tags, language, expiresOn }: PackHead): string {
  return digest([title.trim(), plain(useWhen), tags, language, expiresOn]);
}

export function contentHash(parts: readonly PartContent[], shaOf: ShaOf): string {
  const medium = ({ mediaId, alt }: PartMedia): unknown => [shaOf(mediaId), plain(alt)];
  const card = (link: LinkCard | null): unknown => link && [link.url, link.title, link.description, link.thumb && shaOf(link.thumb.mediaId)];
  return digest(parts.map(({ text, media, link, language, options }) => [plain(text), media.map(medium), card(link), language, options]));
}

/** Of all that is approved: the head, and what is said where; drafts beside it are not part of it. */
export function packHash(head: string, variants: readonly { readonly where: string; readonly hash: string; readonly draft: boolean }[]): string {
  return digest([head, variants.filter(({ draft }) => !draft).map(({ where, hash }) => `${where} ${hash}`).toSorted()]);
}

/** 32 hex digits; the same for the same thing, whatever the order of an object's fields. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sorted)).digest('hex').slice(0, 32);
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
