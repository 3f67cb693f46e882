import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { stringify } from 'yaml';
import { Clock } from '../../infra/clock.js';
import { DomainError } from '../../infra/http/problem.js';
import { MediaService } from '../media/media.service.js';
import { ClientsService } from '../workspaces/clients.service.js';
import { MANIFEST, Names, slugOf } from './folder-paths.js';
import type { Manifest } from './folder-packs.js';
import { type KeptMedium, packFiles, type Remembered } from './folder-write.js';
import { packColumns, type PackRow } from './pack-rows.js';
import { mediaOf } from './pack-writes.service.js';

/** A member of a folder on its way out; a medium is opened when its turn comes. */
export interface OutgoingFile {
  readonly path: string;
  readonly content: Buffer | Blob;
}

const guide = `# Packs

Each folder is a client, each folder in it a pack: \`pack.md\` says when it is used, every other file what is said where.
Edit them with any editor, no network needed. Leave \`id\`, \`version\` and \`base\` as they are: by them changes from both sides are told apart.

- What is said stands after the second line \`---\`, as it is posted: it is no Markdown.
- A picture is a line of its own: \`![what it shows](media/cup.jpg)\`.
- Another part of a thread begins with a line \`--- part\`, its own fields (or none), and a line \`---\`.
- A new variant is a new file: \`for: mastodon\` (a kind of channel, or \`all\`), or \`channel:\` and a channel's name.
- A new pack is a new folder with a \`pack.md\` that has a \`title\`.

Ogni cartella è un cliente, ogni cartella al suo interno un pacchetto: \`pack.md\` dice quando si usa, ogni altro file cosa si dice e dove.
Si modificano con qualsiasi editor, senza rete. Lascia \`id\`, \`version\` e \`base\` come sono.
`;

/** Packs as a folder of Markdown files, with their media beside them. */
@Injectable()
export class FolderExport {
  constructor(
    private readonly database: DataSource,
    private readonly clients: ClientsService,
    private readonly media: MediaService,
    private readonly clock: Clock,
  ) {}

  /** Those put away are left out. @throws DomainError client-unknown (404), before the first file */
  async files(workspaceId: string, clientId: string | null): Promise<AsyncIterable<OutgoingFile>> {
    if (clientId !== null) await this.clients.read(workspaceId, clientId);
    const rows = await this.database.query<(PackRow & { readonly clientName: string })[]>(
      `SELECT ${packColumns}, c.name AS "clientName" FROM packs k JOIN clients c ON c.id = k.client_id
        WHERE k.workspace_id = $1 AND k.archived_at IS NULL AND c.archived_at IS NULL AND ($2::uuid IS NULL OR k.client_id = $2) ORDER BY lower(c.name), c.id, lower(k.title), k.id`,
      [workspaceId, clientId],
    );
    return this.written(workspaceId, rows, await this.known(workspaceId, rows));
  }

  private async *written(workspaceId: string, rows: readonly (PackRow & { readonly clientName: string })[], media: ReadonlyMap<string, KeptMedium>): AsyncGenerator<OutgoingFile> {
    const clientNames = new Names();
    const folders = new Map<string, string>();
    const packNames = new Names();
    const remembered: Remembered[] = [];
    yield { path: 'README.md', content: Buffer.from(guide) };
    for (const row of rows) {
      const client = folders.get(row.clientId) ?? clientNames.unique(slugOf(row.clientName, 'client'));
      folders.set(row.clientId, client);
      const { files, remembered: some } = packFiles(packNames.unique(`${client}/${slugOf(row.title, 'pack')}`), row, media);
      remembered.push(...some);
      for (const file of files) yield { path: file.path, content: 'text' in file ? Buffer.from(file.text) : await this.media.open(workspaceId, file.mediaId) };
    }
    const manifest: Manifest = { postern: 'library', format: 1, workspace: workspaceId, exported: new Date(this.clock.now()).toISOString(), clients: Object.fromEntries([...folders].map(([id, name]) => [name, id])), files: remembered };
    yield { path: MANIFEST, content: Buffer.from(stringify(manifest, { version: '1.2', schema: 'core', lineWidth: 0 })) };
  }

  /** Media whose bytes are there. */
  private async known(workspaceId: string, rows: readonly PackRow[]): Promise<ReadonlyMap<string, KeptMedium>> {
    const ids = [...new Set(rows.flatMap(({ variants }) => variants.flatMap(({ parts }) => mediaOf(parts))))];
    const found = await this.database.query<KeptMedium[]>(
      `SELECT id AS "mediaId", name, encode(sha256, 'hex') AS sha FROM media WHERE workspace_id = $1 AND id = ANY($2::uuid[]) AND deleted_at IS NULL`, [workspaceId, ids],
    );
    const there = await Promise.all(found.map(async (one) => ((await this.isThere(workspaceId, one.mediaId)) ? [one] : [])));
    return new Map(there.flat().map((one) => [one.mediaId, one]));
  }

  private async isThere(workspaceId: string, mediaId: string): Promise<boolean> {
    return this.media.open(workspaceId, mediaId).then(() => true, (error: unknown) => {
      if (error instanceof DomainError) return false;
      throw error;
    });
  }
}
