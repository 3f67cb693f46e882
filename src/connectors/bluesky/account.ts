import { z } from 'zod';
import { ServerAddress } from '../origin.js';

export const Account = z.object({
  identifier: z.string().trim().min(3).meta({ title: 'Handle', description: 'Like brand.bsky.social, or the DID.' }),
  appPassword: z.string().min(1).meta({ title: 'App password', description: 'Settings → Privacy and security → App passwords. Not the password of the account.', secret: true }),
  service: ServerAddress.default('https://bsky.social').meta({ title: 'Server', description: 'Leave as it is unless the account lives on a server of its own.' }),
});
export type Account = z.output<typeof Account>;
