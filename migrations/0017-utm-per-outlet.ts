import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each outlet marks its links by a rule of its own; until now a client's newsletters did, by their sender's. */
export class UtmPerOutlet1765800000000 implements MigrationInterface {
  readonly name = 'UtmPerOutlet1765800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE channels ADD COLUMN utm jsonb; -- {source, medium, campaign}; null = links stay as they are
      UPDATE channels c SET utm = s.utm FROM senders s WHERE s.client_id = c.client_id AND s.utm IS NOT NULL AND c.connector_id = 'newsletter';
      ALTER TABLE senders DROP COLUMN utm;

      ALTER TABLE articles ADD COLUMN utm jsonb; -- the rule of the channel that brought it
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE articles DROP COLUMN utm;
      ALTER TABLE senders ADD COLUMN utm jsonb;
      UPDATE senders s SET utm = c.utm FROM (SELECT DISTINCT ON (client_id) client_id, utm FROM channels WHERE connector_id = 'newsletter' AND utm IS NOT NULL ORDER BY client_id, created_at) c WHERE c.client_id = s.client_id;
      ALTER TABLE channels DROP COLUMN utm;
    `);
  }
}
