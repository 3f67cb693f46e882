import { type DynamicModule, Inject, Injectable, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { CommandBus } from './command-bus.js';
import { connectPostgresQueue, connectRedisQueue, type QueueConnection } from './queue-connection.js';

/** Lanes a process may listen on at once: a platform is a lane, and this many are room enough. */
const LANES_AT_MOST = 24;

@Injectable()
class QueueEnd implements OnApplicationShutdown {
  constructor(@Inject(CommandBus) private readonly bus: CommandBus) {}

  async onApplicationShutdown(): Promise<void> {
    await this.bus.close();
  }
}

/** The doorbell: Postgres by default, Redis or Valkey with REDIS_URL. */
@Module({})
export class QueueModule {
  /** @param rehearsed instead of both, where time is not the world's */
  static forDatabase(databaseUrl: string, rehearsed?: QueueConnection): DynamicModule {
    return {
      module: QueueModule,
      global: true,
      providers: [
        QueueEnd,
        {
          provide: CommandBus,
          inject: [CONFIG],
          useFactory: async (config: Config) => {
            const logger = new Logger('Queue');
            const connection = rehearsed ?? (config.REDIS_URL ? connectRedisQueue(config.REDIS_URL) : connectPostgresQueue(databaseUrl, LANES_AT_MOST));
            const bus = new CommandBus(connection, (error) => logger.warn(`The queue stumbles, the sweeper rings again: ${String(error)}`));
            await bus.ready();
            return bus;
          },
        },
      ],
      exports: [CommandBus],
    };
  }
}
