import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DAY_MS } from '../../core/instant.js';
import { type Readiness, type ReadinessFact, type ReadinessKind, readinessOf } from '../../core/readiness.js';
import { Clock } from '../../infra/clock.js';
import { FallbacksService } from '../posts/fallbacks.service.js';
import type { Client } from '../workspaces/client.schema.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { isOffered } from './pack-rows.js';

const AHEAD_MS = 7 * DAY_MS;

/** What a room knows of a client; null = the question does not arise. */
export type ReadinessSource = (workspaceId: string, clientId: string) => Promise<ReadinessFact | null>;

/** How ready clients are for an outage. Rooms to the right add what they know. */
@Injectable()
export class ReadinessService {
  private readonly sources = new Map<ReadinessKind, ReadinessSource>();

  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly fallbacks: FallbacksService,
    private readonly clock: Clock,
  ) {}

  /** Call it in `onModuleInit`. */
  register(kind: ReadinessKind, source: ReadinessSource): void {
    this.sources.set(kind, source);
  }

  /** @throws DomainError client-unknown (404) */
  async of(workspaceId: string, clientId: string): Promise<Readiness> {
    const client = await this.clients.read(workspaceId, clientId);
    const own = [this.pack(workspaceId, client), this.unwritten(workspaceId, clientId)];
    const facts = await Promise.all([...own, ...[...this.sources.values()].map((source) => source(workspaceId, clientId))]);
    return readinessOf([contactsOf(client), ...facts.filter((fact) => fact !== null)]);
  }

  private async pack(workspaceId: string, { id, language }: Client): Promise<ReadinessFact> {
    const [row] = await this.database.query<Omit<Extract<ReadinessFact, { kind: 'pack' }>, 'kind'>[]>(
      `SELECT count(*) FILTER (WHERE f AND l)::int AS fresh, count(*) FILTER (WHERE f AND NOT l)::int AS "otherLanguage", count(*) FILTER (WHERE e AND NOT f)::int AS expired, count(*) FILTER (WHERE NOT e AND NOT f)::int AS unapproved
         FROM (SELECT ${isOffered} AS f, split_part(lower(k.language), '-', 1) = $3 AS l, coalesce(k.expires_on < (now() AT TIME ZONE c.zone)::date, false) AS e
                 FROM packs k JOIN clients c ON c.id = k.client_id WHERE k.workspace_id = $1 AND k.client_id = $2 AND k.archived_at IS NULL) AS p`,
      [workspaceId, id, language],
    );
    return { kind: 'pack', ...(row ?? { fresh: 0, unapproved: 0, expired: 0, otherLanguage: 0 }) };
  }

  private async unwritten(workspaceId: string, clientId: string): Promise<ReadinessFact> {
    return { kind: 'fallbacks', ...(await this.fallbacks.unwritten(workspaceId, clientId, this.clock.now() + AHEAD_MS)) };
  }
}

function contactsOf({ contacts: { emails, phones } }: Client): ReadinessFact {
  return { kind: 'contacts', emails: emails.length, phones: phones.length };
}
