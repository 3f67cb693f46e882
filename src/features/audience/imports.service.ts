import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { Clock } from '../../infra/clock.js';
import type { Caller } from '../../infra/http/access.js';
import { AuditService } from '../workspaces/audit.service.js';
import { type EraseMark, ErasedAddresses } from './erased-addresses.service.js';
import { type CsvFile, openCsv } from './import-csv.js';
import { ImportFiles } from './import-files.service.js';
import { fail, type RowFault } from './import-problems.js';
import { type ReadPerson, readPerson } from './import-rows.js';
import { type Ground, makeTables, sort, type Sorted, stage, writePeople } from './import-tables.js';
import type { ImportQuery, ImportResult } from './import.schema.js';
import type { ListRow } from './list-rows.js';
import { ListsService } from './lists.service.js';

/** Faults and rows that an answer names at most. */
const NAMED_FAULTS = 1_000;
const SAMPLE = 20;
const MANY = 1_000;
/** Rows in memory at a time. */
const BATCH = 2_000;

interface Staged {
  readonly rows: number;
  readonly good: number;
  readonly faults: number;
  readonly errors: readonly RowFault[];
  readonly sample: readonly ReadPerson[];
}

/** People from a CSV file: first a preview with everything that is wrong, then all or nothing, a million in bounded memory. */
@Injectable()
export class ImportsService {
  /** One at a time in each process: each fills a temporary table. */
  private readonly turn = pLimit(1);

  constructor(
    private readonly database: DataSource,
    private readonly lists: ListsService,
    private readonly files: ImportFiles,
    private readonly erased: ErasedAddresses,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /**
   * @param source the file as it comes in; null = it came as something else
   * @throws DomainError list-unknown (404), list-archived (409), csv-…, consent-… (422)
   */
  async run(caller: Caller, listId: string, { source, query }: { readonly source: Readable | null; readonly query: ImportQuery }): Promise<ImportResult> {
    const list = await this.lists.openRow(this.database.manager, caller.workspaceId, listId);
    const ground = await this.groundOf(list, query);
    if (!source) throw fail('csv-expected');
    return this.files.with(source, (path) => this.turn(async () => {
      const { address, name, language, tags } = query;
      const file = await openCsv(path, { address, name, language, tags });
      const result = await this.database.transaction((manager) => this.take(manager, { caller, list, ground, file, query }));
      // The planner would take the tables for as small as they were for another minute.
      if (!query.preview && result.added > MANY) await this.database.query('ANALYZE subscribers, subscriptions');
      return result;
    }));
  }

  /** All three are said, or none. */
  private async groundOf(list: ListRow, { consentSource, consentOn, consentVersion }: ImportQuery): Promise<Ground> {
    const importId = uuid();
    if (consentSource === undefined && consentOn === undefined && consentVersion === undefined) {
      if (list.kind === 'phone') throw fail('consent-needed');
      return { importId, stated: null, consentVersion: list.consentVersion, purpose: list.purpose };
    }
    if (consentSource === undefined || consentOn === undefined || consentVersion === undefined) throw fail('consent-incomplete');
    if (Date.parse(consentOn) > this.clock.now()) throw fail('consent-later', { date: consentOn });
    const { items } = await this.lists.texts(list.workspaceId, list.id);
    const text = items.find(({ version }) => version === consentVersion);
    if (!text) throw fail('consent-text-unknown', { version: consentVersion });
    return { importId, stated: { source: consentSource, on: consentOn }, consentVersion, purpose: text.purpose };
  }

  private async take(manager: EntityManager, { caller, list, ground, file, query }: { caller: Caller; list: ListRow; ground: Ground; file: CsvFile; query: ImportQuery }): Promise<ImportResult> {
    await makeTables(manager);
    const staged = await this.stageAll(manager, list, file);
    if (staged.rows === 0) throw fail('csv-empty');
    if (!query.preview && staged.faults > 0 && !query.leaveOutBroken) throw fail('csv-has-errors', { count: staged.faults }, { count: staged.faults, errors: staged.errors });
    const sorted = await sort(manager, list, staged.good);
    if (!query.preview) await this.write(manager, { caller, list, ground, sorted, rows: staged.rows });
    return resultOf(staged, sorted, { file, ground, preview: query.preview });
  }

  private async stageAll(manager: EntityManager, list: ListRow, file: CsvFile): Promise<Staged> {
    const mark = await this.erased.mark(manager, list.workspaceId);
    const errors: RowFault[] = [];
    const sample: ReadPerson[] = [];
    let [rows, good, faults] = [0, 0, 0];
    let batch: ReadPerson[] = [];
    for await (const raw of file.rows()) {
      rows += 1;
      const one = readPerson(raw, list);
      if ('code' in one) {
        faults += 1;
        if (errors.length < NAMED_FAULTS) errors.push(one);
        continue;
      }
      good += 1;
      if (sample.length < SAMPLE) sample.push(one);
      batch.push(one);
      if (batch.length < BATCH) continue;
      await stage(manager, batch, marksOf(batch, list, mark));
      batch = [];
    }
    if (batch.length > 0) await stage(manager, batch, marksOf(batch, list, mark));
    return { rows, good, faults, errors, sample };
  }

  private async write(manager: EntityManager, { caller: { workspaceId, actor }, list, ground, sorted, rows }: { caller: Caller; list: ListRow; ground: Ground; sorted: Sorted; rows: number }): Promise<void> {
    const { importId, stated, consentVersion } = ground;
    await manager.query(
      'INSERT INTO list_imports (id, workspace_id, list_id, source, consented_on, consent_version, rows, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
      [importId, workspaceId, list.id, stated?.source ?? null, stated?.on ?? null, stated ? consentVersion : null, rows, JSON.stringify(actor)],
    );
    await writePeople(manager, list, { people: sorted.people, ground });
    const details = { importId, rows, added: sorted.fresh, consent: stated ? { ...stated, version: consentVersion } : null };
    await this.audit.record(manager, { workspaceId, actor, action: 'subscribers.imported', subject: 'list', subjectId: list.id, details });
  }
}

function marksOf(people: readonly ReadPerson[], { kind }: ListRow, mark: EraseMark | null): readonly string[] {
  return people.map(({ addressKey }) => (mark ? mark(kind, addressKey) : ''));
}

function resultOf({ rows, good, faults, errors, sample }: Staged, sorted: Sorted, { file, ground, preview }: { readonly file: CsvFile; readonly ground: Ground; readonly preview: boolean }): ImportResult {
  const { people, fresh, ...others } = sorted;
  return {
    preview, columns: { ...file.columns }, ignoredColumns: [...file.ignored], rows, faults, errors: [...errors], duplicates: good - people, ...others, added: fresh,
    addedAs: ground.stated ? 'confirmed' : 'pending', importId: preview ? null : ground.importId,
    sample: sample.map(({ row, address, name, language, tags }) => ({ row, address, name, language, tags: [...tags] })),
  };
}
