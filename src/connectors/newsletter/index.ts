import { z } from 'zod';
import { defineConnector, type World } from '../connector.js';
import { inHouse } from '../house.js';
import { limits, Options } from './limits.js';

const Account = z.object({
  listIds: z.array(z.uuid()).min(1).max(20).meta({ title: 'Lists', description: 'Lists of the client; who is on several gets one mail.', secret: false }),
  segmentId: z.uuid().optional().meta({ title: 'Segment', description: 'A part of one of them; the others count whole.', secret: false }),
});

/** Mail to the people on a brand's own lists: what goes out here is a row of ours, and the mails follow from it. Facts: README.md beside this file. */
export const newsletter = defineConnector<z.output<typeof Account>>({
  ...inHouse,
  id: 'newsletter',
  name: 'Newsletter',
  account: Account,
  options: Options,
  capabilities: ['text', 'media', 'publish', 'read'],
  approvedOnly: true,
  collects: true,
  marksLinks: true,
  limits: () => limits,
  delete: async (remoteId: string, account: unknown, world: World) => (await world.house?.delete?.(remoteId, account)) ?? { kind: 'local', detail: 'this process does not have the newsletters' },
});
