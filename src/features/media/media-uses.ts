import type { EntityManager } from 'typeorm';

const open = `('scheduled', 'held', 'sending', 'unconfirmed')`;
/** Wherever in the content the id stands: picture, thumb of a link, or a field to come. As the indexes say it. */
const names = (column: string, id: string): string =>
  `jsonb_path_exists(${column}, 'strict $.**.mediaId') AND jsonb_path_query_array(${column}, 'strict $.**.mediaId') ? ${id}`;

/**
 * Counts the drafts, the series, the packs and the posts still to go out that use a medium. Found from the medium's id, by index:
 * reading what every post says would take seconds in a large workspace, and nobody could save a post with the medium meanwhile.
 */
export async function usesOf(manager: Pick<EntityManager, 'query'>, workspaceId: string, mediaId: string): Promise<number> {
  const [uses] = await manager.query<{ readonly count: number }[]>(
    `WITH named AS (
       SELECT p.id FROM posts p WHERE p.workspace_id = $1 AND ${names('p.content', '$2::text')}
       UNION
       SELECT v.post_id FROM post_channels v WHERE v.workspace_id = $1 AND ${names('v.variant', '$2::text')}
       UNION -- what it says elsewhere when its platform is down
       SELECT f.post_id FROM fallbacks f WHERE f.workspace_id = $1 AND ${names('f.content', '$2::text')}
     ), using_it AS (
       SELECT p.id FROM named n JOIN posts p ON p.id = n.id
        WHERE p.cancelled_at IS NULL
          AND (p.editing <> 'ready' OR EXISTS (SELECT 1 FROM deliveries d WHERE d.post_id = p.id AND d.state IN ${open})
               OR EXISTS (SELECT 1 FROM deliveries d JOIN reroutes r ON r.delivery_id = d.id WHERE d.post_id = p.id AND r.settled_at IS NULL))
       UNION -- published late after a reroute: what it says is its own
       SELECT d.post_id FROM deliveries d JOIN parts t ON t.delivery_id = d.id
        WHERE d.workspace_id = $1 AND d.origin LIKE 'late:%' AND d.state IN ${open} AND ${names('t.content', '$2::text')}
       UNION -- and what it says elsewhere; apart, for each has an index
       SELECT d.post_id FROM deliveries d JOIN parts t ON t.delivery_id = d.id
        WHERE d.workspace_id = $1 AND d.origin = 'fallback' AND d.state IN ${open} AND ${names('t.content', '$2::text')}
     )
     SELECT ((SELECT count(*) FROM using_it)
           + (SELECT count(*) FROM series s WHERE s.workspace_id = $1 AND s.ended_at IS NULL AND s.template::text LIKE '%' || $2 || '%')
           + (SELECT count(DISTINCT s.id) FROM series_fallbacks f JOIN series s ON s.id = f.series_id WHERE f.workspace_id = $1 AND s.ended_at IS NULL AND ${names('f.content', '$2::text')}
                AND s.template::text NOT LIKE '%' || $2 || '%')
           + (SELECT count(DISTINCT k.id) FROM pack_variants v JOIN packs k ON k.id = v.pack_id
               WHERE v.workspace_id = $1 AND k.archived_at IS NULL AND ${names('v.content', '$2::text')}))::int AS count`,
    [workspaceId, mediaId.toLowerCase()],
  );
  return uses?.count ?? 0;
}
