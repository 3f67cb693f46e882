import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { type DeliveryState, stateNames } from '../../core/delivery.js';
import { type ReasonCode, sentence, type StoredReason } from '../../core/reason.js';
import { againAfterDeadlock } from '../../infra/database/deadlock.js';
import { FactWriter, storable } from '../../infra/facts/fact-writer.js';
import type { FactKind } from '../../infra/facts/facts.js';
import type { Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import type { Language } from '../../infra/http/problem.js';
import { AuditService } from '../workspaces/audit.service.js';
import { BellsService } from './bells.service.js';
import type { HeldAct } from './bulk.schema.js';
import { assertNotTooMany } from './bulk-rows.service.js';
import type { DeliveryQuery, DeliveryRow, NotNow, Word } from './delivery.schema.js';
import { fail } from './deliveries.problems.js';
import { deliveryFact, type Flight } from './flight.schema.js';

type Moved = Pick<Flight, 'id' | 'postId' | 'channelId' | 'clientId' | 'workspaceId'>;

interface Step {
  readonly id: string;
  readonly version: number;
  /** SET without version and ring; `$4` is the reason. */
  readonly set: string;
  /** Further WHERE: what the delivery must be. */
  readonly where: string;
  /** From `$5` on. */
  readonly values?: readonly unknown[];
  readonly action: 'release' | 'not-now' | 'drop' | 'say-out' | 'say-absent' | 'end-incomplete';
  readonly code: ReasonCode;
  readonly fact: FactKind | null;
}

const moved = `d.id, d.post_id AS "postId", d.channel_id AS "channelId", d.client_id AS "clientId", d.workspace_id AS "workspaceId"`;
const Cursor = z.tuple([z.iso.datetime(), z.uuid()]);

const FILTER = `d.workspace_id = $1
  AND ($2::text IS NULL OR d.state = $2) AND ($3::text IS NULL OR d.hold_reason = $3)
  AND ($4::uuid IS NULL OR d.client_id = $4) AND ($5::uuid IS NULL OR d.channel_id = $5) AND ($6::text IS NULL OR d.connector_id = $6)
  AND ($7::timestamptz IS NULL OR d.due_at >= $7) AND ($8::timestamptz IS NULL OR d.due_at < $8)`;

type Narrow = Partial<Omit<DeliveryQuery, 'limit' | 'cursor'>>;
const narrow = (caller: Caller, query: Narrow) => [
  caller.workspaceId, query.state ?? null, query.holdReason ?? null, query.clientId ?? null, query.channelId ?? null, query.connectorId ?? null,
  query.dueFrom ?? null, query.dueTo ?? null,
];

/** What a person does to a delivery: release, drop, say what they saw on the platform. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly facts: FactWriter,
    private readonly audit: AuditService,
    private readonly bells: BellsService,
  ) {}

  async list(caller: Caller, query: DeliveryQuery): Promise<Page<DeliveryRow>> {
    const after = decodeCursor(query.cursor, Cursor);
    const rows = await this.dataSource.query<(Omit<DeliveryRow, 'dueAt' | 'deadlineAt' | 'reason'> & { dueAt: Date; deadlineAt: Date; reason: StoredReason | null })[]>(
      `SELECT ${moved}, d.connector_id AS "connectorId", d.state, d.hold_reason AS "holdReason", d.reason, d.due_at AS "dueAt",
              d.deadline_at AS "deadlineAt", d.released, d.version
         FROM deliveries d
        WHERE ${FILTER} AND ($9::timestamptz IS NULL OR (d.due_at, d.id) > ($9, $10::uuid))
        ORDER BY d.due_at, d.id LIMIT $11`,
      [...narrow(caller, query), after?.[0] ?? null, after?.[1] ?? null, query.limit + 1],
    );
    return toPage(
      rows.map((row) => ({ ...row, dueAt: row.dueAt.toISOString(), deadlineAt: row.deadlineAt.toISOString(), reason: told(row.reason, caller.language) })),
      query.limit,
      (row) => [row.dueAt, row.id],
    );
  }

  /** Late or held, and a person says: go. It still passes every gate but its late limit. */
  release(caller: Caller, id: string, version: number): Promise<void> {
    return this.step(caller, {
      id, version, action: 'release', code: 'released', fact: null,
      set: `released = true, ready_at = now(), held_told = NULL, reason = $4::jsonb`, where: `state = 'held'`,
    });
  }

  drop(caller: Caller, id: string, version: number): Promise<void> {
    return this.step(caller, {
      id, version, action: 'drop', code: 'dropped', fact: 'delivery.skipped',
      set: `state = 'skipped', hold_reason = NULL, ended_at = now(), reason = $4::jsonb`, where: `state IN ('held', 'scheduled') AND ${untouched}`,
    });
  }

  /** "I posted it by hand", or "it is not there": for what is held, missed, failed or unconfirmed. */
  async say(caller: Caller, id: string, word: Word): Promise<void> {
    if (!word.out) {
      // A look may be resending it at this moment: what is sent anew waits until that can be over.
      return this.step(caller, {
        id, version: word.version, action: 'say-absent', code: 'said-absent', fact: null,
        set: `state = 'scheduled', look_at = NULL, look_until = NULL, looks = 0, absent_at = NULL, rounds = rounds + 1, released = true, ready_at = greatest(now(), look_until), reason = $4::jsonb`,
        where: `state = 'unconfirmed'`,
      });
    }
    return this.step(
      caller,
      {
        id, version: word.version, action: 'say-out', code: 'said-by-hand', fact: 'delivery.published',
        set: `state = 'published', hold_reason = NULL, look_at = NULL, look_until = NULL, ended_at = now(), reason = $4::jsonb`,
        where: `state IN ('held', 'unconfirmed', 'missed', 'failed')`,
      },
      async (manager, row) => {
        await manager.query(`UPDATE parts SET published_at = now(), url = coalesce($2, url) WHERE delivery_id = $1 AND published_at IS NULL`, [row.id, word.url ?? null]);
        await manager.query(
          `INSERT INTO attempts (id, delivery_id, part_id, workspace_id, kind, arming, epoch, finished_at, outcome, detail)
           SELECT $2, d.id, p.id, d.workspace_id, 'by-hand', d.arming, d.epoch, now(), 'delivered', $3
             FROM deliveries d JOIN parts p ON p.delivery_id = d.id WHERE d.id = $1 ORDER BY p.position LIMIT 1`,
          [row.id, uuid(), word.url ?? null],
        );
      },
    );
  }

  /** Whoever was asked to post it cannot just now: asked again in so many minutes, or at its late limit if that is sooner. */
  notNow(caller: Caller, id: string, { version, minutes }: NotNow): Promise<void> {
    return this.step(caller, {
      id, version, action: 'not-now', code: 'not-now', fact: null, values: [minutes],
      set: `reason = $4::jsonb, held_told = NULL, ready_at = least(now() + make_interval(mins => $5::int), CASE WHEN released THEN 'infinity' ELSE deadline_at END)`,
      where: `state = 'held' AND hold_reason = 'ask' AND reason ->> 'code' IN ('by-hand', 'not-now')`,
    });
  }

  /** A part is out and the rest will not follow: a person ends it as published (incomplete). */
  endIncomplete(caller: Caller, id: string, version: number): Promise<void> {
    return this.step(caller, {
      id, version, action: 'end-incomplete', code: 'incomplete', fact: 'delivery.published',
      set: `state = 'published', hold_reason = NULL, look_at = NULL, ended_at = now(), reason = $4::jsonb`,
      where: `state IN ('scheduled', 'held', 'failed', 'unconfirmed') AND NOT ${untouched}`,
    });
  }

  /**
   * Releases or drops what is held, by filter: one statement, one audit entry. @returns how many.
   * @throws DomainError too-many-matches
   */
  async bulk(caller: Caller, what: 'release' | 'drop', { filter, dryRun }: HeldAct): Promise<number> {
    const params = narrow(caller, { ...filter, state: 'held' });
    const which = what === 'drop' ? `${FILTER} AND ${untouched}` : FILTER; // of which a part is out only goes forward
    const set =
      what === 'release'
        ? `released = true, ready_at = now(), held_told = NULL, reason = $9::jsonb`
        : `state = 'skipped', hold_reason = NULL, ended_at = now(), reason = $9::jsonb`;
    const reason = storable({ code: what === 'release' ? 'released' : 'dropped', detail: caller.actor.name });
    const { count, ids } = await againAfterDeadlock(() => this.dataSource.transaction(async (manager) => {
      const [found = { count: 0 }] = await manager.query<{ count: number }[]>(`SELECT count(*)::int AS count FROM deliveries d WHERE ${which}`, params);
      assertNotTooMany(found.count);
      if (dryRun || found.count === 0) return { count: found.count, ids: [] };
      const [done] = await manager.query<[Moved[], number]>(
        `UPDATE deliveries d SET ${set}, version = version + 1, ring = ring + 1, rung_until = NULL WHERE ${which} RETURNING ${moved}`,
        [...params, reason],
      );
      if (what === 'drop') await this.tell(manager, 'delivery.skipped', done);
      await this.audit.record(manager, {
        workspaceId: caller.workspaceId, actor: caller.actor, action: `delivery.bulk-${what}`, subject: 'delivery', subjectId: 'bulk', details: { filter, count: done.length },
      });
      return { count: done.length, ids: what === 'release' ? done.map(({ id }) => id) : [] };
    }));
    await this.bells.ring(ids);
    return count;
  }

  private async step(caller: Caller, step: Step, then?: (manager: EntityManager, row: Moved) => Promise<void>): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[Moved[], number]>(
        `UPDATE deliveries d SET ${step.set}, version = version + 1, ring = ring + 1, rung_until = NULL
          WHERE id = $1 AND workspace_id = $2 AND version = $3 AND ${step.where} RETURNING ${moved}`,
        [step.id, caller.workspaceId, step.version, storable({ code: step.code, detail: caller.actor.name }), ...(step.values ?? [])],
      );
      const row = rows[0];
      if (!row) throw await this.whyNot(manager, caller, step);
      await then?.(manager, row);
      if (step.fact) await this.tell(manager, step.fact, rows);
      await this.audit.record(manager, {
        workspaceId: caller.workspaceId, actor: caller.actor, action: `delivery.${step.action}`, subject: 'delivery', subjectId: step.id,
      });
    });
    await this.bells.ring([step.id]);
  }

  private async whyNot(manager: EntityManager, caller: Caller, { id, version, action }: Step): Promise<Error> {
    const [row] = await manager.query<{ state: DeliveryState; version: number }[]>(
      `SELECT state, version FROM deliveries WHERE id = $1 AND workspace_id = $2`,
      [id, caller.workspaceId],
    );
    if (!row) return fail('delivery-not-found');
    if (row.version !== version) return fail('edited-meanwhile', {}, { version: row.version });
    if (row.state === 'held' && action === 'not-now') return fail('nobody-asked');
    return fail('not-in-this-state', { state: stateNames[row.state] });
  }

  private tell(manager: EntityManager, kind: FactKind, rows: readonly Moved[]): Promise<void> {
    return this.facts.write(manager, rows.map((row) => ({ kind, workspaceId: row.workspaceId, subjectId: row.id, payload: deliveryFact(row) })));
  }
}

const untouched = `NOT EXISTS (SELECT 1 FROM parts p WHERE p.delivery_id = d.id AND p.published_at IS NOT NULL)`;

function told(reason: StoredReason | null, language: Language): DeliveryRow['reason'] {
  return reason && { code: reason.code, sentence: sentence(reason, language) };
}
