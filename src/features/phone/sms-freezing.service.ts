import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { SMS_UNITS_AT_MOST } from '../../core/sms.js';
import { TIMES, type Times } from '../../core/times.js';
import type { UtmRule } from '../../core/utm.js';
import { Clock } from '../../infra/clock.js';
import { storable } from '../../infra/facts/fact-writer.js';
import type { Language } from '../../infra/http/problem.js';
import { AudienceService } from '../audience/audience.service.js';
import { Lists, type ListsOf } from '../broadcast/lists.service.js';
import { PostPages } from '../broadcast/post-pages.service.js';
import { type TakenDelivery, Takings, type ToTake } from '../broadcast/takings.service.js';
import type { OpenGateway } from './gateways.service.js';
import { mayHaveIt, SmsNobody } from './sms-nobody.service.js';
import { linksToPage, type Money, overCap, type Refusal, no, roadRefusal } from './sms-obstacles.js';
import { SmsReckoning } from './sms-reckoning.service.js';
import { canAnswer, smsOf, type SmsSaid } from '../../core/sms-message.js';
import { Spending } from './spending.service.js';

const Account = z.object({ from: z.string().optional() });
/** What a demo is reckoned in: it costs nothing. */
export const DEMO_CURRENCY = 'EUR';
/** A time that a person chose is kept: so long after it a round that has begun goes on at any hour. */
const FREE_MS = 3_600_000;

/** Of a round `b`: it has ended, and not one person has it. Of one that was long ago nobody knows any more. */
const isNobodys = `(b.state IN ('sent', 'stopped') AND NOT EXISTS (SELECT FROM sms_recipients r WHERE r.round_id = b.id AND r.state IN ${mayHaveIt})
  AND (b.recipients = 0 OR EXISTS (SELECT FROM sms_recipients r WHERE r.round_id = b.id)))`;

/** Why it was stopped where a person did it (sms-rounds.service.ts). */
const byPerson: readonly (string | null)[] = ['person', 'taken back'];

/** As which the post was taken before. */
interface Known {
  readonly id: string;
  readonly partKey: string;
  readonly reason: string | null;
  readonly version: number;
  readonly isNobodys: boolean;
}

/** Takes a post as a round of SMS, for good: what it says, whom it goes to and what it costs are frozen in one transaction. */
@Injectable()
export class SmsFreezing {
  constructor(
    private readonly takings: Takings,
    private readonly lists: Lists,
    private readonly audience: AudienceService,
    private readonly pages: PostPages,
    private readonly reckoning: SmsReckoning,
    private readonly spending: Spending,
    private readonly nobody: SmsNobody,
    private readonly clock: Clock,
    @Inject(TIMES) private readonly times: Times,
  ) {}

  /** @param open opened before: a transaction has one connection */
  async take(manager: EntityManager, asked: ToTake, open: OpenGateway | null): Promise<{ readonly id: string } | Refusal> {
    const { part, channelId } = asked;
    const delivery = await this.takings.of(manager, asked);
    if (!delivery) return no('stopped');
    const [known]: Known[] = await manager.query(
      `SELECT b.id, b.part_key AS "partKey", b.reason, b.version, ${isNobodys} AS "isNobodys" FROM sms_rounds b
        WHERE b.part_key = $1 OR b.post_id = $2 AND b.channel_id = $3 ORDER BY b.part_key = $1 DESC LIMIT 1 FOR UPDATE`, [part.key, delivery.postId, channelId]);
    // This key's, or an earlier arming's: the same post is not sent twice. What nobody got a person may send anew, unless one stopped it.
    if (known && (known.partKey === part.key || !known.isNobodys)) return known;
    if (known && byPerson.includes(known.reason)) return no('stopped');
    if (known) await this.nobody.free(manager, known.id);
    const lists = await this.lists.of(manager, 'phone', asked);
    if ('obstacle' in lists) return no(lists.obstacle, lists.params);
    const uncovered = delivery.isFallback ? lists.lists.find(({ coversFallback }) => !coversFallback) : undefined;
    if (uncovered) return no('no-fallback-consent', { list: uncovered.name });
    if (delivery.isFallback && !delivery.isWritten) return no('not-approved');
    const road = roadRefusal(open, delivery.kind, canAnswer(Account.parse(asked.account).from ?? null, open));
    return road === null ? this.freeze(manager, { asked, delivery, lists, open: delivery.kind === 'demo' ? null : open, known }) : road;
  }

  private async freeze(manager: EntityManager, { asked, delivery, lists, open, known }: { readonly asked: ToTake; readonly delivery: TakenDelivery; readonly lists: ListsOf; readonly open: OpenGateway | null; readonly known: Known | undefined }): Promise<{ readonly id: string } | Refusal> {
    const { workspaceId, clientId, channelId, part } = asked;
    const { postId, isFallback } = delivery;
    const { from = null } = Account.parse(asked.account);
    const said = await this.said(manager, { asked, delivery, from, open });
    const { size } = said;
    if (size.units > SMS_UNITS_AT_MOST) return no('too-long', { units: String(size.units), most: String(SMS_UNITS_AT_MOST) });

    if (open) await this.spending.hold(manager, clientId);
    const reckoned = await this.reckoning.of(manager, { who: lists.who, postId, segments: size.segments, open, at: this.clock.now() });
    const price: Money = { minor: reckoned.costMinor, currency: open?.currency ?? DEMO_CURRENCY };
    // They all have it by another outlet: then there is nobody left, and nothing is wrong.
    if (reckoned.people === 0 && reckoned.alreadyReached === 0) return no('nobody');
    const budget = open && (await this.spending.budget(workspaceId, clientId, { currency: open.currency, now: this.clock.now() }, manager));
    const cap = budget && overCap(budget, price);
    if (cap) return cap;

    const { id, version } = known ? { id: known.id, version: known.version + 1 } : { id: uuid(), version: 1 };
    if (known) await this.forget(manager, id);
    await manager.query(
      `INSERT INTO sms_rounds (id, workspace_id, client_id, channel_id, post_id, part_key, purpose, list_ids, from_name, text, way_out, changes, encoding, segments, currency, deadline_at, free_until, created_by, version)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, coalesce($16::timestamptz, 'infinity'), CASE WHEN $17::float8 IS NULL THEN '-infinity' ELSE to_timestamp($17 / 1000) END, $18, $19)`,
      [id, workspaceId, clientId, channelId, postId, part.key, isFallback ? 'fallback' : 'issue', lists.who.listIds, from, said.text, said.wayOut, storable(said.changes), size.encoding, size.segments, price.currency,
        delivery.deadlineAt, this.freeUntil(delivery), JSON.stringify(delivery.author), version]);
    const taken = await this.reckoning.take(manager, { roundId: id, postId, who: lists.who, prices: reckoned.prices });
    await manager.query('UPDATE sms_rounds SET recipients = $2, cost_minor = $3 WHERE id = $1', [id, taken.people, taken.costMinor]);
    return { id };
  }

  /** It begins anew, under its id. What its messages cost is settled: one that costs anything still was taken by the gateway, and stays in the ledger. */
  private async forget(manager: EntityManager, roundId: string): Promise<void> {
    await manager.query('DELETE FROM sms_recipients WHERE round_id = $1', [roundId]);
    await manager.query('DELETE FROM sms_rounds WHERE id = $1', [roundId]);
  }

  /** Instead of another outlet it leads to the post's page, unless its author gave it a link of its own. */
  private async said(manager: EntityManager, { asked, delivery, from, open }: { readonly asked: ToTake; readonly delivery: TakenDelivery; readonly from: string | null; readonly open: OpenGateway | null }): Promise<SmsSaid> {
    const { workspaceId, clientId, channelId, part: { content } } = asked;
    const [client]: { language: Language; utm: UtmRule | null }[] = await manager.query(
      'SELECT l.language, c.utm FROM clients l LEFT JOIN channels c ON c.id = $3 AND c.client_id = l.id WHERE l.workspace_id = $1 AND l.id = $2', [workspaceId, clientId, channelId]);
    const pageLink = linksToPage({ isFallback: delivery.isFallback, link: content.link }) ? await this.pages.linkTo(manager, { workspaceId, postId: delivery.postId }) : null;
    return smsOf({
      text: content.text, link: content.link, pageLink, utm: client?.utm ?? null, postId: delivery.postId, language: client?.language ?? 'en', isAnswerable: canAnswer(from, open),
      sampleLink: await this.audience.longestPhoneLink(manager, clientId),
    });
  }

  /** Late or unplanned: null. */
  private freeUntil({ isFallback, dueAt }: TakenDelivery): number | null {
    if (isFallback || dueAt === null || this.clock.now() - dueAt.getTime() > this.times.lateMs) return null;
    return dueAt.getTime() + FREE_MS;
  }
}
