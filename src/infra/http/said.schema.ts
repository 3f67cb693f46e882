/** A rule's sentence in the other language, found by its English one: zod carries one text per rule. */
const italian = new Map<string, string>();

/** For the message of a rule in a schema: `.refine(…, { error: said({ en: 'must be …', it: 'deve essere …' }) })`. */
export function said({ en, it }: { readonly en: string; readonly it: string }): string {
  italian.set(en, it);
  return en;
}

/** The message of a rule in the caller's language; what no schema of ours said stays as it is. */
export function saidIn(language: 'en' | 'it', message: string): string {
  return language === 'it' ? (italian.get(message) ?? message) : message;
}
