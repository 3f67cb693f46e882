import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** A platform's host as channels use it. */
export interface UsedComponent {
  readonly id: string;
  readonly connectorId: string;
  readonly host: string;
  /** Clients with a channel on it. */
  readonly clients: number;
}

export interface Witnessing {
  readonly id: string;
  readonly clientId: string;
  readonly workspaceId: string;
}

/** Which components the channels of this installation use, over all workspaces. */
@Injectable()
export class ChannelComponentsService {
  constructor(private readonly database: DataSource) {}

  async used(): Promise<readonly UsedComponent[]> {
    return this.database.query(
      `SELECT component_id AS id, connector_id AS "connectorId", host, count(DISTINCT client_id)::int AS clients
         FROM channels WHERE archived_at IS NULL AND state <> 'off' GROUP BY component_id, connector_id, host`,
    );
  }

  /** Channels that could tell how the component is: one each of up to `most` clients first, then others. */
  async witnesses(componentId: string, most: number): Promise<readonly Witnessing[]> {
    return this.database.query(
      `SELECT id, client_id AS "clientId", workspace_id AS "workspaceId"
         FROM (SELECT *, row_number() OVER (PARTITION BY client_id ORDER BY state = 'checking' DESC, healthy_at DESC NULLS LAST) AS nth
                 FROM channels WHERE component_id = $1 AND archived_at IS NULL AND state IN ('connected', 'checking')) AS ranked
        ORDER BY nth, healthy_at DESC NULLS LAST LIMIT $2`,
      [componentId, most],
    );
  }

  /** The components of these channels. */
  async of(channelIds: readonly string[]): Promise<ReadonlyMap<string, Witnessing & { readonly componentId: string }>> {
    const rows = await this.database.query<(Witnessing & { componentId: string })[]>(
      `SELECT id, client_id AS "clientId", workspace_id AS "workspaceId", component_id AS "componentId" FROM channels WHERE id = ANY($1::uuid[])`,
      [channelIds],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }
}
