import { z } from 'zod';
import type { Language, Sentence } from './problem.js';
import { saidIn } from './said.schema.js';

const locales = { en: z.locales.en().localeError, it: z.locales.it().localeError };
const missing: Sentence = { en: 'is missing: add it', it: 'manca: aggiungilo' };

/** A field of what was sent and what is wrong with it, in one language. */
export interface RuleError {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Checks a value against a schema of ours or of a connector. @returns the value, or what is wrong with it in this language */
export async function checkRules<Value>(schema: z.ZodType<Value>, value: unknown, language: Language): Promise<{ readonly data: Value } | { readonly errors: readonly RuleError[] }> {
  const parsed = await schema.safeParseAsync(value, {
    error: (issue) => (issue.code === 'invalid_type' && issue.input === undefined ? missing[language] : locales[language](issue)),
  });
  return parsed.success ? { data: parsed.data } : { errors: parsed.error.issues.map(({ path, message }) => ({ path, message: saidIn(language, message) })) };
}
