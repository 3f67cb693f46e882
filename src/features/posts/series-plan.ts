import type { Occurrence } from '../../core/recurrence.js';
import { dateOf, type WallTime } from '../../core/wall-time.js';

/** A post of the series that is still to come. */
export interface ComingPost {
  readonly id: string;
  readonly version: number;
  readonly occurrence: WallTime;
  /** Nobody touched it and nothing was tried: it may be made anew. */
  readonly plain: boolean;
}

export interface SeriesPlan {
  /** Occurrences to make; `from` is the plain post that becomes it. */
  readonly making: readonly (Occurrence & { readonly from?: ComingPost | undefined })[];
  /** Plain posts that have no occurrence any more. */
  readonly gone: readonly ComingPost[];
  /** Posts that stay as they are, but stand for another occurrence now. */
  readonly renamed: readonly { readonly id: string; readonly occurrence: WallTime }[];
}

/**
 * Matches the posts there are with the occurrences there shall be: the same wall time first, then the same date in
 * order. So an occurrence somebody edited alone keeps its place when the hour of all the others changes, and does not
 * get a twin.
 */
export function matchSeries(posts: readonly ComingPost[], wanted: readonly Occurrence[]): SeriesPlan {
  const byWall = new Map(posts.map((post) => [post.occurrence, post]));
  const taken = new Map<WallTime, ComingPost>();
  for (const { wall } of wanted) {
    const post = byWall.get(wall);
    if (post) taken.set(wall, post);
  }
  const matched = new Set([...taken.values()].map(({ id }) => id));
  // Those that somebody made their own choose first.
  const loose = posts.filter(({ id }) => !matched.has(id)).sort((a, b) => Number(a.plain) - Number(b.plain) || (a.occurrence < b.occurrence ? -1 : 1));
  const renamed: { id: string; occurrence: WallTime }[] = [];
  const gone: ComingPost[] = [];
  for (const post of loose) {
    const next = wanted.find(({ wall }) => !taken.has(wall) && dateOf(wall) === dateOf(post.occurrence));
    if (next) taken.set(next.wall, post);
    if (next && !post.plain) renamed.push({ id: post.id, occurrence: next.wall });
    if (!next && post.plain) gone.push(post);
  }
  return {
    making: wanted.flatMap((occurrence) => {
      const from = taken.get(occurrence.wall);
      return from && !from.plain ? [] : [{ ...occurrence, from }];
    }),
    gone,
    renamed,
  };
}
