import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { connectors } from '../../connectors/registry.js';
import { stateNames } from '../../core/delivery.js';
import { DAY_MS, type Instant } from '../../core/instant.js';
import { needsPerson } from '../../core/review.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { DomainError, type Language } from '../../infra/http/problem.js';
import { deskUrl } from '../../infra/http/site.js';
import { Outbox } from '../../infra/mail/outbox.js';
import { type Decision, DecisionsService } from '../incidents/decisions.service.js';
import { type IncidentCommitment, IncidentCommitments } from '../incidents/incident-commitments.service.js';
import { type Incident, type IncidentComponent, IncidentsService } from '../incidents/incidents.service.js';
import { type Tally, TallyService } from '../incidents/tally.service.js';
import { ReviewsService } from '../posts/reviews.service.js';
import type { PersonOnDuty } from './duties.service.js';
import { partNames, sumOf } from './incident-words.js';
import type { LeftOver } from './notice-incidents.js';
import { type Listed, openedLetter, recoveredLetter } from './team-letter-text.js';

/** Of each client; further ones stand on the page. */
const othersAtMost = 100;

export interface Asked {
  readonly incidentId: string;
  readonly workspaceId: string;
  readonly person: Pick<PersonOnDuty, 'userId' | 'name' | 'email' | 'language'>;
  /** All that were asked of this person and nobody has taken. */
  readonly clientIds: readonly string[];
  /** Names of those who were asked before. */
  readonly silent: readonly string[];
  readonly minutes: number | null;
}

/** Letters to the team: one per incident, person and kind, whatever happens (incident_tellings). */
@Injectable()
export class TeamLettersService {
  constructor(
    private readonly incidents: IncidentsService,
    private readonly decisions: DecisionsService,
    private readonly tallies: TallyService,
    private readonly commitments: IncidentCommitments,
    private readonly reviews: ReviewsService,
    private readonly outbox: Outbox,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Writes the decision list to somebody, and down what it lists. @returns false when this person was told twice already: the app tells the rest */
  async opened(manager: EntityManager, { incidentId, workspaceId, person, clientIds, silent, minutes }: Asked, now: Instant): Promise<boolean> {
    // One after the other: another process may be writing to the same person at this moment, and then this is the second letter.
    const kind = (await this.claim(manager, { incidentId, workspaceId, person, kind: 'opened' })) ? 'opened' : 'handed-over';
    if (kind === 'handed-over' && !(await this.claim(manager, { incidentId, workspaceId, person, kind }))) return false;
    const incident = await this.incidents.one(workspaceId, incidentId, manager);
    const decisions = (await this.listOf(manager, { incidentId, workspaceId, clientIds, language: person.language })).filter(({ outcome, dueAt }) => outcome === 'waiting' && Date.parse(dueAt) < now + DAY_MS);
    const spoken = spokenOf(decisions, incident);
    const notBack = spoken.filter(({ backAt }) => backAt === null);
    const down = notBack.length > 0 ? notBack : spoken;
    const letter = openedLetter({
      kind, ...(await this.about(manager, { workspaceId, incidentId, clientIds })), platforms: partNames(down, person.language), since: incident.beganAt, isBack: spoken.length > 0 && notBack.length === 0,
      isMaintenance: incident.kind === 'maintenance', official: incident.official?.text ?? null, decisions, silent, minutes,
      commitments: await this.promised(manager, { workspaceId, incident, clientIds, language: person.language }),
    }, person.language);
    await this.write(manager, { incidentId, workspaceId, kind, person, letter });
    await manager.query('UPDATE incident_deliveries SET told_at = to_timestamp($3 / 1000.0) WHERE incident_id = $1 AND delivery_id = ANY($2::uuid[])', [
      incidentId, decisions.map(({ deliveryId }) => deliveryId), now,
    ]);
    return true;
  }

  /** It is over: one letter to each who was told of it. None when it has fallen again meanwhile. */
  async recovered(manager: EntityManager, incidentId: string, workspaceId: string): Promise<void> {
    const told = await manager.query<(Asked['person'] & { readonly clientIds: readonly string[] })[]>(
      `WITH told AS (
         INSERT INTO incident_tellings (incident_id, workspace_id, user_id, kind)
         SELECT DISTINCT incident_id, workspace_id, user_id, 'recovered' FROM incident_tellings WHERE incident_id = $1 AND workspace_id = $2
            AND EXISTS (SELECT 1 FROM incidents WHERE id = $1 AND state = 'closed') ORDER BY user_id
         ON CONFLICT DO NOTHING RETURNING user_id)
       SELECT u.id AS "userId", u.name, u.email, u.language,
              coalesce((SELECT jsonb_agg(k.client_id) FROM incident_asks k WHERE k.incident_id = $1 AND k.workspace_id = $2 AND (k.asked ? u.id::text OR k.answered_by = u.id)), '[]') AS "clientIds"
         FROM told t JOIN users u ON u.id = t.user_id AND u.disabled_at IS NULL JOIN members m ON m.user_id = u.id AND m.workspace_id = $2`,
      [incidentId, workspaceId],
    );
    if (told.length === 0) return;
    const incident = await this.incidents.one(workspaceId, incidentId, manager);
    for (const { clientIds, ...person } of told) {
      const decisions = await this.listOf(manager, { incidentId, workspaceId, clientIds, language: person.language });
      const tallies: Tally[] = [];
      for (const clientId of clientIds) tallies.push(await this.tallies.of(incidentId, workspaceId, clientId, manager));
      const letter = recoveredLetter({
        ...(await this.about(manager, { workspaceId, incidentId, clientIds })), platforms: partNames(spokenOf(decisions, incident), person.language), since: incident.beganAt,
        isMaintenance: incident.kind === 'maintenance', until: incident.endedAt ?? incident.closedAt ?? incident.beganAt, tally: sumOf(tallies),
        review: decisions.filter(needsPerson), others: await this.others(manager, { workspaceId, clientIds, language: person.language, decisions }),
        commitments: await this.promised(manager, { workspaceId, incident, clientIds, language: person.language }),
      }, person.language);
      await this.write(manager, { incidentId, workspaceId, kind: 'recovered', person, letter });
    }
  }

  /** What of a workspace is still a person's to do after an incident; null = there is no such incident any more. */
  async leftOver(manager: EntityManager, workspaceId: string, incidentId: string): Promise<LeftOver | null> {
    const incident = await this.incidents.one(workspaceId, incidentId, manager).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'incident-unknown') return null;
      throw error;
    });
    if (!incident) return null;
    const commitments = await this.commitments.of(workspaceId, incident, { language: 'en', manager });
    return {
      review: await this.decisions.forPeople(manager, workspaceId, incidentId),
      tasks: commitments.flatMap(({ tasks }) => tasks.filter(({ done }) => done === null)).length,
    };
  }

  /** @returns false when this person has had that letter. Waits for who is writing it now. */
  private async claim(manager: EntityManager, { incidentId, workspaceId, person, kind }: Pick<Telling, 'incidentId' | 'workspaceId' | 'person' | 'kind'>): Promise<boolean> {
    const rows = await manager.query<unknown[]>(
      'INSERT INTO incident_tellings (incident_id, workspace_id, user_id, kind) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1',
      [incidentId, workspaceId, person.userId, kind],
    );
    return rows.length > 0;
  }

  private async listOf(manager: EntityManager, { incidentId, workspaceId, clientIds, language }: OfClients & Pick<Asked, 'incidentId'>): Promise<readonly Decision[]> {
    const ids = new Set(clientIds);
    return (await this.decisions.list(workspaceId, incidentId, { language, manager })).filter(({ clientId }) => ids.has(clientId));
  }

  private async promised(manager: EntityManager, { workspaceId, incident, clientIds, language }: OfClients & { readonly incident: Incident }): Promise<readonly IncidentCommitment[]> {
    return (await this.commitments.of(workspaceId, incident, { language, manager })).filter(({ clientId }) => clientIds.includes(clientId));
  }

  /** What else of these clients waits for a person: the review list comes with the end of an incident. */
  private async others(manager: EntityManager, { workspaceId, clientIds, language, decisions }: OfClients & { readonly decisions: readonly Decision[] }): Promise<readonly Listed[]> {
    const inIt = new Set(decisions.map(({ deliveryId }) => deliveryId));
    const clients = await manager.query<{ id: string; zone: string }[]>('SELECT id, zone FROM clients WHERE workspace_id = $1 AND id = ANY($2::uuid[]) ORDER BY name, id', [workspaceId, clientIds]);
    const listed: Listed[] = [];
    for (const { id: clientId, zone } of clients) {
      const { items } = await this.reviews.list({ workspaceId, language }, { clientId, limit: othersAtMost }, manager);
      listed.push(...items.filter(({ id }) => !inIt.has(id)).map((review) => ({
        ...review, deliveryId: review.id, zone, platform: connectors.find(({ id }) => id === review.connectorId)?.name ?? review.connectorId, outlook: review.reason?.sentence ?? stateNames[review.state][language],
      })));
    }
    return listed;
  }

  /** Times are said in the zone of most of the person's clients; each post in its own client's. */
  private async about(manager: EntityManager, { workspaceId, incidentId, clientIds }: Pick<Asked, 'incidentId' | 'workspaceId' | 'clientIds'>): Promise<{ workspace: string; zone: string; link: string }> {
    const [row] = await manager.query<{ name: string; zone: string | null }[]>(
      'SELECT w.name, (SELECT mode() WITHIN GROUP (ORDER BY zone) FROM clients WHERE workspace_id = w.id AND id = ANY($2::uuid[])) AS zone FROM workspaces w WHERE w.id = $1',
      [workspaceId, clientIds],
    );
    return { workspace: row?.name ?? '', zone: row?.zone ?? 'UTC', link: `${deskUrl(this.config)}/desk/incidents/${incidentId}?workspaceId=${workspaceId}` };
  }

  private async write(manager: EntityManager, { incidentId, workspaceId, kind, person, letter }: Telling): Promise<void> {
    const { userId, name, email } = person;
    await this.outbox.write(manager, [
      { workspaceId, once: `incident:${incidentId}:${workspaceId}:${userId}:${kind}`, about: 'incident', to: { name, address: email }, userId, mail: letter },
    ]);
  }
}

interface OfClients {
  readonly workspaceId: string;
  readonly clientIds: readonly string[];
  readonly language: Language;
}

interface Telling extends Pick<Asked, 'incidentId' | 'workspaceId' | 'person'> {
  readonly kind: string;
  readonly letter: { readonly subject: string; readonly text: string };
}

/** What the posts were to go to; where none is left, all of the workspace's own. */
function spokenOf(decisions: readonly Decision[], { components }: Incident): readonly IncidentComponent[] {
  const ids = new Set(decisions.map(({ connectorId }) => connectorId));
  const touched = components.filter(({ connectorId }) => ids.has(connectorId));
  return touched.length > 0 ? touched : components;
}
