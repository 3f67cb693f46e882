/** What stands in a social post and means nothing in a newsletter or on a blog: to be marked for the editor, never cut by us. */
export type SocialMarkKind = 'hashtag' | 'handle' | 'link-in-bio' | 'swipe' | 'comment' | 'react';

export interface SocialMark {
  readonly kind: SocialMarkKind;
  /** UTF-16 offsets, end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** English and Italian together: a post is often in both. Whole words only. */
const phrases: Readonly<Record<Exclude<SocialMarkKind, 'hashtag' | 'handle'>, readonly string[]>> = {
  'link-in-bio': ['(?:the )?links? (?:is |are )?in (?:the |our |my )?(?:bio|profile)', '(?:il |al )?link (?:è )?(?:in|nella|sul|nel) (?:nostr[ao] |mi[ao] )?(?:bio|profilo)', 'link nei commenti', 'link in the comments'],
  swipe: ['swipe(?: up| left| right| through)?', '(?:scorri|scorrete)(?: a (?:destra|sinistra)| verso l’alto| per)?', 'sfoglia (?:le foto|il carosello)', 'tap (?:the )?(?:photo|picture|image)', 'tocca la foto'],
  comment: [
    '(?:comment|leave (?:us )?a comment|tell us|let us know)(?: it)?(?: down)?(?: below| in the comments)', 'drop (?:a|an) \\p{L}+ (?:below|in the comments)',
    '(?:commenta|commentate|scrivi(?:lo|ci)?|scrivete(?:lo|ci)?|dicci(?:lo)?|facci sapere|fateci sapere)(?: la tua| la vostra)? (?:qui sotto|nei commenti|sotto)', 'lascia(?:te)? un commento',
  ],
  react: ['(?:double tap|doppio tap)', '(?:tag|mention) (?:a |your )?friends?', '(?:tagga|taggate|menziona) (?:un |una |i tuoi |le tue )?amic(?:o|a|i|he)', '(?:like|save|share) (?:and|&) (?:share|save|follow)', 'metti(?:ci)? (?:un )?like', 'salva (?:il|questo) post', 'save this post', 'follow us', 'seguici'],
};

const word = (pattern: string): RegExp => new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})(?![\\p{L}\\p{N}])`, 'giu');
const rules: readonly (readonly [SocialMarkKind, RegExp])[] = [
  // Not inside an address (`/#part`, `name@host`), not a bare number such as “#1”.
  ['hashtag', /(?<![\p{L}\p{N}/&])[#＃](?=[\p{N}_]*\p{L})[\p{L}\p{N}\p{M}_]+/gu],
  ['handle', /(?<![\p{L}\p{N}/.@_-])@[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?/gu],
  ...(Object.entries(phrases) as [SocialMarkKind, readonly string[]][]).map(([kind, list]) => [kind, word(list.join('|').replaceAll(' ', '\\s+').replaceAll('’', '[’\']'))] as const),
];

/** Every such place of a text, in order; where two overlap the longer one. */
export function findSocialMarks(text: string): readonly SocialMark[] {
  const found = rules.flatMap(([kind, rule]) =>
    [...text.matchAll(rule)].map((match): SocialMark => ({ kind, start: match.index, end: match.index + match[0].length, text: match[0] })));
  const marks: SocialMark[] = [];
  for (const mark of found.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = marks.at(-1);
    if (!last || mark.start >= last.end) marks.push(mark);
  }
  return marks;
}
