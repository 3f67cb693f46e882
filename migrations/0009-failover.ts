import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Another way out: what a post says elsewhere, where it went instead, and what became of it afterwards. */
export class Failover1765000000000 implements MigrationInterface {
  readonly name = 'Failover1765000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE clients ADD COLUMN reroute_to jsonb NOT NULL DEFAULT '[]'; -- sets of channel ids, for posts that name none of their own
      ALTER TABLE parts ADD COLUMN time_word text; -- the first word of time in it: late, only a person lets it out
      ALTER TABLE parts ADD COLUMN words_read boolean NOT NULL DEFAULT false; -- false: written before words of time were looked for; read where they matter
      ALTER TABLE deliveries ADD COLUMN reroute_at timestamptz; -- held: it goes elsewhere then

      CREATE TABLE fallbacks ( -- what a post says on another outlet, written or approved by a person
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL,
        post_id uuid NOT NULL,
        channel_id uuid NOT NULL,
        content jsonb NOT NULL, -- {parts: PartContent[]}
        approved_by jsonb, -- actor; null = a draft
        approved_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        created_by jsonb NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (post_id, channel_id),
        CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
        FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id),
        FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
      );
      CREATE INDEX fallbacks_channel ON fallbacks (channel_id);
      CREATE INDEX fallbacks_media ON fallbacks USING gin (jsonb_path_query_array(content, 'strict $.**.mediaId'))
        WHERE jsonb_path_exists(content, 'strict $.**.mediaId');

      CREATE TABLE reroutes ( -- of a delivery that went elsewhere
        delivery_id uuid PRIMARY KEY REFERENCES deliveries (id),
        workspace_id uuid NOT NULL,
        after text NOT NULL CHECK (after IN ('ask', 'skip', 'publish-edited', 'publish-anyway')), -- what becomes of it on its own platform
        at timestamptz(3) NOT NULL DEFAULT now(), -- as precise as a page's cursor
        asked_at timestamptz NOT NULL DEFAULT now(), -- since then somebody may decide
        settled_at timestamptz, -- nothing is to be decided or looked after any more
        settled_as text CHECK (settled_as IN ('published', 'skipped', 'came-back'))
      );
      CREATE INDEX reroutes_open ON reroutes (at) WHERE settled_at IS NULL;
      CREATE INDEX reroutes_newest ON reroutes (workspace_id, at DESC, delivery_id DESC);

      CREATE INDEX deliveries_fallback ON deliveries (workspace_id) WHERE origin = 'fallback';

      CREATE TABLE reroute_children (
        delivery_id uuid NOT NULL REFERENCES reroutes (delivery_id),
        child_id uuid NOT NULL REFERENCES deliveries (id),
        PRIMARY KEY (delivery_id, child_id)
      );
      CREATE INDEX reroute_children_child ON reroute_children (child_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE reroute_children, reroutes, fallbacks;
      ALTER TABLE clients DROP COLUMN reroute_to;
      DROP INDEX deliveries_fallback;
      ALTER TABLE parts DROP COLUMN time_word, DROP COLUMN words_read;
      ALTER TABLE deliveries DROP COLUMN reroute_at;
    `);
  }
}
