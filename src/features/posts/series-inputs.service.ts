import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Instant } from '../../core/instant.js';
import { nextOccurrence, type Recurrence } from '../../core/recurrence.js';
import { readRule } from '../../core/recurrence-rule.js';
import { isZone, wallOf } from '../../core/schedule.js';
import { readWall, wallMs } from '../../core/wall-time.js';
import type { Caller } from '../../infra/http/access.js';
import type { Template } from './post-input.schema.js';
import { PostLookups } from './post-lookups.service.js';
import { fail as failPost } from './post-problems.js';
import { assertNotTooFar } from './post-timing.js';
import { assertWithinLimits, PostsService } from './posts.service.js';
import { fail, ruleProblem } from './series-problems.js';
import type { StoredTemplate } from './series-rows.service.js';

/** Checks what comes in about series. */
@Injectable()
export class SeriesInputs {
  constructor(
    private readonly lookups: PostLookups,
    private readonly posts: PostsService,
  ) {}

  /**
   * Checks when a series posts.
   * @throws DomainError zone-unknown, time-invalid, too-far-ahead, rule-…, series-over
   */
  recurrence(asked: { readonly rule: string; readonly zone: string; readonly wallStart: string }, now: Instant): Recurrence & { readonly zone: string } {
    const { zone } = asked;
    if (!isZone(zone)) throw failPost('zone-unknown', { zone });
    const wallStart = readWall(asked.wallStart);
    if (wallStart === null) throw failPost('time-invalid', { wallAt: asked.wallStart });
    assertNotTooFar(wallStart, wallMs(wallStart), now);
    const read = readRule(asked.rule, zone);
    if (read.kind === 'fault') throw ruleProblem(read.fault);
    const recurrence = { rule: read.rule, wallStart, zone };
    if (nextOccurrence(recurrence, wallOf(now, zone)) === null) {
      throw nextOccurrence(recurrence) === null && read.rule.until === null ? fail('rule-never') : fail('series-over');
    }
    return recurrence;
  }

  /**
   * Checks what a series says and puts its media in.
   * @throws DomainError channel-not-found, media-not-found, content-breaks-limits, …
   */
  async template(manager: EntityManager, caller: Caller, clientId: string, template: Template): Promise<StoredTemplate> {
    const channels = await this.lookups.channels(manager, caller.workspaceId, clientId, template.channelIds);
    await this.lookups.outlets(manager, caller.workspaceId, clientId, template.policy.rerouteTo);
    const { content, variants } = await this.posts.said(manager, caller.workspaceId, template, channels);
    assertWithinLimits(channels, content, variants);
    const { choice, policy, evergreen, labels, editing } = template;
    return {
      channelIds: channels.map(({ id }) => id), content, variants: [...variants].map(([channelId, { parts }]) => ({ channelId, parts })),
      choice, policy, evergreen, labels, editing,
    };
  }
}
