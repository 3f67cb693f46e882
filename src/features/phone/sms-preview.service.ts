import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { moneyIn } from '../../core/money.js';
import { SMS_UNITS_AT_MOST } from '../../core/sms.js';
import { Clock } from '../../infra/clock.js';
import type { Caller } from '../../infra/http/access.js';
import { fill, type Language } from '../../infra/http/problem.js';
import { AudienceService } from '../audience/audience.service.js';
import { Lists, type ListsOf } from '../broadcast/lists.service.js';
import { PostPages } from '../broadcast/post-pages.service.js';
import { OpenChannelsService } from '../channels/open-channels.service.js';
import { DEMO_CURRENCY } from './sms-freezing.service.js';
import { Gateways, type OpenGateway } from './gateways.service.js';
import { no, overCap, type Refusal, roadObstacle } from './sms-obstacles.js';
import { fail, obstacles } from './sms-problems.js';
import { type Reckoned, SmsReckoning } from './sms-reckoning.service.js';
import { messageOf, smsOf, type SmsSaid } from './sms-text.js';
import type { SmsAsk, SmsPreview } from './sms.schema.js';
import { type Budget, Spending } from './spending.service.js';

const sentence = {
  en: { one: 'One message to {people} people: {cost}.', other: '{segments} messages each to {people} people: {cost}.' },
  it: { one: 'Un messaggio a {people} persone: {cost}.', other: '{segments} messaggi ciascuno a {people} persone: {cost}.' },
} as const;

/** A channel of SMS, ready to be reckoned with. */
export interface SmsChannel {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly language: Language;
  readonly kind: 'live' | 'demo';
  readonly from: string | null;
  readonly account: unknown;
}

export interface SmsEstimate {
  readonly said: SmsSaid;
  readonly lists: ListsOf | Refusal;
  readonly reckoned: Reckoned | null;
  readonly currency: string | null;
  readonly budget: Budget;
  readonly open: OpenGateway | null;
  /** Like each recipient's own. */
  readonly sampleLink: string;
}

/** What an SMS would say, to how many, and for how much. */
@Injectable()
export class SmsPreviews {
  constructor(
    private readonly database: DataSource,
    private readonly channels: OpenChannelsService,
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
      `SELECT c.client_id AS "clientId", l.language, w.kind FROM channels c JOIN clients l ON l.id = c.client_id JOIN workspaces w ON w.id = c.workspace_id
        WHERE c.workspace_id = $1 AND c.id = $2 AND c.connector_id = 'sms'`, [workspaceId, channelId]);
    const opened = row && (await this.channels.open([channelId])).get(channelId);
    if (!row || opened?.kind !== 'open') return null;
    const { account } = opened;
    const from = typeof account === 'object' && account !== null && 'from' in account && typeof account.from === 'string' ? account.from : null;
    return { ...row, workspaceId, account, from };
  }

  /** @param hasPage it goes out as a page too, that it would link to */
  async estimate(channel: SmsChannel, { text, link, hasPage, postId }: { readonly text: string; readonly link: { readonly url: string } | null; readonly hasPage: boolean; readonly postId: string | null }): Promise<SmsEstimate> {
    const { workspaceId, clientId, language, kind, from } = channel;
    const open = kind === 'demo' ? null : await this.gateways.open(workspaceId);
    const sampleLink = await this.audience.longestPhoneLink(this.database.manager, clientId);
    const said = smsOf({ text, link, pageLink: hasPage ? this.pages.sampleLink() : null, language, isAnswerable: from === null, sampleLink });
    const { manager } = this.database;
    const lists = await this.lists.of(manager, 'phone', channel);
    const reckoned = 'obstacle' in lists ? null : await this.reckoning.of(manager, { who: lists.who, postId, segments: said.size.segments, open });
    const budget = await this.spending.budget(workspaceId, clientId, { currency: open?.currency ?? null, now: this.clock.now() });
    return { said, lists, reckoned, currency: kind === 'demo' ? DEMO_CURRENCY : (open?.currency ?? null), budget, open, sampleLink };
  }

  /** @throws DomainError channel-no-sms (404) */
  async of({ workspaceId, language }: Caller, { channelId, text, linkUrl, postId }: SmsAsk): Promise<SmsPreview> {
    const channel = await this.channel(workspaceId, channelId);
    if (!channel) throw fail('channel-no-sms');
    const hasPage = linkUrl === null && postId !== undefined && (await this.pages.hasPage({ workspaceId, postId }));
    const estimate = await this.estimate(channel, { text, link: linkUrl === null ? null : { url: linkUrl }, hasPage, postId: postId ?? null });
    const { said, reckoned, currency, budget, sampleLink } = estimate;
    const { people = 0, costMinor = 0, hadOneToday = 0, alreadyReached = 0 } = reckoned ?? {};
    const leftOut = [{ why: 'had-one-today' as const, people: hadOneToday }, { why: 'already-reached' as const, people: alreadyReached }].filter((one) => one.people > 0);
    const { segments } = said.size;
    return {
      text: messageOf(said.text, said.wayOut, sampleLink), changes: [...said.changes], forcing: [...said.forcing], ...said.size, people, leftOut, costMinor, currency,
      capMinor: budget.capMinor, leftMinor: budget.leftMinor, obstacles: this.told(channel, estimate, language),
      sentence: fill(sentence[language][segments === 1 ? 'one' : 'other'], {
        segments, people: new Intl.NumberFormat(language).format(people), cost: currency === null ? '?' : moneyIn(language, { minor: costMinor, currency }),
      }),
    };
  }

  private told({ kind }: SmsChannel, { said, lists, reckoned, currency, budget, open }: SmsEstimate, language: Language): SmsPreview['obstacles'] {
    const road = roadObstacle(open, kind);
    const cap = kind === 'demo' || currency === null || reckoned === null ? null : overCap(budget, { minor: reckoned.costMinor, currency }, language);
    const found: readonly (Refusal | null)[] = [
      road === null ? null : no(road), 'obstacle' in lists ? no(lists.obstacle) : null, reckoned?.people === 0 ? no('nobody') : null, cap,
      said.size.units > SMS_UNITS_AT_MOST ? no('too-long', { units: String(said.size.units), most: String(SMS_UNITS_AT_MOST) }) : null,
    ];
    return found.flatMap((one) => (one === null ? [] : [{ code: one.obstacle, sentence: fill(obstacles[one.obstacle][language], one.params) }]));
  }
}
