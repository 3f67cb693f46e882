import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { prepared } from '../database/prepared.js';
import { type Fact, type FactKind, type Taker, facts as takersByKind } from './facts.js';

/** Writes facts in the transaction that makes them true, each with one claim row per taker. */
@Injectable()
export class FactWriter {
  /** Who takes facts of this kind; for statements that write events and event_claims themselves. */
  static takersOf(kind: FactKind): readonly Taker[] {
    return takersByKind[kind];
  }

  /**
   * For a statement that makes facts true itself: the CTEs that write them too.
   * @param from a CTE of it with (id uuid v7, kind, workspace_id, subject_id, payload), kinds out of `kinds`
   */
  static within(from: string, kinds: readonly FactKind[]): string {
    const takers = kinds.flatMap((kind) => FactWriter.takersOf(kind).map((taker) => `('${kind}', '${taker}')`));
    return `
       facts_written AS (INSERT INTO events (id, kind, workspace_id, subject_id, payload) SELECT id, kind, workspace_id, subject_id, payload FROM ${from}),
       facts_claimed AS (
         INSERT INTO event_claims (taker, event_id, event_at)
         SELECT t.taker, f.id, now() FROM ${from} f JOIN (VALUES ${takers.join(', ')}) AS t (kind, taker) ON t.kind = f.kind)`;
  }

  /** One statement, however many facts. Call it with the manager of the transaction the facts belong to. */
  async write(manager: EntityManager, facts: readonly Fact[]): Promise<void> {
    if (facts.length === 0) return;
    const rows = facts.map((fact) => ({ ...fact, id: uuid(), takers: FactWriter.takersOf(fact.kind) }));
    await manager.query(
      prepared(`WITH fact AS (
         SELECT * FROM jsonb_to_recordset($1::jsonb)
           AS f (id uuid, kind text, "workspaceId" uuid, "subjectId" uuid, payload jsonb, takers jsonb)
       ), written AS (
         INSERT INTO events (id, kind, workspace_id, subject_id, payload)
         SELECT id, kind, "workspaceId", "subjectId", payload FROM fact
       )
       INSERT INTO event_claims (taker, event_id, event_at)
       SELECT taker, fact.id, now() FROM fact, jsonb_array_elements_text(fact.takers) AS taker`),
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
