import { defaultTimes } from '../../core/times.js';

/** Its first part, by which it is known: when and where it went out. */
export const firstPart = `LEFT JOIN LATERAL (SELECT content, url, published_at FROM parts WHERE delivery_id = d.id ORDER BY position LIMIT 1) p ON true`;

/** Where delivery `d` was sent instead: `e.names`, and `e.url` once it stands there. Both null where it was not. */
export const elsewhere = `LEFT JOIN LATERAL (
  SELECT array_agg(n.name ORDER BY n.name, n.id) AS names, min(u.url) AS url
    FROM reroute_children k JOIN deliveries f ON f.id = k.child_id JOIN channels n ON n.id = f.channel_id
    LEFT JOIN LATERAL (SELECT url FROM parts WHERE delivery_id = f.id ORDER BY position LIMIT 1) u ON true
   WHERE d.state = 'rerouted' AND k.delivery_id = d.id) e ON true`;

const onTime = `interval '${defaultTimes.lateMs} milliseconds'`;

/** Delivery `d` with its first part `p` went out when it was planned for. */
export const isOnTime = (planned: string): string =>
  `(d.state = 'published' AND d.reason ->> 'code' IS DISTINCT FROM 'said-by-hand' AND coalesce(p.published_at, d.ended_at) <= ${planned} + ${onTime})`;

/** What became of delivery `d`, planned as `g` says: a DecisionOutcome. */
export const outcomeOf = `CASE
  WHEN d.state = 'published' AND d.reason ->> 'code' = 'said-by-hand' THEN 'by-hand'
  WHEN ${isOnTime('g.planned_at')} THEN 'published'
  WHEN d.due_at <> g.planned_at AND ${isOnTime('d.due_at')} THEN 'moved'
  WHEN d.state = 'published' THEN 'published-late'
  WHEN d.state = 'rerouted' THEN CASE WHEN EXISTS (SELECT FROM reroute_children k JOIN deliveries f ON f.id = k.child_id WHERE k.delivery_id = d.id AND f.state = 'published') THEN 'rerouted'
    WHEN EXISTS (SELECT FROM reroutes r WHERE r.delivery_id = d.id AND r.settled_as = 'skipped') THEN 'dropped' ELSE 'waiting' END
  WHEN d.state IN ('missed', 'failed') THEN d.state
  WHEN d.state IN ('skipped', 'cancelled') THEN 'dropped'
  WHEN d.state = 'scheduled' AND d.due_at <> g.planned_at THEN 'moved'
  ELSE 'waiting' END`;
