import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes for what is rare among a million rows: deliveries in trouble, and posts with a certain medium. */
export class AtAMillion1764200000000 implements MigrationInterface {
  readonly name = 'AtAMillion1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    // None of these states lies on a delivery's ordinary way, so publishing pays nothing for it.
    await runner.query(`
      CREATE INDEX deliveries_trouble ON deliveries (workspace_id, state, due_at, id)
        WHERE state IN ('unconfirmed', 'failed', 'missed', 'skipped', 'rerouted');
      CREATE INDEX deliveries_late ON deliveries (workspace_id) WHERE origin LIKE 'late:%';
      CREATE INDEX posts_media ON posts USING gin (jsonb_path_query_array(content, 'strict $.**.mediaId'))
        WHERE jsonb_path_exists(content, 'strict $.**.mediaId');
      CREATE INDEX post_channels_media ON post_channels USING gin (jsonb_path_query_array(variant, 'strict $.**.mediaId'))
        WHERE jsonb_path_exists(variant, 'strict $.**.mediaId');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX deliveries_trouble, deliveries_late, posts_media, post_channels_media');
  }
}
