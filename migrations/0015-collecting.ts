import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One mail for all that a brand sends elsewhere on a day, and one version for all occurrences of a series. */
export class Collecting1765600000000 implements MigrationInterface {
  readonly name = 'Collecting1765600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE broadcasts ADD COLUMN carried boolean NOT NULL DEFAULT false; -- the mail of joined_to says it too: whoever gets that has it

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
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE broadcasts DROP COLUMN carried;
      ALTER TABLE fallbacks DROP COLUMN of_series;
      DROP TABLE series_fallbacks;
    `);
  }
}
