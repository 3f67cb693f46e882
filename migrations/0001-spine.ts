import type { MigrationInterface, QueryRunner } from 'typeorm';
import { deliveries } from './0001-spine/deliveries.js';
import { house } from './0001-spine/house.js';
import { outlets } from './0001-spine/outlets.js';
import { people } from './0001-spine/people.js';
import { posts } from './0001-spine/posts.js';
import { records } from './0001-spine/records.js';

/** The spine: people, clients, channels, media, posts, deliveries, facts, webhooks and the installation itself. */
export class Spine1763800000000 implements MigrationInterface {
  readonly name = 'Spine1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(people);
    await runner.query(outlets);
    await runner.query(posts);
    await runner.query(deliveries);
    await runner.query(records);
    await runner.query(house);
  }

  async down(): Promise<void> {
    throw new Error('The first migration has no way back: restore a backup or start with an empty database.');
  }
}
