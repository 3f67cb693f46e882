import { describe, expect, it } from '@jest/globals';
import { Gather } from '../../../src/infra/database/gather.js';

/** A statement that ends when it is told to, and remembers what it was asked. */
function statement() {
  const batches: (readonly number[])[] = [];
  const ends: { resolve: (results: readonly string[]) => void; reject: (error: Error) => void }[] = [];
  const run = (items: readonly number[]) => {
    batches.push(items);
    return new Promise<readonly string[]>((resolve, reject) => ends.push({ resolve, reject }));
  };
  const end = (i: number) => ends[i]?.resolve((batches[i] ?? []).map(String));
  return { run, batches, ends, end };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

describe('single calls gathered into statements', () => {
  it('sends a lone call at once', async () => {
    const { run, batches, end } = statement();
    const answer = new Gather(run).add(7);
    await turns();
    expect(batches).toEqual([[7]]);
    end(0);
    await expect(answer).resolves.toBe('7');
  });

  it('sends calls of the same moment together, and gives each its own answer', async () => {
    const { run, batches, end } = statement();
    const gather = new Gather(run);
    const answers = [1, 2, 3].map((n) => gather.add(n));
    await turns();
    expect(batches).toEqual([[1, 2, 3]]);
    end(0);
    await expect(Promise.all(answers)).resolves.toEqual(['1', '2', '3']);
  });

  it('waits for what the same turn of the loop still brings', async () => {
    const { run, batches } = statement();
    const gather = new Gather(run);
    void gather.add(1);
    await Promise.resolve();
    await Promise.resolve();
    void gather.add(2);
    await turns();
    expect(batches).toEqual([[1, 2]]);
  });

  it('lets what comes while one is on its way wait, and sends it together in the next', async () => {
    const { run, batches, end } = statement();
    const gather = new Gather(run);
    const first = gather.add(1);
    await turns();
    const later = [gather.add(2), gather.add(3)];
    await turns();
    expect(batches).toEqual([[1]]);
    end(0);
    await first;
    await turns();
    expect(batches).toEqual([[1], [2, 3]]);
    end(1);
    await expect(Promise.all(later)).resolves.toEqual(['2', '3']);
  });

  it('keeps to the most of a statement and to the number at once', async () => {
    const { run, batches, end } = statement();
    const gather = new Gather(run, { most: 2, parallel: 2 });
    const answers = [1, 2, 3, 4, 5].map((n) => gather.add(n));
    await turns();
    expect(batches).toEqual([[1, 2], [3, 4]]);
    end(1);
    await turns();
    expect(batches).toEqual([[1, 2], [3, 4], [5]]);
    end(0);
    end(2);
    await expect(Promise.all(answers)).resolves.toEqual(['1', '2', '3', '4', '5']);
  });

  it('a statement that fails fails its own calls only, and the next goes on', async () => {
    const { run, ends, end } = statement();
    const gather = new Gather(run);
    const bad = [gather.add(1), gather.add(2)].map((answer) => answer.catch((error: Error) => error.message));
    await turns();
    const good = gather.add(3);
    ends[0]?.reject(new Error('gone'));
    await expect(Promise.all(bad)).resolves.toEqual(['gone', 'gone']);
    await turns();
    end(1);
    await expect(good).resolves.toBe('3');
  });

  it('a statement that throws before it starts is no different', async () => {
    const gather = new Gather<number, string>(() => {
      throw new Error('at once');
    });
    await expect(gather.add(1)).rejects.toThrow('at once');
    await expect(gather.add(2)).rejects.toThrow('at once');
  });

  it('hands nobody another one\'s answer when there are too few', async () => {
    const gather = new Gather<number, string>(async () => Promise.resolve(['only one']));
    const answers = [1, 2].map((n) => gather.add(n));
    await expect(answers[0]).rejects.toThrow('1 results for 2 items');
    await expect(answers[1]).rejects.toThrow('1 results for 2 items');
  });
});
