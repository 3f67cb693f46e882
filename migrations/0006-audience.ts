import type { MigrationInterface, QueryRunner } from 'typeorm';
import { lists } from './0006-audience/lists.js';
import { subscribers } from './0006-audience/subscribers.js';

/** Lists, who is on them by what consent, and who gets nothing any more. */
export class Audience1764700000000 implements MigrationInterface {
  readonly name = 'Audience1764700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(lists);
    await runner.query(subscribers);
  }

  async down(): Promise<void> {
    throw new Error('This migration has no way back: restore the copy of the data folder that was made before it.');
  }
}
