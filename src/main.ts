import 'reflect-metadata';
import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import process from 'node:process';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import { DemoService } from './features/desk/demo.service.js';
import { FirstOwnerService } from './features/workspaces/first-owner.service.js';
import { Clock } from './infra/clock.js';
import { type Config, ConfigError } from './infra/config.js';
import { dataSourceOptions } from './infra/database/database.module.js';
import { DatabaseError } from './infra/database/database-error.js';
import { openDatabase } from './infra/database/open-database.js';
import { loadConfig } from './infra/environment.js';
import { correlationId } from './infra/http/correlation.js';
import { dressApp } from './infra/http/dress.js';
import { type Installation, pauseSentence, registerStart } from './infra/installation.js';
import { checkListening, ListenError, listenOrSay, worksUnheard } from './infra/listening.js';
import { Log } from './infra/log.js';
import { Seal } from './infra/seal.js';
import { readSecret } from './infra/secret-file.js';

/** Requests in flight end within half a lease; whatever still holds on after this is left to the next start. */
const STOP_WITHIN_MS = 75_000;
/** A browser that keeps a stream open does not keep us. */
const CONNECTIONS_WITHIN_MS = 5_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const clock = new Clock();

/** Brings everything up, waits for the signal to stop, and takes everything down again, Postgres last. */
async function run(): Promise<void> {
  const startedAt = clock.monotonic();
  const stop = askedToStop();
  const config = loadConfig();

  await mkdir(config.DATA_DIR, { recursive: true, mode: 0o700 }).catch((error: Error) => {
    throw new ConfigError(`DATA_DIR ${config.DATA_DIR} cannot be made (${error.message}): name a folder this user may write to.`);
  });
  const secret = await readSecret(config.DATA_DIR, config.APP_SECRET).catch((error: Error) => {
    throw new ConfigError(error.message);
  });
  if (config.ROLES.includes('api')) await checkListening(config, new Seal(secret));
  const database = await openDatabase({ dataDir: config.DATA_DIR, databaseUrl: config.DATABASE_URL }, say);
  try {
    const installation = await register(config, database.url, secret);
    // Asked to stop before it is up (Redis may be away): what is half made ends with the process.
    const app = await Promise.race([makeApp(config, database.url, secret), stop.then(() => null)]);
    if (!app) return say('Stopped before it was up.');
    try {
      await announce(app, config, installation);
      say(`Started in ${((clock.monotonic() - startedAt) / 1000).toFixed(1)} s as ${config.ROLES.join(', ')}. Ctrl-C stops it.`);
      say(`${await stop}: stopping. What is on its way is finished first …`);
    } finally {
      await close(app);
    }
  } finally {
    await database.close();
  }
  say('Stopped.');
}

/** Resolves with the first reason to stop. Asking again changes nothing: npm and the terminal may both pass Ctrl-C on. */
function askedToStop(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
  });
}

async function register(config: Config, url: string, secret: string): Promise<Installation> {
  const database = await new DataSource(dataSourceOptions(url)).initialize();
  try {
    const publicUrl = config.ROLES.includes('api') ? (config.PUBLIC_URL ?? null) : undefined;
    return await registerStart(database, { dataDir: config.DATA_DIR, publicUrl, keyId: new Seal(secret).keyId });
  } finally {
    await database.destroy();
  }
}

async function makeApp(config: Config, databaseUrl: string, secret: string): Promise<NestExpressApplication> {
  const logger = new Log({
    level: config.LOG_LEVEL,
    readable: process.stdout.isTTY,
    clock,
    correlation: correlationId,
    write: (line) => void process.stdout.write(line),
  });
  process.on('unhandledRejection', (reason) => logger.error('A promise failed and nobody had asked', reason, 'Postern'));
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot({ config, databaseUrl, secret, clock }), {
    logger,
    bodyParser: false,
    abortOnError: false,
  });
  try {
    await dressApp(app, config);
    const listen = (): Promise<unknown> => app.listen(config.PORT, config.HOST);
    if (config.ROLES.includes('api')) await listenOrSay(config, new Seal(secret), listen);
    else await listen().catch((error: NodeJS.ErrnoException) => logger.warn(worksUnheard(error, config), 'http'));
    return app;
  } catch (error) {
    await close(app);
    throw error;
  }
}

async function announce(app: NestExpressApplication, config: Config, { paused }: Installation): Promise<void> {
  if (config.ROLES.includes('api')) {
    const here = await app.getUrl();
    say(`\nPostern is at ${config.PUBLIC_URL ?? here}${config.PUBLIC_URL ? ` (here: ${here})` : ''}`);
    // Each new link ends the one before: a worker that starts beside must not make another.
    const first = await app.get(FirstOwnerService, { strict: false }).ensureFirstOwner();
    if (first) say(`\nNobody has signed in yet. This link signs in its owner, once:\n  ${first.link}\n`);
    await app.get(DemoService, { strict: false }).ensure();
  } else if (app.getHttpServer().listening) {
    say(`\nThis process answers at ${await app.getUrl()}/health/ready and /metrics, and nothing else.`);
  }
  if (paused) say(`\n${pauseSentence(paused.reason).en}\n`);
}

/** No new claims, in flight finished, outcomes written: the rooms do that in Nest's shutdown hooks. */
async function close(app: NestExpressApplication): Promise<void> {
  const server: Server = app.getHttpServer();
  const cut = setTimeout(() => server.closeAllConnections(), CONNECTIONS_WITHIN_MS);
  const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), STOP_WITHIN_MS).unref());
  const end = await Promise.race([app.close(), late]);
  clearTimeout(cut);
  if (end === 'late') say('Something did not come to its end in time; the next start looks it up.');
}

/** What a person can put right is one sentence; anything else is a fault of ours, with its trace. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DatabaseError || error instanceof ListenError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  await run();
  process.exit(0);
} catch (error) {
  process.stderr.write(`\n${explain(error)}\n`);
  process.exit(1);
}
