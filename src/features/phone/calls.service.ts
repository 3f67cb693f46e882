import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { MINUTE_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import type { Actor, Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import type { Language } from '../../infra/http/problem.js';
import { twimlOf } from '../../infra/phone/twiml.js';
import { AuditService } from '../workspaces/audit.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { CallRows, hasRoom, type UrgentCall } from './call-rows.service.js';
import { type Call, type CallReason, callReasons, isCallReason, type NewCall } from './call.schema.js';
import { Gateways } from './gateways.service.js';
import { fail } from './phone-problems.js';
import { Spending } from './spending.service.js';

export interface ToCall {
  readonly workspaceId: string;
  /** Who pays; the others when that one has no room. */
  readonly payers: readonly [string, ...string[]];
  /** The member; null = a contact of the client. */
  readonly userId: string | null;
  /** For the same thing nobody is called twice: unique in the workspace, for good, unless nobody was called. */
  readonly once: string;
  readonly reason: 'urgent' | 'person';
  readonly to: string;
  readonly text: string;
  readonly language: 'en' | 'it';
  /** After so long it is worth nothing. */
  readonly worthMs: number;
  readonly by: Actor;
}

/** What a person asked for that could not be tried by then has failed. */
const ASKED_WORTH_MS = 15 * MINUTE_MS;

/** Texts read aloud by telephone: to members who said yes, and to a client's contacts when a manager asks. Never to subscribers. */
@Injectable()
export class CallsService {
  constructor(
    private readonly database: DataSource,
    private readonly gateways: Gateways,
    private readonly rows: CallRows,
    private readonly spending: Spending,
    private readonly clock: Clock,
    private readonly clients: ClientsService,
    private readonly audit: AuditService,
  ) {}

  /** Written with what it tells of; the call follows within seconds. @returns its id; null = this was asked for before */
  async request(manager: EntityManager, call: ToCall): Promise<string | null> {
    const [clientId, ...others] = call.payers;
    const [row] = await manager.query<{ id: string }[]>(
      `INSERT INTO phone_calls (id, workspace_id, client_id, user_id, once, reason, to_number, text, language, expires_at, created_by, other_payers)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10 * interval '1 millisecond', $11, $12) ON CONFLICT DO NOTHING RETURNING id`,
      [uuid(), call.workspaceId, clientId, call.userId, call.once, call.reason, call.to, call.text, call.language, call.worthMs, JSON.stringify(call.by), others]);
    return row?.id ?? null;
  }

  /** Urgent ones that wait still. @param asOf the database's clock: one asked for since is not among them */
  waiting(asOf: Date): Promise<readonly UrgentCall[]> {
    return this.rows.urgent(asOf);
  }

  /** One that waits is not made; it is told, unless somebody took care of it or wants no calls. */
  drop(call: UrgentCall, why: CallReason): Promise<void> {
    return this.rows.drop(call, why);
  }

  /** Which of these could pay for a call now, in their order. */
  async withRoom(workspaceId: string, clientIds: readonly string[]): Promise<readonly string[]> {
    const open = await this.gateways.open(workspaceId);
    const minor = open?.callMinor ?? 0;
    const budgets = await Promise.all(clientIds.map((clientId) => this.spending.budget(workspaceId, clientId, { currency: open?.currency ?? null, now: this.clock.now() })));
    return clientIds.filter((_one, i) => hasRoom(budgets[i], minor));
  }

  /** Was one for this not made because no limit had room? That was told then. */
  async metLimit(manager: EntityManager, workspaceId: string, once: string): Promise<boolean> {
    const rows = await manager.query<unknown[]>(`SELECT 1 FROM phone_calls WHERE workspace_id = $1 AND once = $2 AND state = 'over-cap' LIMIT 1`, [workspaceId, once]);
    return rows.length > 0;
  }

  /** @throws DomainError client-unknown (404), call-no-voice, call-asked-already (409), call-not-contact, call-too-long (422) */
  async ask({ workspaceId, actor, language: reader }: Caller, clientId: string, { to, text, language: said }: NewCall): Promise<Call> {
    const client = await this.clients.read(workspaceId, clientId);
    const language = said ?? client.language;
    if (!client.contacts.phones.includes(to)) throw fail('call-not-contact', { to });
    if (twimlOf({ text, language }) === null) throw fail('call-too-long');
    if (!(await this.isCaught(workspaceId)) && (await this.gateways.open(workspaceId))?.gateway.call === undefined) throw fail('call-no-voice');
    return this.database.transaction(async (manager) => {
      const [today] = await manager.query<{ day: string }[]>(`SELECT to_char(now() AT TIME ZONE $1, 'YYYY-MM-DD') AS day`, [client.zone]);
      const once = `person:${clientId}:${to}:${today?.day ?? ''}:${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
      const id = await this.request(manager, { workspaceId, payers: [clientId], userId: null, once, reason: 'person', to, text, language, worthMs: ASKED_WORTH_MS, by: actor });
      if (id === null) throw fail('call-asked-already', { to });
      await this.audit.record(manager, { workspaceId, actor, action: 'call.asked', subject: 'client', subjectId: clientId, details: { callId: id, to, text } });
      const [row] = await manager.query<Row[]>(`SELECT ${columns} WHERE c.id = $1`, [id]);
      if (!row) throw new Error('A row just written is not there.');
      return shape(row, reader);
    });
  }

  /** Newest first. @throws DomainError client-unknown (404) */
  async list({ workspaceId, language }: Caller, clientId: string, { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined }): Promise<Page<Call>> {
    await this.clients.read(workspaceId, clientId);
    const after = decodeCursor(cursor, z.tuple([z.uuid()]));
    const rows = await this.database.query<Row[]>(
      `SELECT ${columns} WHERE c.workspace_id = $1 AND c.client_id = $2 AND ($3::uuid IS NULL OR c.id < $3) ORDER BY c.id DESC LIMIT $4`, [workspaceId, clientId, after?.[0] ?? null, limit + 1]);
    const { items, next } = toPage(rows, limit, ({ id }) => [id]);
    return { items: items.map((row) => shape(row, language)), next };
  }

  private async isCaught(workspaceId: string): Promise<boolean> {
    const [row] = await this.database.query<{ kind: string }[]>('SELECT kind FROM workspaces WHERE id = $1', [workspaceId]);
    return row?.kind === 'demo';
  }
}

interface Row extends Omit<Call, 'createdAt' | 'endedAt'> {
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

const columns = `c.id, c.client_id AS "clientId", u.name AS person, CASE WHEN c.user_id IS NULL THEN c.to_number ELSE '…' || right(c.to_number, 3) END AS "to", c.reason, c.text, c.language, c.state,
  c.answer, c.why, c.detail, c.cost_minor::float8 AS "costMinor", c.currency, c.created_at AS "createdAt", c.ended_at AS "endedAt" FROM phone_calls c LEFT JOIN users u ON u.id = c.user_id`;

const shape = (row: Row, language: Language): Call => ({ ...row, why: row.why !== null && isCallReason(row.why) ? callReasons[row.why][language] : null, createdAt: row.createdAt.toISOString(), endedAt: row.endedAt?.toISOString() ?? null });
