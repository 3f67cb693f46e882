import { createHash } from 'node:crypto';
import type { Queue, Worker } from 'bullmq';
import pLimit, { type LimitFunction } from 'p-limit';
import { type CommandName, commandNames, type Commands } from './commands.js';
import type { QueueConnection } from './queue-connection.js';

export interface Bell<N extends CommandName> {
  readonly lane: string;
  /** Unique per ring; holds no ':' and is not all digits (BullMQ). */
  readonly key: string;
  readonly payload: Commands[N];
  /** From the database's clock, ms. */
  readonly delayMs: number;
}

type Handler<N extends CommandName> = (payload: Commands[N]) => Promise<void>;
type AnyHandler = (payload: Commands[CommandName]) => Promise<void>;

/** A job that lies in the queue for ever: when it is gone, the queue was wiped and all must be rung again. */
const WITNESS = 'witness-of-the-queue';
const WITNESS_LANE = 'house';

/**
 * Bells of one lane this close to each other go off together, as one job, at the first one's instant: BullMQ's work for
 * a job is more than ours for a delivery (docs/decisions/0010-one-job-several-bells.md).
 */
const TOGETHER_MS = 250;
const TOGETHER_AT_MOST = 10;
const FOR_EVER_MS = 1000 * 365 * 24 * 3_600_000;

/** Carries commands, ids only. The queue is a doorbell: whatever it loses, the sweeper rings again (DESIGN §6). */
export class CommandBus {
  private readonly handlers = new Map<CommandName, AnyHandler>();
  private readonly queues = new Map<string, Queue>();
  private workers: Worker[] = [];
  private stopping = false;

  constructor(
    private readonly connection: QueueConnection,
    private readonly onError: (error: unknown) => void,
  ) {}

  get kind(): QueueConnection['kind'] {
    return this.connection.kind;
  }

  /** Exactly one handler a command. */
  handle<N extends CommandName>(name: N, handler: Handler<N>): void {
    if (this.handlers.has(name)) throw new Error(`The command ${name} has two handlers.`);
    this.handlers.set(name, handler as AnyHandler);
  }

  /** @throws Error naming the commands nobody handles. */
  checkHandlers(): void {
    const missing = commandNames.filter((name) => !this.handlers.has(name));
    if (missing.length > 0) throw new Error(`No handler for ${missing.join(', ')}: add the feature that handles it to the application.`);
  }

  async ready(): Promise<void> {
    await this.connection.ready();
  }

  /** Rings; bells of about the same moment share a job. */
  async ring<N extends CommandName>(name: N, bells: readonly Bell<N>[]): Promise<void> {
    await this.add(name, bells, together);
  }

  /** Rings each by itself: a bell whose key still lies in the queue is swallowed. For what may have been rung before. */
  async ringAgain<N extends CommandName>(name: N, bells: readonly Bell<N>[]): Promise<void> {
    await this.add(name, bells, (lane) => lane.map((bell) => [bell]));
  }

  /** Starts to listen on a lane: this many commands run at a time, the others of their jobs wait. */
  listen(lane: string, slots: number): void {
    const limit = pLimit(slots);
    const worker = this.connection.worker(`deliver-${lane}`, (name, payloads) => this.run(lane, name as CommandName, payloads as Commands[CommandName][], limit), slots);
    worker.on('error', this.onError);
    this.workers.push(worker);
  }

  /** Takes no new command; resolves when the running ones are done. What waits in a job is rung again, for the next process. */
  async stop(): Promise<void> {
    this.stopping = true;
    const workers = this.workers;
    this.workers = [];
    await Promise.all(workers.map((worker) => worker.close()));
  }

  async close(): Promise<void> {
    await this.stop();
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
    await this.connection.close();
  }

  /** Was the queue wiped since `markWitness`? */
  async isWiped(): Promise<boolean> {
    return (await this.queue(WITNESS_LANE).getJob(WITNESS)) === undefined;
  }

  async markWitness(): Promise<void> {
    await this.queue(WITNESS_LANE).add('witness', {}, { jobId: WITNESS, delay: FOR_EVER_MS });
  }

  /** Jobs that wait or run, a number per lane this process has used. */
  async depths(): Promise<Readonly<Record<string, number>>> {
    const entries = await Promise.all(
      [...this.queues].map(async ([lane, queue]) => {
        const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized');
        return [lane, Object.values(counts).reduce((sum, count) => sum + count, 0)] as const;
      }),
    );
    return Object.fromEntries(entries.filter(([lane]) => lane !== WITNESS_LANE));
  }

  private queue(lane: string): Queue {
    const known = this.queues.get(lane);
    if (known) return known;
    const queue = this.connection.queue(`deliver-${lane}`);
    queue.on('error', this.onError);
    this.queues.set(lane, queue);
    return queue;
  }

  private async add<N extends CommandName>(name: N, bells: readonly Bell<N>[], group: (lane: readonly Bell<N>[]) => readonly Bell<N>[][]): Promise<void> {
    const lanes = new Map<string, Bell<N>[]>();
    for (const bell of bells) {
      const lane = lanes.get(bell.lane);
      if (lane) lane.push(bell);
      else lanes.set(bell.lane, [bell]);
    }
    await Promise.all(
      [...lanes].map(([lane, all]) =>
        this.queue(lane).addBulk(
          group(all).map((job) => ({
            name,
            data: job.map(({ payload }) => payload),
            opts: { jobId: keyOf(job), delay: Math.max(0, Math.round(Math.min(...job.map(({ delayMs }) => delayMs)))) },
          })),
        ),
      ),
    );
  }

  private async run(lane: string, name: CommandName, payloads: readonly Commands[CommandName][], limit: LimitFunction): Promise<void> {
    const left: Commands[CommandName][] = [];
    await limit.map(payloads, async (payload) => (this.stopping ? left.push(payload) : this.handleOne(name, payload)));
    if (left.length === 0) return;
    try {
      await this.queue(lane).add(name, left);
    } catch (error) {
      this.onError(error);
    }
  }

  /** Catches everything: a failed job would keep its id and swallow the next ring. */
  private async handleOne(name: CommandName, payload: Commands[CommandName]): Promise<void> {
    try {
      await this.handlers.get(name)?.(payload);
    } catch (error) {
      this.onError(error);
    }
  }
}

/** Bells of one lane, those of about the same moment together. */
function together<N extends CommandName>(bells: readonly Bell<N>[]): readonly Bell<N>[][] {
  const jobs: Bell<N>[][] = [];
  let job: Bell<N>[] = [];
  for (const bell of bells.toSorted((one, other) => one.delayMs - other.delayMs)) {
    const first = job[0];
    if (first && job.length < TOGETHER_AT_MOST && bell.delayMs - first.delayMs <= TOGETHER_MS) job.push(bell);
    else jobs.push((job = [bell]));
  }
  return jobs;
}

/** The same bells have the same key, so a second ring of them is swallowed while the first one waits. */
function keyOf<N extends CommandName>(job: readonly Bell<N>[]): string {
  const [first] = job;
  if (first && job.length === 1) return first.key;
  return `t-${createHash('sha256').update(job.map(({ key }) => key).join(' ')).digest('base64url')}`;
}
