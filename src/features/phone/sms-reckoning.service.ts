import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Instant } from '../../core/instant.js';
import { AudienceService } from '../audience/audience.service.js';
import { notReached, Takings } from '../broadcast/takings.service.js';
import type { OpenGateway } from './gateways.service.js';
import { mayYetGo, type RoundRow } from './sms-round-row.js';

/** Of a number: its plus and as many digits as a price can be told by. Numbers that begin alike cost the same. */
const PREFIX = 8;

interface Who {
  readonly workspaceId: string;
  readonly clientId: string;
  readonly listIds: readonly string[];
  readonly segmentId: string | null;
}

interface ToCount {
  readonly who: Who;
  /** Whoever has had one of these already is left out of that one. */
  readonly postIds: readonly string[];
  /** When they would go, which may be to come: whoever had one on another day may have these. */
  readonly at: Instant;
}

interface ToPrice {
  /** null = it is none yet. */
  readonly postId: string | null;
  readonly segments: number;
  /** null = it costs nothing: of a demo. */
  readonly open: Pick<OpenGateway, 'segmentMinor'> | null;
}

export interface ToReckon extends ToPrice, Omit<ToCount, 'postIds'> {}

/** People whose numbers begin alike. */
interface Counted {
  readonly prefix: string;
  readonly all: number;
  /** Of them: they had an SMS that day, or are about to. */
  readonly today: number;
}

/** Who is on lists at some moment, and who of them has had which post. */
export interface Audience {
  readonly people: readonly Counted[];
  readonly had: ReadonlyMap<string, readonly Counted[]>;
}

export interface Reckoned {
  readonly people: number;
  /** Of all of them, in hundredths. */
  readonly costMinor: number;
  /** Of one message each, by what numbers begin with. */
  readonly prices: ReadonlyMap<string, number>;
  /** They had an SMS that day, or are about to. */
  readonly hadOneToday: number;
  readonly alreadyReached: number;
}

/** Of those `w`: they had an SMS on the day of `at`, or are about to, from whichever client of the workspace. Each looked up. */
const hasOneToday = (client: string, at = 'now()'): string => `(
  EXISTS (SELECT FROM sms_days s JOIN clients c ON c.id = ${client}::uuid WHERE s.workspace_id = c.workspace_id AND s.address_key = w.address_key AND s.day = (${at} AT TIME ZONE c.zone)::date OFFSET 0)
  OR EXISTS (SELECT FROM sms_recipients q JOIN sms_rounds b ON b.id = q.round_id JOIN clients c ON c.id = b.client_id
       WHERE q.address_key = w.address_key AND q.state IN ('waiting', 'reserved', 'sending') AND b.workspace_id = (SELECT workspace_id FROM clients WHERE id = ${client}::uuid) AND ${mayYetGo}
         AND (greatest(now(), b.rest_until) AT TIME ZONE c.zone)::date >= (${at} AT TIME ZONE c.zone)::date OFFSET 0))`;

/** What an SMS to people on lists would cost: segments × people × price, by where they live. */
@Injectable()
export class SmsReckoning {
  constructor(
    private readonly audience: AudienceService,
    private readonly takings: Takings,
  ) {}

  async of(manager: EntityManager, { who, at, ...price }: ToReckon): Promise<Reckoned> {
    return reckonedOf(await this.audienceOf(manager, { who, postIds: price.postId === null ? [] : [price.postId], at }), price);
  }

  /** Counted once, for however many posts that would go to them: of `reckonedOf`. Most of those nobody has had yet. */
  async audienceOf(manager: EntityManager, { who, postIds, at }: ToCount): Promise<Audience> {
    const reachable = await this.audience.reachable(manager, who, 4);
    const rows: (Counted & { postId: string | null })[] = await manager.query(
      `WITH judged AS MATERIALIZED (
         SELECT w.address_key, left(w.address_key, ${PREFIX}) AS prefix, ${hasOneToday('$2', 'to_timestamp($3::float8 / 1000)')} AS today FROM (${reachable.sql}) AS w),
       begun AS MATERIALIZED (
         SELECT o.id FROM unnest($1::uuid[]) AS o (id) WHERE EXISTS (SELECT FROM reached r WHERE r.post_id = o.id AND r.client_id = $2::uuid OFFSET 0))
       SELECT NULL AS "postId", prefix, count(*)::int AS "all", count(*) FILTER (WHERE today)::int AS today FROM judged GROUP BY prefix
       UNION ALL
       SELECT o.id, j.prefix, count(*)::int, count(*) FILTER (WHERE j.today)::int FROM begun o CROSS JOIN judged j
        WHERE EXISTS (SELECT FROM reached r WHERE r.post_id = o.id AND r.client_id = $2::uuid AND r.address_key = j.address_key OFFSET 0) GROUP BY o.id, j.prefix`, [postIds, who.clientId, at, ...reachable.params]);
    const had = new Map<string, Counted[]>(postIds.map((id) => [id, []]));
    for (const { postId, ...counted } of rows) if (postId !== null) had.get(postId)?.push(counted);
    return { people: rows.filter(({ postId }) => postId === null), had };
  }

  /** The recipients of a round; whoever of them has had this post already, or an SMS today, is left out: the same ones that were reckoned. @returns how many, and what all of them cost */
  async take(manager: EntityManager, { roundId, postId, who, prices }: { readonly roundId: string; readonly postId: string; readonly who: Who; readonly prices: ReadonlyMap<string, number> }): Promise<{ readonly people: number; readonly costMinor: number }> {
    const reachable = await this.audience.reachable(manager, who, 7);
    const [row]: { people: number; costMinor: number }[] = await manager.query(
      `WITH made AS (
         INSERT INTO sms_recipients (round_id, subscriber_id, list_id, address_key, cost_minor)
         SELECT $1::uuid, w.subscriber_id, w.list_id, w.address_key, coalesce(p.minor, $6::numeric) FROM (${reachable.sql}) AS w
           LEFT JOIN unnest($4::text[], $5::numeric[]) AS p (prefix, minor) ON p.prefix = left(w.address_key, ${PREFIX})
          WHERE ${notReached('$2', '$3')} AND NOT ${hasOneToday('$2')} RETURNING cost_minor)
       SELECT count(*)::int AS people, coalesce(sum(cost_minor), 0)::float8 AS "costMinor" FROM made`,
      // Somebody who came between the two statements costs no less than the dearest.
      [roundId, who.clientId, postId, [...prices.keys()], [...prices.values()], Math.max(0, ...prices.values()), ...reachable.params]);
    await this.takings.reached(manager, { clientId: who.clientId, postId, to: 'SELECT address_key FROM sms_recipients WHERE round_id = $3', params: [roundId] });
    return row ?? { people: 0, costMinor: 0 };
  }

  /** Whoever waits costs what the gateway takes now. @returns what all of them cost; null = as it was frozen */
  async again(manager: EntityManager, { id, segments }: Pick<RoundRow, 'id' | 'segments'>, open: Pick<OpenGateway, 'segmentMinor'>): Promise<number | null> {
    const waiting = `round_id = $1 AND state IN ('waiting', 'reserved')`;
    const known: { prefix: string }[] = await manager.query(`SELECT DISTINCT left(address_key, ${PREFIX}) AS prefix FROM sms_recipients WHERE ${waiting}`, [id]);
    const [, changed]: [unknown, number] = await manager.query(
      `UPDATE sms_recipients SET cost_minor = p.minor FROM unnest($2::text[], $3::numeric[]) AS p (prefix, minor) WHERE ${waiting} AND p.prefix = left(address_key, ${PREFIX}) AND cost_minor <> round(p.minor, 4)`,
      [id, known.map(({ prefix }) => prefix), known.map(({ prefix }) => segments * open.segmentMinor(prefix))]);
    if (changed === 0) return null;
    const [row]: { costMinor: number }[] = await manager.query(`SELECT coalesce(sum(cost_minor), 0)::float8 AS "costMinor" FROM sms_recipients WHERE ${waiting}`, [id]);
    return row?.costMinor ?? 0;
  }
}

export function reckonedOf(audience: Audience, { postId, segments, open }: ToPrice): Reckoned {
  const had = new Map((postId === null ? [] : (audience.had.get(postId) ?? [])).map((one) => [one.prefix, one]));
  const rows = audience.people.map(({ prefix, all, today }) => {
    const without = had.get(prefix) ?? { all: 0, today: 0 };
    return { prefix, had: without.all, today: today - without.today, people: all - today - (without.all - without.today) };
  });
  const prices = new Map(rows.map(({ prefix }) => [prefix, open === null ? 0 : segments * open.segmentMinor(prefix)]));
  const sum = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((all, row) => all + of(row), 0);
  return {
    people: sum(({ people }) => people), costMinor: round(sum(({ prefix, people }) => people * (prices.get(prefix) ?? 0))), prices,
    hadOneToday: sum(({ today }) => today), alreadyReached: sum((row) => row.had),
  };
}

const round = (minor: number): number => Math.round(minor * 10_000) / 10_000;
