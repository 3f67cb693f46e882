import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Caller } from '../../infra/http/access.js';
import { editedMeanwhile, type Language, problems } from '../../infra/http/problem.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { assertFillable, defaultWordings, placeholders } from './client-notice-text.js';
import { ClientContact, type ClientNoticeKind, type ClientNoticeSettings, type ClientNoticeSettingsChange, type Wording } from './client-notice.schema.js';

const fail = problems({ ...editedMeanwhile });

interface SettingsRow {
  readonly mode: ClientNoticeSettings['mode'];
  readonly manager: ClientContact;
  readonly texts: ClientNoticeSettings['texts'];
  readonly version: number;
}

/** What counts before anything was set; the same as the columns' defaults. */
const unset: SettingsRow = { mode: 'automatic', manager: {}, texts: {}, version: 0 };

/** How a client is told of an outage, and in which words. */
@Injectable()
export class ClientNoticeSettingsService {
  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError client-unknown (404) */
  async read(workspaceId: string, clientId: string, manager: EntityManager = this.database.manager): Promise<ClientNoticeSettings> {
    const { language } = await this.clients.read(workspaceId, clientId, manager);
    const rows = await manager.query<SettingsRow[]>(
      'SELECT mode, manager, texts, version FROM client_notice_settings WHERE workspace_id = $1 AND client_id = $2', [workspaceId, clientId]);
    return shape(rows[0] ?? unset, language);
  }

  /** @throws DomainError client-unknown (404), edited-meanwhile (409), placeholder-unknown (400) */
  async change({ workspaceId, actor }: Caller, clientId: string, { version, mode, manager: contact, texts }: ClientNoticeSettingsChange): Promise<ClientNoticeSettings> {
    return this.database.transaction(async (manager) => {
      const { language } = await this.clients.read(workspaceId, clientId, manager);
      if (texts.opening) assertFillable('opening', texts.opening);
      if (texts.end) assertFillable('end', texts.end);
      const said = [workspaceId, clientId, mode, JSON.stringify(contact), JSON.stringify(texts)];
      const rows = version === 0
        ? await manager.query<SettingsRow[]>(
            `INSERT INTO client_notice_settings (workspace_id, client_id, mode, manager, texts) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (client_id) DO NOTHING RETURNING mode, manager, texts, version`, said)
        : (await manager.query<[SettingsRow[], number]>(
            `UPDATE client_notice_settings SET mode = $3, manager = $4, texts = $5, version = version + 1
              WHERE workspace_id = $1 AND client_id = $2 AND version = $6 RETURNING mode, manager, texts, version`, [...said, version]))[0];
      if (!rows[0]) throw fail('edited-meanwhile');
      await this.audit.record(manager, { workspaceId, actor, action: 'client.notices-set', subject: 'client', subjectId: clientId, details: { mode, manager: contact, texts } });
      return shape(rows[0], language);
    });
  }
}

/** The agency's own words, or else ours. */
export function wordingOf({ texts }: Pick<ClientNoticeSettings, 'texts'>, kind: ClientNoticeKind, ours: ClientNoticeSettings['defaults']): Wording {
  return texts[kind] ?? ours[kind];
}

function shape({ mode, manager, texts, version }: SettingsRow, language: Language): ClientNoticeSettings {
  return {
    mode, manager: ClientContact.parse(manager), texts, version, defaults: defaultWordings[language],
    placeholders: { opening: [...placeholders.opening], end: [...placeholders.end] },
  };
}
