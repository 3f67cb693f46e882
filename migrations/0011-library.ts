import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is prepared in quiet times: packs, commitments, and who gets the plan of the next days. */
export class Library1765200000000 implements MigrationInterface {
  readonly name = 'Library1765200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE packs ( -- what a brand says when something does not go as planned
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL,
        client_id uuid NOT NULL,
        title text NOT NULL,
        use_when text NOT NULL DEFAULT '',
        tags text[] NOT NULL DEFAULT '{}',
        language text NOT NULL, -- BCP 47
        expires_on date, -- the last day it is offered, in the client's zone; null = it does not expire
        head_hash text NOT NULL, -- of the five above, for telling changes from both sides apart
        proposals jsonb NOT NULL DEFAULT '[]', -- heads from a folder that did not fit onto what had changed here meanwhile
        approved_by jsonb, -- actor
        approved_at timestamptz,
        approved_hash text, -- of the whole pack: another one now = the approval is gone
        version integer NOT NULL DEFAULT 1,
        created_by jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        archived_at timestamptz,
        UNIQUE (workspace_id, id),
        CHECK ((approved_by IS NULL) = (approved_at IS NULL) AND (approved_by IS NULL) = (approved_hash IS NULL)),
        FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
      );
      CREATE INDEX packs_client ON packs (client_id);

      CREATE TABLE pack_variants ( -- what it says where; neither connector nor channel = wherever nothing else is said
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL,
        pack_id uuid NOT NULL,
        connector_id text,
        channel_id uuid,
        draft boolean NOT NULL DEFAULT false, -- beside the one in force, until a person decides
        content jsonb NOT NULL, -- {parts: PartContent[]}
        hash text NOT NULL, -- of the content, media by their bytes
        CHECK (connector_id IS NULL OR channel_id IS NULL),
        FOREIGN KEY (workspace_id, pack_id) REFERENCES packs (workspace_id, id),
        FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
      );
      CREATE INDEX pack_variants_pack ON pack_variants (pack_id);
      CREATE UNIQUE INDEX pack_variants_once ON pack_variants (pack_id, coalesce(connector_id, channel_id::text, '')) WHERE NOT draft;
      CREATE INDEX pack_variants_channel ON pack_variants (channel_id) WHERE channel_id IS NOT NULL;
      CREATE INDEX pack_variants_media ON pack_variants USING gin (jsonb_path_query_array(content, 'strict $.**.mediaId'))
        WHERE jsonb_path_exists(content, 'strict $.**.mediaId');

      CREATE TABLE commitments ( -- promised outside posts: reminds, publishes nothing
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL,
        client_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('contest', 'care-hours', 'ads', 'event')),
        title text NOT NULL,
        connector_ids text[] NOT NULL, -- platforms it lives on
        zone text NOT NULL,
        wall_from timestamp NOT NULL, -- truth: wall time in zone
        wall_until timestamp NOT NULL,
        from_at timestamptz NOT NULL, -- derived
        until_at timestamptz NOT NULL,
        hours jsonb, -- {from, to, weekdays}: of each day within it; null = day and night
        say text NOT NULL DEFAULT '', -- what to tell people meanwhile
        contact jsonb, -- {label, url, email, phone}: where to send them
        contact_public boolean NOT NULL DEFAULT false, -- on the brand's public page during an outage
        pack_id uuid,
        daily_budget bigint CHECK (daily_budget > 0), -- minor units
        currency text,
        version integer NOT NULL DEFAULT 1,
        created_by jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        archived_at timestamptz,
        UNIQUE (workspace_id, id),
        CHECK (from_at < until_at),
        CHECK ((daily_budget IS NULL) = (currency IS NULL)),
        FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id),
        FOREIGN KEY (workspace_id, pack_id) REFERENCES packs (workspace_id, id)
      );
      CREATE INDEX commitments_running ON commitments (workspace_id, until_at) WHERE archived_at IS NULL;
      CREATE INDEX commitments_client ON commitments (client_id);
      CREATE INDEX commitments_pack ON commitments (pack_id) WHERE pack_id IS NOT NULL;

      CREATE TABLE plan_settings ( -- of the plan of the next seven days
        client_id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL,
        link_on boolean NOT NULL DEFAULT false, -- whoever has the private link reads the plan
        link_version integer NOT NULL DEFAULT 1, -- part of the link: a higher one makes earlier links worthless
        member_ids uuid[] NOT NULL DEFAULT '{}', -- who gets it by mail
        emails text[] NOT NULL DEFAULT '{}', -- of the client's contacts
        made_on date, -- the night it was last written into the data folder, by the client's calendar
        mailed_on date,
        version integer NOT NULL DEFAULT 1,
        UNIQUE (workspace_id, client_id),
        FOREIGN KEY (workspace_id, client_id) REFERENCES clients (workspace_id, id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE plan_settings, commitments, pack_variants, packs');
  }
}
