import { createHash } from 'node:crypto';

/** Names under which something of a part is found again on a server. */

/**
 * The last piece of an article's address: words of its title and a mark of the part's key, so that it can be found again
 * by it. The same for every try of one intent; at most 80 characters of a-z, 0-9 and hyphens.
 */
export function slugOf(title: string, key: string): string {
  const words = title.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 60).replace(/^-+|-+$/g, '');
  return `${words === '' ? 'post' : words}-${markOf(key)}`;
}

/** A short mark of anything, for names of kept ids and addresses. */
export function markOf(value: unknown): string {
  return createHash('sha256').update(typeof value === 'string' ? value : JSON.stringify(value)).digest('hex').slice(0, 12);
}

const extensions: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg', 'image/png': 'png', 'image/gif': 'gif', 'image/webp': 'webp', 'image/avif': 'avif',
  'video/mp4': 'mp4', 'video/quicktime': 'mov', 'video/webm': 'webm',
};

/** Servers tell a file's type by its name. */
export function fileNameOf({ mediaId, mime }: { readonly mediaId: string; readonly mime: string }): string {
  return `${mime.split('/')[0] ?? 'file'}-${markOf(mediaId)}.${extensions[mime] ?? 'bin'}`;
}
