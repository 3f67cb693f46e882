import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Entry, Journal } from '../../../src/features/dispatch/journal.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-journal-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const entry = (n: number, deliveryId = `delivery-${n}`): Entry =>
  ({ kind: 'delivered', record: { attemptId: `attempt-${n}`, deliveryId, remoteId: `r${n}`, url: null } }) as unknown as Entry;
const isGone = async () => Promise.resolve(true);
const lives = async () => Promise.resolve(false);

/** Drains all that can be applied. */
async function drained(journal: Journal): Promise<string[]> {
  const seen: string[] = [];
  await journal.drain(async ({ record }) => void seen.push(await Promise.resolve(record.attemptId)));
  return seen;
}

describe('the journal', () => {
  it('keeps entries in order, gives them once, and leaves no file', async () => {
    const journal = new Journal(folder, 'me');
    await Promise.all([1, 2, 3].map((n) => journal.append(entry(n))));
    expect(journal.size).toBe(3);
    expect(await drained(journal)).toEqual(['attempt-1', 'attempt-2', 'attempt-3']);
    expect(journal.size).toBe(0);
    expect(await readdir(folder)).toEqual([]);
    expect(await drained(journal)).toEqual([]);
  });

  it('keeps what could not be applied, and what comes after it, on disk', async () => {
    const journal = new Journal(folder, 'me');
    for (const n of [1, 2, 3]) await journal.append(entry(n));
    const seen: string[] = [];
    const refuse = async ({ record }: Entry): Promise<void> => {
      if (record.attemptId !== 'attempt-1') throw new Error('the database is gone');
      seen.push(await Promise.resolve(record.attemptId));
    };
    await expect(journal.drain(refuse)).rejects.toThrow('the database is gone');
    expect(journal.size).toBe(2);
    expect(await drained(new Journal(folder, 'me'))).toEqual(['attempt-2', 'attempt-3']);
  });

  it('tries nothing more once the database is gone', async () => {
    const journal = new Journal(folder, 'me');
    for (const n of [1, 2, 3]) await journal.append(entry(n));
    let asked = 0;
    await expect(journal.drain(async () => Promise.reject(new Error(String((asked += 1)))), async () => Promise.resolve(false))).rejects.toThrow('1');
    expect(asked).toBe(1);
    expect(journal.size).toBe(3);
  });

  it('one entry that can never be written keeps only its own delivery waiting', async () => {
    const journal = new Journal(folder, 'me');
    for (const one of [entry(1, 'poison'), entry(2), entry(3, 'poison'), entry(4)]) await journal.append(one);
    const seen: string[] = [];
    const apply = async ({ record }: Entry): Promise<void> => {
      if (record.attemptId === 'attempt-1') throw new Error('too long for an index');
      seen.push(await Promise.resolve(record.attemptId));
    };
    await expect(journal.drain(apply, async () => Promise.resolve(true))).rejects.toThrow('too long');
    expect(seen).toEqual(['attempt-2', 'attempt-4']);
    expect(await drained(journal)).toEqual(['attempt-1', 'attempt-3']);
  });

  it('passes over a line that a crash tore', async () => {
    const journal = new Journal(folder, 'me');
    await journal.append(entry(1));
    await appendFile(join(folder, 'me.jsonl'), '{"kind":"delivered","record":{"attem');
    expect(await drained(journal)).toEqual(['attempt-1']);
  });

  it('loses nothing behind a line that a full disk tore', async () => {
    const journal = new Journal(folder, 'me');
    await journal.append(entry(1));
    await appendFile(join(folder, 'me.jsonl'), '{"kind":"delivered","record":{"attem');
    await journal.append(entry(2));
    expect(await drained(journal)).toEqual(['attempt-1', 'attempt-2']);
  });

  it('passes over lines that are no entries', async () => {
    await writeFile(join(folder, 'me.jsonl'), 'null\n{"kind":"other","record":{}}\n[]\n\u0000\n');
    expect(await drained(new Journal(folder, 'me'))).toEqual([]);
  });

  it('says so when the disk does not take it', async () => {
    await writeFile(join(folder, 'file'), '');
    const journal = new Journal(join(folder, 'file', 'journal'), 'me');
    await expect(journal.append(entry(1))).rejects.toThrow();
    expect(journal.size).toBe(0);
  });

  it('forgets nothing when its file cannot be read for a while', async () => {
    const journal = new Journal(folder, 'me');
    await journal.append(entry(1));
    await rename(join(folder, 'me.jsonl'), join(folder, 'aside'));
    await mkdir(join(folder, 'me.jsonl'));
    await expect(drained(journal)).rejects.toThrow('EISDIR');
    expect(journal.size).toBe(1);
  });
});

describe('what another process left', () => {
  const leave = async (owner: string, ...numbers: number[]): Promise<void> => {
    const journal = new Journal(folder, owner);
    for (const n of numbers) await journal.append(entry(n));
  };

  it('is taken over once that process is gone, behind what we have', async () => {
    await leave('dead', 1, 2);
    const journal = new Journal(folder, 'me');
    await journal.append(entry(3));
    await journal.adopt(isGone);
    expect(journal.size).toBe(3);
    expect(await drained(journal)).toEqual(['attempt-3', 'attempt-1', 'attempt-2']);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is left alone while that process lives', async () => {
    await leave('alive', 1);
    const journal = new Journal(folder, 'me');
    await journal.adopt(lives);
    expect(journal.size).toBe(0);
    expect(await readdir(folder)).toEqual(['alive.jsonl']);
  });

  it('and was being adopted by one that died too, is taken over from that one', async () => {
    await leave('dead', 1, 2);
    await rename(join(folder, 'dead.jsonl'), join(folder, 'dead.adopted-by-second'));
    const journal = new Journal(folder, 'me');
    await journal.adopt(async (owner) => Promise.resolve(owner === 'dead'));
    expect(journal.size).toBe(0); // `second` lives: it is still at it
    await journal.adopt(isGone);
    expect(await drained(journal)).toEqual(['attempt-1', 'attempt-2']);
  });

  it('and we could not finish taking over, is taken over at the next round', async () => {
    await leave('dead', 1);
    await rename(join(folder, 'dead.jsonl'), join(folder, 'dead.adopted-by-me'));
    const journal = new Journal(folder, 'me');
    await journal.adopt(lives);
    expect(await drained(journal)).toEqual(['attempt-1']);
  });

  it('goes to one of those that want it', async () => {
    await leave('dead', 1, 2);
    const journals = ['a', 'b', 'c'].map((owner) => new Journal(folder, owner));
    await Promise.all(journals.map((journal) => journal.adopt(async (owner) => Promise.resolve(owner === 'dead'))));
    const seen = await Promise.all(journals.map(drained));
    expect(seen.flat().sort()).toEqual(['attempt-1', 'attempt-2']);
  });

  it('is nothing where there is no folder', async () => {
    const journal = new Journal(join(folder, 'none'), 'me');
    await journal.adopt(isGone);
    expect(await drained(journal)).toEqual([]);
  });

  it('our own file is not adopted from us', async () => {
    const journal = new Journal(folder, 'me');
    await journal.append(entry(1));
    await journal.adopt(isGone);
    expect((await readFile(join(folder, 'me.jsonl'), 'utf8')).trim().split('\n')).toHaveLength(1);
  });
});
