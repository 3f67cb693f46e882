import { z } from 'zod';

/** As in src/infra/http/access.ts; a test keeps the two alike. */
export const Scope = z
  .enum([
    'posts:read', 'posts:write', 'clients:read', 'clients:write', 'channels:read', 'channels:write',
    'media:read', 'media:write', 'webhooks:read', 'webhooks:write', 'workspace:read', 'workspace:write',
    'incidents:read', 'incidents:write', 'audience:read', 'audience:write',
  ])
  .meta({ id: 'Scope' });

export const ApiKey = z
  .object({
    id: z.string(), name: z.string(),
    hint: z.string().meta({ description: 'Its last four characters.' }),
    scopes: z.array(Scope), createdAt: z.string(), usedAt: z.string().nullable(), revokedAt: z.string().nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.output<typeof ApiKey>;
export const ApiKeyList = z.object({ items: z.array(ApiKey) }).meta({ id: 'ApiKeyList' });

export const NewApiKey = z
  .object({ name: z.string().trim().min(1).max(100), scopes: z.array(Scope).min(1).transform((scopes) => [...new Set(scopes)]) })
  .meta({ id: 'NewApiKey' });
export type NewApiKey = z.output<typeof NewApiKey>;

export const MadeApiKey = z
  .object({ key: ApiKey, token: z.string().meta({ description: 'The key itself, shown only here: keep it where secrets are kept.' }) })
  .meta({ id: 'MadeApiKey' });
export type MadeApiKey = z.output<typeof MadeApiKey>;
