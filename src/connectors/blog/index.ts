import { z } from 'zod';
import type { World } from '../connector.js';
import { defineConnector } from '../connector.js';
import { inHouse } from '../house.js';
import { limits, Options } from './limits.js';

const Account = z.object({
  blog: z.string().trim().min(2).max(60).meta({ title: 'Blog', description: 'The last word of its address, e.g. bar-aurora; or the id of its client.', secret: false }),
});
type Account = z.output<typeof Account>;

/** The client's own blog, in this house. Facts: README.md beside this file. */
export const blog = defineConnector<Account>({
  ...inHouse,
  id: 'blog',
  name: 'Blog',
  account: Account,
  options: Options,
  capabilities: ['text', 'media', 'publish', 'read'],
  pages: true,
  marksLinks: true,
  limits: () => limits,
  delete: async (remoteId: string, account: Account, world: World) =>
    (await world.house?.delete?.(remoteId, account)) ?? { kind: 'local', detail: 'this process does not have the blog' },
});
