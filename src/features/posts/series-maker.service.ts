import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { DAY_MS, type Instant } from '../../core/instant.js';
import { AHEAD_DAYS, type Occurrence, occurrencesIn } from '../../core/recurrence.js';
import { wallOf } from '../../core/schedule.js';
import { shiftWall, type WallTime, wallMs, wallOfMs } from '../../core/wall-time.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import { BellsService } from './bells.service.js';
import { channelColumns, clientColumns } from './post-lookups.service.js';
import { planChannel } from './post-plan.js';
import type { ChannelRow, ClientRow, PlannedPost } from './post-rows.js';
import { JUST_NOW_MS } from './post-timing.js';
import { PostWriter } from './post-writer.service.js';
import { copyFallbacks } from './series-fallbacks.service.js';
import { horizonOf, recurrenceOf, seriesColumns, type SeriesRow } from './series-rows.service.js';

/** An occurrence about to be made; `from`: the post it replaces, whose id it keeps. */
export interface Making extends Occurrence {
  readonly from?: { readonly id: string; readonly version: number } | undefined;
}

/** Makes the occurrences of series, as posts with deliveries. One that is there already is left alone. */
@Injectable()
export class SeriesMaker {
  private readonly logger = new Logger(SeriesMaker.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly writer: PostWriter,
    private readonly facts: FactWriter,
    private readonly bells: BellsService,
  ) {}

  /**
   * Makes what is missing of every series, 60 days ahead (DESIGN §2.9). Safe to run at any time and from any number of
   * processes: each series is taken by one (skip locked), and an occurrence is unique. @returns posts made
   */
  async makeAhead(now: Instant): Promise<number> {
    let made = 0;
    let after: string | null = null;
    for (;;) {
      const step = await this.makeNext(now, after);
      if (!step) return made;
      made += step.made;
      after = step.id;
    }
  }

  /** The next series, by id, that has not been looked at for a day; broken ones do not stop the others. */
  private async makeNext(now: Instant, after: string | null): Promise<{ readonly id: string; readonly made: number } | null> {
    let id: string | null = null;
    try {
      const ids = await this.dataSource.transaction(async (manager) => {
        const [series] = await manager.query<SeriesRow[]>(
          `SELECT ${seriesColumns} FROM series s
            WHERE s.ended_at IS NULL AND (s.made_until IS NULL OR s.made_until < $1) AND ($2::uuid IS NULL OR s.id > $2)
            ORDER BY s.id LIMIT 1 FOR UPDATE SKIP LOCKED`,
          [wallOfMs(now + (AHEAD_DAYS - 1) * DAY_MS), after],
        );
        if (!series) return null;
        id = series.id;
        return this.extend(manager, series, now);
      });
      if (ids === null || id === null) return null;
      await this.bells.ring(ids.deliveries);
      return { id, made: ids.posts };
    } catch (error) {
      if (id === null) throw error;
      this.logger.warn(`Occurrences of the series ${String(id)} could not be made; tried again in an hour: ${String(error)}`);
      return { id, made: 0 };
    }
  }

  /** Makes the occurrences after the last one made. */
  async extend(manager: EntityManager, series: SeriesRow, now: Instant): Promise<{ readonly posts: number; readonly deliveries: readonly string[] }> {
    const from = series.madeUntil === null ? series.wallStart : wallOfMs(wallMs(series.madeUntil) + 1_000);
    return this.make(manager, series, comingBetween(series, from, now));
  }

  /** Writes these occurrences, with their facts, and notes how far the series is made. */
  async make(
    manager: EntityManager,
    series: SeriesRow,
    { making, until }: { readonly making: readonly Making[]; readonly until: WallTime },
  ): Promise<{ readonly posts: number; readonly deliveries: readonly string[] }> {
    const { workspaceId } = series;
    const planned = await this.plan(manager, series, making);
    const written = await this.writer.insert(manager, workspaceId, planned);
    const posts = planned.filter(({ id }) => written.has(id));
    await this.facts.write(
      manager,
      posts.map((post) => ({
        kind: post.version > 1 ? 'post.changed' : 'post.scheduled', workspaceId, subjectId: post.id,
        payload: { postId: post.id, clientId: post.clientId, seriesId: series.id, dueAt: post.dueAt },
      })),
    );
    await copyFallbacks(manager, series.id, posts.map(({ id }) => id));
    await manager.query('UPDATE series SET made_until = greatest(made_until, $2) WHERE id = $1', [series.id, until]);
    return { posts: posts.length, deliveries: posts.flatMap(({ channels }) => channels.flatMap(({ delivery }) => (delivery ? [delivery.id] : []))) };
  }

  private async plan(manager: EntityManager, series: SeriesRow, making: readonly Making[]): Promise<readonly PlannedPost[]> {
    const { template } = series;
    const [client] = await manager.query<ClientRow[]>(`SELECT ${clientColumns} FROM clients WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL`, [series.workspaceId, series.clientId]);
    // A channel that was taken away since leaves the others their series.
    const channels = await manager.query<ChannelRow[]>(
      `SELECT ${channelColumns} FROM channels WHERE workspace_id = $1 AND client_id = $2 AND id = ANY($3::uuid[]) AND archived_at IS NULL ORDER BY id`,
      [series.workspaceId, series.clientId, template.channelIds],
    );
    if (!client || channels.length === 0) return [];
    const variants = new Map(template.variants.map(({ channelId, parts }) => [channelId, { parts }]));
    return making.map(({ wall, at, from }) => {
      const terms = { editing: template.editing, choice: template.choice, policy: template.policy, dueAt: at, day: client.day };
      return {
        id: from?.id ?? uuid(), clientId: client.id, seriesId: series.id, occurrence: wall, editing: template.editing, choice: template.choice,
        policy: template.policy, content: template.content, zone: series.zone, wallAt: wall, dueAt: at, evergreen: template.evergreen,
        labels: template.labels, version: (from?.version ?? 0) + 1, createdBy: series.createdBy,
        channels: channels.map((channel) => planChannel(channel, template.content, variants.get(channel.id) ?? null, terms)),
      };
    });
  }
}

/** The occurrences from `from` to the horizon that are still to come. */
export function comingBetween(series: Pick<SeriesRow, 'rule' | 'zone' | 'wallStart'>, from: WallTime, now: Instant): { readonly making: readonly Occurrence[]; readonly until: WallTime } {
  const until = horizonOf(series.zone, now);
  // Two hours earlier on the wall than needed: in an overlap the wall goes back. What is past is left out by its instant.
  const earliest = shiftWall(wallOf(now, series.zone), { days: 0, minutes: -120 });
  const making = occurrencesIn(recurrenceOf(series), from > earliest ? from : earliest, until).filter(({ at }) => at >= now - JUST_NOW_MS);
  return { making, until };
}
