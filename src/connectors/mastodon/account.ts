import { z } from 'zod';
import type { Sending } from '../http.js';
import { ServerAddress } from '../origin.js';
import { dialect } from './answers.js';

export const Account = z.object({
  instance: ServerAddress.meta({ title: 'Server', description: 'The address of your instance, like https://mastodon.social' }),
  accessToken: z.string().min(1).meta({
    title: 'Access token',
    description: 'Preferences → Development → New application, with the scopes read:accounts, read:statuses, write:statuses and write:media.',
    secret: true,
  }),
});
export type Account = z.output<typeof Account>;

export function authorized(account: Account): Pick<Sending, 'dialect'> & { readonly headers: Readonly<Record<string, string>> } {
  return { dialect, headers: { authorization: `Bearer ${account.accessToken}`, accept: 'application/json' } };
}
