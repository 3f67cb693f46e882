import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type Gap, Heartbeat } from '../../infra/heartbeat.js';

/** A time in which nothing went out because we did not run. */
export interface OwnDowntime extends Gap {
  readonly incidentId: string;
}

/**
 * Our own absence (DESIGN §6.8): more than 5 min without a worker's heartbeat. The first heartbeat of a worker after it
 * opens an incident `own-downtime`, in the same transaction, once over all processes.
 */
@Injectable()
export class AbsenceService {
  constructor(
    private readonly database: DataSource,
    heartbeat: Heartbeat,
  ) {
    heartbeat.onGap(open);
  }

  /**
   * Closes the absences nobody has dealt with yet and answers them as one: from the first heartbeat missed to the first
   * one back. null = there was none, or another process has taken it. Whoever gets it holds what is late and writes
   * the fact `downtime.ended` in the transaction of `manager`: if that is undone, the absence is answered again.
   */
  async check(manager: EntityManager = this.database.manager): Promise<OwnDowntime | null> {
    const rows: OwnDowntime[] = await manager.query(
      `WITH closed AS (
         UPDATE incidents SET closed_at = now() WHERE kind = 'own-downtime' AND closed_at IS NULL RETURNING id, began_at, opened_at
       )
       SELECT (array_agg(id ORDER BY began_at))[1] AS "incidentId", min(began_at) AS "from", max(opened_at) AS "to" FROM closed HAVING count(*) > 0`,
    );
    return rows[0] ?? null;
  }
}

async function open({ from, to }: Gap, manager: EntityManager): Promise<void> {
  await manager.query(`INSERT INTO incidents (id, kind, subject, began_at, opened_at) VALUES ($1, 'own-downtime', 'postern', $2, $3)`, [uuid(), from, to]);
}
