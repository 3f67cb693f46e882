import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One mail for all that a brand sends elsewhere on a day. */
export class Collecting1765600000000 implements MigrationInterface {
  readonly name = 'Collecting1765600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE broadcasts ADD COLUMN carried boolean NOT NULL DEFAULT false -- the mail of joined_to says it too: whoever gets that has it`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE broadcasts DROP COLUMN carried');
  }
}
