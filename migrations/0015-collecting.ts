import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One mail for all that a brand sends elsewhere on a day, and one version for all occurrences of a series. */
export class Collecting1765600000000 implements MigrationInterface {
  readonly name = 'Collecting1765600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE broadcasts ADD COLUMN carried boolean NOT NULL DEFAULT false; -- the mail of joined_to says it too: whoever gets that has it
      ALTER TABLE broadcasts ADD COLUMN sent_from text; -- the address its mails went from
      ALTER TABLE broadcasts ADD COLUMN wait_told boolean NOT NULL DEFAULT false; -- people know that it waits
      ALTER TABLE broadcasts ADD COLUMN gone_on_at timestamptz; -- what ended before this holds it no more: somebody has looked
      CREATE INDEX deliveries_client ON deliveries (client_id, due_at) WHERE state IN ('scheduled', 'held'); -- what of a client is due and not gone

      CREATE TABLE series_fallbacks ( -- what the occurrences of a series say on another outlet
        workspace_id uuid NOT NULL,
        series_id uuid NOT NULL,
        channel_id uuid NOT NULL,
        content jsonb NOT NULL, -- {parts: PartContent[]}
        approved_by jsonb, -- actor; null = a draft
        approved_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        created_by jsonb NOT NULL,
        PRIMARY KEY (series_id, channel_id),
        CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
        FOREIGN KEY (workspace_id, series_id) REFERENCES series (workspace_id, id),
        FOREIGN KEY (workspace_id, channel_id) REFERENCES channels (workspace_id, id)
      );
      CREATE INDEX series_fallbacks_channel ON series_fallbacks (channel_id);
      CREATE INDEX series_fallbacks_media ON series_fallbacks USING gin (jsonb_path_query_array(content, 'strict $.**.mediaId'))
        WHERE jsonb_path_exists(content, 'strict $.**.mediaId');
      ALTER TABLE fallbacks ADD COLUMN of_series boolean NOT NULL DEFAULT false; -- as the series has it; false: a person wrote it for this post
      ALTER TABLE fallbacks ALTER COLUMN content DROP NOT NULL; -- null: a person took it out, and what its series says stays out
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE broadcasts DROP COLUMN carried, DROP COLUMN sent_from, DROP COLUMN wait_told, DROP COLUMN gone_on_at;
      DROP INDEX deliveries_client;
      DELETE FROM fallbacks WHERE content IS NULL;
      ALTER TABLE fallbacks ALTER COLUMN content SET NOT NULL, DROP COLUMN of_series;
      DROP TABLE series_fallbacks;
    `);
  }
}
