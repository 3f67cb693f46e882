import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';

export const noticeKinds = [
  'post-failed', 'post-missed', 'post-moved', 'post-left-out', 'posts-waiting', 'perhaps-twice', 'vanished', 'reconnect', 'access-ends', 'own-downtime', 'webhook-off', 'newsletter-paused', 'newsletter-waiting', 'newsletter-ended', 'sms-over-cap', 'sms-stopped', 'sms-waiting', 'sms-unsure', 'call-not-made',
  'incident-opened', 'incident-reopened', 'incident-closed', 'client-notice', 'client-notice-lost', 'by-hand',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export const Notice = z
  .object({
    id: z.uuid(),
    kind: z.enum(noticeKinds),
    title: z.string().meta({ description: 'In the reader\'s language.' }),
    text: z.string().meta({ description: 'What happened and what to do, in the reader\'s language.' }),
    count: z.int().meta({ description: 'How many posts it is about; raised while it gathers.' }),
    clientId: z.string().nullable(),
    channelId: z.string().nullable(),
    incidentId: z.string().nullable(),
    deliveryIds: z.array(z.string()).meta({ description: 'Of the deliveries it is about; 20 at most.' }),
    createdAt: z.string(),
    seenAt: z.string().nullable(),
  })
  .meta({ id: 'Notice' });
export type Notice = z.output<typeof Notice>;

export const NoticePage = pageOf('NoticePage', Notice);

export const NoticeQuery = PageQuery.extend({
  unseen: z.enum(['true', 'false']).default('false').transform((text) => text === 'true').meta({ description: '`true`: only what nobody has marked as seen.' }),
});
export type NoticeQuery = z.output<typeof NoticeQuery>;
