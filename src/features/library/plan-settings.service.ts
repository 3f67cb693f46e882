import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../../infra/config.js';
import type { Caller } from '../../infra/http/access.js';
import { siteLink } from '../../infra/http/site.js';
import { claimedClient, isLinkToken, linkToken } from '../../infra/link-token.js';
import { Seal } from '../../infra/seal.js';
import { AuditService } from '../workspaces/audit.service.js';
import type { Client } from '../workspaces/client.schema.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { fail } from './library-problems.js';
import type { PlanSettings, PlanSettingsChange } from './plan.schema.js';

interface Row {
  readonly linkOn: boolean;
  readonly linkVersion: number;
  readonly memberIds: readonly string[];
  readonly emails: readonly string[];
  readonly version: number;
}

/** What counts before anybody chose anything; the same as the columns' defaults. */
const unwritten: Row = { linkOn: false, linkVersion: 1, memberIds: [], emails: [], version: 1 };
const columns = 'link_on AS "linkOn", link_version AS "linkVersion", member_ids AS "memberIds", emails, version';

/** Who gets a client's plan of the next seven days: by private link, and by mail. */
@Injectable()
export class PlanSettingsService {
  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly audit: AuditService,
    private readonly seal: Seal,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws DomainError client-unknown (404) */
  async read(workspaceId: string, clientId: string, manager: EntityManager = this.database.manager): Promise<PlanSettings> {
    await this.clients.read(workspaceId, clientId, manager);
    const [row] = await manager.query<Row[]>(`SELECT ${columns} FROM plan_settings WHERE workspace_id = $1 AND client_id = $2`, [workspaceId, clientId]);
    return this.shape(clientId, row ?? unwritten);
  }

  /** @throws DomainError client-unknown (404), edited-meanwhile (409), plan-not-member, plan-not-contact (422) */
  async change({ workspaceId, actor }: Caller, clientId: string, { version, linkOn, memberIds, emails }: PlanSettingsChange): Promise<PlanSettings> {
    return this.database.transaction(async (manager) => {
      const client = await this.clients.read(workspaceId, clientId, manager);
      const known = client.contacts.emails.map((address) => address.toLowerCase());
      const stranger = emails?.find((address) => !known.includes(address.toLowerCase()));
      if (stranger !== undefined) throw fail('plan-not-contact', { email: stranger });
      if (memberIds) {
        const members = await manager.query<unknown[]>('SELECT 1 FROM members WHERE workspace_id = $1 AND user_id = ANY($2::uuid[])', [workspaceId, memberIds]);
        if (members.length < memberIds.length) throw fail('plan-not-member');
      }
      await manager.query('INSERT INTO plan_settings (workspace_id, client_id) VALUES ($1, $2) ON CONFLICT (client_id) DO NOTHING', [workspaceId, clientId]);
      const [[row]] = await manager.query<[Row[], number]>(
        `UPDATE plan_settings SET link_on = coalesce($4, link_on), member_ids = coalesce($5, member_ids), emails = coalesce($6, emails), version = version + 1
          WHERE workspace_id = $1 AND client_id = $2 AND version = $3 RETURNING ${columns}`,
        [workspaceId, clientId, version, linkOn ?? null, memberIds ?? null, emails ?? null],
      );
      if (!row) throw fail('edited-meanwhile');
      await this.audit.record(manager, { workspaceId, actor, action: 'client.plan-settings-changed', subject: 'client', subjectId: clientId, details: { linkOn, memberIds, emails } });
      return this.shape(clientId, row);
    });
  }

  /** A new private link; every earlier one opens nothing any more. @throws DomainError client-unknown (404) */
  async newLink({ workspaceId, actor }: Caller, clientId: string): Promise<PlanSettings> {
    return this.database.transaction(async (manager) => {
      await this.clients.read(workspaceId, clientId, manager);
      const [row] = await manager.query<Row[]>(
        `INSERT INTO plan_settings AS s (workspace_id, client_id, link_on, link_version, version) VALUES ($1, $2, true, 2, 2)
         ON CONFLICT (client_id) DO UPDATE SET link_on = true, link_version = s.link_version + 1, version = s.version + 1 RETURNING ${columns}`,
        [workspaceId, clientId],
      );
      await this.audit.record(manager, { workspaceId, actor, action: 'client.plan-link-renewed', subject: 'client', subjectId: clientId });
      return this.shape(clientId, row ?? unwritten);
    });
  }

  /** Whose plan a private link opens; null for one that was never given, was revoked or switched off, or is of a client put away. */
  async ownerOf(token: string): Promise<{ readonly workspaceId: string; readonly client: Client } | null> {
    const clientId = claimedClient(token);
    if (clientId === null) return null;
    const [row] = await this.database.query<{ workspaceId: string; linkVersion: number }[]>(
      `SELECT s.workspace_id AS "workspaceId", s.link_version AS "linkVersion" FROM plan_settings s JOIN clients c ON c.id = s.client_id WHERE s.client_id = $1 AND s.link_on AND c.archived_at IS NULL`, [clientId],
    );
    if (!row || !isLinkToken(this.seal, token, { page: 'plan', clientId, linkVersion: row.linkVersion })) return null;
    return { workspaceId: row.workspaceId, client: await this.clients.read(row.workspaceId, clientId) };
  }

  private shape(clientId: string, { linkOn, linkVersion, memberIds, emails, version }: Row): PlanSettings {
    const link = linkOn ? siteLink(this.config, `/plan/${linkToken(this.seal, { page: 'plan', clientId, linkVersion })}`) : null;
    return { clientId, linkOn, memberIds: [...memberIds], emails: [...emails], link, calendarLink: link && `${link}/plan.ics`, version };
  }
}
