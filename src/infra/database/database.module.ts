import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { PreparingClient } from './prepared.js';

/** How many connections this process's pool may hold. The embedded Postgres allows 100 in all. */
const POOL = 20;

const logger = new Logger('Database');

/** A database that is gone for a minute fails statements, and never the process: every loop tries again. */
export function dataSourceOptions(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    applicationName: 'postern',
    entities: [],
    connectTimeoutMS: 15_000, // also the wait for a free connection of the pool
    poolErrorHandler: (error: unknown) => logger.warn(`A connection to the database was lost: ${error instanceof Error ? error.message : String(error)}`),
    extra: {
      max: POOL,
      Client: PreparingClient,
      // Rows are found by their ids, a batch at a time; a whole table is never the shorter way, however small it is yet.
      options: '-c random_page_cost=1.1',
      keepAlive: true,
      idleTimeoutMillis: 60_000,
      statement_timeout: 30_000,
      idle_in_transaction_session_timeout: 60_000,
      // A peer that vanished without a word is noticed by this, not by the kernel's hours.
      query_timeout: 45_000,
    },
  };
}

/** Gives everybody the `DataSource` (TypeOrmModule makes it global). */
@Module({})
export class DatabaseModule {
  static forRoot(url: string): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [TypeOrmModule.forRoot({ ...dataSourceOptions(url), autoLoadEntities: true, retryAttempts: 5, retryDelay: 1000 })],
    };
  }
}
