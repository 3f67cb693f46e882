import type { MigrationInterface, QueryRunner } from 'typeorm';
import { broadcasts } from './0007-broadcast/broadcasts.js';
import { senders } from './0007-broadcast/senders.js';

/** Newsletters: in whose name they go, what they look like, each with a row per recipient. */
export class Broadcast1764800000000 implements MigrationInterface {
  readonly name = 'Broadcast1764800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(senders);
    await runner.query(broadcasts);
  }

  async down(): Promise<void> {
    throw new Error('This migration has no way back: restore the copy of the data folder that was made before it.');
  }
}
