import type { MigrationInterface, QueryRunner } from 'typeorm';
import { gateways } from './0013-phone/gateways.js';
import { rounds } from './0013-phone/rounds.js';

/** The way to telephones: by which gateway, what it may cost, rounds of SMS and calls, each with a row per recipient. */
export class Phone1765400000000 implements MigrationInterface {
  readonly name = 'Phone1765400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(gateways);
    await runner.query(rounds);
  }

  async down(): Promise<void> {
    throw new Error('This migration has no way back: restore the copy of the data folder that was made before it.');
  }
}
