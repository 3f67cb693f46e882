import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { startSandbox } from '../../../src/connectors/sandbox/server.js';
import { scaledTimes } from '../../../src/core/times.js';
import { DispatchModule } from '../../../src/features/dispatch/dispatch.module.js';
import { DispatchService } from '../../../src/features/dispatch/dispatch.service.js';
import { ReconcilerService } from '../../../src/features/dispatch/reconciler.service.js';
import { RoundsService } from '../../../src/features/dispatch/rounds.service.js';
import { TIMES } from '../../../src/core/times.js';
import { Clock } from '../../../src/infra/clock.js';
import { CONFIG, readConfig } from '../../../src/infra/config.js';
import { DatabaseModule } from '../../../src/infra/database/database.module.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { FactsModule } from '../../../src/infra/facts/facts.module.js';
import { Outgoing } from '../../../src/infra/http/outgoing.js';
import { QueueModule } from '../../../src/infra/queue/queue.module.js';
import { Seal } from '../../../src/infra/seal.js';
import { WatchModule } from '../../../src/infra/watch.module.js';
import { createDatabase } from '../../kit/database.js';
import { seedClient, seedPosts, type SeededPost } from '../../kit/seed.js';

interface Terms {
  readonly scale?: number;
  readonly roles?: string;
  readonly redisUrl?: string;
}

/** Stands for the rooms to the right, which take facts and are not part of this. */
@Injectable()
class Takers implements OnModuleInit {
  constructor(private readonly takers: FactTakers) {}

  onModuleInit(): void {
    for (const taker of ['notifications', 'webhooks'] as const) this.takers.register(taker, async () => Promise.resolve());
  }
}

/** The dispatch room on a real database, a real queue and the real sandbox platforms. Nothing runs by itself with `roles: 'api'`. */
export async function openDispatch({ scale = 1, roles = 'api', redisUrl }: Terms = {}) {
  const database = await createDatabase();
  const sandbox = await startSandbox();
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-dispatch-'));
  const config = readConfig({
    ROLES: roles, DATA_DIR: dataDir, ALLOW_HOSTS: new URL(sandbox.url).host, CONTROL_TARGETS: sandbox.url, ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
  });
  const seal = new Seal('a secret that is long enough for a test');

  @Global()
  @Module({
    providers: [{ provide: CONFIG, useValue: config }, Clock, { provide: Seal, useValue: seal }, { provide: TIMES, useValue: scaledTimes(scale) }, Outgoing],
    exports: [CONFIG, Clock, Seal, TIMES, Outgoing],
  })
  class Ground {}

  const module = await Test.createTestingModule({
    imports: [Ground, DatabaseModule.forRoot(database.url), FactsModule, WatchModule, QueueModule.forDatabase(database.url), DispatchModule],
    providers: [Takers],
  }).compile();
  const app = await module.init();
  const { dataSource } = database;
  const client = await seedClient(dataSource, {
    connectorIds: ['sandbox-alpha', 'sandbox-beta', 'sandbox-gamma', 'sandbox-delta'], url: sandbox.url, seal, latePace: { perHour: 3 },
  });
  const channel = (id: string) => {
    const found = client.channels.find(({ connectorId }) => connectorId === `sandbox-${id}`);
    if (!found) throw new Error(`no channel on sandbox-${id}`);
    return found;
  };

  return {
    app, database, dataSource, sandbox, client, channel, dataDir, config, seal,
    dispatch: module.get(DispatchService),
    reconciler: module.get(ReconcilerService),
    rounds: module.get(RoundsService),
    plan: (...posts: readonly SeededPost[]) => seedPosts(dataSource, client, posts),
    delivery: async (id: string) => {
      const [row] = await dataSource.query(
        `SELECT state, hold_reason AS hold, reason ->> 'code' AS code, epoch, tries, rounds, perhaps_twice AS "perhapsTwice", ready_at AS "readyAt", look_at AS "lookAt", version
           FROM deliveries WHERE id = $1`,
        [id],
      );
      return row as { state: string; hold: string | null; code: string | null; epoch: number; tries: number; rounds: number; perhapsTwice: boolean; readyAt: Date; lookAt: Date | null; version: number };
    },
    /** How often each text is visible on the platforms. */
    visible: (text: string) => sandbox.store.list().filter((post) => post.text === text && sandbox.store.isVisible(post)).length,
    close: async () => {
      await app.close();
      await sandbox.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
export type DispatchHouse = Awaited<ReturnType<typeof openDispatch>>;
