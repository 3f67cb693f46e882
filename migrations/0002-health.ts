import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is known of the health of components (DESIGN §7). */
export class Health1764000000000 implements MigrationInterface {
  readonly name = 'Health1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SEQUENCE component_version;

      CREATE TABLE components (
        id text PRIMARY KEY, -- mastodon:publish@mastodon.social
        detector jsonb NOT NULL, -- all the detector knows; written by the watch leader alone
        state text NOT NULL,
        media_state text NOT NULL, -- for what has media: the text may flow while this waits
        read_ok boolean NOT NULL, -- can what was published be read back
        impaired boolean NOT NULL,
        since timestamptz NOT NULL,
        cause text NOT NULL,
        confidence real NOT NULL,
        canary uuid, -- the held delivery that may go although it is down
        version bigint NOT NULL DEFAULT nextval('component_version'), -- rises when what workers read changes
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX components_version ON components (version);

      CREATE TABLE health_signals ( -- from the processes to the watch leader, a batch a row
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        signals jsonb NOT NULL -- [[component or "*", signal], …]
      );

      CREATE TABLE operator_words (
        id uuid PRIMARY KEY,
        component_id text NOT NULL,
        state text NOT NULL,
        reason text NOT NULL,
        until timestamptz NOT NULL,
        said_by jsonb NOT NULL, -- actor
        said_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz
      );
      CREATE UNIQUE INDEX operator_words_open ON operator_words (component_id) WHERE ended_at IS NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE operator_words, health_signals, components; DROP SEQUENCE component_version');
  }
}
