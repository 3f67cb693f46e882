import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { PartContent } from '../../core/part.js';
import type { Caller } from '../../infra/http/access.js';
import type { PartInput, PostCreate } from '../posts/post-input.schema.js';
import { PostLookups } from '../posts/post-lookups.service.js';
import { PostReads } from '../posts/post-reads.service.js';
import { PostsService } from '../posts/posts.service.js';
import type { Post } from '../posts/post.schema.js';
import { fail } from './library-problems.js';
import type { PackRow } from './pack-rows.js';
import type { PackPlan } from './pack.schema.js';
import { PacksService, variantFor } from './packs.service.js';

/** Makes posts out of packs. */
@Injectable()
export class PackPlans {
  constructor(
    private readonly database: DataSource,
    private readonly packs: PacksService,
    private readonly lookups: PostLookups,
    private readonly posts: PostsService,
    private readonly reads: PostReads,
  ) {}

  /** @throws DomainError pack-unknown (404), pack-archived (409), pack-not-approved, pack-expired, pack-silent-there (422), and what PostsService.create may refuse */
  async plan(caller: Caller, packId: string, asked: PackPlan): Promise<Post> {
    const row = await this.packs.row(caller.workspaceId, packId);
    if (row.archivedAt !== null) throw fail('pack-archived');
    if (asked.editing !== 'draft') assertInForce(row);
    return this.reads.one(caller, await this.posts.create(caller, await this.postOf(caller, row, asked)));
  }

  private async postOf({ workspaceId }: Caller, row: PackRow, { channelIds, ...terms }: PackPlan): Promise<PostCreate> {
    const channels = await this.lookups.channels(this.database.manager, workspaceId, row.clientId, channelIds);
    const variants = channels.map((channel) => {
      const variant = variantFor(row.variants, channel);
      if (!variant) throw fail('pack-silent-there', { channel: channel.name });
      return { channelId: channel.id, parts: variant.parts.map(asWritten), hash: variant.hash };
    });
    const general = row.variants.find(({ draft, connectorId, channelId }) => !draft && connectorId === null && channelId === null);
    const content = { parts: general ? general.parts.map(asWritten) : (variants[0]?.parts ?? []) };
    const said = general?.hash ?? variants[0]?.hash;
    return {
      clientId: row.clientId, channelIds: channels.map(({ id }) => id), content, variants: variants.filter(({ hash }) => hash !== said).map(({ channelId, parts }) => ({ channelId, parts })),
      evergreen: false, ...terms,
    };
  }
}

function assertInForce({ approvedAt, expired, expiresOn }: PackRow): void {
  if (approvedAt === null) throw fail('pack-not-approved');
  if (expired) throw fail('pack-expired', { day: expiresOn ?? '' });
}

function asWritten({ text, media, link, language, options }: PartContent): PartInput {
  return {
    text, media: media.map(({ mediaId, alt }) => ({ mediaId, alt })),
    link: link && { url: link.url, title: link.title, description: link.description, thumbId: link.thumb?.mediaId ?? null },
    language, options: options as PartInput['options'],
  };
}
