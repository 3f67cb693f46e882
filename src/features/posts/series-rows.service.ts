import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { AHEAD_DAYS, type Recurrence } from '../../core/recurrence.js';
import { readRule } from '../../core/recurrence-rule.js';
import { DAY_MS, type Instant } from '../../core/instant.js';
import { wallOf } from '../../core/schedule.js';
import type { WallTime } from '../../core/wall-time.js';
import { storable } from '../../infra/facts/fact-writer.js';
import type { Actor, Caller } from '../../infra/http/access.js';
import { decodeCursor, type Page, toPage } from '../../infra/http/page.js';
import { fail as failPost } from './post-problems.js';
import { iso, wall } from './post-reads.service.js';
import type { Content, Editing } from './post-rows.js';
import type { Choice, Policy } from '../../core/policy.js';
import { fail, ruleProblem } from './series-problems.js';
import { MOST_WARNINGS, type Series, type SeriesQuery } from './series.schema.js';
import { groupedBy, WarnedPosts, warningIn } from './warned-posts.service.js';

/** What an occurrence says, media and all, as it stood when the series was last edited. */
export interface StoredTemplate {
  readonly channelIds: readonly string[];
  readonly content: Content;
  readonly variants: readonly (Content & { readonly channelId: string })[];
  readonly choice: Choice;
  readonly policy: Policy;
  readonly evergreen: boolean;
  readonly labels: readonly string[];
  readonly editing: Exclude<Editing, 'draft'>;
}

export interface SeriesRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly rule: string;
  readonly zone: string;
  readonly wallStart: WallTime;
  readonly template: StoredTemplate;
  readonly madeUntil: WallTime | null;
  readonly version: number;
  readonly createdBy: Actor;
}

export const seriesColumns = `s.id, s.workspace_id AS "workspaceId", s.client_id AS "clientId", s.rule, s.zone, ${wall('s.wall_start')} AS "wallStart", s.template,
  ${wall('s.made_until')} AS "madeUntil", s.version, s.created_by AS "createdBy"`;

const Key = z.tuple([z.uuid()]);
type Stored = Omit<Series, 'warnings' | 'moreWarnings'>;

/** The rows of series. */
@Injectable()
export class SeriesRows {
  constructor(
    private readonly dataSource: DataSource,
    private readonly warned: WarnedPosts,
  ) {}

  /** @throws DomainError series-not-found */
  async read(caller: Caller, seriesId: string): Promise<Series> {
    const rows = await this.select(caller, 's.id = $2', [seriesId], 1);
    const [series] = await this.withWarnings(caller, rows);
    if (!series) throw fail('series-not-found');
    return series;
  }

  async list(caller: Caller, { limit, cursor, clientId }: SeriesQuery): Promise<Page<Series>> {
    const before = decodeCursor(cursor, Key);
    const rows = await this.select(caller, '($2::uuid IS NULL OR s.id < $2) AND ($3::uuid IS NULL OR s.client_id = $3)', [before?.[0] ?? null, clientId ?? null], limit + 1);
    const { items, next } = toPage(rows, limit, ({ id }) => [id]);
    return { items: await this.withWarnings(caller, items), next };
  }

  /** Of the occurrences that are there, so after the transaction that makes them. */
  private async withWarnings({ workspaceId, language }: Caller, rows: readonly Stored[]): Promise<readonly Series[]> {
    const warned = groupedBy('seriesId', rows.length === 0 ? [] : await this.warned.of(workspaceId, { seriesIds: rows.map(({ id }) => id) }));
    return rows.map((row) => {
      const mine = warned.get(row.id) ?? [];
      const named = mine.slice(0, MOST_WARNINGS).map((one) => ({ ...warningIn(language, one), postId: one.about.postId, dueAt: new Date(one.about.dueAt).toISOString() }));
      return { ...row, warnings: named, moreWarnings: mine.length - named.length };
    });
  }

  private select(caller: Caller, where: string, params: readonly unknown[], limit: number): Promise<Stored[]> {
    return this.dataSource.query<Stored[]>(
      `SELECT ${seriesColumns}, ${iso('s.created_at')} AS "createdAt", ${iso('s.ended_at')} AS "endedAt" FROM series s
        WHERE s.workspace_id = $1 AND ${where} ORDER BY s.id DESC LIMIT ${limit}`,
      [caller.workspaceId, ...params],
    );
  }

  /** @throws DomainError series-not-found, edited-meanwhile, series-ended */
  async lock(manager: EntityManager, workspaceId: string, { seriesId, version }: { readonly seriesId: string; readonly version: number }): Promise<SeriesRow> {
    const [row] = await manager.query<(SeriesRow & { readonly ended: boolean })[]>(
      `SELECT ${seriesColumns}, s.ended_at IS NOT NULL AS ended FROM series s WHERE s.workspace_id = $1 AND s.id = $2 FOR UPDATE`,
      [workspaceId, seriesId],
    );
    if (!row) throw fail('series-not-found');
    if (row.version !== version) throw failPost('edited-meanwhile', {}, { version: row.version });
    if (row.ended) throw fail('series-ended');
    return row;
  }

  async insert(manager: EntityManager, row: Omit<SeriesRow, 'madeUntil' | 'version'>): Promise<void> {
    await manager.query(
      `INSERT INTO series (id, workspace_id, client_id, rule, zone, wall_start, template, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [row.id, row.workspaceId, row.clientId, row.rule, row.zone, row.wallStart, storable(row.template), JSON.stringify(row.createdBy)],
    );
  }

  async update(manager: EntityManager, row: SeriesRow): Promise<void> {
    await manager.query(
      `UPDATE series SET rule = $2, zone = $3, wall_start = $4, template = $5, version = version + 1 WHERE id = $1`,
      [row.id, row.rule, row.zone, row.wallStart, storable(row.template)],
    );
  }
}

/** @throws DomainError rule-… : a rule is checked when it comes in, so here it means older code wrote it */
export function recurrenceOf(series: Pick<SeriesRow, 'rule' | 'zone' | 'wallStart'>): Recurrence & { readonly zone: string } {
  const read = readRule(series.rule, series.zone);
  if (read.kind === 'fault') throw ruleProblem(read.fault);
  return { rule: read.rule, wallStart: series.wallStart, zone: series.zone };
}

/** Up to where occurrences are made, as wall time of the series. */
export function horizonOf(zone: string, now: Instant): WallTime {
  return wallOf(now + AHEAD_DAYS * DAY_MS, zone);
}
