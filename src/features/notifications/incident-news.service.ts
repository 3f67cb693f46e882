import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { TakenFact } from '../../infra/facts/fact-takers.js';
import { EscalationService } from './escalation.service.js';
import type { LeftOver } from './notice-incidents.js';
import { TeamLettersService } from './team-letters.service.js';

/** Causes of a wait that an outage explains. */
const ofOutage: ReadonlySet<unknown> = new Set(['platform-down', 'outage', 'suspect', 'blocked', 'retrying', 'uncertain']);

/** What the opening and the end of an incident set going, beside the notice in the app. */
@Injectable()
export class IncidentNewsService {
  constructor(
    private readonly escalation: EscalationService,
    private readonly letters: TeamLettersService,
  ) {}

  /** In the transaction that takes the facts. */
  async follow(manager: EntityManager, facts: readonly TakenFact[]): Promise<void> {
    for (const { kind, workspaceId, subjectId } of facts) {
      if (workspaceId === null || subjectId === null) continue;
      if (kind === 'incident.opened' || kind === 'incident.changed') this.escalation.ring(); // what a first letter waited for has joined
      if (kind !== 'incident.closed') continue;
      await this.letters.recovered(manager, subjectId, workspaceId);
      // Should it fall again, what waits then is news again.
      await manager.query('UPDATE incident_deliveries SET told_at = NULL WHERE incident_id = $1 AND workspace_id = $2', [subjectId, workspaceId]);
    }
  }

  /** What is still to do after the incidents that these facts end, by the id of the fact. */
  async leftOver(manager: EntityManager, facts: readonly TakenFact[]): Promise<ReadonlyMap<string, LeftOver>> {
    const found = new Map<string, LeftOver>();
    for (const { id, kind, workspaceId, subjectId } of facts) {
      const left = kind === 'incident.closed' && workspaceId !== null && subjectId !== null ? await this.letters.leftOver(manager, workspaceId, subjectId) : null;
      if (left) found.set(id, left);
    }
    return found;
  }

  /** Leaves out of the waits the posts that the letter of an incident listed which is not closed: not those of a later day, nor those planned since. */
  async untold(manager: EntityManager, facts: readonly TakenFact[]): Promise<readonly TakenFact[]> {
    const ids = facts.flatMap((fact) => (isWait(fact) ? deliveriesOf(fact) : []));
    if (ids.length === 0) return facts;
    const rows = await manager.query<{ id: string }[]>(
      `SELECT DISTINCT g.delivery_id AS id FROM incident_deliveries g JOIN incidents i ON i.id = g.incident_id AND i.closed_at IS NULL
        WHERE g.delivery_id = ANY($1::uuid[]) AND g.told_at IS NOT NULL`,
      [ids],
    );
    const told = new Set(rows.map(({ id }) => id));
    return facts.flatMap((fact) => (isWait(fact) ? (rest(fact, told) ?? []) : [fact]));
  }
}

function isWait({ kind, payload }: TakenFact): boolean {
  return kind === 'delivery.waiting' && ofOutage.has(payload['cause']);
}

function deliveriesOf({ payload }: TakenFact): readonly string[] {
  return Array.isArray(payload['deliveryIds']) ? payload['deliveryIds'].filter((id) => typeof id === 'string') : [];
}

/** The fact without those; null when none is left. A wait names fifty at most: the others are told, for rather twice than never. */
function rest(fact: TakenFact, told: ReadonlySet<string>): TakenFact | null {
  const all = deliveriesOf(fact);
  const deliveryIds = all.filter((id) => !told.has(id));
  const count = Math.max(Number(fact.payload['count']) - (all.length - deliveryIds.length), deliveryIds.length);
  return count === 0 ? null : { ...fact, payload: { ...fact.payload, deliveryIds, count } };
}
