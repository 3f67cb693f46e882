import 'reflect-metadata';
import { performance } from 'node:perf_hooks';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { defaultTimes, type Times } from '../../src/core/times.js';
import { BellsService } from '../../src/features/posts/bells.service.js';
import { readConfig } from '../../src/infra/config.js';
import { CommandBus } from '../../src/infra/queue/command-bus.js';

/** What the bench asks of the process: a planner tick with its duration, or its memory. Answers come in order. */
export type Question = { readonly ask: 'tick' } | { readonly ask: 'memory' };
export interface Tick {
  readonly rung: number;
  readonly ms: number;
  /** Of it, waiting for the queue to take the bells. */
  readonly queueMs: number;
}
export type Answer = Tick | { readonly rssMb: number };

const { BENCH_DATABASE_URL: databaseUrl = '', BENCH_SECRET: secret = '', BENCH_TIMES: told = '{}', ...environment } = process.env;
const times: Times = { ...defaultTimes, ...(JSON.parse(told) as Partial<Times>) };
const app = await NestFactory.createApplicationContext(
  AppModule.forRoot({ config: readConfig(environment), databaseUrl, secret, times }),
  { logger: ['error', 'warn'] },
);
const bells = app.get(BellsService, { strict: false });
const bus = app.get(CommandBus, { strict: false });
const ring = bus.ring.bind(bus);
let queueMs = 0;
bus.ring = async (name, together) => {
  const startedAt = performance.now();
  await ring(name, together);
  queueMs += performance.now() - startedAt;
};

process.on('message', (question: Question) => {
  void (async (): Promise<Answer> => {
    if (question.ask === 'memory') {
      globalThis.gc?.();
      return { rssMb: process.memoryUsage().rss / 1_048_576 };
    }
    queueMs = 0;
    const startedAt = performance.now();
    const rung = await bells.plan();
    return { rung, ms: performance.now() - startedAt, queueMs };
  })().then((answer) => process.send?.(answer));
});
process.once('disconnect', () => process.exit(0)); // the bench is gone
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send?.('ready');
