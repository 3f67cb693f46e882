import { v7 as uuid } from 'uuid';
import type { Instant } from '../../../src/core/instant.js';
import { AfterReroutes } from '../../../src/features/posts/after-reroutes.service.js';
import { FallbacksService } from '../../../src/features/posts/fallbacks.service.js';
import { IfDownService } from '../../../src/features/posts/if-down.service.js';
import { OutletNeeds } from '../../../src/features/posts/outlet-needs.service.js';
import { OutletReadiness } from '../../../src/features/posts/outlet-readiness.service.js';
import { OutletsOfPosts } from '../../../src/features/posts/outlets.service.js';
import { ReroutesService } from '../../../src/features/posts/reroutes.service.js';
import { AuditService } from '../../../src/features/workspaces/audit.service.js';
import { BellsService } from '../../../src/features/posts/bells.service.js';
import { BulkService } from '../../../src/features/posts/bulk.service.js';
import { BulkRows } from '../../../src/features/posts/bulk-rows.service.js';
import { CalendarService } from '../../../src/features/posts/calendar.service.js';
import { ImportService } from '../../../src/features/posts/import.service.js';
import { PostRetry } from '../../../src/features/posts/post-retry.service.js';
import { PostDeliveries } from '../../../src/features/posts/post-deliveries.service.js';
import { PostEdits } from '../../../src/features/posts/post-edits.service.js';
import { PostLocks } from '../../../src/features/posts/post-locks.service.js';
import { PostLookups } from '../../../src/features/posts/post-lookups.service.js';
import { PostReads } from '../../../src/features/posts/post-reads.service.js';
import { PostWarnings } from '../../../src/features/posts/post-warnings.service.js';
import { PostWriter } from '../../../src/features/posts/post-writer.service.js';
import { PostsService } from '../../../src/features/posts/posts.service.js';
import { PostTimes } from '../../../src/features/posts/post-times.service.js';
import { SeriesFallbacks } from '../../../src/features/posts/series-fallbacks.service.js';
import { SeriesInputs } from '../../../src/features/posts/series-inputs.service.js';
import { SeriesMaker } from '../../../src/features/posts/series-maker.service.js';
import { SeriesPosts } from '../../../src/features/posts/series-posts.service.js';
import { SeriesRows } from '../../../src/features/posts/series-rows.service.js';
import { SeriesService } from '../../../src/features/posts/series.service.js';
import { SlotsService } from '../../../src/features/posts/slots.service.js';
import { WarnedPosts } from '../../../src/features/posts/warned-posts.service.js';
import { Clock } from '../../../src/infra/clock.js';
import { FactWriter } from '../../../src/infra/facts/fact-writer.js';
import type { Caller } from '../../../src/infra/http/access.js';
import { DomainError } from '../../../src/infra/http/problem.js';
import type { CommandBus } from '../../../src/infra/queue/command-bus.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

class HeldClock extends Clock {
  at: Instant = Date.now();

  override now(): Instant {
    return this.at;
  }
}

/** The posts room on a fresh database, with a clock in the test's hand and a bus that only remembers. */
export async function openHouse() {
  const database = await createDatabase();
  const { dataSource } = database;
  const clock = new HeldClock();
  const rung: string[] = [];
  const bus: Pick<CommandBus, 'ring'> = {
    ring: (_, bells) => {
      rung.push(...bells.map(({ key }) => key).filter((key) => key.startsWith('d-')));
      return Promise.resolve();
    },
  };
  const facts = new FactWriter();
  const audit = new AuditService(dataSource);
  const lookups = new PostLookups();
  const locks = new PostLocks();
  const deliveries = new PostDeliveries();
  const writer = new PostWriter();
  const bells = new BellsService(dataSource, bus as CommandBus, clock);
  const slots = new SlotsService(dataSource, lookups, audit, clock);
  const posts = new PostsService(dataSource, lookups, writer, slots, facts, audit, bells, clock);
  const edits = new PostEdits(dataSource, posts, locks, lookups, writer, deliveries, facts, audit, bells, clock);
  const warnings = new PostWarnings();
  const warned = new WarnedPosts(dataSource, warnings);
  const ifDown = new IfDownService(dataSource, new OutletsOfPosts(dataSource), new OutletReadiness(), new OutletNeeds(dataSource, new Clock()));
  const reads = new PostReads(dataSource, warned, ifDown);
  const fallbacks = new FallbacksService(dataSource, lookups, writer, deliveries, bells, audit);
  const reroutes = new ReroutesService(dataSource, writer, facts, bells);
  const after = new AfterReroutes(dataSource, lookups, writer, slots, bells, facts, audit, clock);
  const times = new PostTimes(dataSource, locks, deliveries, bells);
  const seriesRows = new SeriesRows(dataSource, warned);
  const maker = new SeriesMaker(dataSource, writer, facts, bells);
  const seriesPosts = new SeriesPosts(locks, deliveries);
  const series = new SeriesService(dataSource, seriesRows, new SeriesInputs(lookups, posts), maker, seriesPosts, deliveries, lookups, facts, audit, bells, clock);
  const seriesFallbacks = new SeriesFallbacks(dataSource, lookups, audit);
  const bulkRows = new BulkRows();
  const bulk = new BulkService(dataSource, bulkRows, deliveries, facts, audit, bells, clock);
  const retries = new PostRetry(dataSource, bulkRows, bulk, deliveries, audit, bells);
  const imports = new ImportService(dataSource, lookups, writer, warnings, facts, audit, bells, clock);
  const calendar = new CalendarService(dataSource, warned);
  return { ifDown, fallbacks, reroutes, after, bus, bulk, retries, imports, calendar, database, dataSource, clock, rung, facts, audit, lookups, locks, deliveries, writer, bells, slots, posts, edits, reads, times, series, seriesRows, seriesFallbacks, maker, close: () => database.drop() };
}
export type House = Awaited<ReturnType<typeof openHouse>>;

export interface Agency {
  readonly caller: Caller;
  readonly clientId: string;
  readonly channelIds: readonly string[];
}

/** A workspace with one client and as many sandbox channels as asked for. */
export async function settle({ dataSource }: Pick<TestDatabase, 'dataSource'>, options: { readonly zone?: string; readonly channels?: number; readonly connectorId?: string } = {}): Promise<Agency> {
  const { zone = 'Europe/Rome', channels = 2, connectorId = 'sandbox-media' } = options;
  const [workspaceId, clientId] = [uuid(), uuid()];
  await dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency')`, [workspaceId]);
  await dataSource.query(`INSERT INTO clients (id, workspace_id, name, zone) VALUES ($1, $2, 'Bar Sport', $3)`, [clientId, workspaceId, zone]);
  const channelIds = Array.from({ length: channels }, () => uuid());
  for (const [i, id] of channelIds.entries()) {
    await dataSource.query(
      `INSERT INTO channels (id, workspace_id, client_id, connector_id, name, host, component_id, sealed_account)
       VALUES ($1, $2, $3, $4, $5, 'sandbox.test', 'sandbox-media:publish@sandbox.test', 'sealed')`,
      [id, workspaceId, clientId, connectorId, `channel ${i + 1}`],
    );
  }
  return { caller: { workspaceId, actor: { kind: 'user', id: uuid(), name: 'Anna' }, role: 'editor', language: 'en' }, clientId, channelIds };
}

/** The code of the problem that a promise ends in, or 'none'. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await problemOf(promise))?.code ?? 'none';
}

export async function problemOf(promise: Promise<unknown>): Promise<DomainError | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}
