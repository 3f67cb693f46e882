import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SECOND_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Loop } from '../../infra/loop.js';
import type { ComponentChanged } from '../health/health.events.js';
import { GatherService } from './gather.service.js';
import { IncidentStory } from './incident-story.service.js';

const EVERY_MS = 5 * SECOND_MS;
/** Facts are taken within a second; what is not told after this long is not told any more. */
const PATIENCE = `interval '60 seconds'`;

const calm = `('up', 'degraded', 'unknown')`;

interface Drifted extends Pick<ComponentChanged, 'componentId' | 'from' | 'to' | 'media' | 'cause' | 'confidence'> {
  readonly connectorId: string;
  readonly host: string;
  readonly platform: string | null;
  readonly subject: string;
  readonly at: Date;
  readonly now: Date;
}

/** Keeps open incidents current: what is newly planned on what fell, and components that nobody speaks of any more. */
@Injectable()
export class IncidentRounds implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(
    private readonly database: DataSource,
    private readonly story: IncidentStory,
    private readonly gathers: GatherService,
    clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ROLES'>,
  ) {
    this.loop = new Loop('Incidents', EVERY_MS, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('watch')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  async round(): Promise<void> {
    await this.reconcile();
    await this.database.transaction((manager) => this.gathers.round(manager));
  }

  /** A component whose last channel is archived is never judged again, and what is lost of a fact is lost: an incident must not stay open for that. */
  private async reconcile(): Promise<void> {
    const rows = await this.database.query<Drifted[]>(
      `SELECT ic.component_id AS "componentId", ic.connector_id AS "connectorId", ic.host, ic.platform, coalesce(ic.subject, i.subject) AS subject, ic.state AS "from",
              coalesce(c.state, 'unknown') AS "to", coalesce(c.media_state, 'unknown') AS media, coalesce(c.cause, 'unknown') AS cause,
              coalesce(c.confidence, 0)::float8 AS confidence, coalesce(c.since, now()) AS at, now() AS now
         FROM incidents i JOIN incident_components ic ON ic.incident_id = i.id LEFT JOIN components c ON c.id = ic.component_id
        WHERE i.kind IN ('outage', 'maintenance') AND i.closed_at IS NULL AND ic.told_at < now() - ${PATIENCE}
          AND (ic.back_at IS NULL OR ic.state NOT IN ${calm})
          AND (c.id IS NULL OR NOT c.impaired AND c.state IN ${calm} AND c.media_state IN ${calm} AND c.since < now() - ${PATIENCE})`,
    );
    for (const { subject, connectorId, host, platform, at, now, ...told } of rows) {
      const changed: ComponentChanged = {
        ...told, platform: { connectorId, host, name: platform ?? connectorId, infraGroup: subject }, at: at.toISOString(), firstAt: at.toISOString(), impaired: false, kind: null, by: null,
        evidence: { writes: 0, accounts: 0, groups: 0, probes: 0, refusals: 0, official: 'none' }, official: null,
      };
      await this.database.transaction((manager) => this.story.tell(manager, changed, now));
    }
  }
}
