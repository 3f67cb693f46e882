import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgres, InUseError } from './embedded-postgres.js';
import { DatabaseError } from './database-error.js';
import { migrate, readSchema } from './migrate.js';
import { migrations as known } from './migrations.js';
import { copyBeforeUpgrade } from './upgrade-copy.js';

/** Takes a line for the person who watches. */
export type Say = (line: string) => void;

export interface OpenDatabase {
  readonly url: string;
  /** Ends the embedded Postgres if this call started it. Last of all, after every connection was closed. */
  readonly close: () => Promise<void>;
}

export interface Where {
  /** Absolute. */
  readonly dataDir: string;
  /** DATABASE_URL; the embedded Postgres without it. */
  readonly databaseUrl: string | undefined;
}

/**
 * For the server: the database, running and migrated. Before an embedded one is migrated it is copied.
 * @throws DatabaseError with what to do
 */
export async function openDatabase(where: Where, say: Say, migrations = known): Promise<OpenDatabase> {
  if (where.databaseUrl) {
    await untilReachable(where.databaseUrl, say);
    await migrateLoudly(where.databaseUrl, say, migrations);
    return { url: where.databaseUrl, close: async () => undefined };
  }
  const postgres = await EmbeddedPostgres.start(where.dataDir, say);
  const close = () => postgres.stop();
  try {
    const { applied, pending } = await readSchema(postgres.url, migrations);
    const from = pending.length > 0 ? applied.at(-1) : undefined;
    const wayBack = from === undefined ? null : await copyStopped(postgres, where.dataDir, from, say);
    await migrateLoudly(postgres.url, say, migrations);
    if (wayBack) say(wayBack);
    return { url: postgres.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * For a command: the database as it is, not migrated. An embedded Postgres that serves a running Postern is used with
 * it; else it runs for as long as the command.
 */
export async function borrowDatabase(where: Where, say: Say): Promise<OpenDatabase> {
  if (where.databaseUrl) return { url: where.databaseUrl, close: async () => undefined };
  try {
    const postgres = await EmbeddedPostgres.start(where.dataDir, say);
    return { url: postgres.url, close: () => postgres.stop() };
  } catch (error) {
    if (error instanceof InUseError) return { url: error.url, close: async () => undefined };
    throw error;
  }
}

async function copyStopped(postgres: EmbeddedPostgres, dataDir: string, from: string, say: Say): Promise<string> {
  say('This version brings changes to the database: copying it first …');
  await postgres.stop();
  const { wayBack } = await copyBeforeUpgrade(dataDir, from, new Date());
  await postgres.start();
  return wayBack;
}

async function migrateLoudly(url: string, say: Say, migrations: typeof known): Promise<void> {
  const run = await migrate(url, migrations);
  if (run.length > 0) say(`Brought the database up to date (${run.join(', ')}).`);
}

/** A database that is started together with us may need a while. */
async function untilReachable(url: string, say: Say): Promise<void> {
  const { host, pathname } = new URL(url);
  for (let tries = 1; ; tries += 1) {
    try {
      await readSchema(url);
      return;
    } catch (error) {
      if (error instanceof DatabaseError) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      const waits = code === '57P03' || code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'ECONNRESET';
      if (!waits || tries >= 30) throw new DatabaseError(`The database at DATABASE_URL (${host}${pathname}) cannot be used: ${message || code}. Check that it runs, and the name, user and password in DATABASE_URL.`);
      if (tries === 1) say(`Waiting for the database at ${host} …`);
      await sleep(1000);
    }
  }
}
