import type { Queue, Worker } from 'bullmq';
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
const FOR_EVER_MS = 1000 * 365 * 24 * 3_600_000;

/** Carries commands, ids only. The queue is a doorbell: whatever it loses, the sweeper rings again (DESIGN §6). */
export class CommandBus {
  private readonly handlers = new Map<CommandName, AnyHandler>();
  private readonly queues = new Map<string, Queue>();
  private workers: Worker[] = [];

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

  /** Rings. A bell whose key still lies in the queue is swallowed: that is wanted. */
  async ring<N extends CommandName>(name: N, bells: readonly Bell<N>[]): Promise<void> {
    const lanes = new Map<string, Bell<N>[]>();
    for (const bell of bells) {
      const lane = lanes.get(bell.lane);
      if (lane) lane.push(bell);
      else lanes.set(bell.lane, [bell]);
    }
    await Promise.all(
      [...lanes].map(([lane, together]) =>
        this.queue(lane).addBulk(
          together.map((bell) => ({
            name,
            data: bell.payload,
            opts: { jobId: bell.key, delay: Math.max(0, Math.round(bell.delayMs)) },
          })),
        ),
      ),
    );
  }

  /** Starts to listen on a lane with this many slots. */
  listen(lane: string, slots: number): void {
    const worker = this.connection.worker(`deliver-${lane}`, (name, payload) => this.run(name, payload), slots);
    worker.on('error', this.onError);
    this.workers.push(worker);
  }

  /** Takes no new command; resolves when the running ones are done. */
  async stop(): Promise<void> {
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

  /** Catches everything: a failed job would keep its id and swallow the next ring. */
  private async run(name: string, payload: unknown): Promise<void> {
    try {
      const handler = this.handlers.get(name as CommandName);
      if (handler) await handler(payload as Commands[CommandName]);
    } catch (error) {
      this.onError(error);
    }
  }
}
