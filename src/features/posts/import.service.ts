import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { Clock } from '../../infra/clock.js';
import { FactWriter } from '../../infra/facts/fact-writer.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { BellsService } from './bells.service.js';
import { type CsvRow, readCsv } from './import-csv.js';
import { fail, type RowFault } from './import-problems.js';
import { Directory, listOf, type Named, type ReadRow, readRow } from './import-rows.js';
import type { ImportResult } from './import.schema.js';
import { channelColumns, clientColumns, PostLookups } from './post-lookups.service.js';
import { planChannel } from './post-plan.js';
import type { ChannelRow, ClientRow, PlannedPost } from './post-rows.js';
import { PostWarnings } from './post-warnings.service.js';
import { PostWriter } from './post-writer.service.js';

/** Faults and rows that an answer names at most. */
const NAMED_FAULTS = 1_000;
const SAMPLE = 20;

/** Posts from a CSV file: first a preview with everything that is wrong, then all or nothing. */
@Injectable()
export class ImportService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly lookups: PostLookups,
    private readonly writer: PostWriter,
    private readonly warnings: PostWarnings,
    private readonly facts: FactWriter,
    private readonly audit: AuditService,
    private readonly bells: BellsService,
    private readonly clock: Clock,
  ) {}

  /**
   * `text`: the file. With `preview` nothing is written.
   * @throws DomainError csv-… ; csv-has-errors when something is wrong and it is no preview
   */
  async run(caller: Caller, text: string, preview: boolean): Promise<ImportResult> {
    const rows = readCsv(text);
    const { result, ids, read } = await this.dataSource.transaction(async (manager) => {
      const { read, faults } = await this.check(manager, caller, rows);
      const shown = faults.slice(0, NAMED_FAULTS);
      if (!preview && faults.length > 0) throw fail('csv-has-errors', { count: faults.length }, { count: faults.length, errors: shown });
      const posts = read.map((row) => planned(row, caller));
      if (!preview) await this.write(manager, caller, posts);
      return {
        result: { ...summaryOf(read, posts), rows: rows.length, faults: faults.length, errors: [...shown], preview },
        read,
        ids: preview ? [] : posts.flatMap(({ channels }) => channels.flatMap(({ delivery }) => (delivery ? [delivery.id] : []))),
      };
    });
    await this.bells.ring(ids);
    // After the commit: it asks on a connection of its own.
    return { ...result, warnings: await this.warned(caller, read) };
  }

  private async check(manager: EntityManager, caller: Caller, rows: readonly CsvRow[]): Promise<{ readonly read: readonly ReadRow[]; readonly faults: readonly RowFault[] }> {
    const named = await this.named(manager, caller, rows);
    const now = this.clock.now();
    const read: ReadRow[] = [];
    const faults: RowFault[] = [];
    for (const row of rows) {
      const one = readRow(row, named, now);
      if ('client' in one) read.push(one);
      else faults.push(...one);
    }
    return { read, faults };
  }

  private async named(manager: EntityManager, { workspaceId }: Caller, rows: readonly CsvRow[]): Promise<Named> {
    const clients = await manager.query<(ClientRow & { name: string })[]>(`SELECT ${clientColumns}, name FROM clients WHERE workspace_id = $1 AND archived_at IS NULL`, [workspaceId]);
    const channels = await manager.query<ChannelRow[]>(`SELECT ${channelColumns} FROM channels WHERE workspace_id = $1 AND archived_at IS NULL ORDER BY id`, [workspaceId]);
    const ids = rows.flatMap(({ cells }) => listOf(cells.media)).filter((id) => z.uuid().safeParse(id).success);
    return {
      clients: new Directory(clients),
      channels: new Map(clients.map(({ id }) => [id, new Directory(channels.filter(({ clientId }) => clientId === id))])),
      media: await this.lookups.media(manager, workspaceId, ids),
    };
  }

  private async warned({ workspaceId }: Caller, rows: readonly ReadRow[]): Promise<ImportResult['warnings']> {
    const planned = rows.flatMap(({ row, channels, timed: { dueAt, zone } }) => channels.map(({ id, name }) => ({ row, channel: name, channelId: id, dueAt, zone })));
    const warned = await this.warnings.of(workspaceId, planned);
    return warned.slice(0, NAMED_FAULTS).map(({ about: { row, channel }, code, sentence }) => ({ row, channel, code, sentence }));
  }

  private async write(manager: EntityManager, { workspaceId, actor }: Caller, posts: readonly PlannedPost[]): Promise<void> {
    await this.writer.insert(manager, workspaceId, posts);
    await this.facts.write(
      manager,
      posts.map(({ id, clientId, dueAt }) => ({ kind: 'post.scheduled', workspaceId, subjectId: id, payload: { postId: id, clientId, dueAt } })),
    );
    await this.audit.record(manager, { workspaceId, actor, action: 'posts.imported', subject: 'workspace', subjectId: workspaceId, details: { posts: posts.length } });
  }
}

function planned({ client, channels, timed, part, choice, labels }: ReadRow, { actor }: Caller): PlannedPost {
  const content = { parts: [part] };
  const terms = { editing: 'ready', choice, policy: {}, dueAt: timed.dueAt, day: client.day } as const;
  return {
    id: uuid(), clientId: client.id, seriesId: null, occurrence: null, editing: 'ready', choice, policy: {}, content, ...timed, evergreen: false, labels,
    version: 1, createdBy: actor, channels: channels.map((channel) => planChannel(channel, content, null, terms)),
  };
}

function summaryOf(rows: readonly ReadRow[], posts: readonly PlannedPost[]): Pick<ImportResult, 'posts' | 'deliveries' | 'firstDueAt' | 'lastDueAt' | 'sample'> {
  const dues = rows.map(({ timed }) => timed.dueAt);
  const [first, last] = [Math.min(...dues), Math.max(...dues)];
  return {
    posts: posts.length,
    deliveries: posts.reduce((sum, { channels }) => sum + channels.length, 0),
    firstDueAt: dues.length === 0 ? null : new Date(first).toISOString(),
    lastDueAt: dues.length === 0 ? null : new Date(last).toISOString(),
    sample: rows.slice(0, SAMPLE).map(({ row, client, channels, timed, choice, part }) => ({
      row, client: client.name, channels: channels.map(({ name }) => name), wallAt: timed.wallAt, zone: timed.zone, dueAt: new Date(timed.dueAt).toISOString(), choice, text: part.text,
    })),
  };
}
