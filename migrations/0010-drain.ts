import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is late leaves at a pace, in turns; and what a pause held is let go as its end was meant. */
export class Drain1765100000000 implements MigrationInterface {
  readonly name = 'Drain1765100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE drains ( -- a component through which late posts leave; written by the leader alone
        component_id text PRIMARY KEY,
        rate double precision NOT NULL, -- late posts a second
        gain double precision, -- what a good step adds; null = it doubles
        tokens double precision NOT NULL, -- posts that may go now
        good integer NOT NULL, -- outcomes of this step
        bad integer NOT NULL,
        pressed boolean NOT NULL, -- the rate was what held posts back in this step
        stepped_at timestamptz NOT NULL,
        at timestamptz NOT NULL, -- tokens are counted up to here
        credits jsonb NOT NULL DEFAULT '{}', -- what workspaces are owed, in turns
        epoch bigint NOT NULL, -- of the leader that wrote this
        began_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE drain_turns ( -- late deliveries that may go now, until it is seen what came of it
        delivery_id uuid PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
        component_id text NOT NULL,
        channel_id uuid NOT NULL,
        epoch integer NOT NULL, -- of the delivery then: a claim of its turn has a higher one
        late_before timestamptz, -- the channel's turn before this one, given back if nothing was sent
        late_by_before uuid,
        given_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX drain_turns_component ON drain_turns (component_id);

      -- Off a delivery's ordinary way, so publishing pays nothing for it.
      CREATE INDEX deliveries_paced ON deliveries (component_id, channel_id, deadline_at, id) WHERE state = 'held' AND hold_reason = 'pace';

      ALTER TABLE deliveries ADD COLUMN pause_id uuid; -- held for a pause: for which
      ALTER TABLE pauses
        ADD COLUMN resume text NOT NULL DEFAULT 'paced' CHECK (resume IN ('paced', 'to-slots', 'review', 'drop')), -- what becomes of what it held
        ADD COLUMN settled_at timestamptz; -- it is over, and that was done
      UPDATE pauses SET settled_at = now() WHERE ended_at IS NOT NULL OR until <= now();
      CREATE INDEX pauses_open ON pauses (until) WHERE settled_at IS NULL;
      CREATE INDEX deliveries_paused ON deliveries (pause_id) WHERE state = 'held' AND hold_reason = 'pause';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX deliveries_paused, pauses_open, deliveries_paced;
      ALTER TABLE pauses DROP COLUMN settled_at, DROP COLUMN resume;
      ALTER TABLE deliveries DROP COLUMN pause_id;
      DROP TABLE drain_turns, drains;
    `);
  }
}
