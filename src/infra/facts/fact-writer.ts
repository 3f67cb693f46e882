import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type Fact, type FactKind, type Taker, facts as takersByKind } from './facts.js';

/** Writes facts in the transaction that makes them true, each with one claim row per taker. */
@Injectable()
export class FactWriter {
  /** Who takes facts of this kind; for statements that write events and event_claims themselves. */
  static takersOf(kind: FactKind): readonly Taker[] {
    return takersByKind[kind];
  }

  /** One statement, however many facts. Call it with the manager of the transaction the facts belong to. */
  async write(manager: EntityManager, facts: readonly Fact[]): Promise<void> {
    if (facts.length === 0) return;
    const rows = facts.map((fact) => ({ ...fact, id: uuid(), takers: FactWriter.takersOf(fact.kind) }));
    await manager.query(
      `WITH fact AS (
         SELECT * FROM jsonb_to_recordset($1::jsonb)
           AS f (id uuid, kind text, "workspaceId" uuid, "subjectId" uuid, payload jsonb, takers jsonb)
       ), written AS (
         INSERT INTO events (id, kind, workspace_id, subject_id, payload)
         SELECT id, kind, "workspaceId", "subjectId", payload FROM fact
       )
       INSERT INTO event_claims (taker, event_id, event_at)
       SELECT taker, fact.id, now() FROM fact, jsonb_array_elements_text(fact.takers) AS taker`,
      [storable(rows)],
    );
  }
}

/**
 * JSON that jsonb accepts: NUL and lone surrogates, which a platform's answer may hold, are replaced, for a fact that
 * cannot be stored would take the outcome it belongs to down with it.
 */
export function storable(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? part.replace(/\0|[\ud800-\udfff]/gu, '\ufffd') : part));
}
