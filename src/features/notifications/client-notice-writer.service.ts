import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DAY_MS, HOUR_MS, type Instant, MINUTE_MS } from '../../core/instant.js';
import type { Language, Params, Sentence } from '../../infra/http/problem.js';
import { ClientPagesService } from '../incidents/client-pages.service.js';
import { type Decision, DecisionsService } from '../incidents/decisions.service.js';
import type { Incident, IncidentComponent } from '../incidents/incidents.service.js';
import { type Tally, TallyService } from '../incidents/tally.service.js';
import type { Client } from '../workspaces/client.schema.js';
import { ClientNoticeSender, type Sender } from './client-notice-sender.service.js';
import { wordingOf } from './client-notice-settings.service.js';
import { maintenanceWordings, writeNotice } from './client-notice-text.js';
import { causeWords, listed, whatFails } from './client-notice-words.js';
import type { ClientNoticeKind, ClientNoticeSettings, Wording } from './client-notice.schema.js';
import { hourIn, momentIn, tallyParts } from './incident-words.js';

export interface ToWrite {
  readonly workspaceId: string;
  readonly client: Client;
  readonly incident: Incident;
  readonly settings: ClientNoticeSettings;
  readonly kind: ClientNoticeKind;
  readonly now: Instant;
  /** Left out: as it follows from its posts. */
  readonly nextWordAt?: Date | undefined;
}

export interface WrittenNotice extends Wording {
  readonly platforms: readonly string[];
  readonly sender: Sender;
  readonly componentIds: readonly string[];
  readonly since: Date;
  /** null = it is an end. */
  readonly nextWordAt: Date | null;
}

interface Spoken {
  readonly components: readonly IncidentComponent[];
  readonly since: Date;
  readonly nextWordAt: Date | null;
  readonly params: Params;
}

/** Shorter outages a client never hears of. */
const oldEnoughMs = 15 * MINUTE_MS;
const untouched: Sentence = { en: '– None of them was late: it was over in time.', it: '– Nessuno è stato in ritardo: è finito in tempo.' };

/** Writes what a client reads: of its own posts and platforms alone, in its language and zone. */
@Injectable()
export class ClientNoticeWriter {
  constructor(
    private readonly database: DataSource,
    private readonly decisions: DecisionsService,
    private readonly tallies: TallyService,
    private readonly pages: ClientPagesService,
    private readonly sender: ClientNoticeSender,
  ) {}

  /** null: nothing of this client is in danger, or not for long enough to speak of it. */
  async write(to: ToWrite): Promise<WrittenNotice | null> {
    const { workspaceId, client, incident, settings, kind } = to;
    const { language, zone } = client;
    const spoken = kind === 'opening' ? await this.opening(to) : await this.end(to);
    if (!spoken) return null;
    const { components, since, nextWordAt } = spoken;
    const sender = await this.sender.of(workspaceId, client.id, { contact: settings.manager, incidentId: to.incident.id });
    const params: Params = {
      agency: sender.agency, client: client.name, platforms: whatFails(components, language), contact: sender.contact, since: momentIn(since, zone, language), ...spoken.params,
    };
    const wording = wordingOf(settings, kind, incident.kind === 'maintenance' ? maintenanceWordings[language] : settings.defaults);
    return {
      ...writeNotice(wording, params), sender, since, nextWordAt,
      platforms: components.map(({ platform }) => platform), componentIds: components.map(({ componentId }) => componentId),
    };
  }

  /** Of what is down now, and for as long as that is: what is back, or another's, is no part of it. */
  private async opening({ workspaceId, client, incident, now, nextWordAt: saidAt }: ToWrite): Promise<Spoken | null> {
    const { language, zone } = client;
    const decisions = await this.decisions.list(workspaceId, incident.id, { language, clientId: client.id, reader: 'client' });
    const channels = await this.channelsOf(workspaceId, client.id, decisions);
    const fallen = ownOf(incident, channels, decisions).filter(({ backAt }) => backAt === null);
    const since = Math.min(...fallen.map(({ fellAt }) => fellAt.getTime()));
    if (!(now - since >= oldEnoughMs)) return null;
    const waiting = decisions.filter((post) => post.outcome === 'waiting' && Date.parse(post.dueAt) < now + DAY_MS && isOn(post, fallen, incident, channels));
    if (waiting.length === 0) return null;
    const nextWordAt = saidAt ?? nextWordOf(waiting, now);
    return {
      components: fallen, since: new Date(since), nextWordAt,
      params: {
        count: waiting.length, cause: causeWords(incident, language), page: await this.pages.link(workspaceId, client.id), nextWord: momentIn(nextWordAt, zone, language),
        posts: listed(waiting.map((post) => ({ ...post, hour: hourIn(new Date(post.dueAt), zone, language) }))),
      },
    };
  }

  /** Of what the opening spoke of, and what of the client's fell after it. */
  private async end({ workspaceId, client, incident }: ToWrite): Promise<Spoken> {
    const { language, zone } = client;
    const [told] = await this.database.query<{ componentIds: readonly string[]; since: Date }[]>(
      `SELECT component_ids AS "componentIds", since FROM client_notices WHERE incident_id = $1 AND client_id = $2 AND kind = 'opening'`, [incident.id, client.id]);
    const decisions = await this.decisions.list(workspaceId, incident.id, { language, clientId: client.id, reader: 'client' });
    const own = ownOf(incident, await this.channelsOf(workspaceId, client.id, decisions), decisions);
    const components = incident.components.filter((one) => own.includes(one) || told?.componentIds.includes(one.componentId));
    const since = new Date(Math.min(told?.since.getTime() ?? Infinity, ...components.map(({ fellAt }) => fellAt.getTime())));
    return {
      components, since, nextWordAt: null,
      params: {
        until: momentIn(endOf(incident, components), zone, language), page: `${await this.pages.link(workspaceId, client.id)}/incidents/${incident.id}`,
        tally: tallyLines(await this.tallies.of(incident.id, workspaceId, client.id), language),
      },
    };
  }

  /** The component of each channel that this client uses, or had posts for. */
  private async channelsOf(workspaceId: string, clientId: string, decisions: readonly Decision[]): Promise<ReadonlyMap<string, string>> {
    const rows = await this.database.query<{ id: string; componentId: string }[]>(
      `SELECT id, component_id AS "componentId" FROM channels WHERE workspace_id = $1 AND client_id = $2 AND (archived_at IS NULL OR id = ANY($3::uuid[]))`,
      [workspaceId, clientId, decisions.map(({ channelId }) => channelId)],
    );
    return new Map(rows.map(({ id, componentId }) => [id, componentId]));
  }
}

/** Those of the incident's components that are the client's. */
function ownOf({ components }: Incident, channels: ReadonlyMap<string, string>, decisions: readonly Decision[]): readonly IncidentComponent[] {
  const ids = new Set(channels.values());
  const own = components.filter(({ componentId }) => ids.has(componentId));
  // A channel that moved to another host meanwhile: the platform is still told by its name.
  const byName = new Set(decisions.map(({ connectorId }) => connectorId));
  return own.length > 0 ? own : components.filter(({ connectorId }) => byName.has(connectorId));
}

function isOn({ channelId, connectorId }: Decision, fallen: readonly IncidentComponent[], { components }: Incident, channels: ReadonlyMap<string, string>): boolean {
  const mine = channels.get(channelId);
  const isKnown = components.some(({ componentId }) => componentId === mine);
  return fallen.some((one) => (isKnown ? one.componentId === mine : one.connectorId === connectorId));
}

/** The page is kept current; what it says of the next post is known when that is due. Never promised for later than two hours. */
function nextWordOf(waiting: readonly Decision[], now: Instant): Date {
  const next = Math.min(...waiting.map(({ dueAt }) => Date.parse(dueAt)).filter((due) => due > now));
  return new Date(Math.ceil((next <= now + 2 * HOUR_MS ? next : now + HOUR_MS) / (5 * MINUTE_MS)) * 5 * MINUTE_MS);
}

function endOf({ endedAt, closedAt, beganAt }: Incident, components: readonly IncidentComponent[]): Date {
  const backs = components.flatMap(({ backAt }) => (backAt === null ? [] : [backAt.getTime()]));
  return backs.length > 0 ? new Date(Math.max(...backs)) : (endedAt ?? closedAt ?? beganAt);
}

function tallyLines(tally: Tally, language: Language): string {
  return tally.planned === 0 ? untouched[language] : tallyParts(tally, language).map((part) => `– ${part}`).join('\n');
}
