import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { MINUTE_MS, SECOND_MS } from '../../core/instant.js';
import { defaultTimes } from '../../core/times.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import { type Gap, Heartbeat } from '../../infra/heartbeat.js';
import { Loop } from '../../infra/loop.js';
import { SweepsService } from '../posts/sweeps.service.js';

const everyMs = 5 * SECOND_MS;
/** After this long the count is taken as it stands; what is decided later is told as a wait. */
const patienceMs = 10 * MINUTE_MS;

/**
 * Our own absence (DESIGN §6.8): more than 5 min without a worker's heartbeat. The first heartbeat of a worker after it
 * opens an incident `own-downtime`, in the same transaction, once over all processes. When everything that was due
 * meanwhile is decided, the incident is closed with the fact `downtime.ended` {from, to, held: {workspace: count}}.
 */
@Injectable()
export class AbsenceService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly sweeps: SweepsService,
    private readonly facts: FactWriter,
    heartbeat: Heartbeat,
    clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    heartbeat.onGap(open);
    this.loop = new Loop('Own absence', everyMs, clock, () => this.settle());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('watch')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Closes the absences that are decided, together if there are several. Answers the gap, once over all processes. A paused installation decides nothing, so it waits. */
  async settle(): Promise<Gap | null> {
    return this.database.transaction(async (manager) => {
      const [gap]: (Gap & { ids: string[]; patient: boolean })[] = await manager.query(
        `WITH open AS (
           SELECT id, began_at, opened_at FROM incidents WHERE kind = 'own-downtime' AND closed_at IS NULL
             AND NOT EXISTS (SELECT FROM installation WHERE paused_at IS NOT NULL) FOR UPDATE SKIP LOCKED
         )
         SELECT array_agg(id) AS ids, min(began_at) AS "from", max(opened_at) AS "to", max(opened_at) > now() - $1 * interval '1 millisecond' AS patient
         FROM open HAVING count(*) > 0`,
        [patienceMs],
      );
      if (!gap) return null;
      const { ids, from, to, patient } = gap;
      const held = await this.sweeps.settleAbsence(manager, to, defaultTimes, patient);
      if (held === null) return null;
      await manager.query(`UPDATE incidents SET state = 'closed', closed_at = now(), facts = $2 WHERE id = ANY($1::uuid[])`, [ids, JSON.stringify({ held })]);
      await this.facts.write(manager, [
        { kind: 'downtime.ended', workspaceId: null, subjectId: ids[0] ?? null, payload: { from: from.toISOString(), to: to.toISOString(), held } },
      ]);
      return { from, to };
    });
  }
}

async function open({ from, to }: Gap, manager: EntityManager): Promise<void> {
  await manager.query(`INSERT INTO incidents (id, kind, subject, state, began_at, opened_at, ended_at) VALUES ($1, 'own-downtime', 'postern', 'recovering', $2, $3, $3)`, [uuid(), from, to]);
}
