import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../infra/clock.js';
import type { Commitment } from '../library/commitment.schema.js';
import { TouchedCommitments } from '../library/touched-commitments.service.js';
import type { PageOwner } from './client-pages.service.js';

/** A platform in an incident, as everybody may know it. */
export interface BrandOutage {
  readonly incidentId: string;
  readonly kind: 'outage' | 'maintenance';
  readonly connectorId: string;
  readonly host: string;
  /** Text flows; what does not is pictures and films. */
  readonly onlyMedia: boolean;
  readonly since: Date;
  /** null = not back. */
  readonly backAt: Date | null;
}

/** Where people are sent for something the brand promised, as long as what it lives on is down. */
export interface BrandContact {
  readonly kind: Commitment['kind'];
  readonly contact: NonNullable<Commitment['contact']>;
}

/** Shorter ones are not told: most are over before anybody asks (DESIGN §8). */
const OLD_ENOUGH = `interval '15 minutes'`;

const isBack = 'bool_and(ic.back_at IS NOT NULL)';
/** Of what is down the fall it is in, whatever else fell before; of what is back the one that was told. */
const since = `CASE WHEN ${isBack} THEN min(coalesce(ic.long_fell_at, ic.fell_at)) ELSE min(ic.fell_at) FILTER (WHERE ic.back_at IS NULL) END`;
const isTold = `CASE WHEN ${isBack} THEN bool_or(ic.long_fell_at IS NOT NULL OR ic.back_at - ic.fell_at >= ${OLD_ENOUGH})
                     ELSE now() - min(ic.fell_at) FILTER (WHERE ic.back_at IS NULL) >= ${OLD_ENOUGH} END`;

const platforms = (which: string): string => `
  SELECT i.id AS "incidentId", i.kind, ic.connector_id AS "connectorId", ic.host, bool_and(ic.only_media) AS "onlyMedia", ${since} AS since,
         CASE WHEN ${isBack} THEN max(ic.back_at) END AS "backAt"
    FROM incidents i JOIN incident_components ic ON ic.incident_id = i.id
   WHERE i.kind IN ('outage', 'maintenance') AND i.false_alarm IS NULL AND ${which}
     AND EXISTS (SELECT FROM channels c WHERE c.workspace_id = $1 AND c.client_id = $2 AND c.archived_at IS NULL AND c.component_id = ic.component_id)
   GROUP BY i.id, ic.connector_id, ic.host HAVING ${isTold}`;

/** What everybody may know of a brand's platforms: names and times. Reads no post, and nothing of any other client. */
@Injectable()
export class BrandReads {
  constructor(
    private readonly database: DataSource,
    private readonly touched: TouchedCommitments,
    private readonly clock: Clock,
  ) {}

  /** What is down now, of the platforms this client has a channel on. */
  now({ workspaceId, client }: PageOwner): Promise<readonly BrandOutage[]> {
    return this.database.query<BrandOutage[]>(
      `${platforms('i.closed_at IS NULL')} ORDER BY since, ic.connector_id, ic.host`,
      [workspaceId, client.id],
    );
  }

  /** For those commitments alone that are still on and say so (`contactPublic`): of what is down as `now` tells it. */
  async contacts({ workspaceId, client }: PageOwner, outages: readonly BrandOutage[]): Promise<readonly BrandContact[]> {
    const now = this.clock.now();
    const falls = outages.filter(({ onlyMedia, backAt }) => !onlyMedia && backAt === null).map(({ connectorId, since: fellAt }) => ({ connectorId, from: fellAt.getTime(), to: now, onlyMedia: false }));
    const touched = await this.touched.touchedBy(workspaceId, falls, { clientId: client.id });
    return touched.flatMap(({ commitment: { kind, contact, contactPublic, untilAt } }) => (contactPublic && contact !== null && Date.parse(untilAt) > now ? [{ kind, contact }] : []));
  }

  /** The same, and what was down in the last 30 days; newest first. */
  lately({ workspaceId, client }: PageOwner): Promise<readonly BrandOutage[]> {
    return this.database.query<BrandOutage[]>(
      `${platforms("i.began_at > now() - interval '30 days'")} ORDER BY since DESC, ic.connector_id, ic.host LIMIT 50`,
      [workspaceId, client.id],
    );
  }
}
