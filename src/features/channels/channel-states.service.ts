import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Look } from '../../connectors/connector.js';
import { DAY_MS, MINUTE_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { FactWriter, storable } from '../../infra/facts/fact-writer.js';
import type { FactKind } from '../../infra/facts/facts.js';
import { scrub } from '../../infra/scrub.js';
import { CHANNEL_COLUMNS, type ChannelRow } from './channel-row.js';
import type { ChannelState } from './channel.schema.js';

const MARK_EVERY_MS = MINUTE_MS;
/** A look that told nothing about the account is not repeated before this. */
const LOOK_AGAIN_MS = 10 * MINUTE_MS;
/** A refused look is asked once more after this, before anybody is told to reconnect. */
const CONFIRM_AFTER_MS = MINUTE_MS;

/** What is known of the state of channels: every statement that changes it, and the facts that go with it. */
@Injectable()
export class ChannelStatesService {
  readonly #markedAt = new Map<string, number>();

  constructor(
    private readonly database: DataSource,
    private readonly facts: FactWriter,
    private readonly clock: Clock,
  ) {}

  /**
   * A post went out here, so the account is in order. Writes at most once a minute per channel and process; call it
   * as often as you like.
   */
  async markHealthy(channelIds: readonly string[]): Promise<void> {
    const now = this.clock.monotonic();
    const due = [...new Set(channelIds)].filter((id) => now - (this.#markedAt.get(id) ?? -Infinity) >= MARK_EVERY_MS);
    if (due.length === 0) return;
    for (const id of due) this.#markedAt.set(id, now);
    if (this.#markedAt.size > 10_000) this.#forgetOldMarks(now);
    await this.database.transaction(async (manager) => {
      // Locked in order of id, or two processes that mark the same channels could wait for each other.
      const before: Before[] = await manager.query(
        `SELECT id, workspace_id, state FROM channels WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
        [due],
      );
      await manager.query(
        `UPDATE channels SET healthy_at = now(), looked_at = now(), ${BACK_IN_ORDER} WHERE id = ANY($1::uuid[])`,
        [before.map(({ id }) => id)],
      );
      await this.#tellConnected(manager, before);
    });
  }

  /** The platform refused this account: asked again soon, and nobody is told to reconnect before that. */
  async markChecking(channelId: string, detail: string): Promise<void> {
    await this.database.query(
      `UPDATE channels SET state = 'checking', state_detail = $2, state_at = now(), looking_until = NULL WHERE id = $1 AND state = 'connected'`,
      [channelId, brief(detail)],
    );
  }

  /** A channel in doubt (`checking`) is now known to need new credentials, it alone: a fact, told once. */
  async markReconnect(channelId: string, detail: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [rows]: [ChannelRow[], number] = await manager.query(
        `UPDATE channels SET state = 'reconnect', state_detail = $2, state_at = now() WHERE id = $1 AND state = 'checking'
          RETURNING ${CHANNEL_COLUMNS}`,
        [channelId, brief(detail)],
      );
      await this.tell(manager, 'channel.reconnect', rows);
    });
  }

  /**
   * Writes down what a look told. One made with credentials that were replaced meanwhile (`version`) changes nothing.
   * A refusal makes the channel `checking`, never at once `reconnect`.
   */
  async recordLook(channel: { readonly id: string; readonly version: number }, look: Look): Promise<void> {
    if (look.kind === 'ok') return this.#recordGood(channel, look);
    if (look.kind === 'unauthorized') {
      await this.database.query(
        `UPDATE channels SET looked_at = now(), looking_until = now() + $3 * interval '1 millisecond', state_detail = $4,
                state = CASE state WHEN 'connected' THEN 'checking' ELSE state END,
                state_at = CASE state WHEN 'connected' THEN now() ELSE state_at END
          WHERE id = $1 AND version = $2 AND state <> 'off'`,
        [channel.id, channel.version, CONFIRM_AFTER_MS, brief(look.detail)],
      );
      return;
    }
    const waitMs = look.kind === 'throttled' && look.until !== null ? Math.max(look.until - this.clock.now(), LOOK_AGAIN_MS) : LOOK_AGAIN_MS;
    await this.database.query(
      `UPDATE channels SET looking_until = now() + $2 * interval '1 millisecond' WHERE id = $1`,
      [channel.id, Math.min(waitMs, DAY_MS)],
    );
  }

  async #recordGood(channel: { readonly id: string; readonly version: number }, look: Extract<Look, { kind: 'ok' }>): Promise<void> {
    await this.database.transaction(async (manager) => {
      const before: Before[] = await manager.query(
        `SELECT id, workspace_id, state FROM channels WHERE id = $1 AND version = $2 FOR NO KEY UPDATE`,
        [channel.id, channel.version],
      );
      if (before.length === 0) return;
      await manager.query(
        `UPDATE channels SET healthy_at = now(), looked_at = now(), looking_until = NULL, url = coalesce($2, url),
                learned = coalesce($3::jsonb, learned), expires_at = CASE WHEN $4 THEN $5::timestamptz ELSE expires_at END,
                version = version + CASE WHEN $3::jsonb IS NOT NULL AND $3::jsonb IS DISTINCT FROM learned THEN 1 ELSE 0 END,
                ${BACK_IN_ORDER}
          WHERE id = $1`,
        [
          channel.id, look.url, look.learned === undefined ? null : storable(look.learned), look.expiresAt !== undefined,
          typeof look.expiresAt === 'number' ? new Date(look.expiresAt) : null,
        ],
      );
      await this.#tellConnected(manager, before);
    });
  }

  /** Writes one fact for each of the rows, in the transaction that changed them. */
  async tell(manager: EntityManager, kind: FactKind, rows: readonly ChannelRow[]): Promise<void> {
    await this.facts.write(manager, rows.map((row) => ({
      kind,
      workspaceId: row.workspace_id,
      subjectId: row.id,
      payload: {
        clientId: row.client_id, connectorId: row.connector_id, name: row.name, detail: row.state_detail,
        expiresAt: row.expires_at?.toISOString() ?? null,
      },
    })));
  }

  async #tellConnected(manager: EntityManager, before: readonly Before[]): Promise<void> {
    const back = before.filter(({ state }) => state === 'reconnect' || state === 'checking').map(({ id }) => id);
    if (back.length === 0) return;
    const rows: ChannelRow[] = await manager.query(`SELECT ${CHANNEL_COLUMNS} FROM channels WHERE id = ANY($1::uuid[])`, [back]);
    await this.tell(manager, 'channel.connected', rows);
  }

  #forgetOldMarks(now: number): void {
    for (const [id, at] of this.#markedAt) if (now - at >= MARK_EVERY_MS) this.#markedAt.delete(id);
  }
}

interface Before {
  readonly id: string;
  readonly workspace_id: string;
  readonly state: ChannelState;
}

const BACK_IN_ORDER = `
  state = CASE WHEN state IN ('checking', 'reconnect') THEN 'connected' ELSE state END,
  state_detail = CASE WHEN state IN ('checking', 'reconnect') THEN NULL ELSE state_detail END,
  state_at = CASE WHEN state IN ('checking', 'reconnect') THEN now() ELSE state_at END`;

function brief(detail: string): string {
  return scrub(detail).replaceAll('\0', '').slice(0, 500);
}
