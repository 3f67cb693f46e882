import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a person posts: who was asked to, one after the other. */
export class ByHand1765300000000 implements MigrationInterface {
  readonly name = 'ByHand1765300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE hand_asks (
        delivery_id uuid PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
        workspace_id uuid NOT NULL,
        turn integer NOT NULL DEFAULT 1, -- raised when everybody is asked anew: after "not now", another hour
        asked jsonb NOT NULL DEFAULT '[]', -- user ids of this turn, in order
        next_at timestamptz NOT NULL -- when the next one is asked; 'infinity' = nobody is left, or it waits no longer
      );
      CREATE INDEX hand_asks_next ON hand_asks (next_at) WHERE next_at < 'infinity';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE hand_asks');
  }
}
