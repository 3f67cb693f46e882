import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is done for commitments once an outage is over. */
export class CommitmentsInIncidents1765500000000 implements MigrationInterface {
  readonly name = 'CommitmentsInIncidents1765500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE incident_tasks ( -- ticked off; what there is to do follows from the incident and the commitment
        incident_id uuid NOT NULL REFERENCES incidents (id),
        workspace_id uuid NOT NULL,
        commitment_id uuid NOT NULL,
        code text NOT NULL, -- as core/commitments.ts names it
        connector_id text NOT NULL, -- the platform it is about; '' = of the commitment as a whole
        done_by jsonb NOT NULL, -- actor
        done_at timestamptz NOT NULL DEFAULT now(), -- before the platforms were back (again) it was something else that was done
        PRIMARY KEY (incident_id, commitment_id, code, connector_id),
        FOREIGN KEY (workspace_id, commitment_id) REFERENCES commitments (workspace_id, id)
      );

      CREATE TABLE commitment_versions ( -- before a person changed it: what was over by then is told by these
        workspace_id uuid NOT NULL,
        commitment_id uuid NOT NULL,
        version integer NOT NULL,
        changed_at timestamptz NOT NULL DEFAULT now(),
        was jsonb NOT NULL, -- its row, but for archived_at
        PRIMARY KEY (commitment_id, version),
        FOREIGN KEY (workspace_id, commitment_id) REFERENCES commitments (workspace_id, id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE commitment_versions, incident_tasks');
  }
}
