import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { MINUTE_MS } from '../../core/instant.js';
import type { Caller } from '../../infra/http/access.js';
import type { Sentence } from '../../infra/http/problem.js';
import { Clock } from '../../infra/clock.js';
import { AuditService } from '../workspaces/audit.service.js';
import { GatewaySettings } from './gateway-settings.service.js';
import type { GatewayTestResult } from './gateway.schema.js';
import { Gateways } from './gateways.service.js';
import { fail } from './phone-problems.js';

const text: Sentence = { en: 'Postern: your telephone gateway works. This was a trial.', it: 'Postern: il tuo gateway telefonico funziona. Questa era una prova.' };
const worthMs = 5 * MINUTE_MS;
const patienceMs = 20_000;

/** Trials, to members alone; nobody's limit is touched. */
@Injectable()
export class GatewayTrials {
  constructor(
    private readonly database: DataSource,
    private readonly settings: GatewaySettings,
    private readonly gateways: Gateways,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError gateway-demo (409), gateway-none (404), gateway-test-own-only (422), gateway-test-too-soon (429) */
  async send(caller: Caller, to: string): Promise<GatewayTestResult> {
    const { workspaceId, language } = caller;
    await this.settings.mustBeLive(workspaceId);
    const open = await this.gateways.open(workspaceId);
    if (open === null) throw fail('gateway-none');
    await this.intend(caller, to);
    const result = await open.gateway.send({ to, from: null, text: text[language], ref: `trial-${uuid()}`, deadlineAt: this.clock.now() + worthMs }, AbortSignal.timeout(patienceMs));
    switch (result.kind) {
      case 'accepted':
        return { state: 'sent', detail: null };
      case 'uncertain':
        return { state: 'uncertain', detail: result.detail };
      case 'opted-out':
      case 'refused':
      case 'account':
      case 'throttled':
      case 'unavailable':
      case 'local':
        return { state: 'failed', detail: result.detail };
    }
  }

  private async intend({ workspaceId, actor }: Caller, to: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const members = await manager.query<unknown[]>(
        'SELECT 1 FROM members m JOIN users u ON u.id = m.user_id AND u.disabled_at IS NULL WHERE m.workspace_id = $1 AND u.phone = $2', [workspaceId, to]);
      if (members.length === 0) throw fail('gateway-test-own-only', { to });
      const [, due] = await manager.query<[unknown, number]>(
        `UPDATE phone_gateways SET tested_at = now() WHERE workspace_id = $1 AND tested_at < now() - interval '30 seconds'`, [workspaceId]);
      if (due === 0) throw fail('gateway-test-too-soon', {}, { retryAfterSeconds: 30 });
      await this.audit.record(manager, { workspaceId, actor, action: 'phone-gateway.tested', subject: 'phone-gateway', subjectId: workspaceId, details: { to } });
    });
  }
}
