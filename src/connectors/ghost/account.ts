import { z } from 'zod';
import { ServerAddress, siteOf } from '../origin.js';

export const Account = z.object({
  site: ServerAddress.meta({
    title: 'Site',
    description: 'Where you log in to write, like https://example.com or https://brand.ghost.io',
    it: { title: 'Sito', description: 'Dove accedi per scrivere, come https://example.com o https://brand.ghost.io' },
  }),
  adminKey: z.string().trim().regex(/^[0-9a-f]{24}:[0-9a-f]{64}$/i, 'two long numbers with a colon between them').meta({
    title: 'Admin API key',
    description: 'Settings → Integrations → Add custom integration → Admin API key.',
    it: { title: 'Chiave API di amministrazione', description: 'Impostazioni → Integrazioni → Aggiungi integrazione personalizzata → Admin API key.' },
    secret: true,
  }),
});
export type Account = z.output<typeof Account>;

/** The site's own address, without `/ghost` and what follows. */
export function siteOfAccount({ site }: Account): string {
  return siteOf(site, /\/ghost(\/|$)/);
}
