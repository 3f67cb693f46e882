import { z } from 'zod';
import { defineConnector, type World } from '../connector.js';
import { inHouse } from '../house.js';
import { limits, Options } from './limits.js';

const Account = z.object({
  listIds: z.array(z.uuid()).min(1).max(20).meta({ title: 'Lists', description: 'Lists of phone numbers of the client; who is on several gets one SMS.', secret: false }),
  segmentId: z.uuid().optional().meta({ title: 'Segment', description: 'A part of one of them; the others count whole.', secret: false }),
  from: z.string().regex(/^(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}$/).optional().meta({
    title: 'Sender', description: 'A name of at most 11 letters and digits; left out: the number of the gateway. Some countries want it registered, and nobody can answer it.', secret: false,
  }),
});

/** SMS to the people on a brand's own lists: what goes out here is a row of ours, and the messages follow from it. Facts: README.md beside this file. */
export const sms = defineConnector<z.output<typeof Account>>({
  ...inHouse,
  id: 'sms',
  name: 'SMS',
  account: Account,
  options: Options,
  capabilities: ['text', 'publish', 'read'],
  approvedOnly: true,
  marksLinks: true,
  limits: () => limits,
  delete: async (remoteId: string, account: unknown, world: World) => (await world.house?.delete?.(remoteId, account)) ?? { kind: 'local', detail: 'this process does not have the rounds of SMS' },
});
