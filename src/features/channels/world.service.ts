import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { SessionStore, World } from '../../connectors/connector.js';
import type { Instant } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';
import { Gather } from '../../infra/database/gather.js';
import { Outgoing, type Terms } from '../../infra/http/outgoing.js';
import { scrub, scrubDeep } from '../../infra/scrub.js';
import { MediaService } from '../media/media.service.js';
import { ChannelSessionsService } from './channel-sessions.service.js';
import { HouseOutlets } from './house-outlets.service.js';

export interface KeptRef {
  readonly ref: string;
  /** null = does not end. */
  readonly expiresAt: Instant | null;
}
export type Kept = Map<string, KeptRef>;

export interface WorldTerms extends Pick<Terms, 'ageMs' | 'maxAgeMs' | 'timeoutMs' | 'maxBytes'> {
  readonly channel: { readonly id: string; readonly workspaceId: string; readonly clientId: string; readonly connectorId: string; readonly sessionVersion: number };
  readonly partId: string;
  /** What was kept for this part and has not ended; `keep` adds to it. */
  readonly kept: Kept;
  readonly signal: AbortSignal;
}

interface KeepRow {
  readonly part_id: string;
  readonly name: string;
  readonly ref: string;
  readonly expires_at: string | null;
}

/** Makes the worlds that connectors act in (DESIGN §5). Making one does nothing yet: no statement, no connection. */
@Injectable()
export class WorldMaker {
  readonly #logger = new Logger('connector');
  readonly #keeps = new Gather<KeepRow, void>((rows) => this.#write(rows), { most: 200, parallel: 2 });

  constructor(
    private readonly outgoing: Outgoing,
    private readonly sessions: ChannelSessionsService,
    private readonly media: MediaService,
    private readonly outlets: HouseOutlets,
    private readonly database: DataSource,
    private readonly clock: Clock,
  ) {}

  /** The world of one part on one channel. */
  worldFor({ channel, partId, kept, signal, ...terms }: WorldTerms): World {
    return {
      ...this.#surroundings(channel.connectorId, signal, terms),
      session: this.sessions.storeFor(channel, signal),
      open: (media) => this.media.open(channel.workspaceId, media.mediaId),
      house: this.outlets.at(channel.connectorId, { workspaceId: channel.workspaceId, clientId: channel.clientId, channelId: channel.id }),
      kept: (name) => this.#alive(kept.get(name)),
      keep: async (name, ref, expiresAt) => {
        const expires_at = expiresAt === null ? null : new Date(expiresAt).toISOString();
        await this.#keeps.add({ part_id: partId, name, ref, expires_at });
        kept.set(name, { ref, expiresAt });
      },
    };
  }

  /**
   * The world of a look: of a channel that is there, or of an account that is being connected, whose session stays in
   * `session` until there is a row to keep it in.
   */
  worldToLook({ connectorId, workspaceId, clientId, session, signal }: { connectorId: string; workspaceId: string; clientId: string; session: SessionStore; signal: AbortSignal }): World {
    return {
      ...this.#surroundings(connectorId, signal, {}),
      session,
      open: (media) => this.media.open(workspaceId, media.mediaId),
      house: this.outlets.at(connectorId, { workspaceId, clientId, channelId: null }),
      kept: () => null,
      keep: async () => undefined,
    };
  }

  #surroundings(connectorId: string, signal: AbortSignal, terms: Pick<Terms, 'ageMs' | 'maxAgeMs' | 'timeoutMs' | 'maxBytes'>): Pick<World, 'fetch' | 'now' | 'signal' | 'log'> {
    return {
      fetch: this.outgoing.fetch({ ...terms, signal }),
      now: () => this.clock.now(),
      signal,
      log: (message, facts = {}) => this.#logger.debug(scrub(message), { connectorId, ...(scrubDeep(facts) as object) }),
    };
  }

  #alive(kept: KeptRef | undefined): string | null {
    return kept && (kept.expiresAt === null || kept.expiresAt > this.clock.now()) ? kept.ref : null;
  }

  async #write(rows: readonly KeepRow[]): Promise<void[]> {
    // A name kept twice within one batch: the later one stands, and one statement cannot touch a row twice.
    const latest = [...new Map(rows.map((row) => [`${row.part_id} ${row.name}`, row])).values()];
    await this.database.query(
      `INSERT INTO kept_refs (part_id, name, ref, expires_at)
       SELECT part_id, name, ref, expires_at FROM jsonb_to_recordset($1::jsonb) AS k (part_id uuid, name text, ref text, expires_at timestamptz)
       ORDER BY part_id, name
       ON CONFLICT (part_id, name) DO UPDATE SET ref = excluded.ref, expires_at = excluded.expires_at, kept_at = now()`,
      [JSON.stringify(latest)],
    );
    return rows.map(() => undefined);
  }
}
