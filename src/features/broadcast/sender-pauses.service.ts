import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { fail } from './broadcast-problems.js';
import type { Sender } from './sender.schema.js';
import { SendersService } from './senders.service.js';

export type PauseReason = NonNullable<Sender['pauseReason']>;

/** Stops a sender and what it has under way, by itself or by a person's word, and lets it go on. */
@Injectable()
export class SenderPauses {
  constructor(
    private readonly database: DataSource,
    private readonly senders: SendersService,
    private readonly audit: AuditService,
    private readonly facts: FactWriter,
  ) {}

  /** @returns false: it is paused already, and what was said then stays */
  async pause(manager: EntityManager, { workspaceId, senderId, reason, detail }: { readonly workspaceId: string; readonly senderId: string; readonly reason: PauseReason; readonly detail: string | null }): Promise<boolean> {
    const [rows]: [{ clientId: string }[], number] = await manager.query(
      `UPDATE senders SET paused_at = now(), pause_reason = $3, pause_detail = $4, version = version + 1 WHERE workspace_id = $1 AND id = $2 AND paused_at IS NULL RETURNING client_id AS "clientId"`,
      [workspaceId, senderId, reason, detail]);
    if (!rows[0]) return false;
    const [paused]: [{ channelId: string }[], number] = await manager.query(
      `UPDATE broadcasts SET state = 'paused', pause_reason = $2, pause_detail = $3, version = version + 1 WHERE client_id = $1 AND state IN ('frozen', 'sending') RETURNING channel_id AS "channelId"`, [rows[0].clientId, reason, detail]);
    // A person who pauses it knows.
    if (reason !== 'person') await this.facts.write(manager, [{ kind: 'newsletter.paused', workspaceId, subjectId: senderId, payload: { clientId: rows[0].clientId, channelId: paused[0]?.channelId ?? (await this.anyChannel(manager, rows[0].clientId)), detail: detail ?? reason } }]);
    await this.audit.record(manager, {
      workspaceId, actor: { kind: 'system', id: 'broadcast', name: 'Postern' }, action: 'sender.paused', subject: 'sender', subjectId: senderId, details: { reason, detail },
    });
    return true;
  }

  /** By which the client is named to people. */
  private async anyChannel(manager: EntityManager, clientId: string): Promise<string | null> {
    const [row]: { id: string }[] = await manager.query(`SELECT id FROM channels WHERE client_id = $1 AND connector_id = 'newsletter' ORDER BY archived_at NULLS FIRST, id LIMIT 1`, [clientId]);
    return row?.id ?? null;
  }

  /** @throws DomainError sender-unknown (404), edited-meanwhile (409) */
  async pauseByPerson(caller: Caller, id: string, version: number): Promise<Sender> {
    return this.database.transaction(async (manager) => {
      const { version: now } = await this.senders.row(caller.workspaceId, id, manager);
      if (now !== version) throw fail('edited-meanwhile');
      await this.pause(manager, { workspaceId: caller.workspaceId, senderId: id, reason: 'person', detail: caller.actor.name });
      return this.senders.read(caller.workspaceId, id, manager);
    });
  }

  /** What was paused with it goes on. @throws DomainError sender-unknown (404), edited-meanwhile (409) */
  async resume(caller: Caller, id: string, version: number): Promise<Sender> {
    return this.database.transaction(async (manager) => {
      await this.senders.row(caller.workspaceId, id, manager);
      const [rows]: [{ clientId: string }[], number] = await manager.query(
        `UPDATE senders SET paused_at = NULL, pause_reason = NULL, pause_detail = NULL, troubles = 0, rest_until = '-infinity', version = version + 1
          WHERE workspace_id = $1 AND id = $2 AND version = $3 RETURNING client_id AS "clientId"`, [caller.workspaceId, id, version]);
      if (!rows[0]) throw fail('edited-meanwhile');
      await manager.query(
        `UPDATE broadcasts SET state = 'sending', pause_reason = NULL, pause_detail = NULL, gone_on_at = now(), version = version + 1 WHERE client_id = $1 AND state = 'paused' AND pause_reason IS DISTINCT FROM 'pause-over'`, [rows[0].clientId]);
      await this.audit.record(manager, { workspaceId: caller.workspaceId, actor: caller.actor, action: 'sender.resumed', subject: 'sender', subjectId: id });
      return this.senders.read(caller.workspaceId, id, manager);
    });
  }
}
