import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rehearsed outages, and the workspaces they play in. */
export class Drills1765700000000 implements MigrationInterface {
  readonly name = 'Drills1765700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE workspaces ADD COLUMN is_drill boolean NOT NULL DEFAULT false; -- made for one drill, and nobody's demo

      CREATE TABLE drills (
        id uuid PRIMARY KEY,
        workspace_id uuid NOT NULL REFERENCES workspaces (id), -- whose members started it
        stage_id uuid REFERENCES workspaces (id), -- the one it plays in
        state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'passed', 'failed', 'broken-off')),
        scenarios text[] NOT NULL,
        tally jsonb,
        timeline jsonb NOT NULL DEFAULT '[]', -- [{at, code, params}]
        started_by jsonb NOT NULL, -- actor
        started_at timestamptz NOT NULL DEFAULT now(),
        seen_at timestamptz NOT NULL DEFAULT now(), -- the process that plays it says so again and again
        ended_at timestamptz
      );
      CREATE INDEX drills_newest ON drills (workspace_id, started_at DESC, id DESC);
      CREATE UNIQUE INDEX drills_running ON drills (workspace_id) WHERE state = 'running'; -- one at a time
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE drills; ALTER TABLE workspaces DROP COLUMN is_drill');
  }
}
