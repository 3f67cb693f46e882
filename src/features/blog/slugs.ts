const MAX_WORDS = 60;

/** The words of a title as they stand in an address: a-z, 0-9 and hyphens; `article` where none of its letters is Latin. */
export function wordsOf(title: string): string {
  const words = title.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/ß/g, 'ss').replace(/['’]/g, '-').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  if (words.length <= MAX_WORDS) return words || 'article';
  const cut = words.slice(0, MAX_WORDS + 1);
  return (cut.includes('-') ? cut.slice(0, cut.lastIndexOf('-')) : words.slice(0, MAX_WORDS)).replace(/-+$/, '');
}

/** The first of `words`, `words-2`, `words-3`, … that is not taken. */
export function freeSlug(words: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n += 1) {
    const slug = n === 1 ? words : `${words}-${n}`;
    if (!taken.has(slug)) return slug;
  }
}
