import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { storable } from '../../infra/facts/fact-writer.js';
import { AudienceService } from '../audience/audience.service.js';
import type { Obstacle } from './broadcast-problems.js';
import { BROADCAST_COLUMNS, type BroadcastRow } from './broadcast-row.js';
import { newToken } from './drafts.service.js';
import { draftOf } from './issue-source.js';
import { Issues, type Said } from './issues.service.js';
import { Lists, type ListsOf } from './lists.service.js';
import { SenderRoads } from './sender-roads.service.js';
import { type TakenDelivery, Takings, type ToTake } from './takings.service.js';
import { faultParams } from './templates.service.js';

/** Today, as the brand's clocks show it. */
const brandsDay = (client: string): string => `(SELECT to_char(now() AT TIME ZONE zone, 'YYYY-MM-DD') FROM clients WHERE id = ${client}::uuid)`;

type Refusal = { readonly obstacle: Obstacle; readonly params: Readonly<Record<string, string>> };
const no = (obstacle: Obstacle, params: Readonly<Record<string, string>> = {}): Refusal => ({ obstacle, params });

/** Takes a post as a newsletter, for good: what it says and whom it goes to are frozen in one transaction. */
@Injectable()
export class Freezing {
  constructor(
    private readonly audience: AudienceService,
    private readonly issues: Issues,
    private readonly roads: SenderRoads,
    private readonly lists: Lists,
    private readonly takings: Takings,
  ) {}

  async take(manager: EntityManager, asked: ToTake): Promise<{ readonly id: string; readonly webToken: string } | Refusal> {
    const { workspaceId, part, channelId } = asked;
    const delivery = await this.takings.of(manager, asked);
    if (!delivery) return no('stopped');
    const [known]: BroadcastRow[] = await manager.query(
      `SELECT ${BROADCAST_COLUMNS} FROM broadcasts b WHERE b.workspace_id = $1 AND (b.part_key = $2 OR b.post_id = $3 AND b.channel_id = $4) ORDER BY b.part_key = $2 DESC NULLS LAST LIMIT 1 FOR UPDATE`,
      [workspaceId, part.key, delivery.postId, channelId]);
    if (known?.partKey !== undefined && known.partKey !== null) return known; // this key's, or an earlier arming's: the same post is not sent twice
    if (known?.state === 'stopped') return no('stopped');

    const lists = await this.lists.of(manager, 'email', asked);
    if ('obstacle' in lists) return lists;
    const uncovered = delivery.isFallback ? lists.lists.find(({ coversFallback }) => !coversFallback) : undefined;
    if (uncovered) return no('no-fallback-consent', { list: uncovered.name });
    return this.freeze(manager, { asked, delivery, lists, known });
  }

  private async freeze(manager: EntityManager, { asked, delivery, lists, known }: { readonly asked: ToTake; readonly delivery: TakenDelivery; readonly lists: ListsOf; readonly known: BroadcastRow | undefined }): Promise<{ readonly id: string; readonly webToken: string } | Refusal> {
    const { workspaceId, clientId, channelId, part } = asked;
    const said: Said = known ?? { id: uuid(), workspaceId, clientId, ...draftOf([part.content]), webToken: newToken() };
    const { rendered, hash, sender, client } = await this.issues.make(manager, said);
    if ('faults' in rendered) return no('template-faulty', faultParams(rendered.faults));
    // What stands in the post as it is a person planned there; what was drafted from it somebody has to have approved, as it is now.
    const isApproved = known ? known.approvedHash === hash : !delivery.isFallback || delivery.isWritten;
    if (!isApproved) return no('not-approved');
    const obstacle = this.roads.obstacle(sender, delivery.kind);
    if (obstacle !== null && obstacle !== 'sender-paused') return no(obstacle);

    const first = delivery.isFallback ? await this.mailedToday(manager, asked) : null;
    await manager.query(
      `INSERT INTO broadcasts (id, workspace_id, client_id, channel_id, post_id, part_key, purpose, list_ids, segment_id, language, template_id, subject, preheader, content, state,
              approved_hash, approved_by, approved_at, html, plain, web_html, web_token, deadline_at, frozen_at, created_by, joined_to, ended_at, recipients, outage_key)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, CASE WHEN $22::uuid IS NULL THEN 'frozen' ELSE 'sent' END, $15, $16, now(), $17, $18, $19, $20, coalesce($21::timestamptz, 'infinity'), now(), $16,
               $22, CASE WHEN $22 IS NOT NULL THEN now() END, CASE WHEN $22 IS NOT NULL THEN 0 END, CASE WHEN $7 = 'fallback' AND $22 IS NULL THEN ${brandsDay('$3')} END)
       ON CONFLICT (id) DO UPDATE SET part_key = excluded.part_key, purpose = excluded.purpose, list_ids = excluded.list_ids, segment_id = excluded.segment_id, state = excluded.state,
              html = excluded.html, plain = excluded.plain, web_html = excluded.web_html, deadline_at = excluded.deadline_at, frozen_at = now(), version = broadcasts.version + 1,
              joined_to = excluded.joined_to, ended_at = excluded.ended_at, recipients = excluded.recipients, outage_key = excluded.outage_key`,
      [said.id, workspaceId, clientId, channelId, delivery.postId, part.key, delivery.isFallback ? 'fallback' : 'issue', lists.who.listIds, lists.who.segmentId, client.language, said.templateId,
        said.subject, said.preheader, storable(said.content), hash, JSON.stringify(delivery.author), rendered.html, rendered.plain, rendered.webHtml, said.webToken, delivery.deadlineAt, first]);
    if (first !== null) return said;
    const people = await this.recipients(manager, { id: said.id, postId: delivery.postId, lists });
    // Thrown away with the transaction: it never was.
    if (people === 0 && !(await this.takings.wasReached(manager, clientId, delivery.postId))) return this.nobody(manager, said.id, known);
    await manager.query('UPDATE broadcasts SET recipients = $2 WHERE id = $1', [said.id, people]);
    return said;
  }

  /** A brand mails one fallback a day (DESIGN §8); what comes later stands on the page that one links to. */
  private async mailedToday(manager: EntityManager, { workspaceId, clientId }: ToTake): Promise<string | null> {
    const [row]: { id: string }[] = await manager.query(`SELECT id FROM broadcasts WHERE workspace_id = $1 AND client_id = $2 AND outage_key = ${brandsDay('$2')}`, [workspaceId, clientId]);
    return row?.id ?? null;
  }

  /** One statement for the whole audience, whoever of it has had this post already left out. */
  private async recipients(manager: EntityManager, { id, postId, lists }: { readonly id: string; readonly postId: string; readonly lists: ListsOf }): Promise<number> {
    const reachable = await this.audience.reachable(manager, lists.who, 4);
    const [row]: { people: number }[] = await manager.query(
      `WITH who AS MATERIALIZED (${reachable.sql}),
       claimed AS (
         INSERT INTO reached (client_id, post_id, address_key) SELECT $2::uuid, $3::uuid, address_key FROM who ORDER BY address_key ON CONFLICT DO NOTHING RETURNING address_key),
       made AS (
         INSERT INTO recipients (broadcast_id, subscriber_id, list_id, address, address_key)
         SELECT $1::uuid, w.subscriber_id, w.list_id, w.address, w.address_key FROM who w JOIN claimed c USING (address_key) RETURNING 1)
       SELECT count(*)::int AS people FROM made`, [id, lists.who.clientId, postId, ...reachable.params]);
    return row?.people ?? 0;
  }

  private async nobody(manager: EntityManager, id: string, known: BroadcastRow | undefined): Promise<Refusal> {
    if (known) await manager.query(`UPDATE broadcasts SET state = $2, part_key = NULL, frozen_at = NULL, html = NULL, plain = NULL, web_html = NULL WHERE id = $1`, [id, known.state]);
    else await manager.query('DELETE FROM broadcasts WHERE id = $1', [id]);
    return no('nobody');
  }
}
