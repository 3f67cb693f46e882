import { z } from 'zod';
import { edgeNames, edges } from '../../core/edge.js';
import type { IncidentDetail } from './incident.schema.js';

export interface EventRow {
  readonly at: Date;
  readonly componentId: string | null;
  readonly kind: string;
  /** As it was told, with what speaks of everybody's accounts. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** The workspace's own posts that failed in the minutes before, and on how many of its accounts. */
  readonly writes: number;
  readonly accounts: number;
}

/** Of incident `$1`, those of components `$2`, beside what failed of workspace `$3` itself; a failed write counts for as long as the detector's window. */
export const eventsOf = `
  WITH own AS MATERIALIZED (
    SELECT d.component_id, d.channel_id, a.started_at
      FROM incidents i JOIN incident_deliveries g ON g.incident_id = i.id AND g.workspace_id = $3 JOIN deliveries d ON d.id = g.delivery_id
      JOIN attempts a ON a.delivery_id = d.id AND a.started_at >= i.began_at - interval '5 minutes'
     WHERE i.id = $1 AND a.kind IN ('commit', 'resend') AND a.outcome IN ('unavailable', 'uncertain'))
  SELECT e.at, e.component_id AS "componentId", e.kind, e.payload, o.writes, o.accounts
    FROM incident_events e
    CROSS JOIN LATERAL (SELECT count(*)::int AS writes, count(DISTINCT channel_id)::int AS accounts FROM own
                         WHERE own.component_id = e.component_id AND own.started_at BETWEEN e.at - interval '5 minutes' AND e.at) o
   WHERE e.incident_id = $1 AND (e.component_id IS NULL OR e.component_id = ANY($2::text[])) ORDER BY e.id`;

const State = z.looseObject({ upstream: z.object({ edge: z.enum(edges) }).nullish().catch(null), evidence: z.looseObject({ probes: z.number().catch(0), official: z.string().catch('none') }).catch({ probes: 0, official: 'none' }) });
/** State, times and cause are everybody's (DESIGN §2.10). */
const everybodys = ['from', 'to', 'media', 'impaired', 'at', 'firstAt', 'kind', 'cause', 'confidence'] as const;

/** As a workspace may read it: how many accounts failed of others, and how, and who else stands on its upstream, is not its business. */
export function eventOf({ at, componentId, kind, payload, writes, accounts }: EventRow): IncidentDetail['events'][number] {
  const shown = { at: at.toISOString(), componentId, kind };
  if (kind !== 'state') return { ...shown, payload };
  const { evidence, upstream, ...told } = State.parse(payload);
  const open = Object.fromEntries(everybodys.flatMap((name) => (told[name] === undefined ? [] : [[name, told[name]]])));
  return { ...shown, payload: { ...open, ...(upstream && { upstream: edgeNames[upstream.edge] }), evidence: { probes: evidence.probes, official: evidence.official, writes, accounts } } };
}
