import { mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DeliveredRecord, SetbackRecord } from '../posts/outcomes.service.js';

export type Entry =
  | { readonly kind: 'delivered'; readonly record: DeliveredRecord }
  | { readonly kind: 'setback'; readonly record: SetbackRecord };

const Line = z.looseObject({ kind: z.enum(['delivered', 'setback']), record: z.looseObject({ attemptId: z.string(), deliveryId: z.string() }) });

/**
 * Outcomes the database did not take, on disk until it does (DESIGN §6.4): one JSON line each, on the platter before
 * `append` resolves. A file per process; files of processes that are gone are taken over by whoever renames them first.
 */
export class Journal {
  private writing: Promise<unknown> = Promise.resolve();
  private lines = 0;

  constructor(
    private readonly folder: string,
    private readonly owner: string,
  ) {}

  /** Entries that wait in this process's own file. */
  get size(): number {
    return this.lines;
  }

  async append(entry: Entry): Promise<void> {
    await this.inTurn(async () => {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      const file = await open(this.path(this.owner), 'a', 0o600);
      try {
        // The line break comes first too: a line torn by a full disk takes no other with it.
        await file.writeFile(`\n${JSON.stringify(entry)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      this.lines += 1;
    });
  }

  /**
   * Hands every entry to `apply`, oldest first. What it throws on stays, with all that follows of its delivery; whether
   * the others are tried at all `goesOn` says: one entry that can never be written must not keep the rest.
   * Torn lines (a crash or a full disk in mid-write) are passed over.
   * @throws what `apply` threw first
   */
  async drain(apply: (entry: Entry) => Promise<void>, goesOn: () => Promise<boolean> = async () => Promise.resolve(false)): Promise<void> {
    await this.inTurn(async () => {
      const entries = parse(await readFile(this.path(this.owner), 'utf8').catch(emptyIfMissing));
      const left: Entry[] = [];
      const stuck = new Set<string>();
      const faults: unknown[] = [];
      let stopped = false;
      for (const entry of entries) {
        const { deliveryId } = entry.record;
        if (stopped || stuck.has(deliveryId)) left.push(entry);
        else {
          await apply(entry).catch(async (error: unknown) => {
            faults.push(error);
            stuck.add(deliveryId);
            left.push(entry);
            stopped = !(await goesOn());
          });
        }
      }
      this.lines = left.length;
      if (left.length < entries.length) await this.rewrite(left);
      if (faults.length > 0) throw faults[0];
    });
  }

  /** Takes over what processes left that no longer run. `isGone` says so of an owner's id. */
  async adopt(isGone: (owner: string) => Promise<boolean>): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      const [, owner, adopter] = /^([\w-]+)\.(?:jsonl|adopted-by-([\w-]+))$/.exec(name) ?? [];
      const holder = adopter ?? owner;
      if (!owner || !holder || owner === this.owner) continue;
      if (holder !== this.owner && !(await isGone(holder))) continue; // one that we took and could not finish is taken again
      const mine = join(this.folder, `${owner}.adopted-by-${this.owner}`);
      const renamed = await rename(join(this.folder, name), mine).then(() => true, () => false);
      if (!renamed) continue;
      for (const entry of parse(await readFile(mine, 'utf8'))) await this.append(entry);
      await unlink(mine);
    }
  }

  private async rewrite(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return unlink(this.path(this.owner));
    const whole = `${this.path(this.owner)}.new`;
    const file = await open(whole, 'w', 0o600);
    try {
      await file.writeFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(whole, this.path(this.owner));
  }

  private path(owner: string): string {
    return join(this.folder, `${owner}.jsonl`);
  }

  private async inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.writing.then(work);
    this.writing = turn.catch(() => undefined);
    await turn;
  }
}

function emptyIfMissing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

function parse(text: string): Entry[] {
  return text.split('\n').flatMap((line): Entry[] => {
    if (line === '') return [];
    try {
      const parsed = Line.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data as unknown as Entry] : [];
    } catch {
      return [];
    }
  });
}
