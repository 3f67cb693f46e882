/** Timestamps leave the database as milliseconds since the epoch; 'infinity' becomes Infinity. */
export const ms = (expression: string): string => `(extract(epoch FROM ${expression}) * 1000)::float8`;

/** A duration parameter, given in milliseconds. */
export const interval = (parameter: string): string => `(${parameter}::float8 * interval '1 millisecond')`;

/**
 * The instant a part claims to be from: when it was due, or when it really left if that was later. Frozen by the row
 * itself (intent_at is the claim's own now()), so that a resend is byte-identical, also after a crash.
 */
export const stampOf = (delivery: string, part: string): string =>
  `coalesce(${part}.stamp_at, date_trunc('milliseconds',
     CASE WHEN ${delivery}.intent_at - ${delivery}.due_at > interval '1 minute' THEN ${delivery}.intent_at ELSE ${delivery}.due_at END
     + ${part}.position * interval '1 millisecond'))`;

/** No pause of its workspace, client or platform is in force, and the installation itself is not paused. */
export const unpaused = (delivery: string): string =>
  `NOT EXISTS (SELECT 1 FROM installation WHERE paused_at IS NOT NULL) AND NOT ${pausedBy(delivery)}`;

export const pausedBy = (delivery: string): string =>
  `EXISTS (SELECT 1 FROM pauses z WHERE z.workspace_id = ${delivery}.workspace_id AND z.ended_at IS NULL AND z.until > now()
     AND (z.client_id IS NULL OR z.client_id = ${delivery}.client_id)
     AND (z.connector_id IS NULL OR z.connector_id = ${delivery}.connector_id))`;

/** The pause that holds it: of several the one that ends last. */
export const pauseOf = (delivery: string): string =>
  `(SELECT z.id FROM pauses z WHERE z.workspace_id = ${delivery}.workspace_id AND z.ended_at IS NULL AND z.until > now()
     AND (z.client_id IS NULL OR z.client_id = ${delivery}.client_id)
     AND (z.connector_id IS NULL OR z.connector_id = ${delivery}.connector_id) ORDER BY z.until DESC, z.created_at, z.id LIMIT 1)`;

/** The next part that is not out, with what was kept for it and the parts before it. */
export const nextPart = (delivery: string): string => `
  JOIN LATERAL (SELECT * FROM parts WHERE delivery_id = ${delivery}.id AND published_at IS NULL ORDER BY position LIMIT 1) p ON true`;

/** The part carries a picture or film, were it only that of its link preview; as `hasMedia` of core/part.ts. */
export const hasMedia = (part: string): string => `(jsonb_array_length(${part}.content -> 'media') > 0 OR ${part}.content #>> '{link,thumb}' IS NOT NULL)`;

/** The same of the delivery: of what it sends next, as the gate asks it when its bell rings. */
export const nextPartHasMedia = (delivery: string): string =>
  `coalesce((SELECT ${hasMedia('p')} FROM parts p WHERE p.delivery_id = ${delivery}.id AND p.published_at IS NULL ORDER BY p.position LIMIT 1), false)`;

export const partColumns = (delivery: string): string => `
  p.id AS "partId", p.position, p.kind, p.content, ${ms(stampOf(delivery, 'p'))} AS "stampAt",
  CASE WHEN p.position > 0 THEN (SELECT jsonb_agg(jsonb_build_object('remoteId', q.remote_id, 'url', q.url) ORDER BY q.position)
     FROM parts q WHERE q.delivery_id = ${delivery}.id AND q.published_at IS NOT NULL) END AS "before",
  (SELECT jsonb_object_agg(k.name, jsonb_build_object('ref', k.ref, 'expiresAt', extract(epoch FROM k.expires_at) * 1000)) FROM kept_refs k
     WHERE k.part_id = p.id AND (k.expires_at IS NULL OR k.expires_at > now())) AS "kept"`;

export const flightColumns = (delivery: string): string => `
  ${delivery}.id, ${delivery}.epoch, ${delivery}.arming, ${delivery}.tries, ${ms(`${delivery}.failing_since`)} AS "failingSince",
  ${ms(`${delivery}.due_at`)} AS "dueAt", ${ms(`${delivery}.intent_at`)} AS "intentAt",
  ${delivery}.workspace_id AS "workspaceId", ${delivery}.client_id AS "clientId", ${delivery}.post_id AS "postId",
  ${delivery}.channel_id AS "channelId", ${delivery}.connector_id AS "connectorId", ${delivery}.component_id AS "componentId"`;

/** In RETURNING: the hold just written was not told before. What is tried on while it is held comes by here again and again. */
export const heldNews = (delivery: string): string =>
  `(SELECT o.held_told IS DISTINCT FROM ${delivery}.held_told FROM deliveries o WHERE o.id = ${delivery}.id) AS "heldNews"`;

/** Of a delivery `d`: what was written before words of time were looked for, and is not out; null = nothing. Read it with `timeWordOf`. */
export const unreadTexts = `(SELECT array_agg(coalesce(q.content ->> 'text', '') ORDER BY q.position) FROM parts q WHERE q.delivery_id = d.id AND q.published_at IS NULL AND NOT q.words_read AND q.time_word IS NULL)`;

/** Of a reroute `r`: it is out there. Before, it may still come back to its own platform. */
export const outElsewhere = `EXISTS (SELECT 1 FROM reroute_children k JOIN deliveries f ON f.id = k.child_id WHERE k.delivery_id = r.delivery_id AND f.state = 'published')`;
