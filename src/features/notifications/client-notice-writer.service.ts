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
import { writeNotice } from './client-notice-text.js';
import { causeWords, listed } from './client-notice-words.js';
import type { ClientNoticeKind, ClientNoticeSettings, Wording } from './client-notice.schema.js';
import { hourIn, momentIn, named, tallyParts } from './incident-words.js';

export interface ToWrite {
  readonly workspaceId: string;
  readonly client: Client;
  readonly incident: Incident;
  readonly settings: ClientNoticeSettings;
  readonly kind: ClientNoticeKind;
  /** When the next of its posts is planned, if one is still to come. */
  readonly nextAt: Date | null;
  readonly now: Instant;
}

export interface WrittenNotice extends Wording {
  readonly platforms: readonly string[];
  readonly sender: Sender;
}

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

  /** null: nothing of this client is in danger, so it is told nothing. */
  async write(to: ToWrite): Promise<WrittenNotice | null> {
    const { workspaceId, client, incident, settings, kind, now } = to;
    const { language, zone } = client;
    const decisions = await this.decisions.list(workspaceId, incident.id, { language, clientId: client.id, reader: 'client' });
    const waiting = decisions.filter(({ outcome, dueAt }) => outcome === 'waiting' && Date.parse(dueAt) < now + DAY_MS);
    if (kind === 'opening' && waiting.length === 0) return null;
    const components = await this.componentsOf(to, decisions);
    const platforms = components.map(({ platform }) => platform);
    const sender = await this.sender.of(workspaceId, client.id, settings.manager);
    const link = await this.pages.link(workspaceId, client.id);
    const params: Params = {
      agency: sender.agency, client: client.name, platforms: named(platforms, language), contact: sender.contact,
      since: momentIn(new Date(Math.min(...components.map(({ fellAt }) => fellAt.getTime()))), zone, language),
      ...(kind === 'opening'
        ? {
            count: waiting.length, cause: causeWords(incident.official, language), page: link, nextWord: momentIn(nextWordAt(to), zone, language),
            posts: listed(waiting.map((post) => ({ ...post, hour: hourIn(new Date(post.dueAt), zone, language) }))),
          }
        : {
            until: momentIn(endOf(incident, components), zone, language), page: `${link}/incidents/${incident.id}`,
            tally: tallyLines(await this.tallies.of(incident.id, workspaceId, client.id), language),
          }),
    };
    return { ...writeNotice(wordingOf(settings, kind), params), platforms, sender };
  }

  /** Those of the incident's components that this client uses, or had posts for. */
  private async componentsOf({ workspaceId, client, incident }: ToWrite, decisions: readonly Decision[]): Promise<readonly IncidentComponent[]> {
    const rows = await this.database.query<{ id: string }[]>(
      `SELECT DISTINCT component_id AS id FROM channels WHERE workspace_id = $1 AND client_id = $2 AND (archived_at IS NULL OR id = ANY($3::uuid[]))`,
      [workspaceId, client.id, decisions.map(({ channelId }) => channelId)],
    );
    const ids = new Set(rows.map(({ id }) => id));
    const own = incident.components.filter(({ componentId }) => ids.has(componentId));
    // A channel that moved to another host meanwhile: the platform is still told by its name.
    const byName = new Set(decisions.map(({ connectorId }) => connectorId));
    return own.length > 0 ? own : incident.components.filter(({ connectorId }) => byName.has(connectorId));
  }
}

/** The page is kept current; what it says of the next post is known when that is due. Never promised for later than two hours. */
function nextWordAt({ nextAt, now }: ToWrite): Date {
  const next = nextAt !== null && nextAt.getTime() > now && nextAt.getTime() <= now + 2 * HOUR_MS ? nextAt.getTime() : now + HOUR_MS;
  return new Date(Math.ceil(next / (5 * MINUTE_MS)) * 5 * MINUTE_MS);
}

function endOf({ endedAt, closedAt, beganAt }: Incident, components: readonly IncidentComponent[]): Date {
  const backs = components.flatMap(({ backAt }) => (backAt === null ? [] : [backAt.getTime()]));
  return backs.length > 0 ? new Date(Math.max(...backs)) : (endedAt ?? closedAt ?? beganAt);
}

function tallyLines(tally: Tally, language: Language): string {
  return tally.planned === 0 ? untouched[language] : tallyParts(tally, language).map((part) => `– ${part}`).join('\n');
}
