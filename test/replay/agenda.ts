/** Simulated time: what is to happen, in order; nothing sleeps. */
export class Agenda {
  readonly #heap: { at: number; nth: number; run: () => void }[] = [];
  #nth = 0;
  now: number;

  constructor(from: number) {
    this.now = from;
  }

  at(when: number, run: () => void): void {
    const heap = this.#heap;
    const item = { at: Math.max(when, this.now), nth: this.#nth++, run };
    let i = heap.push(item) - 1;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (!earlier(item, heap[up]!)) break;
      heap[i] = heap[up]!;
      i = up;
    }
    heap[i] = item;
  }

  runUntil(end: number): void {
    for (let top = this.#heap[0]; top && top.at < end; top = this.#heap[0]) {
      this.#drop();
      this.now = top.at;
      top.run();
    }
    this.now = end;
  }

  #drop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && earlier(heap[down + 1]!, heap[down]!)) down++;
      if (!earlier(heap[down]!, last)) break;
      heap[i] = heap[down]!;
      i = down;
    }
    heap[i] = last;
  }
}

function earlier(a: { at: number; nth: number }, b: { at: number; nth: number }): boolean {
  return a.at < b.at || (a.at === b.at && a.nth < b.nth);
}
