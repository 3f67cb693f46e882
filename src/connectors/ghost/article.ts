import type { PartContent, PartMedia } from '../../core/part.js';
import { figure, headed, linkParagraph, paragraphs } from '../article.js';
import { slugOf } from '../mark.js';
import { coverOf, type Options } from './limits.js';

/** A medium as it lies on the site. */
export interface Uploaded {
  readonly url: string;
  readonly medium: PartMedia;
}

/** A part as the body of `POST /posts/?source=html`, without its state. */
export function articleOf(content: PartContent, { options, media, key }: { readonly options: Options; readonly media: readonly Uploaded[]; readonly key: string }) {
  const { title, body } = headed(content, options.title);
  const cover = coverOf(content, options) === null ? null : (media[0] ?? null);
  const shown = cover !== null && options.cover === 'only' ? media.slice(1) : media;
  const { excerpt, tags, visibility } = options;
  return {
    title,
    slug: slugOf(title, key),
    html: [paragraphs(body), ...shown.map(({ url, medium: { mime, alt } }) => figure({ url, mime, alt })), linkParagraph(content.text, content.link)].filter((piece) => piece !== '').join('\n'),
    ...(excerpt !== undefined && { custom_excerpt: excerpt }),
    ...(cover !== null && { feature_image: cover.url, feature_image_alt: cover.medium.alt }),
    ...(tags !== undefined && { tags: tags.map((name) => ({ name })) }),
    ...(visibility !== undefined && { visibility }),
  };
}
export type Article = ReturnType<typeof articleOf>;
