import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { occurrences, split } from '../../core/recurrence.js';
import { readWall, type WallTime } from '../../core/wall-time.js';
import { Clock } from '../../infra/clock.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { BellsService } from './bells.service.js';
import { PostDeliveries } from './post-deliveries.service.js';
import { PostLookups } from './post-lookups.service.js';
import { fail } from './series-problems.js';
import type { SeriesCancel, SeriesCreate, SeriesEdit } from './series.schema.js';
import { SeriesInputs } from './series-inputs.service.js';
import { comingBetween, SeriesMaker } from './series-maker.service.js';
import { type ComingPost, matchSeries } from './series-plan.js';
import { SeriesPosts } from './series-posts.service.js';
import { recurrenceOf, SeriesRows, type SeriesRow } from './series-rows.service.js';

/** Series: made, edited and cancelled, "this and following" or "all". One alone is an ordinary edit of its post. */
@Injectable()
export class SeriesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly rows: SeriesRows,
    private readonly inputs: SeriesInputs,
    private readonly maker: SeriesMaker,
    private readonly coming: SeriesPosts,
    private readonly deliveries: PostDeliveries,
    private readonly lookups: PostLookups,
    private readonly facts: FactWriter,
    private readonly audit: AuditService,
    private readonly bells: BellsService,
    private readonly clock: Clock,
  ) {}

  /** Writes the series and its occurrences of the next 60 days. @returns its id */
  async create(caller: Caller, asked: SeriesCreate): Promise<string> {
    const now = this.clock.now();
    const { id, touched } = await this.dataSource.transaction(async (manager) => {
      const client = await this.lookups.client(manager, caller.workspaceId, asked.clientId);
      const { rule, wallStart, zone } = this.inputs.recurrence({ ...asked, zone: asked.zone ?? client.zone }, now);
      const series: SeriesRow = {
        id: uuid(), workspaceId: caller.workspaceId, clientId: client.id, rule: rule.text, zone, wallStart, madeUntil: null, version: 1,
        template: await this.inputs.template(manager, caller, client.id, asked.template), createdBy: caller.actor,
      };
      await this.rows.insert(manager, series);
      const made = await this.maker.extend(manager, series, now);
      await this.record(manager, caller, series, 'series.created');
      return { id: series.id, touched: made.deliveries };
    });
    await this.bells.ring(touched);
    return id;
  }

  /** @returns the id of the series that holds the changed occurrences: a new one when it was cut in two */
  async edit(caller: Caller, seriesId: string, edit: SeriesEdit): Promise<string> {
    const now = this.clock.now();
    const { id, touched } = await this.dataSource.transaction(async (manager) => {
      const series = await this.rows.lock(manager, caller.workspaceId, { seriesId, version: edit.version });
      const cut = edit.from === undefined ? null : this.cutAt(series, edit.from);
      const rest = recurrenceOf(series);
      const { rule, wallStart, zone } = this.inputs.recurrence(
        { rule: edit.rule ?? (cut ? split(rest, cut).after.text : series.rule), zone: edit.zone ?? series.zone, wallStart: edit.wallStart ?? cut ?? series.wallStart },
        now,
      );
      const template = edit.template ? await this.inputs.template(manager, caller, series.clientId, edit.template) : series.template;
      const changed: SeriesRow = { ...series, id: cut ? uuid() : series.id, rule: rule.text, zone, wallStart, template, madeUntil: null };

      const posts = await this.coming.lock(manager, { seriesId, from: cut, now });
      if (cut) {
        await this.rows.insert(manager, { ...changed, createdBy: caller.actor });
        await this.rows.update(manager, { ...series, rule: split(rest, cut).before.text });
        await this.coming.give(manager, posts, { from: series.id, to: changed.id });
      } else {
        await this.rows.update(manager, changed);
      }
      const made = await this.remake(manager, changed, posts);
      await this.record(manager, caller, changed, 'series.changed', { scope: edit.scope, from: cut, of: seriesId });
      return { id: changed.id, touched: made };
    });
    await this.bells.ring(touched);
    return id;
  }

  /** Ends the series, or cuts it short. What somebody edited alone goes too: the person sees it go. */
  async cancel(caller: Caller, seriesId: string, { version, from }: SeriesCancel): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const series = await this.rows.lock(manager, caller.workspaceId, { seriesId, version });
      const cut = from === undefined ? null : this.cutAt(series, from);
      const posts = await this.coming.lock(manager, { seriesId, from: cut, now: this.clock.now() });
      await this.deliveries.cancel(manager, posts.flatMap(({ waiting }) => waiting), caller.actor.name);
      const cancelled = await this.coming.markCancelled(manager, posts.map(({ id }) => id));
      await this.tell(manager, series, cancelled);
      if (cut) await this.rows.update(manager, { ...series, rule: split(recurrenceOf(series), cut).before.text });
      else await manager.query('UPDATE series SET ended_at = now(), version = version + 1 WHERE id = $1', [series.id]);
      await this.record(manager, caller, series, 'series.cancelled', { from: cut, posts: cancelled.length });
    });
  }

  /** Makes the plain occurrences anew as the series wants them now; the others stay. @returns deliveries to ring */
  private async remake(manager: EntityManager, series: SeriesRow, posts: readonly ComingPost[]): Promise<readonly string[]> {
    const { making: wanted, until } = comingBetween(series, series.wallStart, this.clock.now());
    const plan = matchSeries(posts, wanted);
    await this.coming.erase(manager, posts.filter(({ plain }) => plain).map(({ id }) => id));
    await this.coming.rename(manager, plan.renamed);
    const { deliveries } = await this.maker.make(manager, series, { making: plan.making, until });
    await this.tell(manager, series, plan.gone.map(({ id }) => id));
    return deliveries;
  }

  /** The occurrence to cut at; null = it is the first, so all of the series is meant. @throws DomainError occurrence-unknown */
  private cutAt(series: SeriesRow, from: string): WallTime | null {
    const wall = readWall(from);
    const recurrence = recurrenceOf(series);
    if (wall === null || occurrences(recurrence, wall, wall).length === 0) throw fail('occurrence-unknown', { from });
    const isFirst = occurrences(recurrence, series.wallStart, wall).length === 1;
    return isFirst ? null : wall;
  }

  private async tell(manager: EntityManager, series: SeriesRow, postIds: readonly string[]): Promise<void> {
    const { workspaceId, clientId } = series;
    await this.facts.write(manager, postIds.map((postId) => ({ kind: 'post.cancelled', workspaceId, subjectId: postId, payload: { postId, clientId, seriesId: series.id } })));
  }

  private async record(manager: EntityManager, { workspaceId, actor }: Caller, series: SeriesRow, action: string, details: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.audit.record(manager, { workspaceId, actor, action, subject: 'series', subjectId: series.id, details: { rule: series.rule, zone: series.zone, ...details } });
  }
}
