import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { DecisionOutcome, Tally } from './decision.schema.js';
import { firstPart, outcomeOf } from './decision-columns.js';

export type { Tally } from './decision.schema.js';

const fields = {
  published: 'published', 'published-late': 'publishedLate', 'by-hand': 'byHand', rerouted: 'rerouted', waiting: 'waiting', missed: 'missed', failed: 'failed',
  dropped: 'dropped', moved: 'moved',
} as const satisfies Readonly<Record<DecisionOutcome, keyof Tally>>;

export const emptyTally: Tally = { planned: 0, published: 0, publishedLate: 0, byHand: 0, rerouted: 0, waiting: 0, missed: 0, failed: 0, dropped: 0, moved: 0 };

/** Counts what became of the posts an incident touched. */
@Injectable()
export class TallyService {
  constructor(private readonly database: DataSource) {}

  /** Of one workspace, or of one client of it. */
  async of(incidentId: string, workspaceId: string, clientId?: string, manager: EntityManager = this.database.manager): Promise<Tally> {
    const rows = await manager.query<Counted[]>(counted('AND g.workspace_id = $2 AND ($3::uuid IS NULL OR g.client_id = $3)'), [incidentId, workspaceId, clientId ?? null]);
    return tallyOf(rows);
  }

  /** Of every workspace with posts in it. */
  async byWorkspace(manager: EntityManager, incidentId: string): Promise<ReadonlyMap<string, Tally>> {
    const rows = await manager.query<Counted[]>(counted(''), [incidentId]);
    const ids = new Set(rows.map(({ workspaceId }) => workspaceId));
    return new Map([...ids].map((id) => [id, tallyOf(rows.filter(({ workspaceId }) => workspaceId === id))]));
  }
}

interface Counted {
  readonly workspaceId: string;
  readonly outcome: DecisionOutcome;
  readonly count: number;
}

const counted = (which: string): string => `
  SELECT g.workspace_id AS "workspaceId", ${outcomeOf} AS outcome, count(*)::int AS count
    FROM incident_deliveries g JOIN deliveries d ON d.id = g.delivery_id ${firstPart}
   WHERE g.incident_id = $1 ${which} GROUP BY 1, 2`;

function tallyOf(rows: readonly Counted[]): Tally {
  return rows.reduce((sum, { outcome, count }) => ({ ...sum, planned: sum.planned + count, [fields[outcome]]: count }), emptyTally);
}
