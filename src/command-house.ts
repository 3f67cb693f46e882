import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type INestApplicationContext, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { GatewayResealService } from './features/phone/gateway-reseal.service.js';
import { SenderResealService } from './features/broadcast/sender-reseal.service.js';
import { AudienceResealService } from './features/audience/audience-reseal.service.js';
import { AccountSeal } from './features/channels/account-seal.js';
import { ChannelCheckService } from './features/channels/channel-check.service.js';
import { ChannelResealService } from './features/channels/channel-reseal.service.js';
import { OpenChannelsService } from './features/channels/open-channels.service.js';
import { WebhookResealService } from './features/webhooks/webhook-reseal.service.js';
import { WorkspacesModule } from './features/workspaces/workspaces.module.js';
import { BackupError } from './infra/backup/backup-error.js';
import { takeDatabase } from './infra/backup/target.js';
import { Clock } from './infra/clock.js';
import { CONFIG, type Config, ConfigError } from './infra/config.js';
import { DatabaseModule, dataSourceOptions } from './infra/database/database.module.js';
import { clusterFolder } from './infra/database/embedded-postgres.js';
import { readSchema } from './infra/database/migrate.js';
import { borrowDatabase, type Say } from './infra/database/open-database.js';
import { lookAtControls, lookAtDatabaseClock } from './infra/doctor/clock.js';
import { examine, type Finding, green, type Ground, red } from './infra/doctor/finding.js';
import { lookAtBacklog, lookAtHeartbeat, lookAtPause } from './infra/doctor/life.js';
import { lookAtDisk, lookAtJournal, lookAtKey, secretFileMode } from './infra/doctor/machine.js';
import { lookAtPublicUrl, lookAtQueue, lookAtRoads } from './infra/doctor/roads.js';
import type { Actor } from './infra/http/access.js';
import { roadsOf } from './infra/mail/roads.js';
import { promoteNextSecret, readNextSecret } from './infra/next-secret.js';
import { CommandBus } from './infra/queue/command-bus.js';
import { connectPostgresQueue, connectRedisQueue } from './infra/queue/queue-connection.js';
import { Seal } from './infra/seal.js';
import { readSecret, SECRET_FILE } from './infra/secret-file.js';

/** The person at the command line: whoever can read the data folder is the operator. */
export const operator = (): Actor => ({ kind: 'operator', id: 'command-line', name: userInfo().username });

/** The database of this installation, while Postern runs or not; not migrated. @throws ConfigError when there is none yet */
export async function withDatabaseUrl<T>(config: Config, say: Say, act: (url: string) => Promise<T>): Promise<T> {
  if (config.DATABASE_URL === undefined && !existsSync(join(clusterFolder(config.DATA_DIR), 'PG_VERSION'))) {
    throw new ConfigError(`There is no Postern in ${config.DATA_DIR} yet: start it once with npm start, or set DATA_DIR to where it is.`);
  }
  const database = await borrowDatabase({ dataDir: config.DATA_DIR, databaseUrl: config.DATABASE_URL }, say);
  try {
    return await act(database.url);
  } finally {
    await database.close();
  }
}

/** The same with the schema this version speaks. @throws ConfigError */
export async function withSchema<T>(config: Config, say: Say, act: (url: string) => Promise<T>): Promise<T> {
  return withDatabaseUrl(config, say, async (url) => {
    const { pending } = await readSchema(url);
    if (pending.length > 0) throw new ConfigError(`This version has changes to the database that are not made yet (${pending.join(', ')}): start it once with npm start.`);
    return act(url);
  });
}

async function withDatabase<T>(config: Config, say: Say, act: (database: DataSource, url: string) => Promise<T>): Promise<T> {
  return withSchema(config, say, async (url) => {
    const database = await new DataSource(dataSourceOptions(url)).initialize();
    try {
      return await act(database, url);
    } finally {
      await database.destroy();
    }
  });
}

/** The room of people and keys, without anything that runs by itself: no queue, no heartbeat, no loop. `more`: rooms that need nothing but it. */
export async function withPeople<T>(config: Config, say: Say, act: (people: INestApplicationContext) => Promise<T>, more: readonly Type[] = []): Promise<T> {
  return withDatabase(config, say, async (_, url) => {
    const clock = new Clock();
    @Module({})
    class Ground {}
    const ground = { module: Ground, global: true, providers: [{ provide: CONFIG, useValue: config }, { provide: Clock, useValue: clock }], exports: [CONFIG, Clock] };
    @Module({ imports: [ground, DatabaseModule.forRoot(url), WorkspacesModule, ...more] })
    class People {}
    const people = await NestFactory.createApplicationContext(People, { logger: false, abortOnError: false });
    try {
      return await act(people);
    } finally {
      await people.close();
    }
  });
}

/** Looks at everything Postern stands on. */
export async function runDoctor(config: Config, say: Say): Promise<readonly Finding[]> {
  const mode = await secretFileMode(config.DATA_DIR);
  const secret = config.APP_SECRET ?? (mode === null ? null : await readSecret(config.DATA_DIR, undefined));
  try {
    return await withDatabase(config, say, async (database, url) => {
      const ground: Ground = { config, database, clock: new Clock(), ask: (address, signal) => fetch(address, { signal, redirect: 'manual' }) };
      const bus = new CommandBus(config.REDIS_URL === undefined ? connectPostgresQueue(url, 1) : connectRedisQueue(config.REDIS_URL), () => undefined);
      const roads = roadsOf(config);
      const channels = new ChannelCheckService(database, new OpenChannelsService(database, new AccountSeal(new Seal(secret ?? randomUUID()))));
      try {
        const findings = await examine([
          { name: 'heartbeat', look: () => lookAtHeartbeat(ground) },
          { name: 'installation', look: () => lookAtPause(ground) },
          { name: 'queue', look: () => lookAtQueue(bus) },
          { name: 'backlog', look: () => lookAtBacklog(ground) },
          { name: 'clock of the database', look: () => lookAtDatabaseClock(ground) },
          { name: 'control targets', look: () => lookAtControls(ground) },
          { name: 'disk', look: () => lookAtDisk(ground) },
          { name: 'key', look: () => lookAtKey(ground, secret, mode) },
          { name: 'sealed channels', look: () => channels.lookAtSeals() },
          { name: 'access of channels', look: () => channels.lookAtExpiry() },
          { name: 'mail', look: () => lookAtRoads(ground, roads) },
          { name: 'public address', look: () => lookAtPublicUrl(ground) },
          { name: 'journal', look: () => lookAtJournal(ground) },
        ]);
        return [green('database', 'It answers and has the schema of this version.'), ...findings];
      } finally {
        for (const road of roads) road.close();
        await Promise.race([bus.close(), ground.clock.sleep(2_000)]);
      }
    });
  } catch (error) {
    return [red('database', error instanceof Error ? error.message : String(error), 'Nothing else could be looked at: put that right first.')];
  }
}

/**
 * Seals everything with another key, while Postern is stopped. Without APP_SECRET a new one is made and takes the place of
 * the file; with it, APP_SECRET is the new one and `oldFile` holds the old. Again after a crash: it goes on.
 */
export async function rotateKey(config: Config, oldFile: string | undefined, say: Say): Promise<{ keyId: string; changed: number }> {
  const { DATA_DIR: dataDir, APP_SECRET: outside } = config;
  if (outside !== undefined && oldFile === undefined) {
    throw new ConfigError('APP_SECRET is set, so the key is yours to make: put the old one into a file, set APP_SECRET to the new one, and run: npm run postern -- key rotate --old-secret-file FILE');
  }
  if (oldFile === undefined && !existsSync(join(dataDir, SECRET_FILE))) throw new ConfigError(`${join(dataDir, SECRET_FILE)} is not there: put it back from a backup first.`);
  const old = oldFile === undefined ? await readSecret(dataDir, undefined) : (await readFile(oldFile, 'utf8').catch((error: Error) => {
    throw new ConfigError(`The old key in ${oldFile} cannot be read (${error.message}): check the name.`);
  })).trim();
  const database = await takeDatabase({ dataDir, databaseUrl: config.DATABASE_URL }, say);
  try {
    const source = await new DataSource(dataSourceOptions(database.url)).initialize();
    try {
      const [row]: { counter: string }[] = await source.query('SELECT counter FROM installation');
      if (!row) throw new BackupError('There is nothing sealed here yet: start Postern once with npm start.');
      const next = new Seal(outside ?? (await readNextSecret(dataDir)));
      const former = new Seal(old);
      const changed = (await new ChannelResealService(source, new AccountSeal(next)).resealAll(former)) + (await new WebhookResealService(source, next).resealAll(former))
        + (await new AudienceResealService(source, next).resealAll(former)) + (await new SenderResealService(source, next).resealAll(former))
        + (await new GatewayResealService(source, next).resealAll(former));
      await source.query('UPDATE installation SET key_id = $1', [next.keyId]);
      if (outside === undefined) await promoteNextSecret(dataDir);
      return { keyId: next.keyId, changed };
    } finally {
      await source.destroy();
    }
  } finally {
    await database.close();
  }
}
