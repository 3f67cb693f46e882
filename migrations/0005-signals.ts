import type { MigrationInterface, QueryRunner } from 'typeorm';

/** So that a backlog of signals is taken up in portions, and what is too old to say anything is dropped; and so that a process whose clock is off is seen. */
export class Signals1764600000000 implements MigrationInterface {
  readonly name = 'Signals1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE health_signals
        ADD amount integer NOT NULL GENERATED ALWAYS AS (jsonb_array_length(signals)) STORED,
        ADD told_at timestamptz NOT NULL DEFAULT now();
      ALTER TABLE workers ADD ahead_ms double precision NOT NULL DEFAULT 0 -- of the database's clock, as of its last heartbeat
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE health_signals DROP amount, DROP told_at; ALTER TABLE workers DROP ahead_ms');
  }
}
