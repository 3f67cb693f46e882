import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { connectors } from '../../connectors/registry.js';
import { reasonCodes } from '../../core/reason.js';
import { FactTakers, type TakenFact } from '../../infra/facts/fact-takers.js';
import type { FactKind } from '../../infra/facts/facts.js';
import { Tally } from '../incidents/decision.schema.js';
import { HandAsks } from './hand-asks.service.js';
import { IncidentNewsService } from './incident-news.service.js';
import type { LeftOver } from './notice-incidents.js';
import type { NoticeParams } from './notice-text.js';
import { type Matter, NoticesService } from './notices.service.js';

/** What the facts taken here tell, as far as a notice needs it; a fact written by a newer version may tell more. */
const Payload = z.object({
  clientId: z.string().nullish(),
  client: z.string().nullish(),
  channelId: z.string().nullish(),
  deliveryId: z.string().nullish(),
  deliveryIds: z.array(z.string()).nullish(),
  connectorId: z.string().nullish(),
  reason: z.object({ code: z.string(), detail: z.string().nullish(), detailIt: z.string().optional(), params: z.record(z.string(), z.union([z.number(), z.string()])).nullish() }).nullish(),
  cause: z.string().nullish(),
  detail: z.string().nullish(),
  count: z.number().int().nullish(),
  from: z.string().nullish(),
  to: z.string().nullish(),
  /** Of `sms.over-cap` without a round. */
  day: z.string().nullish(),
  /** Of `reroute.settled`: nobody decided in time. */
  unasked: z.boolean().nullish(),
  expiresAt: z.string().nullish(),
  /** Of `downtime.ended`: how many are held, by workspace. */
  held: z.record(z.string(), z.number().int()).nullish(),
  /** Of incidents. */
  what: z.enum(['outage', 'maintenance']).nullish().catch(null),
  platforms: z.array(z.object({ name: z.string(), onlyMedia: z.boolean().default(false) })).nullish(),
  tally: Tally.nullish().catch(null),
  /** It was over, and these fell again. */
  again: z.object({ at: z.string(), platforms: z.array(z.string()) }).nullish().catch(null),
});

/** Names of what the facts speak of, read once per batch. */
interface Names {
  readonly channels: ReadonlyMap<string, { readonly channel: string; readonly client: string; readonly clientId: string; readonly platform: string; readonly zone: string }>;
  /** The zone most clients of the workspace live in. */
  readonly zones: ReadonlyMap<string, string>;
  /** Of incidents that are over, by the fact's id: what is still to do. */
  readonly leftOver: ReadonlyMap<string, LeftOver>;
}

/** Turns facts into notices, in the transaction that takes them (invariant 5: no silent end, no silent wait). */
@Injectable()
export class NoticeTaker implements OnModuleInit {
  constructor(
    private readonly takers: FactTakers,
    private readonly notices: NoticesService,
    private readonly incidents: IncidentNewsService,
    private readonly hands: HandAsks,
  ) {}

  onModuleInit(): void {
    this.takers.register('notifications', async (taken, manager) => {
      await this.hands.follow(manager, taken);
      const facts = await this.incidents.untold(manager, taken.filter(({ kind }) => kind !== 'delivery.held')); // of a hold no notice tells
      const names = { ...(await readNames(facts, manager)), leftOver: await this.incidents.leftOver(manager, facts) };
      await this.notices.tell(manager, facts.flatMap((fact) => mattersOf(fact, names)));
      await this.incidents.follow(manager, facts);
    });
  }
}

function mattersOf(fact: TakenFact, names: Names): readonly Matter[] {
  const payload = Payload.parse(fact.payload);
  if (fact.kind === 'downtime.ended') return downtime(payload, names);
  const tell = tellers[fact.kind];
  if (!tell || fact.workspaceId === null) return [];
  const channelId = fact.kind.startsWith('channel.') ? fact.subjectId : (payload.channelId ?? null);
  const leftOver = names.leftOver.get(fact.id);
  const params: NoticeParams = {
    count: payload.count ?? 1, clientId: payload.clientId ?? null, channelId, reason: reasonOf(payload), detail: payload.detail ?? null,
    deliveryIds: payload.deliveryIds ?? [payload.deliveryId ?? null].filter((id) => id !== null),
    zone: names.zones.get(fact.workspaceId) ?? 'UTC',
    ...(payload.client && { client: payload.client }), ...names.channels.get(channelId ?? ''), ...(leftOver && { leftOver }),
  };
  const told = tell(params, payload, fact);
  return told === null ? [] : [{ workspaceId: fact.workspaceId, params, ...told }];
}

type Told = z.output<typeof Payload>;
type Teller = (params: NoticeParams, payload: Told, fact: TakenFact) => (Omit<Matter, 'workspaceId' | 'params'> & { readonly params?: NoticeParams }) | null;

/** Which matter a fact belongs to. Facts of one channel or platform within an hour are one matter. */
const tellers: Readonly<Partial<Record<FactKind, Teller>>> = {
  // Of a newsletter that reached nobody tells its own notice.
  'delivery.failed': ({ channelId }, { reason }) => reason?.code === 'reached-nobody' ? null : ({ kind: 'post-failed', matter: `failed:${channelId}`, fold: 'hour' }),
  'delivery.missed': ({ channelId }) => ({ kind: 'post-missed', matter: `missed:${channelId}`, fold: 'hour' }),
  'delivery.moved': ({ channelId }) => ({ kind: 'post-moved', matter: `moved:${channelId}`, fold: 'hour' }),
  'reroute.settled': ({ channelId }, { unasked }) => (unasked ? { kind: 'post-left-out', matter: `left-out:${channelId}`, fold: 'hour' } : null),
  'delivery.perhaps-twice': (_, __, { subjectId }) => ({ kind: 'perhaps-twice', matter: `twice:${subjectId}`, fold: 'never' }),
  'delivery.vanished': ({ channelId }) => ({ kind: 'vanished', matter: `vanished:${channelId}`, fold: 'hour' }),
  'delivery.waiting': (params, { connectorId, cause }) => ({
    kind: 'posts-waiting', matter: `waiting:${connectorId}:${cause}`, fold: 'hour', params: { ...params, platform: platformName(connectorId ?? '') },
  }),
  'newsletter.paused': (_, __, { subjectId }) => ({ kind: 'newsletter-paused', matter: `newsletter-paused:${subjectId}`, fold: 'hour' }),
  'newsletter.waiting': (_, __, { subjectId }) => ({ kind: 'newsletter-waiting', matter: `newsletter-waiting:${subjectId}`, fold: 'hour' }),
  'newsletter.ended': (_, __, { subjectId }) => ({ kind: 'newsletter-ended', matter: `newsletter-ended:${subjectId}`, fold: 'hour' }),
  // Of no round: SMS were passed over, told once a day.
  'sms.over-cap': ({ clientId }, { day }, { subjectId }) => ({ kind: 'sms-over-cap', matter: `sms-over-cap:${subjectId ?? `${clientId}:${day}`}`, fold: 'never' }),
  'call.not-made': ({ clientId }, { reason }) => ({ kind: 'call-not-made', matter: `call-not-made:${clientId}:${reason?.code}`, fold: 'hour' }),
  'sms.stopped': (_, __, { subjectId }) => ({ kind: 'sms-stopped', matter: `sms-stopped:${subjectId}`, fold: 'hour' }),
  'sms.waiting': (params, { to }, { subjectId }) => ({ kind: 'sms-waiting', matter: `sms-waiting:${subjectId}`, fold: 'hour', params: { ...params, ...(to && { to }) } }),
  'sms.unsure': (_, __, { subjectId }) => ({ kind: 'sms-unsure', matter: `sms-unsure:${subjectId}`, fold: 'never' }),
  'channel.reconnect': ({ channelId }) => ({ kind: 'reconnect', matter: `reconnect:${channelId}`, fold: 'hour' }),
  'channel.expiring': (params, { expiresAt }) => ({
    kind: 'access-ends', matter: `expiring:${params.channelId}:${expiresAt}`, fold: 'never', params: { ...params, ...(expiresAt && { to: expiresAt }) },
  }),
  'incident.opened': (params, payload, { subjectId }) => ({ kind: 'incident-opened', matter: `incident-opened:${subjectId}`, fold: 'hour', quiet: true, params: ofIncident(params, payload, subjectId) }),
  'incident.changed': (params, payload, { subjectId }) => {
    if (!payload.again) return null;
    const { at, platforms } = payload.again;
    return { kind: 'incident-reopened', matter: `incident-reopened:${subjectId}:${at}`, fold: 'never', quiet: true, params: { ...ofIncident(params, payload, subjectId), platforms, from: at } };
  },
  'incident.closed': (params, payload, { subjectId }) => ({ kind: 'incident-closed', matter: `incident-closed:${subjectId}:${payload.to}`, fold: 'hour', quiet: true, params: ofIncident(params, payload, subjectId) }),
};

/** Letters of an incident are written apart, to those it concerns: the notice stays in the app. */
function ofIncident(params: NoticeParams, { what, platforms, from, to, tally }: Told, incidentId: string | null): NoticeParams {
  return { ...params, incidentId, platforms: (platforms ?? []).map(({ name }) => name), onlyMedia: (platforms ?? []).filter(({ onlyMedia }) => onlyMedia).map(({ name }) => name),
    isMaintenance: what === 'maintenance', tally: tally ?? null, ...(from && { from }), ...(to && { to }) };
}

/** A wait tells its cause, which is a reason's code or, for want of one, the state it waits in. */
function reasonOf({ reason, cause }: Told): NonNullable<NoticeParams['reason']> | null {
  if (reason) return { code: reason.code, detail: reason.detail ?? null, ...(reason.detailIt !== undefined && { detailIt: reason.detailIt }), ...(reason.params && { params: reason.params }) };
  return reasonCodes.some((code) => code === cause) && cause ? { code: cause } : null;
}

/** One notice per workspace that has something held; those without are not bothered. */
function downtime({ held, from, to }: Told, { zones }: Names): readonly Matter[] {
  return Object.entries(held ?? {})
    .filter(([, count]) => count > 0)
    .map(([workspaceId, count]) => ({
      workspaceId, kind: 'own-downtime', matter: `downtime:${from}`, fold: 'never',
      params: { count, ...(from && { from }), ...(to && { to }), zone: zones.get(workspaceId) ?? 'UTC' },
    }));
}

async function readNames(facts: readonly TakenFact[], manager: EntityManager): Promise<Omit<Names, 'leftOver'>> {
  const channelIds = facts.flatMap(({ kind, subjectId, payload }) => [payload['channelId'], kind.startsWith('channel.') ? subjectId : null]).filter((id) => typeof id === 'string');
  const workspaceIds = facts.flatMap(({ kind, workspaceId, payload }) =>
    (kind.startsWith('incident.') && workspaceId !== null ? [workspaceId] : Object.keys((payload['held'] as object | undefined) ?? {})));
  const channels: { id: string; workspaceId: string; channel: string; client: string; clientId: string; connectorId: string; zone: string }[] = channelIds.length === 0 ? [] : await manager.query(
    `SELECT c.id, c.name AS channel, l.name AS client, l.id AS "clientId", c.connector_id AS "connectorId", l.zone
     FROM channels c JOIN clients l ON l.id = c.client_id WHERE c.id = ANY($1::uuid[])`,
    [channelIds],
  );
  const zones: { id: string; zone: string }[] = workspaceIds.length === 0 ? [] : await manager.query(
    `SELECT DISTINCT ON (workspace_id) workspace_id AS id, zone FROM clients
     WHERE workspace_id = ANY($1::uuid[]) AND archived_at IS NULL GROUP BY workspace_id, zone ORDER BY workspace_id, count(*) DESC, zone`,
    [workspaceIds],
  );
  return {
    channels: new Map(channels.map(({ id, connectorId, channel, client, clientId, zone }) => [id, { channel, client, clientId, zone, platform: platformName(connectorId) }])),
    zones: new Map(zones.map(({ id, zone }) => [id, zone])),
  };
}

function platformName(connectorId: string): string {
  return connectors.find(({ id }) => id === connectorId)?.name ?? connectorId;
}
