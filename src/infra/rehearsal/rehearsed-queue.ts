import { setMaxListeners } from 'node:events';
import type { Queue, Worker } from 'bullmq';
import type { Clock } from '../clock.js';
import type { QueueConnection } from '../queue/queue-connection.js';

type Work = (name: string, payload: unknown) => Promise<void>;

interface Job {
  readonly name: string;
  readonly data: unknown;
  readonly opts?: { readonly jobId?: string; readonly delay?: number };
}

/** One lane: bells that wait for their time, and the one that listens. */
class Lane {
  readonly jobs = new Map<string, Job>();
  private readonly ended = new AbortController();
  private readonly rung: Job[] = [];
  private work: Work | null = null;
  private made = 0;

  constructor(private readonly clock: Clock) {
    setMaxListeners(0, this.ended.signal); // each bell that waits listens for the end
  }

  add(name: string, data: unknown, opts: Job['opts'] = {}): Promise<void> {
    const id = opts.jobId ?? `own-${(this.made += 1)}`;
    if (!this.jobs.has(id)) {
      const job = { name, data, opts };
      this.jobs.set(id, job);
      void this.clock.sleep(opts.delay ?? 0, this.ended.signal).then(() => this.ring(id, job));
    }
    return Promise.resolve();
  }

  listen(work: Work): void {
    this.work = work;
    for (const job of this.rung.splice(0)) void work(job.name, job.data);
  }

  close(): void {
    this.work = null;
    this.ended.abort();
  }

  private async ring(id: string, job: Job): Promise<void> {
    if (this.ended.signal.aborted) return;
    this.jobs.delete(id);
    if (this.work) await this.work(job.name, job.data);
    else this.rung.push(job);
  }
}

/** The doorbell of a rehearsal: in memory, by the clock handed in. What BullMQ has of a queue and this house uses, no more. */
export function rehearsedQueue(clock: Clock): QueueConnection {
  const lanes = new Map<string, Lane>();
  const laneOf = (name: string): Lane => {
    const lane = lanes.get(name) ?? new Lane(clock);
    lanes.set(name, lane);
    return lane;
  };
  return {
    kind: 'postgres',
    ready: async () => Promise.resolve(),
    queue: (name) => {
      const lane = laneOf(name);
      return {
        on: () => undefined,
        add: (job: string, data: unknown, opts?: Job['opts']) => lane.add(job, data, opts),
        addBulk: (jobs: readonly Job[]) => Promise.all(jobs.map((job) => lane.add(job.name, job.data, job.opts))),
        getJob: (id: string) => Promise.resolve(lane.jobs.get(id)),
        getJobCounts: () => Promise.resolve({ delayed: lane.jobs.size }),
        close: () => Promise.resolve(),
      } as unknown as Queue;
    },
    worker: (name, work) => {
      laneOf(name).listen(work);
      return { on: () => undefined, close: () => Promise.resolve(laneOf(name).close()) } as unknown as Worker;
    },
    close: async () => Promise.resolve(),
  };
}
