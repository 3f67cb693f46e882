import { open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { AccountSeal } from '../../../src/features/channels/account-seal.js';
import { connectorById } from '../../../src/connectors/registry.js';
import { type MadeBackup, makeBackup, mediaFolder } from '../../../src/infra/backup/backup.js';
import { migrations } from '../../../src/infra/database/migrations.js';
import { armInstallation, readInstallation, registerStart } from '../../../src/infra/installation.js';
import { Seal } from '../../../src/infra/seal.js';
import { readSecret } from '../../../src/infra/secret-file.js';
import { contents, furnish, makePlace, type Place, restoreInto } from './backup-house.js';

type Furnished = Awaited<ReturnType<typeof furnish>>;

let home: Place;
let agency: Furnished;
let made: MadeBackup;
const sourceOf = (place: Place) => ({ databaseUrl: place.database.url, dataDir: place.dataDir, secretIsOutside: false, media: true });

beforeAll(async () => {
  home = await makePlace();
  agency = await furnish(home);
  made = await makeBackup(sourceOf(home), join(home.dataDir, 'backups', 'one.tar.gz'));
});
afterAll(() => home.close());

describe('a backup', () => {
  it('is one file that only this user can read, and names what it holds', async () => {
    expect((await stat(made.path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(home.dataDir, 'backups'))).toEqual(['one.tar.gz']);
    expect(made).toMatchObject({ media: 1, keyInside: true, missingMedia: [] });
    expect(made.rows).toBeGreaterThan(900);
  });

  it('takes no name that is taken', async () => {
    await expect(makeBackup(sourceOf(home), made.path)).rejects.toThrow('exists already: give the backup another name');
  });

  it('tells of media that are gone from the disk', async () => {
    const place = await makePlace();
    try {
      const { medium } = await furnish(place);
      await rm(join(mediaFolder(place.dataDir), medium.key));
      expect((await makeBackup(sourceOf(place), join(place.dataDir, 'b'))).missingMedia).toEqual([medium.key]);
    } finally {
      await place.close();
    }
  });

  it('leaves nothing half behind when it fails', async () => {
    const place = await makePlace();
    try {
      await expect(makeBackup(sourceOf(place), join(place.dataDir, 'b', 'empty.tar.gz'))).resolves.toBeDefined();
      await place.database.dataSource.query('DROP TABLE installation');
      await expect(makeBackup(sourceOf(place), join(place.dataDir, 'b', 'none.tar.gz'))).rejects.toThrow('nothing to back up');
      expect(await readdir(join(place.dataDir, 'b'))).toEqual(['empty.tar.gz']);
    } finally {
      await place.close();
    }
  });
});

describe('a restore on another machine', () => {
  let there: Place;
  let before: Record<string, readonly string[]>;
  beforeAll(async () => {
    there = await makePlace();
    before = await contents(home.database.dataSource);
    await restoreInto(there, made.path);
  });
  afterAll(() => there.close());

  it('brings back every row of every table, but paused', async () => {
    const after = await contents(there.database.dataSource);
    expect({ ...after, installation: [] }).toEqual({ ...before, installation: [] });
    expect(after['deliveries']).toHaveLength(300);
    expect((await readInstallation(there.database.dataSource))?.paused?.reason).toBe('restored');
  });

  it('opens what was sealed', async () => {
    const seal = new Seal(await readSecret(there.dataDir, undefined));
    expect(seal.keyId).toBe(agency.seal.keyId);
    const channels = await there.database.dataSource.query(`SELECT id, workspace_id AS "workspaceId", connector_id, sealed_account FROM channels`);
    expect(channels).toHaveLength(2);
    for (const { connector_id, sealed_account, ...channel } of channels) {
      expect(new AccountSeal(seal).openAccount(channel, connectorById(connector_id), sealed_account)).toMatchObject({ token: `secret-${channel.id}` });
    }
  });

  it('puts media back byte for byte', async () => {
    expect(await readFile(join(mediaFolder(there.dataDir), agency.medium.key))).toEqual(agency.medium.bytes);
  });

  it('has the partitions it had, with their rows in them', async () => {
    const rows = await there.database.dataSource.query(`SELECT tableoid::regclass::text AS part, count(*)::int AS n FROM attempts GROUP BY 1 ORDER BY 1`);
    expect(rows).toEqual([{ part: 'attempts_202611', n: 2 }, { part: 'attempts_rest', n: 2 }]);
  });

  it('goes on counting where it was', async () => {
    const [row] = await there.database.dataSource.query(`INSERT INTO audit_log (actor, action, subject, subject_id) VALUES ('{}', 'a', 'b', 'c') RETURNING id`);
    expect(Number(row.id)).toBe(8);
  });

  it('has its constraints, and the schema of this version', async () => {
    const at = { constraints: `SELECT count(*)::int AS n FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND convalidated`, migrations: 'SELECT name FROM migrations' };
    expect(await there.database.dataSource.query(at.constraints)).toEqual(await home.database.dataSource.query(at.constraints));
    expect(await there.database.dataSource.query(at.migrations)).toEqual(await home.database.dataSource.query(at.migrations));
    await expect(there.database.dataSource.query('UPDATE parts SET delivery_id = gen_random_uuid()')).rejects.toThrow('foreign key');
  });

  it('stays paused over a start until it is armed', async () => {
    const start = { dataDir: there.dataDir, publicUrl: null, keyId: agency.seal.keyId };
    expect((await registerStart(there.database.dataSource, start)).paused?.reason).toBe('restored');
    await there.database.dataSource.transaction(armInstallation);
    expect((await registerStart(there.database.dataSource, start)).paused).toBeNull();
  });

  it('is refused once something is there, unless it is told to replace it', async () => {
    await expect(restoreInto(there, made.path)).rejects.toThrow('add --replace');
    const [other] = await there.database.dataSource.query(`INSERT INTO workspaces (id, name) VALUES (gen_random_uuid(), 'Lived here before') RETURNING id`);
    const { copy } = await restoreInto(there, made.path, { replace: true });
    expect(await there.database.dataSource.query('SELECT 1 FROM workspaces WHERE id = $1', [other.id])).toEqual([]);
    expect((await readInstallation(there.database.dataSource))?.paused?.reason).toBe('restored');

    await restoreInto(there, copy ?? '', { replace: true, copyFirst: false });
    expect(await there.database.dataSource.query('SELECT name FROM workspaces WHERE id = $1', [other.id])).toEqual([{ name: 'Lived here before' }]);
  });
});

describe('a restore into another version', () => {
  class Later1900000000000 implements MigrationInterface {
    readonly name = 'Later1900000000000';
    async up(runner: QueryRunner): Promise<void> {
      await runner.query('ALTER TABLE posts ADD COLUMN later integer NOT NULL DEFAULT 7');
    }
    async down(): Promise<void> {
      throw new Error('no way back');
    }
  }

  it('brings an older backup up to a newer version, and its own older version refuses the newer backup', async () => {
    const there = await makePlace();
    try {
      await restoreInto(there, made.path, {}, [...migrations, Later1900000000000]);
      expect(await there.database.dataSource.query('SELECT DISTINCT later FROM posts')).toEqual([{ later: 7 }]);
      const newer = join(there.dataDir, 'newer.tar.gz');
      await makeBackup(sourceOf(there), newer);
      await expect(restoreInto(there, newer, { replace: true })).rejects.toThrow('was made by a newer Postern (0.1.0, which knows Later1900000000000)');

      // The way back from a newer version: its database gives way to the older backup.
      await restoreInto(there, made.path, { replace: true });
      await expect(there.database.dataSource.query('SELECT later FROM posts')).rejects.toThrow('does not exist');
    } finally {
      await there.close();
    }
  });
});

describe('a restore is refused', () => {
  let there: Place;
  let file: string;
  beforeAll(async () => {
    there = await makePlace();
    file = join(there.dataDir, 'copy.tar.gz');
  });
  afterAll(async () => {
    expect(await there.database.dataSource.query('SELECT * FROM installation')).toEqual([]);
    await there.close();
  });
  const copied = async () => writeFile(file, await readFile(made.path));

  it('of a file that was cut off', async () => {
    await copied();
    await truncate(file, made.bytes - 2_000);
    await expect(restoreInto(there, file)).rejects.toThrow('is damaged or no backup of Postern');
  });

  it('of a file with one wrong byte', async () => {
    await copied();
    const handle = await open(file, 'r+');
    await handle.write(Buffer.from([0x5a]), 0, 1, Math.floor(made.bytes / 2));
    await handle.close();
    await expect(restoreInto(there, file)).rejects.toThrow('is damaged or no backup of Postern');
  });

  it('of a file that is something else, or is not there', async () => {
    await writeFile(file, 'hello');
    await expect(restoreInto(there, file)).rejects.toThrow('no backup of Postern');
    await expect(restoreInto(there, `${file}.missing`)).rejects.toThrow('there is no such file');
  });

  it('with another key, and without the key when it is not in the file', async () => {
    await expect(restoreInto(there, made.path, { secret: 'another secret that is long enough for this' })).rejects.toThrow('APP_SECRET is another key');
    const keyless = join(there.dataDir, 'keyless.tar.gz');
    await makeBackup({ ...sourceOf(home), secretIsOutside: true }, keyless);
    await expect(restoreInto(there, keyless)).rejects.toThrow('set APP_SECRET to that one');
  });

  it('while Postern runs on the database', async () => {
    await there.database.dataSource.query(`INSERT INTO workers (id, host, pid, roles, version) VALUES (gen_random_uuid(), 'here', 7, '{worker}', '0')`);
    await expect(restoreInto(there, made.path)).rejects.toThrow('stop every process');
    await there.database.dataSource.query('DELETE FROM workers');
  });

  it('into a database that others use as well', async () => {
    await there.database.dataSource.query('CREATE TABLE somebody_elses (id integer)');
    await expect(restoreInto(there, made.path)).rejects.toThrow('also holds tables that are not Postern\'s (somebody_elses)');
    await there.database.dataSource.query('DROP TABLE somebody_elses');
  });
});
