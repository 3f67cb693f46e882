import { z } from 'zod';
import { defineConnector } from '../connector.js';
import { inHouse } from '../house.js';
import { limits } from './limits.js';

const Account = z.object({
  platform: z.string().trim().min(1).max(60).meta({ title: 'Platform', description: 'As people say it, e.g. Instagram.', secret: false }),
  page: z.url({ protocol: /^https$/ }).max(2_000).meta({ title: 'Page', description: 'The platform’s own page where one posts, e.g. https://www.instagram.com/.', secret: false }),
  instructions: z.string().trim().max(2_000).optional().meta({ title: 'Instructions', description: 'What whoever posts there has to know, e.g. which account to use.', secret: false }),
});
type Account = z.output<typeof Account>;

/** A person who posts. Facts: README.md beside this file. */
export const byHand = defineConnector<Account>({
  id: 'by-hand',
  name: 'By hand',
  byHand: true,
  account: Account,
  options: z.strictObject({}),
  capabilities: ['text', 'media', 'publish'],
  infraGroup: inHouse.infraGroup,
  host: inHouse.host,
  limits: () => limits,
  leadMs: 0,
  resendWindowMs: null,
  settleMs: inHouse.settleMs,
  commit: async () => ({ kind: 'local', detail: 'This is posted by a person, who then says that it is out: nothing is sent there.' }),
  probe: inHouse.probe,
  // No address: many clients are posted for on the same page of a platform.
  look: async ({ platform }) => ({ kind: 'ok', accountName: `${platform} (by hand)`, url: null, learned: { platform } }),
});
