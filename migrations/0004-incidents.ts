import type { MigrationInterface, QueryRunner } from 'typeorm';
import { incidents } from './0004-incidents/incidents.js';
import { letters } from './0004-incidents/letters.js';
import { notices } from './0004-incidents/notices.js';

/** Outages as stories, who is told of them, and by which road. */
export class Incidents1764400000000 implements MigrationInterface {
  readonly name = 'Incidents1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(incidents);
    await runner.query(letters);
    await runner.query(notices);
  }

  async down(): Promise<void> {
    throw new Error('This migration has no way back: restore the copy of the data folder that was made before it.');
  }
}
