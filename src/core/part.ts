import type { Instant } from './instant.js';

/** A picture or film of a part. Bytes are opened through the world, never kept here. */
export interface PartMedia {
  readonly mediaId: string;
  readonly mime: string;
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly alt: string;
}

/** A link preview the author wrote; platforms that draw their own ignore it. */
export interface LinkCard {
  readonly url: string;
  readonly title: string;
  readonly description: string;
  readonly thumb: PartMedia | null;
}

/** What one part says, as the author left it. Plain JSON: it is frozen into the attempt that sends it. */
export interface PartContent {
  readonly text: string;
  readonly media: readonly PartMedia[];
  readonly link: LinkCard | null;
  /** BCP 47, e.g. `it`; null = the platform's default. */
  readonly language: string | null;
  /** What only one platform knows (visibility, content warning, …); checked by the connector's own schema. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** It carries a picture or film, were it only that of its link preview: then a media outage is its outage. In SQL: `hasMedia` of posts. */
export function hasMedia({ media, link }: Pick<PartContent, 'media' | 'link'>): boolean {
  return media.length > 0 || (link?.thumb ?? null) !== null;
}

/** All its pictures and films, that of its link preview last. */
export function mediaOf({ media, link }: Pick<PartContent, 'media' | 'link'>): readonly PartMedia[] {
  return link?.thumb ? [...media, link.thumb] : media;
}

/** What a person copies to post it: the address of its link on a line of its own, unless the text has it. */
export function textToCopy({ text, link }: Pick<PartContent, 'text' | 'link'>): string {
  return link === null || text.includes(link.url) ? text : `${text}\n\n${link.url}`.trim();
}

export interface RemoteRef {
  readonly remoteId: string;
  readonly url: string | null;
}

/** One part as it is handed to a connector. */
export interface Part {
  readonly partId: string;
  /** Derived from (part, arming), never from the epoch: the same for every resend of the same intent. 32 hex digits. */
  readonly key: string;
  /** 0 = the post itself; 1… = links of the thread or the first comment, in order. */
  readonly position: number;
  readonly kind: 'post' | 'reply';
  readonly content: PartContent;
  /** First intent of this arming; frozen, so that a resend is byte-identical. */
  readonly stampAt: Instant;
  /** The part this one answers, and the first of the thread; null for the post itself. */
  readonly parent: RemoteRef | null;
  readonly root: RemoteRef | null;
}
