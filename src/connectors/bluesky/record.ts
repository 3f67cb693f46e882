import type { Part } from '../../core/part.js';
import type { Blob, StrongRef } from './answers.js';
import { type Facet, facetsOf, findMarks } from './facets.js';
import { hasCard, type Options, textOf } from './limits.js';

export const COLLECTION = 'app.bsky.feed.post';

/** What `prepare` brought together for a record. */
export interface Ingredients {
  /** By media id; of the images and of the card's thumb. */
  readonly blobs: ReadonlyMap<string, Blob>;
  /** DIDs by handle; null where a handle leads nowhere. */
  readonly dids: ReadonlyMap<string, string | null>;
  readonly reply: { readonly root: StrongRef; readonly parent: StrongRef } | null;
}

/** The record of a part, the same on every resend: its time is the part's stamp. app.bsky.feed.post */
export function recordOf(part: Part, options: Options, { blobs, dids, reply }: Ingredients): Readonly<Record<string, unknown>> {
  const text = textOf(part.content);
  const facets: readonly Facet[] = facetsOf(text, findMarks(text), (handle) => dids.get(handle) ?? null);
  const embed = embedOf(part, blobs);
  return {
    $type: COLLECTION,
    text,
    createdAt: new Date(part.stampAt).toISOString(),
    ...(facets.length > 0 && { facets }),
    ...(embed !== null && { embed }),
    ...(reply !== null && { reply }),
    ...(part.content.language !== null && { langs: [part.content.language] }),
    ...(options.labels !== undefined && options.labels.length > 0 && { labels: { $type: 'com.atproto.label.defs#selfLabels', values: options.labels.map((val) => ({ val })) } }),
  };
}

function embedOf({ content }: Part, blobs: Ingredients['blobs']): Readonly<Record<string, unknown>> | null {
  if (hasCard(content)) {
    const { url, title, description, thumb } = content.link;
    const blob = thumb === null ? undefined : blobs.get(thumb.mediaId);
    return { $type: 'app.bsky.embed.external', external: { uri: url, title, description, ...(blob !== undefined && { thumb: blob }) } };
  }
  if (content.media.length === 0) return null;
  const images = content.media.map(({ mediaId, alt, width, height }) => ({
    image: blobs.get(mediaId),
    alt,
    ...(width !== null && height !== null && { aspectRatio: { width, height } }),
  }));
  return { $type: 'app.bsky.embed.images', images };
}
