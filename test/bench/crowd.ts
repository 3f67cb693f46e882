import type { SeededClient } from '../kit/seed.js';
import type { Ground } from './ground.js';

interface Spread {
  readonly count: number;
  /** The first and the last due instant, ms from the database's now. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Scheduled deliveries with their posts and parts, evenly spread over the time and the channels: a million takes a few minutes. */
export async function seedCrowd({ dataSource }: Pick<Ground, 'dataSource'>, client: SeededClient, { count, fromMs, toMs }: Spread): Promise<void> {
  const STEP = 50_000;
  for (let from = 0; from < count; from += STEP) {
    const size = Math.min(STEP, count - from);
    await dataSource.query(
      `WITH s AS MATERIALIZED (
         SELECT gen_random_uuid() AS post, gen_random_uuid() AS delivery, c.*, i, date_trunc('milliseconds', now()) + ($3::float8 + ($4::float8 - $3::float8) * ($5::float8 + i) / $6::float8) * interval '1 ms' AS due,
                jsonb_build_object('text', 'crowd ' || i, 'media', '[]'::jsonb, 'link', NULL, 'language', NULL, 'options', '{}'::jsonb) AS said
           FROM generate_series(1, $7::int) AS i
           JOIN (SELECT id AS channel, connector_id, component_id, row_number() OVER () - 1 AS nth, count(*) OVER () AS channels FROM channels WHERE client_id = $2) c ON c.nth = i % c.channels),
       p AS (
         INSERT INTO posts (id, workspace_id, client_id, choice, content, zone, wall_at, due_at, created_by)
         SELECT post, $1, $2, 'can-wait', jsonb_build_object('parts', jsonb_build_array(said)), 'UTC', due AT TIME ZONE 'UTC', due, '{"kind":"system","id":"seed","name":"seed"}' FROM s),
       pc AS (INSERT INTO post_channels (post_id, channel_id, workspace_id) SELECT post, channel, $1 FROM s),
       d AS (
         INSERT INTO deliveries (id, workspace_id, client_id, post_id, channel_id, connector_id, component_id, state, choice, due_at, ready_at, deadline_at)
         SELECT delivery, $1, $2, post, channel, connector_id, component_id, 'scheduled', 'can-wait', due, due, due + interval '7 days' FROM s)
       INSERT INTO parts (id, delivery_id, workspace_id, channel_id, position, kind, content)
       SELECT gen_random_uuid(), delivery, $1, channel, 0, 'post', said FROM s`,
      [client.workspaceId, client.clientId, fromMs, toMs, from, count, size],
    );
  }
  await dataSource.query('VACUUM ANALYZE posts, post_channels, deliveries, parts');
}
