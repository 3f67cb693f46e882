import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Connector } from '../../connectors/connector.js';
import { connectors } from '../../connectors/registry.js';
import { prepared } from '../../infra/database/prepared.js';
import { scrub } from '../../infra/scrub.js';
import { AccountSeal } from './account-seal.js';
import { CHANNEL_COLUMNS, type ChannelCard, type ChannelRow, toCard } from './channel-row.js';
import type { ChannelState } from './channel.schema.js';

/** A channel ready to send, or why it cannot be opened here (`locked`: another key, a connector this version has not). */
export type OpenChannel = ChannelCard & {
  readonly host: string;
  /** Of the credentials and what was learned; state changes do not raise it. */
  readonly version: number;
  readonly sessionVersion: number;
} & (
    | { readonly kind: 'open'; readonly connector: Connector; readonly account: unknown }
    | { readonly kind: 'locked'; readonly detail: string }
  );

/** Below what the scrubber holds: what is still kept here is still struck out there. */
const MOST_KEPT = 3_000;

/**
 * Opens channels for sending. Asks the database for versions only, and unseals what changed since: thousands of
 * deliveries a second cost one small statement for each batch.
 */
@Injectable()
export class OpenChannelsService {
  readonly #kept = new Map<string, OpenChannel>();

  constructor(
    private readonly database: DataSource,
    private readonly accounts: AccountSeal,
  ) {}

  /** Across workspaces: for what the installation itself sends. Ids that no longer exist are missing in the answer. */
  async open(channelIds: readonly string[]): Promise<Map<string, OpenChannel>> {
    const ids = [...new Set(channelIds)];
    const rows: VersionRow[] = await this.database.query(
      prepared(`SELECT id, version, session_version, state, archived_at IS NOT NULL AS archived FROM channels WHERE id = ANY($1::uuid[])`),
      [ids],
    );
    const stale = rows.filter((row) => this.#kept.get(row.id)?.version !== row.version).map((row) => row.id);
    if (stale.length > 0) await this.#unseal(stale);
    return new Map(rows.flatMap((row) => {
      const kept = this.#kept.get(row.id);
      if (!kept) return [];
      this.#keep(kept);
      return [[row.id, { ...kept, state: row.state, sessionVersion: row.session_version, archived: row.archived }] as const];
    }));
  }

  /** Through which of our apps each of them works. Those that bring a credential of their own are missing in the answer. */
  async apps(channelIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map([...(await this.open(channelIds))].flatMap(([id, channel]) => {
      const app = channel.kind === 'open' ? (channel.connector.app?.(channel.account) ?? null) : null;
      return app === null ? [] : [[id, app] as const];
    }));
  }

  async #unseal(ids: readonly string[]): Promise<void> {
    const rows: SealedChannelRow[] = await this.database.query(
      `SELECT ${CHANNEL_COLUMNS}, session_version, sealed_account FROM channels WHERE id = ANY($1::uuid[])`,
      [ids],
    );
    for (const row of rows) this.#keep(this.#opened(row));
  }

  #opened(row: SealedChannelRow): OpenChannel {
    const card = { ...toCard(row), host: row.host, version: row.version, sessionVersion: row.session_version };
    const connector = connectors.find(({ id }) => id === row.connector_id);
    if (!connector) return { ...card, kind: 'locked', detail: `This version of Postern has no connector "${row.connector_id}".` };
    try {
      return { ...card, kind: 'open', connector, account: this.accounts.openAccount({ id: row.id, workspaceId: row.workspace_id }, connector, row.sealed_account) };
    } catch (error) {
      return { ...card, kind: 'locked', detail: scrub(error instanceof Error ? error.message : String(error)).slice(0, 500) };
    }
  }

  /** Puts it at the young end; the one not used for longest leaves. */
  #keep(channel: OpenChannel): void {
    this.#kept.delete(channel.id);
    this.#kept.set(channel.id, channel);
    if (this.#kept.size > MOST_KEPT) for (const oldest of this.#kept.keys()) return void this.#kept.delete(oldest);
  }
}

interface VersionRow {
  readonly id: string;
  readonly version: number;
  readonly session_version: number;
  readonly state: ChannelState;
  readonly archived: boolean;
}

interface SealedChannelRow extends ChannelRow {
  readonly session_version: number;
  readonly sealed_account: string;
}
