import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { PartContent, PartMedia } from '../../core/part.js';
import type { Policy } from '../../core/policy.js';
import { fail } from './post-problems.js';
import type { PartInput } from './post-input.schema.js';
import type { ChannelRow, ClientRow, Content } from './post-rows.js';

export const clientColumns = `id, zone, jsonb_build_object('zone', zone, 'from', to_char(day_from, 'HH24:MI:SS'), 'to', to_char(day_to, 'HH24:MI:SS')) AS day`;
export const channelColumns = `id, client_id AS "clientId", name, connector_id AS "connectorId", component_id AS "componentId", learned`;

/** What a post leans on: its client, its channels, its media. Never of another workspace. */
@Injectable()
export class PostLookups {
  /** @throws DomainError client-not-found */
  async client(manager: EntityManager, workspaceId: string, clientId: string): Promise<ClientRow> {
    const [client] = await manager.query<ClientRow[]>(
      `SELECT ${clientColumns} FROM clients WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL`,
      [workspaceId, clientId],
    );
    if (!client) throw fail('client-not-found');
    return client;
  }

  /**
   * The channels in the order asked for, each once.
   * @throws DomainError channel-not-found, channel-of-another-client
   */
  async channels(manager: EntityManager, workspaceId: string, clientId: string, ids: readonly string[]): Promise<readonly ChannelRow[]> {
    const rows = await manager.query<ChannelRow[]>(
      `SELECT ${channelColumns} FROM channels WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND archived_at IS NULL`,
      [workspaceId, ids],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return [...new Set(ids.map((id) => id.toLowerCase()))].map((channelId) => {
      const channel = byId.get(channelId);
      if (!channel) throw fail('channel-not-found', { channelId });
      if (channel.clientId !== clientId) throw fail('channel-of-another-client', { channel: channel.name });
      return channel;
    });
  }

  /** Also archived ones; those that are not there are left out. */
  async known(manager: EntityManager, workspaceId: string, ids: readonly string[]): Promise<readonly ChannelRow[]> {
    return ids.length === 0 ? [] : manager.query<ChannelRow[]>(`SELECT ${channelColumns} FROM channels WHERE workspace_id = $1 AND id = ANY($2::uuid[])`, [workspaceId, ids]);
  }

  /** What a policy names has to be the client's own. @throws DomainError channel-not-found, channel-of-another-client */
  async outlets(manager: EntityManager, workspaceId: string, clientId: string, routes: Policy['rerouteTo']): Promise<void> {
    const ids = (routes ?? []).flat();
    if (ids.length > 0) await this.channels(manager, workspaceId, clientId, ids);
  }

  /**
   * Puts the media behind the ids that the author wrote, in one statement for all lists.
   * @throws DomainError media-not-found
   */
  async contents(manager: EntityManager, workspaceId: string, lists: readonly (readonly PartInput[])[]): Promise<readonly Content[]> {
    const media = await this.media(manager, workspaceId, lists.flat().flatMap(mediaIds));
    const medium = (mediaId: string, alt?: string): PartMedia => {
      const found = media.get(mediaId.toLowerCase());
      if (!found) throw fail('media-not-found', { mediaId });
      return alt === undefined ? found : { ...found, alt };
    };
    return lists.map((parts) => ({
      parts: parts.map(({ text, link, language, options, ...part }): PartContent => ({
        text,
        media: part.media.map(({ mediaId, alt }) => medium(mediaId, alt)),
        link: link && { url: link.url, title: link.title, description: link.description, thumb: link.thumbId === null ? null : medium(link.thumbId) },
        language,
        options,
      })),
    }));
  }

  /**
   * Held for the rest of the transaction: a medium that is being deleted is waited for and then not found, and one that is
   * found is not deleted before the post that uses it can be seen.
   */
  async media(manager: EntityManager, workspaceId: string, ids: readonly string[]): Promise<ReadonlyMap<string, PartMedia>> {
    if (ids.length === 0) return new Map();
    const rows = await manager.query<PartMedia[]>(
      `SELECT id AS "mediaId", mime, bytes::float8 AS bytes, width, height, alt FROM media
        WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND deleted_at IS NULL ORDER BY id FOR KEY SHARE`,
      [workspaceId, [...new Set(ids)]],
    );
    return new Map(rows.map((row) => [row.mediaId, row]));
  }
}

function mediaIds(part: PartInput): readonly string[] {
  return [...part.media.map(({ mediaId }) => mediaId), ...(part.link?.thumbId ? [part.link.thumbId] : [])];
}
