import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ClientDay } from '../../core/day.js';
import type { Instant } from '../../core/instant.js';
import { moneyIn } from '../../core/money.js';
import { SMS_UNITS_AT_MOST } from '../../core/sms.js';
import { isSmsHour } from '../../core/sms-hours.js';
import type { UtmRule } from '../../core/utm.js';
import { Clock } from '../../infra/clock.js';
import type { Caller } from '../../infra/http/access.js';
import { fill, type Language } from '../../infra/http/problem.js';
import { AudienceService } from '../audience/audience.service.js';
import { Lists, type ListsOf } from '../broadcast/lists.service.js';
import { PostPages } from '../broadcast/post-pages.service.js';
import { OpenChannelsService } from '../channels/open-channels.service.js';
import { type OutletPlace, OutletPlaces } from '../posts/outlet-places.service.js';
import { DEMO_CURRENCY } from './sms-freezing.service.js';
import { Gateways, type OpenGateway } from './gateways.service.js';
import { capObstacle, linksToPage, no, overCap, type Refusal, refusalSaid, roadRefusal } from './sms-obstacles.js';
import { fail } from './sms-problems.js';
import { type Audience, type Reckoned, reckonedOf, SmsReckoning } from './sms-reckoning.service.js';
import { canAnswer, messageOf, smsOf, type SmsSaid } from '../../core/sms-message.js';
import type { SmsAsk, SmsPreview } from './sms.schema.js';
import { type Budget, Spending } from './spending.service.js';

const sentence = {
  en: { none: 'Nobody would get it.', one: 'One message to {people} people: {cost}.', other: '{segments} messages each to {people} people: {cost}.' },
  it: { none: 'Non lo riceverebbe nessuno.', one: 'Un messaggio a {people} persone: {cost}.', other: '{segments} messaggi ciascuno a {people} persone: {cost}.' },
} as const;

/** As long as the id of every post. */
const ofAnyPost = '00000000-0000-0000-0000-000000000000';

export interface ToEstimate {
  readonly channelId: string;
  readonly text: string;
  readonly link: { readonly url: string } | null;
  /** null = it is none yet. */
  readonly postId: string | null;
  /** When it would go; null = at its post's time, or now. */
  readonly at: Instant | null;
}

/** A channel of SMS, ready to be reckoned with. */
export interface SmsChannel {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly language: Language;
  /** Of its client. */
  readonly day: ClientDay;
  readonly kind: 'live' | 'demo';
  readonly from: string | null;
  readonly account: unknown;
  readonly utm: UtmRule | null;
}

export interface SmsEstimate {
  readonly said: SmsSaid;
  readonly lists: ListsOf | Refusal;
  readonly reckoned: Reckoned | null;
  readonly currency: string | null;
  readonly budget: Budget;
  readonly open: OpenGateway | null;
  /** When it would go. */
  readonly at: Instant;
  /** Instead of another outlet. */
  readonly isFallback: boolean;
  /** Like each recipient's own. */
  readonly sampleLink: string;
}

/** Of a channel at one moment, whatever its posts say. */
interface Ground extends Pick<SmsEstimate, 'open' | 'sampleLink' | 'lists' | 'budget' | 'at'> {
  readonly people: Audience | null;
}

/** What an SMS would say, to how many, and for how much. */
@Injectable()
export class SmsPreviews {
  constructor(
    private readonly database: DataSource,
    private readonly channels: OpenChannelsService,
    private readonly places: OutletPlaces,
    private readonly audience: AudienceService,
    private readonly pages: PostPages,
    private readonly lists: Lists,
    private readonly gateways: Gateways,
    private readonly reckoning: SmsReckoning,
    private readonly spending: Spending,
    private readonly clock: Clock,
  ) {}

  /** null = there is no such channel of SMS here, or it cannot be opened. */
  async channel(workspaceId: string, channelId: string): Promise<SmsChannel | null> {
    const [row]: Omit<SmsChannel, 'workspaceId' | 'account' | 'from'>[] = await this.database.query(
      `SELECT c.client_id AS "clientId", c.utm, l.language, w.kind, jsonb_build_object('zone', l.zone, 'from', to_char(l.day_from, 'HH24:MI'), 'to', to_char(l.day_to, 'HH24:MI')) AS day FROM channels c JOIN clients l ON l.id = c.client_id JOIN workspaces w ON w.id = c.workspace_id
        WHERE c.workspace_id = $1 AND c.id = $2 AND c.connector_id = 'sms'`, [workspaceId, channelId]);
    const opened = row && (await this.channels.open([channelId])).get(channelId);
    if (!row || opened?.kind !== 'open') return null;
    const { account } = opened;
    const from = typeof account === 'object' && account !== null && 'from' in account && typeof account.from === 'string' ? account.from : null;
    return { ...row, workspaceId, account, from };
  }

  /** As it would be frozen at that moment. */
  async estimate(channel: SmsChannel, asked: ToEstimate): Promise<SmsEstimate> {
    const place = await this.placeOf(channel, asked);
    const at = asked.at ?? Math.max(this.clock.now(), place?.at ?? 0);
    return this.estimated(channel, { ...asked, place, ground: await this.groundOf(channel, asked.postId === null ? [] : [asked.postId], at) });
  }

  /** As `estimate`, of many posts at one moment: what is the same for all of them is asked once. In their order. */
  async estimates(channel: SmsChannel, asked: readonly Omit<ToEstimate, 'at'>[], at: Instant): Promise<readonly SmsEstimate[]> {
    const ground = await this.groundOf(channel, asked.flatMap(({ postId }) => (postId === null ? [] : [postId])), at);
    const found: SmsEstimate[] = [];
    // One after the other: an outage asks for a hundred, and the connections are everybody's.
    for (const one of asked) found.push(await this.estimated(channel, { ...one, place: await this.placeOf(channel, one), ground }));
    return found;
  }

  private async placeOf({ workspaceId }: SmsChannel, { postId, channelId }: Pick<ToEstimate, 'postId' | 'channelId'>): Promise<OutletPlace | null> {
    return postId === null ? null : this.places.of(workspaceId, { postId, channelId });
  }

  private async groundOf(channel: SmsChannel, postIds: readonly string[], at: Instant): Promise<Ground> {
    const { workspaceId, clientId, kind } = channel;
    const { manager } = this.database;
    const open = kind === 'demo' ? null : await this.gateways.open(workspaceId);
    const sampleLink = await this.audience.longestPhoneLink(manager, clientId);
    const lists = await this.lists.of(manager, 'phone', channel);
    const people = 'obstacle' in lists ? null : await this.reckoning.audienceOf(manager, { who: lists.who, postIds, at });
    const budget = await this.spending.budget(workspaceId, clientId, { currency: open?.currency ?? null, now: at });
    return { open, sampleLink, lists, people, budget, at };
  }

  private async estimated(channel: SmsChannel, { text, link, postId, place, ground }: Omit<ToEstimate, 'at'> & { readonly place: OutletPlace | null; readonly ground: Ground }): Promise<SmsEstimate> {
    const { workspaceId, language, kind, from, utm } = channel;
    const { people, ...same } = ground;
    const { open, sampleLink } = same;
    const hasPage = place !== null && postId !== null && linksToPage({ isFallback: place.isFallback, link }) && (place.hasPageBeside || (await this.pages.hasPage({ workspaceId, postId })));
    const said = smsOf({ text, link, pageLink: hasPage ? this.pages.sampleLink() : null, utm, postId: postId ?? ofAnyPost, language, isAnswerable: canAnswer(from, open), sampleLink });
    const reckoned = people === null ? null : reckonedOf(people, { postId, segments: said.size.segments, open });
    return { ...same, said, reckoned, currency: kind === 'demo' ? DEMO_CURRENCY : (open?.currency ?? null), isFallback: place?.isFallback ?? false };
  }

  /** @throws DomainError channel-no-sms (404) */
  async of({ workspaceId, language }: Caller, { channelId, text, linkUrl, postId }: SmsAsk): Promise<SmsPreview> {
    const channel = await this.channel(workspaceId, channelId);
    if (!channel) throw fail('channel-no-sms');
    const estimate = await this.estimate(channel, { channelId, text, link: linkUrl === null ? null : { url: linkUrl }, postId: postId ?? null, at: null });
    const { said, reckoned, currency, budget, sampleLink } = estimate;
    const { people = 0, costMinor = 0, hadOneToday = 0, alreadyReached = 0 } = reckoned ?? {};
    const leftOut = [{ why: 'had-one-today' as const, people: hadOneToday }, { why: 'already-reached' as const, people: alreadyReached }].filter((one) => one.people > 0);
    const { segments } = said.size;
    return {
      text: messageOf(said.text, said.wayOut, sampleLink), changes: [...said.changes], forcing: [...said.forcing], ...said.size, people, leftOut, costMinor, currency,
      capMinor: budget.capMinor, leftMinor: budget.leftMinor, obstacles: this.told(channel, estimate, language),
      sentence: fill(sentence[language][people === 0 ? 'none' : segments === 1 ? 'one' : 'other'], {
        segments, people: new Intl.NumberFormat(language).format(people), cost: currency === null ? '?' : moneyIn(language, { minor: Math.ceil(costMinor), currency }),
      }),
    };
  }

  private told({ kind, from, day }: SmsChannel, { said, lists, reckoned, currency, budget, open, at, isFallback }: SmsEstimate, language: Language): SmsPreview['obstacles'] {
    const cap = kind === 'demo' ? null : currency === null || reckoned === null ? capObstacle(budget, currency) : overCap(budget, { minor: reckoned.costMinor, currency });
    const uncovered = isFallback && !('obstacle' in lists) ? lists.lists.find(({ coversFallback }) => !coversFallback) : undefined;
    const found: readonly (Refusal | null)[] = [
      roadRefusal(open, kind, canAnswer(from, open)), open === null || open.trouble === null ? null : no('gateway-shut', { trouble: open.trouble }),
      'obstacle' in lists ? no(lists.obstacle) : null, uncovered === undefined ? null : no('no-fallback-consent', { list: uncovered.name }), isFallback && !isSmsHour(day, at) ? no('night') : null,
      reckoned?.people === 0 ? no('nobody') : null, cap,
      said.size.units > SMS_UNITS_AT_MOST ? no('too-long', { units: String(said.size.units), most: String(SMS_UNITS_AT_MOST) }) : null,
    ];
    return found.flatMap((one) => (one === null ? [] : [{ code: one.obstacle, sentence: refusalSaid(one)[language] }]));
  }
}
