import type { PartContent } from '../../core/part.js';
import { figure, headed, linkParagraph, paragraphs } from '../article.js';
import { slugOf } from '../mark.js';
import type { Options } from './limits.js';
import type { Uploaded } from './media.js';

/** A part as the body of `POST /wp/v2/posts`, without its state. */
export function articleOf(content: PartContent, { options, media, key }: { readonly options: Options; readonly media: readonly Uploaded[]; readonly key: string }) {
  const { title, body } = headed(content, options.title);
  const [first] = media;
  const cover = options.cover !== 'none' && first?.medium.mime.startsWith('image/') === true ? first : null;
  const shown = cover !== null && options.cover === 'only' ? media.slice(1) : media;
  const { excerpt, categories, tags } = options;
  return {
    title,
    slug: slugOf(title, key),
    content: [paragraphs(body), ...shown.map(({ url, medium: { mime, alt } }) => figure({ url, mime, alt })), linkParagraph(content.text, content.link)].filter((piece) => piece !== '').join('\n'),
    ...(excerpt !== undefined && { excerpt }),
    ...(cover !== null && { featured_media: cover.id }),
    ...(categories !== undefined && { categories }),
    ...(tags !== undefined && { tags }),
  };
}
export type Article = ReturnType<typeof articleOf>;
