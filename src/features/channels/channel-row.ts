import type { Connector } from '../../connectors/connector.js';
import { connectors } from '../../connectors/registry.js';
import type { UtmRule } from '../../core/utm.js';
import type { Channel, ChannelState, LimitFigures } from './channel.schema.js';

/** A row of `channels`, as the statements of this room read it. Sealed columns are read apart, where they are opened. */
export interface ChannelRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly client_id: string;
  readonly connector_id: string;
  readonly name: string;
  readonly url: string | null;
  readonly host: string;
  readonly component_id: string;
  readonly learned: unknown;
  readonly state: ChannelState;
  readonly state_detail: string | null;
  readonly looked_at: Date | null;
  readonly healthy_at: Date | null;
  readonly expires_at: Date | null;
  readonly utm: UtmRule | null;
  readonly version: number;
  readonly created_at: Date;
  readonly archived_at: Date | null;
}

export const CHANNEL_COLUMNS =
  'id, workspace_id, client_id, connector_id, name, url, host, component_id, learned, state, state_detail, looked_at, healthy_at, expires_at, utm, version, created_at, archived_at';

/** What other rooms may know of a channel without opening it. */
export interface ChannelCard {
  readonly id: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly connectorId: string;
  readonly componentId: string;
  readonly name: string;
  readonly state: ChannelState;
  /** What `look` told last; goes into `connector.limits`. */
  readonly learned: unknown;
  readonly archived: boolean;
}

export function toCard(row: ChannelRow): ChannelCard {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    clientId: row.client_id,
    connectorId: row.connector_id,
    componentId: row.component_id,
    name: row.name,
    state: row.state,
    learned: row.learned ?? undefined,
    archived: row.archived_at !== null,
  };
}

export function toChannel(row: ChannelRow): Channel {
  const connector = connectors.find(({ id }) => id === row.connector_id);
  return {
    id: row.id,
    clientId: row.client_id,
    connectorId: row.connector_id,
    name: row.name,
    url: row.url,
    host: row.host,
    componentId: row.component_id,
    state: row.state,
    stateDetail: row.state_detail,
    trouble: null, // what is known of its platform is added where people are answered
    limits: connector ? figuresOf(connector, row.learned ?? undefined) : null,
    lookedAt: row.looked_at?.toISOString() ?? null,
    healthyAt: row.healthy_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
    utm: row.utm,
    version: row.version,
    createdAt: row.created_at.toISOString(),
    archivedAt: row.archived_at?.toISOString() ?? null,
  };
}

export function figuresOf(connector: Connector, learned?: unknown): LimitFigures {
  const { maxText, maxMedia, mediaTypes, maxParts } = connector.limits(learned);
  return { maxText, maxMedia, mediaTypes: { ...mediaTypes }, maxParts };
}
