import { z } from 'zod';

export const PublicToken = z.string().regex(/^[\w-]{1,100}$/);
export const WantedLanguage = z.object({ language: z.enum(['en', 'it']).optional().catch(undefined) });
export type WantedLanguage = z.output<typeof WantedLanguage>;
