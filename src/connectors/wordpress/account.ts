import { z } from 'zod';
import type { Sending } from '../http.js';
import { ServerAddress, siteOf } from '../origin.js';
import { dialect } from './answers.js';

export const Account = z.object({
  site: ServerAddress.meta({
    title: 'Site',
    description: 'The address of the blog, like https://example.com or https://example.com/blog',
    it: { title: 'Sito', description: "L'indirizzo del blog, come https://example.com o https://example.com/blog" },
  }),
  username: z.string().trim().min(1).meta({
    title: 'User name',
    description: 'Of a user who may publish posts and upload files (Author or more).',
    it: { title: 'Nome utente', description: 'Di un utente che può pubblicare articoli e caricare file (Autore o superiore).' },
  }),
  applicationPassword: z.string().trim().min(8).meta({
    title: 'Application password',
    description: 'Users → Profile → Application Passwords. Not the password of the account.',
    it: { title: 'Password per applicazione', description: "Utenti → Profilo → Password applicazioni. Non la password dell'account." },
    secret: true,
  }),
});
export type Account = z.output<typeof Account>;

/** The site's own address, without `/wp-admin` and the like. */
export function siteOfAccount({ site }: Account): string {
  return siteOf(site, /\/(wp-admin|wp-json|wp-login\.php|index\.php)(\/|$)/);
}

/** https://developer.wordpress.org/rest-api/using-the-rest-api/authentication/#basic-authentication-with-application-passwords */
export function authorized({ username, applicationPassword }: Account): Required<Pick<Sending, 'dialect' | 'secrets' | 'headers'>> {
  const credential = Buffer.from(`${username}:${applicationPassword}`).toString('base64');
  return { dialect, secrets: [applicationPassword], headers: { authorization: `Basic ${credential}`, accept: 'application/json' } };
}
