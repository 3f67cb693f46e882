import type { LinkCard, PartMedia } from '../../core/part.js';
import type { UtmRule } from '../../core/utm.js';

/** The post, or one of the parts that followed it. */
export interface Section {
  readonly text: string;
  readonly media: readonly PartMedia[];
  readonly link: LinkCard | null;
}

/** Where an article should have gone out, had it been possible there. */
export interface Plan {
  /** ISO instant. */
  readonly at: string;
  /** Their names. */
  readonly platforms: readonly string[];
}

/** A row of `articles`, as this room's statements read it. */
export interface ArticleRow {
  readonly id: string;
  readonly client_id: string;
  readonly slug: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly language: string | null;
  readonly sections: readonly Section[];
  readonly plan: Plan | null;
  readonly utm: UtmRule | null;
  readonly published_at: Date;
  readonly edited_at: Date | null;
  readonly unpublished_at: Date | null;
  readonly version: number;
}

export const ARTICLE_COLUMNS = 'id, client_id, slug, title, tags, language, sections, plan, utm, published_at, edited_at, unpublished_at, version';

export function picturesOf({ media, link }: Section): readonly PartMedia[] {
  return link?.thumb ? [...media, link.thumb] : media;
}
