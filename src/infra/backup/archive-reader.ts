import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { BackupError } from './backup-error.js';
import { CHECKSUMS, Checksums, FORMAT, MANIFEST, Manifest, tableOf } from './manifest.js';

export interface Contents {
  readonly manifest: Manifest;
  readonly checksums: Checksums;
}

/** Takes a member: all of its bytes or none of them. Its errors come out unchanged. */
export type Visit = (name: string, chunks: AsyncIterable<Buffer>, manifest: Manifest) => Promise<void>;

const LARGEST_JSON = 64_000_000;

/**
 * Reads a backup from its first byte to its last and compares every member's bytes, checksum and rows.
 * @throws BackupError when it is damaged, cut off, no backup at all, or of a newer form
 */
export async function readArchive(path: string, visit?: Visit): Promise<Contents> {
  await access(path, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    throw new BackupError(`${path} cannot be read (${error.code === 'ENOENT' ? 'there is no such file' : error.message}): check its name and its rights.`);
  });
  const tar = extract();
  const fed = pipeline(createReadStream(path), createGunzip(), tar);
  fed.catch(() => undefined); // the loop below hears of it
  const reading = new Reading(path, visit);
  try {
    for await (const entry of tar) await reading.take(entry.header.name, entry as AsyncIterable<Buffer>);
    await fed;
  } catch (error) {
    tar.destroy();
    if (error instanceof VisitFailed) throw error.cause;
    if (error instanceof BackupError) throw error;
    throw reading.damaged(error instanceof Error ? error.message : String(error));
  }
  return reading.contents();
}

class VisitFailed extends Error {}

class Reading {
  private manifest: Manifest | null = null;
  private checksums: Checksums | null = null;
  private readonly seen: Checksums['members'] = {};
  private readonly rows: Record<string, number> = {};

  constructor(
    private readonly path: string,
    private readonly visit: Visit | undefined,
  ) {}

  async take(name: string, entry: AsyncIterable<Buffer>): Promise<void> {
    if (this.checksums) throw this.damaged(`${name} comes after the end`);
    const table = tableOf(name);
    const hash = createHash('sha256');
    const taken = { bytes: 0, rows: 0 };
    const chunks = (async function* () {
      for await (const chunk of entry) {
        hash.update(chunk);
        taken.bytes += chunk.length;
        if (table !== null) taken.rows += countLines(chunk);
        yield chunk;
      }
    })();
    if (name === MANIFEST) this.manifest = this.readManifest(await gather(chunks));
    else if (name === CHECKSUMS) this.checksums = this.readChecksums(await gather(chunks));
    else {
      if (!this.manifest) throw new BackupError(`${this.path} is no backup of Postern.`);
      if (this.visit) await this.visit(name, chunks, this.manifest).catch((error: unknown) => Promise.reject(new VisitFailed('', { cause: error })));
    }
    for await (const _ of chunks); // what the visitor did not want
    if (table !== null) this.rows[table] = (this.rows[table] ?? 0) + taken.rows;
    if (name !== CHECKSUMS) this.seen[name] = { bytes: taken.bytes, sha256: hash.digest('hex') };
  }

  contents(): Contents {
    const { manifest, checksums } = this;
    if (!manifest) throw new BackupError(`${this.path} is no backup of Postern.`);
    if (!checksums) throw this.damaged('its end is missing');
    for (const [name, { bytes, sha256 }] of Object.entries(checksums.members)) {
      const seen = this.seen[name];
      if (!seen) throw this.damaged(`${name} is missing`);
      if (seen.bytes !== bytes || seen.sha256 !== sha256) throw this.damaged(`${name} is not what was written`);
    }
    if (Object.keys(this.seen).length !== Object.keys(checksums.members).length) throw this.damaged('it holds more than was written');
    for (const { name } of manifest.tables) {
      if ((this.rows[name] ?? 0) !== checksums.rows[name]) throw this.damaged(`the rows of ${name} are not all there`);
    }
    return { manifest, checksums };
  }

  damaged(what: string): BackupError {
    return new BackupError(`${this.path} is damaged or no backup of Postern (${what}): take another backup, or copy this one again from where it came.`);
  }

  private readManifest(bytes: Buffer): Manifest {
    const raw = JSON.parse(bytes.toString('utf8')) as { format?: unknown; formatVersion?: unknown; version?: unknown };
    if (raw.format === 'postern-backup' && Number(raw.formatVersion) > FORMAT) {
      throw new BackupError(`${this.path} was made by a newer Postern (${String(raw.version)}): restore it with that version or a later one.`);
    }
    const parsed = Manifest.safeParse(raw);
    if (!parsed.success) throw this.damaged('its first page cannot be read');
    return parsed.data;
  }

  private readChecksums(bytes: Buffer): Checksums {
    const parsed = Checksums.safeParse(JSON.parse(bytes.toString('utf8')));
    if (!parsed.success) throw this.damaged('its last page cannot be read');
    return parsed.data;
  }
}

/** In COPY's text form each row ends with a line feed, and one inside a value is written otherwise. */
function countLines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count += 1;
  return count;
}

export async function gather(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > LARGEST_JSON) throw new Error('a page of it is far too long');
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}
