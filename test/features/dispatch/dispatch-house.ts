import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { DataSource } from 'typeorm';
import { startSandbox } from '../../../src/connectors/sandbox/server.js';
import { DispatchModule } from '../../../src/features/dispatch/dispatch.module.js';
import { DispatchService } from '../../../src/features/dispatch/dispatch.service.js';
import { DrainRounds } from '../../../src/features/dispatch/drain-rounds.service.js';
import type { DetectorConfig } from '../../../src/core/detector-config.js';
import { HealthService } from '../../../src/features/health/health.service.js';
import { DETECTOR } from '../../../src/features/health/watch.service.js';
import { type Aboard, WorldsService } from '../../../src/features/dispatch/worlds.service.js';
import { transitions } from '../../../src/core/delivery.js';
import type { Verdict, VerdictState } from '../../../src/core/verdict.js';
import { ReconcilerService } from '../../../src/features/dispatch/reconciler.service.js';
import { RoundsService } from '../../../src/features/dispatch/rounds.service.js';
import { defaultTimes, scaledTimes, TIMES, type Times } from '../../../src/core/times.js';
import { Clock } from '../../../src/infra/clock.js';
import { CONFIG, readConfig } from '../../../src/infra/config.js';
import { DatabaseModule } from '../../../src/infra/database/database.module.js';
import { FactTakers } from '../../../src/infra/facts/fact-takers.js';
import { facts, type Taker } from '../../../src/infra/facts/facts.js';
import { FactsModule } from '../../../src/infra/facts/facts.module.js';
import { Outgoing } from '../../../src/infra/http/outgoing.js';
import { QueueModule } from '../../../src/infra/queue/queue.module.js';
import { Seal } from '../../../src/infra/seal.js';
import { WatchModule } from '../../../src/infra/watch.module.js';
import { createDatabase } from '../../kit/database.js';
import { seedClient, seedPosts, type SeededPost } from '../../kit/seed.js';

/** How long a machine may take for an exchange: of no use to shrink, for it does not get any faster by that. */
const { leaseMs, claimAgeMs, requestMs } = defaultTimes;

interface Terms {
  /** Of all times but those. */
  readonly scale?: number;
  readonly times?: Partial<Times>;
  readonly roles?: string;
  readonly redisUrl?: string;
  /** What the platforms' connectors do instead, e.g. throw. */
  readonly tamper?: (aboard: Aboard) => Aboard;
  /** A clock in the test's hand. */
  readonly clock?: Clock;
  /** The detector judges, with these numbers; without it the test says how platforms are. */
  readonly detector?: DetectorConfig;
}

/** Stands for the rooms to the right, which take facts and are not part of this. */
@Injectable()
class Takers implements OnModuleInit {
  constructor(private readonly takers: FactTakers) {}

  onModuleInit(): void {
    for (const taker of new Set(Object.values(facts).flatMap((takers): readonly Taker[] => takers))) this.takers.register(taker, async () => Promise.resolve());
  }
}

/** Whatever the application does, no row changes its state in a way the table does not know. Tests set what they like. */
async function guardTransitions(dataSource: DataSource): Promise<void> {
  const known = Object.entries(transitions).flatMap(([from, ways]) => ways.map((to) => `${from}>${to}`));
  const facts = ['cancelled>published', 'skipped>published']; // that it is out is a fact, whatever a person decided
  await dataSource.query(
    `CREATE FUNCTION guard_transitions() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF current_setting('application_name') = 'postern' AND OLD.state || '>' || NEW.state NOT IN (${[...known, ...facts].map((way) => `'${way}'`).join(', ')}) THEN
         RAISE EXCEPTION 'DESIGN 4 knows no way from % to %', OLD.state, NEW.state;
       END IF;
       RETURN NEW;
     END $$`,
  );
  await dataSource.query('CREATE TRIGGER guard_transitions BEFORE UPDATE OF state ON deliveries FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION guard_transitions()');
}

/** The dispatch room on a real database, a real queue and the real sandbox platforms. Nothing runs by itself with `roles: 'api'`. */
export async function openDispatch({ scale = 1, times = {}, roles = 'api', redisUrl, tamper = (aboard) => aboard, clock = new Clock(), detector }: Terms = {}) {
  const verdicts = new Map<string, Verdict>();
  class Told extends HealthService {
    override verdict(componentId: string): Verdict {
      return verdicts.get(componentId) ?? { state: 'up', impaired: false };
    }
  }
  class Tampered extends WorldsService {
    override async board(...passage: Parameters<WorldsService['board']>): ReturnType<WorldsService['board']> {
      const aboard = await super.board(...passage);
      return 'locked' in aboard ? aboard : tamper(aboard);
    }
  }
  const database = await createDatabase();
  await guardTransitions(database.dataSource);
  const sandbox = await startSandbox();
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-dispatch-'));
  const config = readConfig({
    ROLES: roles, DATA_DIR: dataDir, ALLOW_HOSTS: new URL(sandbox.url).host, CONTROL_TARGETS: sandbox.url, ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
  });
  const seal = new Seal('a secret that is long enough for a test');

  @Global()
  @Module({
    providers: [{ provide: CONFIG, useValue: config }, { provide: Clock, useValue: clock }, { provide: Seal, useValue: seal }, { provide: TIMES, useValue: { ...scaledTimes(scale), leaseMs, claimAgeMs, requestMs, ...times } satisfies Times }, Outgoing],
    exports: [CONFIG, Clock, Seal, TIMES, Outgoing],
  })
  class Ground {}

  const building = Test.createTestingModule({
    imports: [Ground, DatabaseModule.forRoot(database.url), FactsModule, WatchModule, QueueModule.forDatabase(database.url), DispatchModule],
    providers: [Takers],
  }).overrideProvider(WorldsService).useClass(Tampered);
  if (detector) building.overrideProvider(DETECTOR).useValue(detector);
  else building.overrideProvider(HealthService).useClass(Told);
  const module = await building.compile();
  const app = await module.init();
  const { dataSource } = database;
  const client = await seedClient(dataSource, {
    connectorIds: ['sandbox-alpha', 'sandbox-beta', 'sandbox-gamma', 'sandbox-delta', 'sandbox-media'], url: sandbox.url, seal, latePace: { perHour: 3 },
  });
  const channel = (id: string) => {
    const found = client.channels.find(({ connectorId }) => connectorId === `sandbox-${id}`);
    if (!found) throw new Error(`no channel on sandbox-${id}`);
    return found;
  };

  return {
    app, database, dataSource, sandbox, client, channel, dataDir, config, seal,
    /** What is said of a channel's component (or, with `read`, of reading it) from now on. */
    say: async (channelId: string, state: VerdictState, more: { readonly impaired?: boolean; readonly capability?: 'read' } = {}) => {
      const [row] = await dataSource.query<{ id: string }[]>('SELECT component_id AS id FROM channels WHERE id = $1', [channelId]);
      verdicts.set((row?.id ?? '').replace(':publish@', `:${more.capability ?? 'publish'}@`), { state, impaired: more.impaired ?? false });
    },
    sayAllUp: () => verdicts.clear(),
    facts: async (id: string) => (await dataSource.query<{ kind: string }[]>('SELECT kind FROM events WHERE subject_id = $1 ORDER BY at, id', [id])).map(({ kind }) => kind),
    get: <Service>(service: abstract new (...args: never[]) => Service): Service => module.get(service as never, { strict: false }),
    dispatch: module.get(DispatchService),
    /** A round of the drain's leader, as it begins one, and the bells of those whose turn it is. */
    letOut: async () => {
      await dataSource.query('UPDATE drains SET rate = 100, tokens = 100'); // what it lets out in a second is drain.medium-spec's
      await module.get(DrainRounds).round();
      const turns = await dataSource.query<{ id: string }[]>(
        `SELECT d.id FROM deliveries d JOIN drain_turns t ON t.delivery_id = d.id WHERE d.state = 'held' AND d.hold_reason = 'pace' ORDER BY d.ready_at`,
      );
      for (const { id } of turns) await module.get(DispatchService).run(id);
    },
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
