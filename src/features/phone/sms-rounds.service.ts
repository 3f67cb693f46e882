import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { mayBroadcastBecome } from '../../core/broadcast.js';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { AuditService } from '../workspaces/audit.service.js';
import { OpenRounds } from './sms-open-rounds.service.js';
import { fail } from './sms-problems.js';
import { countedOf, ROUND_COLUMNS, type RoundCounts, type RoundRow, toRound } from './sms-round-row.js';
import type { SmsRound, SmsRoundQuery } from './sms.schema.js';

const Key = z.tuple([z.iso.datetime({ offset: true }), z.uuid()]);

interface Move {
  readonly id: string;
  readonly version: number;
  readonly to: 'sending' | 'paused' | 'stopped';
}

/** Rounds of SMS as people see them, and what a person does to one that is on its way. */
@Injectable()
export class SmsRounds {
  constructor(
    private readonly database: DataSource,
    private readonly open: OpenRounds,
    private readonly audit: AuditService,
  ) {}

  /** Newest first. */
  async list(workspaceId: string, { limit, cursor, clientId }: SmsRoundQuery): Promise<Page<SmsRound>> {
    const after = decodeCursor(cursor, Key);
    const rows: (RoundRow & { readonly key: string })[] = await this.database.query(
      `SELECT ${ROUND_COLUMNS}, to_json(b.frozen_at) #>> '{}' AS key FROM sms_rounds b
        WHERE b.workspace_id = $1 AND ($2::uuid IS NULL OR b.client_id = $2) AND ($3::timestamptz IS NULL OR (b.frozen_at, b.id) < ($3, $4))
        ORDER BY b.frozen_at DESC, b.id DESC LIMIT $5`, [workspaceId, clientId ?? null, after?.[0] ?? null, after?.[1] ?? null, limit + 1]);
    const { items, next } = toPage(rows, limit, (row) => [row.key, row.id]);
    return { items: await this.shown(this.database.manager, items), next };
  }

  /** @throws DomainError round-unknown (404) */
  async read(workspaceId: string, id: string, manager: EntityManager = this.database.manager): Promise<SmsRound> {
    const [shown] = await this.shown(manager, [await this.row(workspaceId, id, manager)]);
    if (!shown) throw fail('round-unknown');
    return shown;
  }

  /** What is sent stays sent; nobody else gets it. @throws DomainError round-unknown (404), edited-meanwhile, round-not (409) */
  stop(caller: Caller, id: string, version: number): Promise<SmsRound> {
    return this.move(caller, { id, version, to: 'stopped' });
  }

  /** @throws DomainError round-unknown (404), edited-meanwhile, round-not (409) */
  pause(caller: Caller, id: string, version: number): Promise<SmsRound> {
    return this.move(caller, { id, version, to: 'paused' });
  }

  /** @throws DomainError round-unknown (404), edited-meanwhile, round-not (409) */
  resume(caller: Caller, id: string, version: number): Promise<SmsRound> {
    return this.move(caller, { id, version, to: 'sending' });
  }

  /** By whom it was taken back where it stands. @returns false: it is through, or was stopped */
  async takeBack(workspaceId: string, id: string): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const [, stopped]: [unknown, number] = await manager.query(
        `UPDATE sms_rounds SET state = 'stopped', reason = 'taken back', version = version + 1 WHERE workspace_id = $1 AND id = $2 AND state IN ('frozen', 'sending', 'paused')`, [workspaceId, id]);
      if (stopped > 0) await this.open.leaveOut(manager, id, 'taken back');
      return stopped > 0;
    });
  }

  private async move({ workspaceId, actor }: Caller, { id, version, to }: Move): Promise<SmsRound> {
    return this.database.transaction(async (manager) => {
      const row = await this.row(workspaceId, id, manager);
      if (row.version !== version) throw fail('edited-meanwhile');
      if (!mayBroadcastBecome(row.state, to)) throw fail('round-not', { state: row.state });
      const [, moved]: [unknown, number] = await manager.query(
        `UPDATE sms_rounds SET state = $4, reason = CASE WHEN $4 = 'sending' THEN NULL ELSE 'person' END, detail = CASE WHEN $4 = 'sending' THEN NULL ELSE $5 END, paused_at = CASE WHEN $4 = 'paused' THEN now() END, troubles = 0, slow_times = 0, rest_until = '-infinity', gone_on_at = CASE WHEN $4 = 'sending' THEN now() ELSE gone_on_at END, version = version + 1
          WHERE workspace_id = $1 AND id = $2 AND version = $3`, [workspaceId, id, version, to, actor.name]);
      if (moved === 0) throw fail('edited-meanwhile');
      if (to === 'stopped') await this.open.leaveOut(manager, id, `stopped by ${actor.name}`);
      await this.audit.record(manager, { workspaceId, actor, action: `sms.${to}`, subject: 'sms-round', subjectId: id, details: { from: row.state } });
      return this.read(workspaceId, id, manager);
    });
  }

  private async row(workspaceId: string, id: string, manager: EntityManager): Promise<RoundRow> {
    const [row]: RoundRow[] = await manager.query(`SELECT ${ROUND_COLUMNS} FROM sms_rounds b WHERE b.workspace_id = $1 AND b.id = $2`, [workspaceId, id]);
    if (!row) throw fail('round-unknown');
    return row;
  }

  private async shown(manager: EntityManager, rows: readonly RoundRow[]): Promise<SmsRound[]> {
    const counted: { id: string; counted: RoundCounts }[] = await manager.query(
      `SELECT b.id, coalesce(b.counted, ${countedOf('r.round_id = b.id')}) AS counted FROM sms_rounds b WHERE b.id = ANY($1::uuid[])`, [rows.map(({ id }) => id)]);
    const counts = new Map(counted.map((one) => [one.id, one.counted]));
    return rows.map((row) => toRound(row, counts.get(row.id)));
  }
}
