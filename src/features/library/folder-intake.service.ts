import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../../infra/http/problem.js';
import { type Incoming, IncomingFilesService } from '../media/incoming-files.service.js';
import { type Fault, fault } from './folder-faults.js';
import { insidePath, isLitter, MANIFEST } from './folder-paths.js';
import { fail } from './library-problems.js';

/** A member of a folder on its way in, from a tar or from a disk. */
export interface FolderMember {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'other';
  /** Called once, for files only. */
  open(): AsyncIterable<Buffer>;
}

/** A folder that was read: texts in memory, media on disk until they are kept or discarded. */
export interface ReadFolder {
  readonly texts: ReadonlyMap<string, string>;
  readonly media: ReadonlyMap<string, Incoming | DomainError>;
  readonly faults: readonly Fault[];
}

const most = { members: 5_000, textKb: 256, textsKb: 32_000 };

/** Takes a folder in, whoever brings it: bounded, by names that stay inside it, and through no link. */
@Injectable()
export class FolderIntake {
  constructor(private readonly incoming: IncomingFilesService) {}

  /**
   * Hands the folder to `use`; its media are gone from the intake afterwards, unless they were kept.
   * @throws DomainError folder-path, folder-link, folder-too-many, folder-too-large (422), disk-full (507)
   */
  async with<Result>(members: AsyncIterable<FolderMember>, use: (folder: ReadFolder) => Promise<Result>): Promise<Result> {
    const media = new Map<string, Incoming | DomainError>();
    try {
      return await use(await this.read(members, media));
    } finally {
      for (const one of media.values()) if (!(one instanceof DomainError)) await this.incoming.discard(one);
    }
  }

  private async read(members: AsyncIterable<FolderMember>, media: Map<string, Incoming | DomainError>): Promise<ReadFolder> {
    const texts = new Map<string, string>();
    const faults: Fault[] = [];
    let [count, bytes] = [0, 0];
    for await (const member of members) {
      const path = insidePath(member.path);
      if (member.kind === 'other') throw fail('folder-link', { path: shown(member.path) });
      if (path === null && !/^(\.\/?)?$/.test(member.path)) throw fail('folder-path', { path: shown(member.path) });
      if (member.kind === 'folder' || path === null || isLitter(path)) continue;
      count += 1;
      if (count > most.members) throw fail('folder-too-many', { most: most.members });
      if (!/\.(md|ya?ml)$/i.test(path)) {
        media.set(path, await this.medium(member));
        continue;
      }
      const text = await readText(path, member);
      if (typeof text !== 'string') {
        faults.push(text);
        continue;
      }
      bytes += text.length;
      if (bytes > most.textsKb * 1_000) throw fail('folder-too-large');
      texts.set(path, text);
    }
    return fromRoot({ texts, media, faults });
  }

  /** What cannot be used is told where a text names it. */
  private async medium(member: FolderMember): Promise<Incoming | DomainError> {
    return this.incoming.receive(Readable.from(member.open())).catch((error: unknown) => {
      if (error instanceof DomainError && error.code !== 'disk-full') return error;
      throw error;
    });
  }
}

async function readText(path: string, member: FolderMember): Promise<string | Fault> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of member.open()) {
    bytes += piece.length;
    if (bytes <= most.textKb * 1_000) pieces.push(piece);
  }
  if (bytes > most.textKb * 1_000) return fault('file-too-large', path, { most: most.textKb });
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
    return text.includes('\0') ? fault('not-utf8', path) : text;
  } catch {
    return fault('not-utf8', path);
  }
}

/** A folder packed as a whole has itself as its first name: that one is taken off. */
function fromRoot({ texts, media, faults }: ReadFolder): ReadFolder {
  const [root] = [...texts.keys()].flatMap((path) => (path.endsWith(`/${MANIFEST}`) && path.split('/').length === 2 ? [path.slice(0, -MANIFEST.length)] : []));
  if (texts.has(MANIFEST) || root === undefined || ![...texts.keys(), ...media.keys()].every((path) => path.startsWith(root))) return { texts, media, faults };
  const off = (path: string): string => path.slice(root.length);
  return {
    texts: new Map([...texts].map(([path, text]) => [off(path), text])), media: new Map([...media].map(([path, one]) => [off(path), one])),
    faults: faults.map((one) => ({ ...one, file: one.file.startsWith(root) ? off(one.file) : one.file })),
  };
}

const shown = (path: string): string => path.replace(/\p{Cc}/gu, '?').slice(0, 200);
