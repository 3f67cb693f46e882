import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AudienceService } from '../audience/audience.service.js';
import type { Obstacle } from './broadcast-problems.js';
import { BROADCAST_COLUMNS, type BroadcastRow } from './broadcast-row.js';
import { Carrying } from './carrying.service.js';
import { FrozenRows } from './frozen-rows.service.js';
import { Issues } from './issues.service.js';
import { Lists, type ListsOf } from './lists.service.js';
import { SenderRoads } from './sender-roads.service.js';
import { notReached, ofShare, type TakenDelivery, Takings, type ToTake } from './takings.service.js';
import { faultParams } from './templates.service.js';
import { isAnew, wordsOf } from './words.js';

type Refusal = { readonly obstacle: Obstacle; readonly params: Readonly<Record<string, string>> };
const no = (obstacle: Obstacle, params: Readonly<Record<string, string>> = {}): Refusal => ({ obstacle, params });

type Share = { readonly nr: number; readonly of: number };
/** People of a share: a few seconds on a slow disk, where a statement has 30 (database.module.ts). */
const SHARE = 50_000;
const sharesFor = (people: number): number => 2 ** Math.max(0, Math.ceil(Math.log2(people / SHARE)));

/** Takes a post as a newsletter, for good: what it says and whom it goes to are frozen in one transaction. */
@Injectable()
export class Freezing {
  constructor(
    private readonly audience: AudienceService,
    private readonly issues: Issues,
    private readonly roads: SenderRoads,
    private readonly lists: Lists,
    private readonly rows: FrozenRows,
    private readonly carrying: Carrying,
    private readonly takings: Takings,
  ) {}

  /** @returns 'busy' = the brand's mail of the day is just being made: in a few seconds it is, and perhaps carries this one */
  async take(manager: EntityManager, asked: ToTake): Promise<{ readonly id: string; readonly webToken: string } | Refusal | 'busy'> {
    const { workspaceId, part, channelId } = asked;
    if (!(await this.rows.turn(manager, asked))) return 'busy';
    const delivery = await this.takings.of(manager, asked);
    if (!delivery) return no('stopped');
    const [known]: BroadcastRow[] = await manager.query(
      `SELECT ${BROADCAST_COLUMNS} FROM broadcasts b WHERE b.workspace_id = $1 AND (b.part_key = $2 OR b.post_id = $3 AND b.channel_id = $4) ORDER BY b.part_key = $2 DESC NULLS LAST LIMIT 1 FOR UPDATE`,
      [workspaceId, part.key, delivery.postId, channelId]);
    // This key's, or an earlier arming's: the same post is not sent twice. What nobody got a person may send anew.
    if (known && !isAnew(known, part.key)) {
      if (known.state === 'stopped' && known.partKey !== part.key && !(await this.rows.isHad(manager, known))) return no('stopped');
      if (known.partKey !== null) return known;
    }

    const lists = await this.lists.of(manager, 'email', asked);
    if ('obstacle' in lists) return lists;
    const uncovered = delivery.isFallback ? lists.lists.find(({ coversFallback }) => !coversFallback) : undefined;
    if (uncovered) return no('no-fallback-consent', { list: uncovered.name });
    return this.freeze(manager, { asked, delivery, lists, known });
  }

  private async freeze(manager: EntityManager, { asked, delivery, lists, known }: { readonly asked: ToTake; readonly delivery: TakenDelivery; readonly lists: ListsOf; readonly known: BroadcastRow | undefined }): Promise<{ readonly id: string; readonly webToken: string } | Refusal> {
    const { workspaceId, clientId, channelId, part } = asked;
    const pageLink = delivery.isFallback ? await this.issues.pageOf(manager, { workspaceId, postId: delivery.postId }) : null;
    const words = wordsOf(known, { workspaceId, clientId, channelId, partId: part.partId, arming: delivery.arming, content: part.content, isApproved: !delivery.isFallback || delivery.isWritten });
    const said = { ...words.said, pageLink };
    const { rendered, hash, sender, client } = await this.issues.make(manager, said);
    if ('faults' in rendered) return no('template-faulty', faultParams(rendered.faults));
    if (!words.isApproved(hash)) return no('not-approved');
    const obstacle = this.roads.obstacle(sender, delivery.kind);
    if (obstacle !== null && obstacle !== 'sender-paused') return no(obstacle);

    const first = delivery.isFallback ? await this.rows.mailedToday(manager, asked) : null;
    const frozen = { channelId, listIds: lists.who.listIds, segmentId: lists.who.segmentId, language: client.language, deadlineAt: delivery.deadlineAt };
    await manager.query('SAVEPOINT freezing');
    await this.rows.write(manager, {
      ...frozen, said, postId: delivery.postId, key: part.key, purpose: delivery.isFallback ? 'fallback' : 'issue', rendered, hash, author: delivery.author, joinedTo: first, carried: false,
    });
    if (first !== null) return said;
    const shares = await this.recipients(manager, { id: said.id, postId: delivery.postId, lists });
    const people = shares.reduce((sum, some) => sum + some, 0);
    if (people === 0 && !(await this.takings.wasReached(manager, clientId, delivery.postId))) {
      await manager.query('ROLLBACK TO SAVEPOINT freezing'); // as it was: what a person drafted can be sent another time
      return no('nobody');
    }
    if (people > 0 && delivery.isFallback) await this.carrying.together(manager, { said, partId: part.partId, plannedAt: delivery.plannedAt, frozen, shares });
    await this.rows.counted(manager, said, people);
    return said;
  }

  /** The whole audience, in shares that no statement needs long for; whoever of it has had this post already is left out. @returns people of each share */
  private async recipients(manager: EntityManager, { id, postId, lists }: { readonly id: string; readonly postId: string; readonly lists: ListsOf }): Promise<readonly number[]> {
    const of = sharesFor(lists.lists.reduce((sum, { confirmed }) => sum + confirmed, 0));
    const people: number[] = [];
    for (let nr = 0; nr < of; nr += 1) people.push(await this.share(manager, { id, postId, who: { ...lists.who, share: { nr, of } } }));
    return people;
  }

  private async share(manager: EntityManager, { id, postId, who }: { readonly id: string; readonly postId: string; readonly who: ListsOf['who'] & { readonly share: Share } }): Promise<number> {
    const { clientId, share: { nr, of } } = who;
    const reachable = await this.audience.reachable(manager, who, 4);
    const [row]: { people: number }[] = await manager.query(
      `WITH made AS (
         INSERT INTO recipients (broadcast_id, subscriber_id, list_id, address, address_key)
         SELECT $1::uuid, w.subscriber_id, w.list_id, w.address, w.address_key FROM (${reachable.sql}) AS w WHERE ${notReached('$2', '$3')} RETURNING 1)
       SELECT count(*)::int AS people FROM made`, [id, clientId, postId, ...reachable.params]);
    await this.takings.reached(manager, { clientId, postId, to: `SELECT address_key FROM recipients r WHERE broadcast_id = $3 AND ${ofShare('$4', '$5')}`, params: [id, of - 1, nr] });
    return row?.people ?? 0;
  }
}
