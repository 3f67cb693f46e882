/**
 * Gathers single calls into one statement: while a run is on its way, what comes meanwhile waits and goes together in
 * the next. No timer, so a lone call is never delayed. This is what lets one commit serve many deliveries.
 */
export class Gather<Item, Result> {
  private waiting: { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  private running = 0;
  private beginning = false;

  constructor(
    /** Answers one result per item, in the same order. */
    private readonly run: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly limits: { readonly most: number; readonly parallel: number } = { most: 200, parallel: 1 },
  ) {}

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.beginSoon();
    });
  }

  /** One turn of the loop lets calls of the same moment travel together. */
  private beginSoon(): void {
    if (this.beginning || this.running >= this.limits.parallel) return;
    this.beginning = true;
    setImmediate(() => {
      this.beginning = false;
      this.pump();
    });
  }

  private pump(): void {
    while (this.running < this.limits.parallel && this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.limits.most);
      this.running += 1;
      void this.settle(batch).finally(() => {
        this.running -= 1;
        this.pump();
      });
    }
  }

  private async settle(batch: typeof this.waiting): Promise<void> {
    try {
      const results = await this.run(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, i) => {
        const result = results[i];
        if (results.length === batch.length) resolve(result as Result);
        else reject(new Error(`A gathered statement answered ${results.length} results for ${batch.length} items.`));
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
