import { Injectable } from '@nestjs/common';
import { mediaOf, type PartMedia } from '../../core/part.js';
import type { Caller } from '../../infra/http/access.js';
import { isAtLeast } from '../../infra/http/admit.js';
import type { UserVisitor } from '../../infra/http/doorkeeper.js';
import { MediaService } from '../media/media.service.js';
import { DeliveriesService } from '../posts/deliveries.service.js';
import { type HandPost, HandPosts } from '../posts/hand-posts.service.js';
import type { HandAct } from './by-hand.schema.js';
import { fail } from './desk.problems.js';
import { IncidentDesk } from './incident-desk.service.js';

export interface HandView {
  readonly caller: Caller;
  readonly post: HandPost;
}

/** What stands on the page of a post that people publish, and what they do there. */
@Injectable()
export class ByHandDesk {
  constructor(
    private readonly desk: IncidentDesk,
    private readonly posts: HandPosts,
    private readonly deliveries: DeliveriesService,
    private readonly media: MediaService,
  ) {}

  /**
   * In the workspace named; without one, in whichever of the visitor's it is. A link in a letter names it, an address typed by
   * hand does not. @throws DomainError desk-no-workspace, desk-no-hand-post (404)
   */
  async read(visitor: UserVisitor, workspaceId: string | undefined, deliveryId: string): Promise<HandView> {
    const ids = workspaceId === undefined ? visitor.memberships.map((one) => one.workspaceId) : [workspaceId];
    for (const id of ids) {
      const caller = this.desk.callerIn(visitor, id);
      const post = await this.posts.read(caller.workspaceId, deliveryId);
      if (post) return { caller, post };
    }
    throw fail('desk-no-hand-post');
  }

  /** One of the post's own. @throws DomainError desk-no-hand-post, media-not-found (404) */
  async medium({ caller, post }: HandView, mediaId: string): Promise<{ readonly medium: PartMedia; readonly name: string; readonly blob: Blob }> {
    const medium = post.parts.flatMap((part) => mediaOf(part)).find((one) => one.mediaId === mediaId);
    if (!medium) throw fail('desk-no-hand-post');
    const [{ name }, blob] = await Promise.all([this.media.read(caller.workspaceId, mediaId), this.media.open(caller.workspaceId, mediaId)]);
    return { medium, name, blob };
  }

  /** @throws DomainError desk-editors-only (403), desk-no-hand-post (404), or the refusal of what was wanted */
  async act({ caller, post }: HandView, act: HandAct): Promise<void> {
    if (caller.role === null || !isAtLeast(caller.role, 'editor')) throw fail('desk-editors-only');
    const { version } = act;
    if (act.act === 'not-now') return this.deliveries.notNow(caller, post.id, { version, minutes: act.minutes });
    return this.deliveries.say(caller, post.id, { version, out: true, ...(act.url === '' ? {} : { url: act.url }) });
  }
}
