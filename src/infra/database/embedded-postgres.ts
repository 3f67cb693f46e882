import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { registerSecret } from '../scrub.js';
import { findBinaries } from './binaries.js';
import { BoundedLog } from './bounded-log.js';
import { freePort, isPortFree } from './free-port.js';
import { DatabaseError } from './database-error.js';
import { OwnerLock } from './owner-lock.js';
import { findPostmaster, stopPostmaster } from './postmaster.js';
import { type Cluster, giveTo, initCluster, type Running, serverUrl, startServer, untilReady } from './server.js';
import { serviceUser } from './service-user.js';
import { embeddedSettings } from './settings.js';
import { writeWhole } from './write-whole.js';

const DATABASE = 'postern';
/** Recovery after a crash reads what was written since the last checkpoint; a slow disk may take its time. */
const READY_WITHIN_MS = 600_000;
const Access = z.object({ port: z.number().int(), password: z.string() });
type Access = z.output<typeof Access>;

/** Somebody else has this data folder open; the message is for a person. */
export class InUseError extends DatabaseError {
  /** `url`: of the Postgres that runs. */
  constructor(message: string, readonly url: string) {
    super(message);
  }
}

export const clusterFolder = (dataDir: string): string => join(dataDir, 'postgres');

/**
 * Our own Postgres, for an installation without DATABASE_URL. In DATA_DIR: `postgres/` (its data; root's Postern gives
 * it to the user Postgres runs as), `postgres.json` (port and password, 0600), `postgres.log`. It runs in a session
 * of its own and has no exit hook: it ends when `stop` is called, and is started again when it dies before that.
 */
export class EmbeddedPostgres {
  private running: Running | null = null;
  private owner: OwnerLock | null = null;
  private stopping = false;

  private constructor(
    private readonly cluster: Cluster,
    private readonly access: Access,
    private readonly log: BoundedLog,
    private readonly say: (line: string) => void,
  ) {}

  /**
   * @param say gets lines for the person who watches the start
   * @throws InUseError when another Postern runs on this folder; DatabaseError with what to do
   */
  static async start(dataDir: string, say: (line: string) => void): Promise<EmbeddedPostgres> {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const user = serviceUser();
    const cluster: Cluster = { folder: clusterFolder(dataDir), binaries: await findBinaries(user), user };
    const accessFile = join(dataDir, 'postgres.json');
    const log = new BoundedLog(join(dataDir, 'postgres.log'));
    let access = await readAccess(accessFile);

    if (!existsSync(join(cluster.folder, 'PG_VERSION'))) {
      say('Making the data folder of the embedded Postgres …');
      access = { port: await freePort(), password: randomBytes(24).toString('base64url') };
      await writeWhole(accessFile, JSON.stringify(access), 0o600);
      await makeCluster(cluster, access.password);
    }
    if (!access) throw new DatabaseError(`${accessFile} is gone or damaged, and it holds the password of the embedded Postgres: put it back from a backup.`);
    registerSecret(access.password);
    await checkVersion(cluster);
    await giveTo(user, cluster.folder);
    await endLeftover(cluster, access);

    if (!(await isPortFree(access.port))) {
      access = { ...access, port: await freePort() };
      await writeWhole(accessFile, JSON.stringify(access), 0o600);
    }
    const postgres = new EmbeddedPostgres(cluster, access, log, say);
    await postgres.start();
    return postgres;
  }

  get url(): string {
    return serverUrl(this.access.port, this.access.password, DATABASE);
  }

  /** The server's process; another one after it was started again. */
  get pid(): number | null {
    return this.running?.pid ?? null;
  }

  /** Everything is written and the process has ended when this resolves. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.log.close();
    await this.owner?.release();
    this.owner = null;
    await this.running?.stop();
    this.running = null;
  }

  /** Also after `stop`: on the same port. */
  async start(): Promise<void> {
    this.stopping = false;
    const maintenance = serverUrl(this.access.port, this.access.password, 'postgres');
    await this.startServer(maintenance);
    this.owner = await OwnerLock.take(maintenance);
    await createDatabase(maintenance);
  }

  private async startServer(maintenance: string): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const running = await this.log.lend((descriptor) => startServer(this.cluster, this.access.port, descriptor, embeddedSettings));
      this.running = running; // at once, so that a stop meanwhile reaches it
      try {
        await untilReady(running, maintenance, READY_WITHIN_MS);
        void running.ended.then((how) => this.revive(maintenance, how));
        return;
      } catch (error) {
        await running.stop();
        const last = await this.log.lastLines(5);
        // The children of a killed Postgres still hold its shared memory for a moment.
        if (tries < 40 && /shared memory block/.test(last)) await sleep(500);
        else throw new DatabaseError(`The embedded Postgres does not start (${error instanceof Error ? error.message : String(error)}). Its last words, in ${this.log.path}:\n${last}`);
      }
    }
  }

  private async revive(maintenance: string, how: string): Promise<void> {
    for (let waitMs = 500; !this.stopping; waitMs = Math.min(waitMs * 2, 30_000)) {
      this.say(`The embedded Postgres ended by itself (${how}) and is started again; see ${this.log.path}.`);
      await sleep(waitMs, undefined, { ref: false });
      if (this.stopping) return;
      try {
        await this.startServer(maintenance);
        return;
      } catch (error) {
        how = error instanceof Error ? error.message : String(error);
      }
    }
  }
}

async function readAccess(file: string): Promise<Access | null> {
  try {
    return Access.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') throw new DatabaseError(`${file} belongs to another user: start Postern as the user who made the data folder, or give the folder to this one (chown -R).`);
    return null;
  }
}

/** Under another name until it is whole: a start that was killed leaves nothing that looks like a cluster. */
async function makeCluster(cluster: Cluster, password: string): Promise<void> {
  const folder = `${cluster.folder}.new`;
  await rm(folder, { recursive: true, force: true });
  await initCluster({ ...cluster, folder }, password, { sync: true });
  await rename(folder, cluster.folder);
}

async function checkVersion({ folder, binaries }: Cluster): Promise<void> {
  const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') throw new DatabaseError(`${folder} belongs to another user: start Postern as the user who made it, or give it to this one (chown -R).`);
    throw error;
  });
  const made = version.trim();
  const [brought] = binaries.version.split('.');
  if (made === brought) return;
  throw new DatabaseError(`The data folder was made by Postgres ${made}, and this Postern brings Postgres ${brought}: start the version of Postern that made it, run \`npm run postern -- backup\` there, and restore that backup here.`);
}

async function endLeftover(cluster: Cluster, access: Access): Promise<void> {
  const left = await findPostmaster(cluster.folder);
  if (!left) return;
  const maintenance = serverUrl(left.port, access.password, 'postgres');
  const lock = await OwnerLock.take(maintenance).catch(() => 'silent' as const);
  if (lock === null) {
    const url = serverUrl(left.port, access.password, DATABASE);
    throw new InUseError('Postern already runs on this data folder: stop it first (Ctrl-C where it runs), or set another DATA_DIR.', url);
  }
  if (lock !== 'silent') await lock.release();
  await stopPostmaster(left);
}

async function createDatabase(maintenance: string): Promise<void> {
  const client = new pg.Client({ connectionString: maintenance });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
