import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { fail } from './audience-problems.js';
import { type Person, personById } from './person-rows.js';
import { PersonalSources } from './personal-sources.service.js';
import type { PersonalData } from './subscriber.schema.js';
import { SubscribersService } from './subscribers.service.js';

/** A date column as it stands in JSON. */
const iso = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Everything known of one person, to be handed to them. */
@Injectable()
export class PersonalDataService {
  constructor(
    private readonly database: DataSource,
    private readonly subscribers: SubscribersService,
    private readonly sources: PersonalSources,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError subscriber-unknown (404) */
  async export({ workspaceId, actor }: Caller, id: string): Promise<PersonalData> {
    return this.database.transaction(async (manager) => {
      const person = await personById(manager, workspaceId, id);
      if (!person) throw fail('subscriber-unknown');
      const data: PersonalData = {
        subscriber: await this.subscribers.read(workspaceId, id, manager), consents: await this.consents(manager, id), suppressions: await this.suppressions(manager, person),
        letters: await this.letters(manager, person), others: await this.sources.knownOf(manager, person),
      };
      await this.audit.record(manager, { workspaceId, actor, action: 'subscriber.exported', subject: 'subscriber', subjectId: id });
      return data;
    });
  }

  private consents(manager: EntityManager, id: string): Promise<PersonalData['consents']> {
    return manager.query(
      `SELECT c.list_id AS "listId", c.deed, c.consent_version AS "consentVersion", t.text, t.purpose, c.source, host(c.ip) AS ip, ${iso('c.at')} AS at, c.detail,
              CASE WHEN i.id IS NOT NULL THEN jsonb_build_object('source', i.source, 'at', ${iso('i.created_at')}) END AS import
         FROM consents c JOIN consent_texts t ON t.list_id = c.list_id AND t.version = c.consent_version LEFT JOIN list_imports i ON i.id = c.import_id
        WHERE c.subscriber_id = $1 ORDER BY c.id`,
      [id],
    );
  }

  private suppressions(manager: EntityManager, { workspaceId, clientId, kind, addressKey }: Person): Promise<PersonalData['suppressions']> {
    return manager.query(
      `SELECT client_id AS "clientId", reason, ${iso('at')} AS at FROM suppressions
        WHERE workspace_id = $1 AND (client_id IS NULL OR client_id = $2) AND kind = $3 AND address_key = $4 ORDER BY at`,
      [workspaceId, clientId, kind, addressKey],
    );
  }

  private letters(manager: EntityManager, { workspaceId, address }: Person): Promise<PersonalData['letters']> {
    return manager.query(
      `SELECT mail->>'subject' AS subject, state, ${iso('created_at')} AS at FROM letters WHERE workspace_id = $1 AND about = 'sign-up' AND lower(to_address) = lower($2) ORDER BY created_at`,
      [workspaceId, address],
    );
  }
}
