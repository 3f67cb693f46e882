import { z } from 'zod';
import { taskCodes } from '../../core/commitments.js';
import { said } from '../../infra/http/said.schema.js';
import { ClientNoticeEdit } from '../notifications/client-notice.schema.js';

/** What a person does on the incident's page: a form of it, so every field comes as text. */

const workspaceId = z.uuid();
const onDelivery = { workspaceId, deliveryId: z.uuid(), version: z.coerce.number().int() };

/** The outlets the button named, with commas between: those and no others. */
const channelIds = z.string().transform((ids) => ids.split(',')).pipe(z.array(z.uuid()).min(1).max(20));

const onNotice = { workspaceId, noticeId: z.uuid(), version: z.coerce.number().int() };
const { subject, text } = ClientNoticeEdit.required().shape;
/** A browser sends the lines of a textarea apart by CR and LF. */
const lines = z.string().transform((typed) => typed.replace(/\r\n/g, '\n')).pipe(text);

const clientNoticeActs = [
  z.object({ act: z.literal('notice-send'), ...onNotice }),
  z.object({ act: z.literal('notice-drop'), ...onNotice }),
  z.object({ act: z.literal('notice-edit'), ...onNotice, subject, text: lines }),
] as const;
export type ClientNoticeAct = z.output<(typeof clientNoticeActs)[number]>;

/** Where a post stands, as a person types it; empty = they do not know. */
export const typedLink = z
  .string()
  .trim()
  .max(2_000)
  .refine((text) => text === '' || /^https?:\/\/[^\s/]/.test(text) && URL.canParse(text), said({ en: 'must be a link that begins with https://, or empty', it: 'deve essere un link che inizia con https://, o vuoto' }))
  .default('');

export const IncidentAct = z.discriminatedUnion('act', [
  z.object({ act: z.literal('answer'), workspaceId, clientId: z.uuid().optional() }),
  z.object({ act: z.literal('note'), workspaceId, text: z.string().trim().min(1).max(5_000) }),
  z.object({ act: z.literal('release'), ...onDelivery }),
  z.object({ act: z.literal('drop'), ...onDelivery }),
  z.object({ act: z.literal('next-slot'), ...onDelivery }),
  z.object({ act: z.literal('settle'), ...onDelivery, how: z.enum(['publish', 'next-slot', 'skip']) }),
  z.object({
    act: z.literal('task'), workspaceId, commitmentId: z.uuid(), code: z.enum(taskCodes),
    connectorId: z.string().max(60).transform((id) => (id === '' ? null : id)), done: z.enum(['yes', 'no']).transform((word) => word === 'yes'),
  }),
  z.object({ act: z.literal('reroute'), ...onDelivery, channelIds }),
  z.object({
    act: z.literal('by-hand'),
    ...onDelivery,
    url: typedLink,
  }),
  ...clientNoticeActs,
  z.object({ act: z.literal('move'), workspaceId, deliveryId: z.uuid(), postVersion: z.coerce.number().int(), wallAt: z.string().max(40) }),
]);
export type IncidentAct = z.output<typeof IncidentAct>;

const shown = z.string().max(100).optional().catch(undefined);
export const IncidentPageQuery = z.object({
  workspaceId: z.uuid().optional().catch(undefined),
  still: shown,
  /** What stands open to be changed: a delivery, a notice to a client, or `note`. */
  change: shown,
  /** What was just done. */
  done: shown,
});
export type IncidentPageQuery = z.output<typeof IncidentPageQuery>;
