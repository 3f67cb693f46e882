import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { PartContent } from '../../core/part.js';
import type { Caller } from '../../infra/http/access.js';
import { MediaService } from '../media/media.service.js';
import type { PartInput } from '../posts/post-input.schema.js';
import { AuditService } from '../workspaces/audit.service.js';
import { type Diff, diffOf, type NextVariant, type PackStep } from './folder-diff.js';
import type { Fault } from './folder-faults.js';
import { FolderIntake, type FolderMember, type ReadFolder } from './folder-intake.service.js';
import { type FileVariant, type FolderPacks, readPacks } from './folder-packs.js';
import { sentenceOf } from './folder-words.js';
import type { FolderImport as Imported, FolderImportQuery } from './folder.schema.js';
import { fail } from './library-problems.js';
import { digest } from './pack-hash.js';
import { forOf, packColumns, type PackRow } from './pack-rows.js';
import type { VariantInput } from './pack.schema.js';
import { mediaOf, PackWrites, type SaidVariant } from './pack-writes.service.js';

/** Faults that an answer names at most. */
const NAMED_FAULTS = 1_000;

/** Packs out of a folder that was edited elsewhere: first what would change, then that, in one piece. */
@Injectable()
export class FolderImport {
  constructor(
    private readonly database: DataSource,
    private readonly intake: FolderIntake,
    private readonly media: MediaService,
    private readonly writes: PackWrites,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError folder-… (4xx), edited-meanwhile (409) when `expect` is of another import */
  async run(caller: Caller, members: AsyncIterable<FolderMember>, query: FolderImportQuery): Promise<Imported> {
    return this.intake.with(members, async (folder) => {
      const read = await this.packsOf(caller.workspaceId, folder);
      const plan = await this.database.transaction((manager) => this.diff(manager, caller.workspaceId, { read, remove: query.remove }));
      const result = { ...answerOf(plan, read, { caller, query }), digest: digestOf(plan) };
      if (query.expect !== undefined && query.expect !== result.digest) throw fail('edited-meanwhile');
      if (query.preview) return result;
      if (read.faults.length > 0 && !query.leaveOutBroken) throw fail('folder-has-errors', { count: read.faults.length }, { faults: result.faults });
      const kept = await this.keepMedia(caller, plan, read);
      await this.database.transaction(async (manager) => {
        const now = await this.diff(manager, caller.workspaceId, { read, remove: query.remove });
        if (digestOf(now) !== result.digest) throw fail('edited-meanwhile');
        for (const step of now.steps) await this.take(manager, caller, { step, kept });
        await this.audit.record(manager, { workspaceId: caller.workspaceId, actor: caller.actor, action: 'library.imported', subject: 'workspace', subjectId: caller.workspaceId, details: { changes: now.entries.length, faults: read.faults.length } });
      });
      return result;
    });
  }

  private async packsOf(workspaceId: string, folder: ReadFolder): Promise<FolderPacks> {
    const clients = await this.database.query<{ id: string; name: string; language: string }[]>('SELECT id, name, language FROM clients WHERE workspace_id = $1 AND archived_at IS NULL ORDER BY created_at, id', [workspaceId]);
    const channels = await this.database.query<{ id: string; clientId: string; name: string }[]>('SELECT id, client_id AS "clientId", name FROM channels WHERE workspace_id = $1 AND archived_at IS NULL ORDER BY created_at, id', [workspaceId]);
    const read = await readPacks(folder, { clients, channels });
    if (read.manifest !== null && read.manifest.workspace !== workspaceId) throw fail('folder-of-another');
    if (read.packs.length === 0 && read.faults.length === 0 && read.manifest === null) throw fail('folder-empty');
    return read;
  }

  /** The packs it speaks of are held until the end of the transaction. */
  private async diff(manager: EntityManager, workspaceId: string, { read, remove }: { readonly read: FolderPacks; readonly remove: boolean }): Promise<Diff> {
    const ids = [...read.packs.flatMap(({ id }) => (id === null ? [] : [id])), ...(read.manifest?.files.map(({ pack }) => pack) ?? [])];
    const rows = await manager.query<PackRow[]>(
      `SELECT ${packColumns} FROM packs k JOIN clients c ON c.id = k.client_id WHERE k.workspace_id = $1 AND k.id = ANY($2::uuid[]) ORDER BY k.id FOR UPDATE OF k`, [workspaceId, [...new Set(ids)]],
    );
    return diffOf({ packs: read.packs, broken: new Set(read.faults.map(({ file }) => file)), manifest: read.manifest, rows, remove });
  }

  /** Only what will be used. @returns ids by checksum */
  private async keepMedia(caller: Caller, { steps }: Diff, { media }: FolderPacks): Promise<ReadonlyMap<string, string>> {
    const wanted = steps.flatMap(({ variants }) => variants.flatMap((one) => (one.kind === 'file' ? mediaOf(one.from.parts) : [])));
    const kept = new Map<string, string>();
    for (const sha of new Set(wanted)) {
      const file = media.get(sha);
      if (file) kept.set(sha, (await this.media.keep(caller, file.incoming, { name: file.path.split('/').at(-1) })).id);
    }
    return kept;
  }

  private async take(manager: EntityManager, { workspaceId, actor }: Caller, { step, kept }: { readonly step: PackStep; readonly kept: ReadonlyMap<string, string> }): Promise<void> {
    const { row, clientId, head, proposes, archives } = step;
    if (row && archives) {
      await this.writes.archive(manager, workspaceId, row.id);
      return this.audit.record(manager, { workspaceId, actor, action: 'pack.archived', subject: 'pack', subjectId: row.id, details: { by: 'folder' } });
    }
    const fresh = await this.writes.said(manager, { workspaceId, clientId }, step.variants.flatMap((one) => (one.kind === 'file' ? [inputOf(one, kept)] : [])));
    const written = fresh.values();
    const variants = step.variants.flatMap((one): readonly SaidVariant[] => {
      const said = one.kind === 'here' ? one.row : written.next().value;
      return said ? [said] : [];
    });
    if (row === null) {
      if (head === null) return;
      const id = await this.writes.insert(manager, { workspaceId, clientId }, { head, variants, actor });
      return this.audit.record(manager, { workspaceId, actor, action: 'pack.created', subject: 'pack', subjectId: id, details: { clientId, title: head.title, by: 'folder' } });
    }
    const { title, useWhen, tags, language, expiresOn } = row;
    const proposals = proposes ? [...row.proposals, { ...proposes, at: await nowOf(manager), by: actor.name }] : row.proposals;
    await this.writes.update(manager, workspaceId, row, { head: head ?? { title, useWhen, tags, language, expiresOn }, variants, proposals });
    await this.audit.record(manager, { workspaceId, actor, action: 'pack.changed', subject: 'pack', subjectId: row.id, details: { by: 'folder' } });
  }
}

function inputOf({ from, draft }: Extract<NextVariant, { kind: 'file' }>, kept: ReadonlyMap<string, string>): VariantInput {
  return { for: forOf(from), draft, parts: from.parts.map((part) => asInput(part, kept)) };
}

function asInput({ text, media, link, language, options }: FileVariant['parts'][number], kept: ReadonlyMap<string, string>): PartInput {
  const id = ({ mediaId }: PartContent['media'][number]): string => kept.get(mediaId) ?? mediaId;
  return {
    text, media: media.map((one) => ({ mediaId: id(one), alt: one.alt })),
    link: link && { url: link.url, title: link.title, description: link.description, thumbId: link.thumb && id(link.thumb) },
    language, options: options as PartInput['options'],
  };
}

async function nowOf(manager: EntityManager): Promise<string> {
  const [row] = await manager.query<{ now: Date }[]>('SELECT now()');
  return (row?.now ?? new Date(0)).toISOString();
}

/** Of what it would do, to what. */
function digestOf({ entries, steps }: Diff): string {
  return digest([entries, steps.map(({ row, variants }) => [row?.id ?? null, row?.version ?? null, variants.map((one) => (one.kind === 'here' ? one.row.hash : one.from.hash))])]);
}

function answerOf({ entries, same }: Diff, { packs, faults }: FolderPacks, { caller: { language }, query }: { readonly caller: Caller; readonly query: FolderImportQuery }): Omit<Imported, 'digest'> {
  return {
    preview: query.preview, packs: packs.length, same,
    entries: entries.map(({ kept, ...entry }) => ({ ...entry, sentence: sentenceOf({ kept, ...entry }, query.remove)[language] })),
    faults: faults.slice(0, NAMED_FAULTS).map(({ file, line, code, sentence }: Fault) => ({ file, line, code, sentence: sentence[language] })),
  };
}
