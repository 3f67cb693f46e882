import { z } from 'zod';
import { PageQuery, pageOf } from '../../infra/http/page.schema.js';
import { said } from '../../infra/http/said.schema.js';

/** What an endpoint can ask for: every fact of the house that webhooks take (a test keeps the two alike), or all of them. */
export const webhookKinds = [
  'post.scheduled', 'post.changed', 'post.cancelled',
  'delivery.published', 'delivery.held', 'delivery.unconfirmed', 'delivery.failed', 'delivery.missed', 'delivery.skipped', 'delivery.rerouted', 'delivery.moved', 'reroute.settled',
  'delivery.waiting', 'delivery.perhaps-twice', 'delivery.vanished',
  'channel.reconnect', 'channel.connected', 'channel.expiring',
  'newsletter.paused', 'newsletter.waiting', 'newsletter.ended',
  'sms.over-cap', 'sms.stopped', 'sms.waiting', 'sms.unsure', 'call.not-made',
  'incident.opened', 'incident.changed', 'incident.closed',
  'downtime.ended',
] as const;

const kinds = z
  .array(z.enum(['*', ...webhookKinds]))
  .min(1)
  .transform((list) => (list.includes('*') ? ['*' as const] : [...new Set(list)]))
  .meta({ description: 'Which facts are sent; `*` = all, those to come included.' });
const url = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .refine((text) => !/^\w+:\/\/[^/?#]*@/.test(text), { error: said({ en: 'must hold no user name and no password', it: 'non deve contenere né nome utente né password' }) })
  .meta({ description: 'Where the messages are sent, by POST. On a private address only if the operator allows that host.' });
const description = z.string().trim().max(200);

export const AddWebhook = z.object({ url, kinds: kinds.default(['*']), description: description.default('') }).meta({ id: 'AddWebhook' });
export type AddWebhook = z.output<typeof AddWebhook>;

export const EditWebhook = z
  .object({
    version: z.int().min(1).meta({ description: 'The `version` that was read; another one in between answers 409.' }),
    url: url.optional(),
    kinds: kinds.optional(),
    description: description.optional(),
    state: z.enum(['on', 'off']).optional(),
  })
  .meta({ id: 'EditWebhook' });
export type EditWebhook = z.output<typeof EditWebhook>;

export const Webhook = z
  .object({
    id: z.uuid(),
    url: z.string(),
    description: z.string(),
    kinds: z.array(z.string()),
    state: z.enum(['on', 'off', 'failing']),
    offReason: z.enum(['person', 'gone', 'failing']).nullable().meta({ description: '`gone`: it answered 410. `failing`: nothing arrived for 5 days.' }),
    failingSince: z.string().nullable(),
    oldSecretUntil: z.string().nullable().meta({ description: 'Until then messages are signed with the secret before, too.' }),
    waiting: z.int().meta({ description: 'Messages not delivered yet.' }),
    version: z.int(),
    createdAt: z.string(),
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.output<typeof Webhook>;

export const WebhookPage = pageOf('WebhookPage', Webhook);

export const WebhookWithSecret = Webhook.extend({
  secret: z.string().meta({ description: 'Signs the messages. Shown now and never again: keep it where you verify them.' }),
}).meta({ id: 'WebhookWithSecret' });
export type WebhookWithSecret = z.output<typeof WebhookWithSecret>;

const messageStates = ['waiting', 'delivered', 'failed'] as const;

export const WebhookMessage = z
  .object({
    id: z.uuid().meta({ description: 'The header `webhook-id`; the same at every try.' }),
    kind: z.string(),
    state: z.enum(messageStates),
    tries: z.int(),
    nextAt: z.string().nullable().meta({ description: 'When it is tried next; null when it is over.' }),
    status: z.int().nullable().meta({ description: 'What the endpoint answered last.' }),
    detail: z.string().nullable(),
    body: z.string().meta({ description: 'As signed and sent, byte for byte.' }),
    createdAt: z.string(),
    endedAt: z.string().nullable(),
  })
  .meta({ id: 'WebhookMessage' });
export type WebhookMessage = z.output<typeof WebhookMessage>;

export const WebhookMessagePage = pageOf('WebhookMessagePage', WebhookMessage);

export const WebhookMessageQuery = PageQuery.extend({ state: z.enum(messageStates).optional() });
export type WebhookMessageQuery = z.output<typeof WebhookMessageQuery>;

export const ReplayFailed = z
  .object({ since: z.iso.datetime({ offset: true }).meta({ description: 'Every failed message made at or after this instant is sent again.' }) })
  .meta({ id: 'ReplayFailed' });
export type ReplayFailed = z.output<typeof ReplayFailed>;

export const Replayed = z.object({ replayed: z.int() }).meta({ id: 'Replayed' });
export type Replayed = z.output<typeof Replayed>;
