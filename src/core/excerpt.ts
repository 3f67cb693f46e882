/** The first words of a page, without its tags. */
export function excerpt(text: string): string {
  const words = text.slice(0, 4000).replace(/<(script|style)\b[^]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim();
  return words === '' ? 'an empty answer' : words.slice(0, 200);
}
