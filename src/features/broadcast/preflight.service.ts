import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { dailyCap } from '../../core/broadcast.js';
import { Clock } from '../../infra/clock.js';
import type { Caller } from '../../infra/http/access.js';
import { fill, type Language } from '../../infra/http/problem.js';
import { AudienceService } from '../audience/audience.service.js';
import { OpenChannelsService } from '../channels/open-channels.service.js';
import { fail, type Obstacle, obstacles } from './broadcast-problems.js';
import { BROADCAST_COLUMNS, type BroadcastRow } from './broadcast-row.js';
import type { DraftIssue, Preflight } from './broadcast.schema.js';
import { Issues } from './issues.service.js';
import { Lists, type ListsOf } from './lists.service.js';
import { SenderRoads } from './sender-roads.service.js';
import { SendersService } from './senders.service.js';
import type { SenderRow } from './sender-row.js';
import { faultParams } from './templates.service.js';

const sentence = { en: 'This will mail {count} people.', it: 'Questa e-mail andrà a {count} persone.' };

interface Told {
  readonly code: Obstacle;
  readonly params?: Readonly<Record<string, string>>;
}

/** Before it goes: whom it would reach, who is left out and why, and what stands in its way. */
@Injectable()
export class PreflightService {
  constructor(
    private readonly database: DataSource,
    private readonly audience: AudienceService,
    private readonly channels: OpenChannelsService,
    private readonly senders: SendersService,
    private readonly roads: SenderRoads,
    private readonly issues: Issues,
    private readonly lists: Lists,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError post-not-for-list (404) */
  async of({ workspaceId, language }: Caller, { postId, channelId }: DraftIssue): Promise<Preflight> {
    const { manager } = this.database;
    const [about]: { clientId: string; kind: 'live' | 'demo' }[] = await manager.query(
      `SELECT o.client_id AS "clientId", w.kind FROM posts o JOIN channels c ON c.workspace_id = o.workspace_id AND c.client_id = o.client_id AND c.id = $3 AND c.connector_id = 'newsletter'
         JOIN workspaces w ON w.id = o.workspace_id WHERE o.workspace_id = $1 AND o.id = $2`, [workspaceId, postId, channelId]);
    const channel = about && (await this.channels.open([channelId])).get(channelId);
    if (!about || channel?.kind !== 'open') throw fail('post-not-for-list');
    const lists = await this.lists.of(manager, 'email', { workspaceId, clientId: about.clientId, account: channel.account });
    const [broadcast]: BroadcastRow[] = await manager.query(`SELECT ${BROADCAST_COLUMNS} FROM broadcasts b WHERE b.workspace_id = $1 AND b.post_id = $2 AND b.channel_id = $3`, [workspaceId, postId, channelId]);
    const sender = await this.senders.ofClient(manager, workspaceId, about.clientId);
    const counted = 'obstacle' in lists ? null : await this.count(manager, lists, postId);
    const told = [...this.roadTold(sender, about.kind), ...('obstacle' in lists ? [{ code: lists.obstacle, params: lists.params }] : []), ...(await this.draftTold(manager, broadcast)), ...(counted?.willMail === 0 ? [{ code: 'nobody' as const }] : [])];
    const willMail = counted?.willMail ?? 0;
    return {
      willMail, leftOut: counted?.leftOut ?? [], obstacles: told.map((one) => shown(one, language)), daysOfWarmUp: this.roads.isCaught(sender, about.kind) ? 0 : this.days(sender, willMail),
      sentence: fill(sentence[language], { count: new Intl.NumberFormat(language).format(willMail) }),
    };
  }

  private roadTold(sender: SenderRow | null, kind: 'live' | 'demo'): readonly Told[] {
    const code = this.roads.obstacle(sender, kind);
    return code === null ? [] : [{ code }];
  }

  /** Of one that a person is working on; what stands in a post as it is needs nobody's word. */
  private async draftTold(manager: EntityManager, broadcast: BroadcastRow | undefined): Promise<readonly Told[]> {
    if (!broadcast || broadcast.frozenAt !== null) return [];
    if (broadcast.state === 'stopped') return [{ code: 'stopped' }];
    const { rendered, hash } = await this.issues.make(manager, broadcast);
    if ('faults' in rendered) return [{ code: 'template-faulty', params: faultParams(rendered.faults) }];
    return broadcast.approvedHash === hash ? [] : [{ code: 'not-approved' }];
  }

  private async count(manager: EntityManager, lists: ListsOf, postId: string): Promise<Pick<Preflight, 'willMail' | 'leftOut'>> {
    const reachable = await this.audience.reachable(manager, lists.who, 5);
    const [row]: Record<string, number>[] = await manager.query(
      `WITH people AS (
         SELECT p.id, p.address_key, bool_or(s.state = 'confirmed') AS confirmed, bool_or(s.state = 'pending') AS pending, count(*) FILTER (WHERE s.state = 'confirmed')::int AS lists,
                bool_or(EXISTS (SELECT FROM suppressions x WHERE x.workspace_id = p.workspace_id AND x.kind = p.kind AND x.address_key = p.address_key AND (x.client_id IS NULL OR x.client_id = p.client_id))) AS suppressed
           FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id AND p.erased_at IS NULL
          WHERE s.workspace_id = $1 AND p.client_id = $2 AND s.list_id = ANY($3::uuid[]) GROUP BY p.id),
       may AS (${reachable.sql}),
       judged AS (
         SELECT p.*, m.subscriber_id IS NOT NULL AS reachable,
                EXISTS (SELECT FROM reached r WHERE r.client_id = $2 AND r.post_id = $4 AND r.address_key = p.address_key) AS had
           FROM people p LEFT JOIN may m ON m.subscriber_id = p.id)
       SELECT count(*) FILTER (WHERE reachable AND NOT had)::int AS "willMail", count(*) FILTER (WHERE reachable AND had)::int AS "already-reached",
              count(*) FILTER (WHERE suppressed)::int AS suppressed, count(*) FILTER (WHERE NOT suppressed AND NOT confirmed AND pending)::int AS "not-confirmed",
              count(*) FILTER (WHERE NOT suppressed AND NOT confirmed AND NOT pending)::int AS unsubscribed,
              count(*) FILTER (WHERE NOT suppressed AND confirmed AND NOT reachable)::int AS "outside-segment",
              count(*) FILTER (WHERE reachable AND NOT had AND lists > 1)::int AS "on-several-lists"
         FROM judged`,
      [lists.who.workspaceId, lists.who.clientId, lists.who.listIds, postId, ...reachable.params]);
    const { willMail = 0, ...out } = row ?? {};
    const whys = ['not-confirmed', 'unsubscribed', 'suppressed', 'outside-segment', 'already-reached', 'on-several-lists'] as const;
    return { willMail, leftOut: whys.map((why) => ({ why, people: out[why] ?? 0 })).filter(({ people }) => people > 0) };
  }

  private days(sender: SenderRow | null, people: number): number {
    if (sender === null) return 0;
    const now = this.clock.now();
    let left = people;
    for (let day = 0; day < 60; day += 1) {
      left -= dailyCap({ isWarm: sender.isWarm, firstAt: sender.firstMailAt?.getTime() ?? now }, now + day * 86_400_000);
      if (left <= 0) return day + 1;
    }
    return 60;
  }
}

const shown = ({ code, params = {} }: Told, language: Language) => ({ code, sentence: fill(obstacles[code][language], params) });
