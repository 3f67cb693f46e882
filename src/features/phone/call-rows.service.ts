import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Instant } from '../../core/instant.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import type { PhoneResult } from '../../infra/phone/gateway.js';
import type { CallReason } from './call.schema.js';
import type { PhoneTold } from './phone-news.service.js';
import { type Budget, monthOf, Spending, type ToBook } from './spending.service.js';

export interface DueCall {
  readonly id: string;
  readonly workspaceId: string;
}

export interface ClaimedCall extends DueCall {
  readonly clientId: string;
  readonly to: string;
  readonly text: string;
  readonly language: 'en' | 'it';
  /** Which try this is, from 1: whoever writes an outcome names it. */
  readonly tries: number;
  readonly minor: number;
  readonly currency: string;
  /** Into which its cost falls. */
  readonly month: string;
}

/** A call to whoever is on duty that waits still. */
export interface UrgentCall extends Ended {
  readonly once: string;
  readonly userId: string;
}

/** What the gateway told of a call before it answered for it. */
interface Heard {
  readonly told: 'failed' | 'opted-out' | null;
  readonly remoteId: string | null;
  readonly detail: string | null;
}

interface Ended extends DueCall {
  readonly clientId: string;
}

/** From the claim on; a request takes a third of it at most. */
const LEASE_S = 60;
/** Asked again at the claim: a member still says yes to this number, a contact still is one. */
const isWanted = `CASE WHEN c.user_id IS NULL
  THEN EXISTS (SELECT FROM clients k WHERE k.id = c.client_id AND k.archived_at IS NULL AND k.contacts -> 'phones' ? c.to_number)
  ELSE EXISTS (SELECT FROM users u JOIN members m ON m.user_id = u.id AND m.workspace_id = c.workspace_id WHERE u.id = c.user_id AND u.disabled_at IS NULL AND u.phone = c.to_number AND u.call_me <> 'never') END`;

/** The statements on calls under way. */
@Injectable()
export class CallRows {
  constructor(
    private readonly database: DataSource,
    private readonly spending: Spending,
    private readonly facts: FactWriter,
  ) {}

  /** Ends what is worth nothing any more, what nobody wants, what a demo asked for, and what was cut off in the middle: that may have rung. @returns whether anything is under way */
  async sweep(): Promise<boolean> {
    const [open] = await this.database.query<unknown[]>(`SELECT 1 FROM phone_calls WHERE state IN ('waiting', 'calling') LIMIT 1`);
    if (!open) return false;
    await this.database.query(
      `UPDATE phone_calls c SET state = 'caught', ended_at = now() FROM workspaces w WHERE w.id = c.workspace_id AND w.kind = 'demo' AND c.state = 'waiting'`);
    await this.database.transaction(async (manager) => {
      const [rows] = await manager.query<[(Ended & { readonly why: CallReason })[], number]>(
        `UPDATE phone_calls c SET state = 'failed', ended_at = now(),
                why = CASE WHEN ${isWanted} THEN 'too-late' ELSE 'not-wanted' END
          WHERE c.state = 'waiting' AND (c.expires_at <= now() OR NOT ${isWanted}) RETURNING c.id, c.workspace_id AS "workspaceId", c.client_id AS "clientId", c.why`);
      for (const row of rows) if (row.why !== 'not-wanted') await this.tell(manager, row, row.why);
    });
    await this.database.transaction(async (manager) => {
      const [cut] = await manager.query<[(Spent & { readonly state: string; readonly why: CallReason })[], number]>(
        `UPDATE phone_calls SET lease_until = NULL, ended_at = now(), state = CASE WHEN told IS NOT NULL THEN 'failed' WHEN remote_id IS NOT NULL THEN 'called' ELSE 'unconfirmed' END,
                why = CASE WHEN told = 'failed' THEN 'refused' WHEN told IS NOT NULL THEN told WHEN remote_id IS NULL THEN 'cut-off' END
          WHERE state = 'calling' AND lease_until < now() RETURNING ${spent}, state, why`);
      for (const call of cut) {
        await (call.state === 'failed' ? this.spending.giveBack(manager, call) : this.spending.book(manager, booking(call, 1)));
        if (call.state !== 'called') await this.tell(manager, call, call.why);
      }
    });
    return true;
  }

  /** Kept as long as attempts are (DESIGN §6). */
  async prune(): Promise<void> {
    await this.database.query(`DELETE FROM phone_calls WHERE ended_at < now() - interval '13 months'`);
  }

  /** Those of them that were asked for before this. */
  urgent(asOf: Date): Promise<readonly UrgentCall[]> {
    return this.database.query(
      `SELECT id, workspace_id AS "workspaceId", client_id AS "clientId", once, user_id AS "userId" FROM phone_calls WHERE state = 'waiting' AND reason = 'urgent' AND created_at < $1`, [asOf]);
  }

  /** It is not made any more. */
  async drop(call: UrgentCall, why: CallReason): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [, dropped] = await manager.query<[unknown, number]>(`UPDATE phone_calls SET state = 'failed', why = $2, ended_at = now() WHERE id = $1 AND state = 'waiting'`, [call.id, why]);
      if (dropped > 0 && why !== 'settled' && why !== 'not-wanted') await this.tell(manager, call, why);
    });
  }

  /**
   * Those whose turn it is. A restored or copied installation calls nobody until somebody says so (DESIGN §6.8).
   * @param ofOne of one workspace, those under way included @param but under way here
   */
  async due({ most, ofOne, but }: { readonly most: number; readonly ofOne: number; readonly but: readonly string[] }): Promise<readonly DueCall[]> {
    return this.database.query(
      `SELECT id, "workspaceId" FROM (
         SELECT c.id, c.workspace_id AS "workspaceId", c.next_at, row_number() OVER (PARTITION BY c.workspace_id ORDER BY c.next_at, c.id)
                + (SELECT count(*) FROM phone_calls u WHERE u.id = ANY($3::uuid[]) AND u.workspace_id = c.workspace_id) AS nth
           FROM phone_calls c WHERE c.state = 'waiting' AND c.next_at <= now() AND c.id <> ALL($3::uuid[]) AND NOT EXISTS (SELECT FROM installation WHERE paused_at IS NOT NULL)) AS w
        WHERE nth <= $2 ORDER BY next_at, id LIMIT $1`, [most, ofOne, but]);
  }

  /** The intent, with the money for it: from here on it is never begun a second time by itself. null = another's, or nothing any more. */
  async claim({ id }: DueCall, { minor, currency, now }: { readonly minor: number; readonly currency: string; readonly now: Instant }): Promise<ClaimedCall | null> {
    return this.database.transaction(async (manager) => {
      const [[asked]] = await manager.query<[(Omit<ClaimedCall, 'minor' | 'currency' | 'month'> & { readonly others: readonly string[] })[], number]>(
        `UPDATE phone_calls c SET state = 'calling', lease_until = now() + ${LEASE_S} * interval '1 second', tries = tries + 1, cost_minor = $2, currency = $3, why = NULL, detail = NULL
          WHERE c.id = $1 AND c.state = 'waiting' AND c.next_at <= now() AND c.expires_at > now() AND ${isWanted}
            AND NOT EXISTS (SELECT FROM installation WHERE paused_at IS NOT NULL)
        RETURNING c.id, c.workspace_id AS "workspaceId", c.client_id AS "clientId", c.to_number AS "to", c.text, c.language, c.tries, c.other_payers AS others`, [id, minor, currency]);
      if (!asked) return null;
      const { others, ...first } = asked;
      const clientId = await this.payerOf(manager, first, { others, minor, currency, now });
      const [[paid]] = await manager.query<[{ month: string }[], number]>(
        `UPDATE phone_calls p SET client_id = c.id, month = ${monthOf('$3')} FROM clients c WHERE p.id = $1 AND c.id = $2 RETURNING p.month`, [id, clientId, now]);
      if (!paid) throw new Error('A call just claimed has no client.');
      const row = { ...first, clientId, ...paid };
      if ((await this.spending.reserve(manager, { workspaceId: row.workspaceId, clientId, minor, currency, ...paid })) === 'ok') return { ...row, minor, currency };
      await manager.query(
        `UPDATE phone_calls SET state = 'over-cap', lease_until = NULL, cost_minor = NULL, currency = NULL, ended_at = now(), why = 'over-cap' WHERE id = $1`, [id]);
      await this.tell(manager, row, 'over-cap');
      return null;
    });
  }

  /** The first with room for it; nobody has: the first of all, whose limit is then met. */
  private async payerOf(
    manager: EntityManager, { workspaceId, clientId }: Ended, { others, minor, currency, now }: { readonly others: readonly string[]; readonly minor: number; readonly currency: string; readonly now: Instant },
  ): Promise<string> {
    if (others.length === 0) return clientId;
    for (const one of [clientId, ...others]) if (hasRoom(await this.spending.budget(workspaceId, one, { currency, now }, manager), minor)) return one;
    return clientId;
  }

  /** What the gateway said. Of a claim that is another's by now nothing is written. @param againAt of what was not taken: when it is tried again */
  async record(call: ClaimedCall, answer: PhoneResult, againAt: Instant): Promise<void> {
    const { id, tries } = call;
    await this.database.transaction(async (manager) => {
      const [heard] = await manager.query<Heard[]>(`SELECT told, remote_id AS "remoteId", detail FROM phone_calls WHERE id = $1 AND tries = $2 AND state = 'calling' FOR UPDATE`, [id, tries]);
      if (!heard) return;
      const result = withHeard(answer, heard);
      const set = async (sql: string, ...params: readonly unknown[]): Promise<boolean> => {
        const [, changed] = await manager.query<[unknown, number]>(`UPDATE phone_calls SET lease_until = NULL, ${sql} WHERE id = $1 AND tries = $2 AND state = 'calling'`, [id, tries, ...params]);
        return changed > 0;
      };
      switch (result.kind) {
        case 'accepted':
          if (await set(`state = 'called', remote_id = $3, ended_at = now()`, result.remoteId)) await this.spending.book(manager, booking(call, 1));
          return;
        case 'uncertain':
          if (!(await set(`state = 'unconfirmed', why = 'no-answer', detail = $3, ended_at = now()`, result.detail))) return;
          await this.spending.book(manager, booking(call, 1));
          await this.tell(manager, call, 'no-answer');
          return;
        case 'opted-out':
        case 'refused':
        case 'account':
          if (!(await set(`state = 'failed', cost_minor = NULL, currency = NULL, detail = $3, why = $4, ended_at = now()`, result.detail, result.kind))) return;
          await this.spending.giveBack(manager, call);
          await this.tell(manager, call, result.kind);
          return;
        case 'throttled':
        case 'unavailable':
        case 'local':
          if (await set(`state = 'waiting', cost_minor = NULL, currency = NULL, why = 'not-taken', detail = $3, next_at = to_timestamp($4::float8 / 1000)`, result.detail, againAt)) await this.spending.giveBack(manager, call);
          return;
      }
    });
  }

  /** It cannot be tried now. */
  async defer({ id }: DueCall, againAt: Instant, why: CallReason): Promise<void> {
    await this.database.query(`UPDATE phone_calls SET next_at = to_timestamp($2::float8 / 1000), why = $3 WHERE id = $1 AND state = 'waiting'`, [id, againAt, why]);
  }

  /** What the gateway tells later. @returns whether it was a call of ours */
  async told({ workspaceId, ref, remoteId, state, detail }: PhoneTold): Promise<boolean> {
    const known = z.uuid().safeParse(ref).success ? await this.database.query<unknown[]>('SELECT 1 FROM phone_calls WHERE workspace_id = $1 AND id = $2', [workspaceId, ref]) : [];
    if (known.length === 0) return false;
    const answer = state === 'arrived' ? 'answered' : state === 'busy' || state === 'no-answer' ? state : null;
    await this.database.transaction(async (manager) => {
      // One that was cut off has rung after all; while it is still being asked for, whoever asks writes the state.
      await manager.query(
        `UPDATE phone_calls SET answer = coalesce(answer, $3), remote_id = coalesce(remote_id, $4),
                told = CASE WHEN state = 'calling' THEN coalesce(told, $5) END, detail = CASE WHEN state = 'calling' AND $5 IS NOT NULL THEN $6 ELSE detail END,
                state = CASE WHEN state = 'unconfirmed' THEN 'called' ELSE state END, why = CASE WHEN state = 'unconfirmed' THEN NULL ELSE why END
          WHERE workspace_id = $1 AND id = $2 AND state IN ('calling', 'called', 'unconfirmed')`, [workspaceId, ref, answer, remoteId, state === 'failed' || state === 'opted-out' ? state : null, detail]);
      if (state !== 'failed' && state !== 'opted-out') return;
      const why = state === 'failed' ? 'refused' : state;
      const [[row]] = await manager.query<[Spent[], number]>(
        `UPDATE phone_calls SET state = 'failed', why = $4, detail = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'called' AND answer IS NULL RETURNING ${spent}`, [workspaceId, ref, detail, why]);
      if (!row) return;
      await this.spending.giveBack(manager, row);
      await this.spending.book(manager, booking(row, -1));
      await this.tell(manager, row, why);
    });
    return true;
  }

  private async tell(manager: EntityManager, { id, workspaceId, clientId }: Ended, why: CallReason): Promise<void> {
    const [client] = await manager.query<{ name: string }[]>('SELECT name FROM clients WHERE id = $1', [clientId]);
    await this.facts.write(manager, [{ kind: 'call.not-made', workspaceId, subjectId: id, payload: { clientId, client: client?.name ?? '', reason: { code: `call-${why}` } } }]);
  }
}

/** Is there anything to be had, and enough for this? */
export const hasRoom = (budget: Budget | undefined, minor: number): boolean => budget !== undefined && budget.capMinor > 0 && budget.leftMinor >= minor;

/** What it told meanwhile outweighs the answer to the request: told with a number of its own, it had it. */
function withHeard(answer: PhoneResult, { told, remoteId, detail }: Heard): PhoneResult {
  if (told !== null) return { kind: told === 'failed' ? 'refused' : told, detail: detail ?? 'The gateway told that it failed.' };
  return remoteId === null || answer.kind === 'accepted' ? answer : { kind: 'accepted', remoteId };
}

interface Spent extends Ended {
  readonly minor: number;
  readonly currency: string;
  readonly month: string;
}

const spent = `id, workspace_id AS "workspaceId", client_id AS "clientId", coalesce(cost_minor, 0)::float8 AS minor, coalesce(currency, '') AS currency, coalesce(month, '') AS month`;

const booking = ({ id, workspaceId, clientId, minor, currency, month }: Spent, pieces: 1 | -1): ToBook => ({ workspaceId, clientId, minor: minor * pieces, currency, month, kind: 'voice', subjectId: id, pieces });
