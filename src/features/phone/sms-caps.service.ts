import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../../infra/clock.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { Gateways } from './gateways.service.js';
import { fail } from './sms-problems.js';
import type { SmsCap, SmsCapWrite, SmsCosts, SmsCostsQuery } from './sms.schema.js';
import { Spending } from './spending.service.js';

/** What a client's phone may cost a month, and what it has cost. */
@Injectable()
export class SmsCaps {
  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly gateways: Gateways,
    private readonly spending: Spending,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError client-unknown (404) */
  async read(workspaceId: string, clientId: string): Promise<SmsCap> {
    await this.clients.read(workspaceId, clientId);
    const gatewayCurrency = (await this.gateways.open(workspaceId))?.currency ?? null;
    const [row]: { capMinor: number; currency: string; version: number }[] = await this.database.query('SELECT cap_minor AS "capMinor", currency, version FROM sms_caps WHERE client_id = $1 AND workspace_id = $2', [clientId, workspaceId]);
    const { month, spentMinor, leftMinor } = await this.spending.budget(workspaceId, clientId, { currency: gatewayCurrency, now: this.clock.now() });
    return { clientId, capMinor: row?.capMinor ?? 0, currency: row?.currency ?? null, gatewayCurrency, month, spentMinor, leftMinor, version: row?.version ?? 0 };
  }

  /** @throws DomainError client-unknown (404), edited-meanwhile (409), cap-other-currency (422) */
  async write({ workspaceId, actor }: Caller, clientId: string, { version, capMinor, currency }: SmsCapWrite): Promise<SmsCap> {
    const gateway = (await this.gateways.open(workspaceId))?.currency ?? currency;
    if (gateway !== currency) throw fail('cap-other-currency', { gateway, cap: currency });
    await this.database.transaction(async (manager) => {
      await this.clients.read(workspaceId, clientId, manager);
      const rows: unknown[] = version === 0
        ? await manager.query('INSERT INTO sms_caps (client_id, workspace_id, cap_minor, currency) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1', [clientId, workspaceId, capMinor, currency])
        : (await manager.query<[unknown[], number]>('UPDATE sms_caps SET cap_minor = $3, currency = $4, version = version + 1 WHERE client_id = $1 AND workspace_id = $2 AND version = $5 RETURNING 1', [clientId, workspaceId, capMinor, currency, version]))[0];
      if (rows.length === 0) throw fail('edited-meanwhile');
      await this.audit.record(manager, { workspaceId, actor, action: 'sms.cap', subject: 'client', subjectId: clientId, details: { capMinor, currency } });
    });
    return this.read(workspaceId, clientId);
  }

  /** By client and month, newest month first; without a beginning, those of a year. @throws DomainError client-unknown (404) */
  async costs(workspaceId: string, { clientId, from, to }: SmsCostsQuery): Promise<SmsCosts> {
    if (clientId !== undefined) await this.clients.read(workspaceId, clientId);
    const items: SmsCosts['items'] = await this.database.query(
      `SELECT p.client_id AS "clientId", c.name AS "clientName", p.month, p.kind, sum(p.pieces)::int AS pieces, sum(p.minor)::float8 AS "costMinor", p.currency
         FROM phone_costs p JOIN clients c ON c.id = p.client_id
        WHERE p.workspace_id = $1 AND ($2::uuid IS NULL OR p.client_id = $2) AND p.month >= coalesce($3, to_char(coalesce(to_date($4, 'YYYY-MM'), now()) - interval '11 months', 'YYYY-MM')) AND ($4::text IS NULL OR p.month <= $4)
        GROUP BY p.client_id, c.name, p.month, p.kind, p.currency ORDER BY p.month DESC, c.name, p.client_id, p.kind, p.currency`, [workspaceId, clientId ?? null, from ?? null, to ?? null]);
    return { items };
  }
}
