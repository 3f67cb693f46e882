import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { unpack } from './debian.js';
import { freePort } from './machine.js';

const packages = [
  'wordpress', 'wordpress-theme-twentytwentythree', 'php8.2-cli', 'php8.2-common', ...['mysql', 'gd', 'opcache', 'readline', 'curl', 'xml', 'mbstring'].map((one) => `php8.2-${one}`), 'php-getid3',
  'mariadb-server', 'mariadb-server-core', 'mariadb-client', 'mariadb-client-core', 'mariadb-common', 'mysql-common', 'galera-4', 'libmariadb3', 'libaio1', 'liburing2', 'libdbi-perl',
  'libconfig-inifiles-perl', 'libsodium23', 'libargon2-1', 'libjs-prototype', 'libjs-scriptaculous', 'libjs-cropper', 'libonig5', 'libzip4',
];
const extensions = ['ctype', 'tokenizer', 'iconv', 'mbstring', 'mysqlnd', 'mysqli', 'dom', 'xml', 'simplexml', 'xmlreader', 'xmlwriter', 'curl', 'fileinfo', 'gd', 'exif', 'posix'];
const START_MS = 60_000;
const execute = promisify(execFile);

/** A running WordPress with its own database, on loopback, in a folder of its own; stopped by process id. */
export interface Site {
  readonly url: string;
  /** Application passwords: `admin` may all, `helper` may write and not publish. */
  readonly passwords: { readonly admin: string; readonly helper: string };
  readonly folder: string;
  pause(): void;
  resume(): void;
  databaseDown(): Promise<void>;
  databaseUp(): Promise<void>;
  /** Runs PHP inside the site. @returns what it writes */
  php(code: string): Promise<string>;
  stop(): Promise<void>;
}

/** @returns the reason where this machine cannot have one */
export async function startSite(): Promise<Site | { readonly missing: string }> {
  const unpacked = await unpack('wordpress', packages);
  if ('missing' in unpacked) return unpacked;
  const folder = await mkdtemp(join(tmpdir(), 'postern-wordpress-')); // 0700
  const running = new Set<ChildProcess>();
  const killAll = (): void => running.forEach((child) => child.kill('SIGKILL'));
  process.once('exit', killAll);
  const stop = async (): Promise<void> => {
    await Promise.all([...running].map((child) => end(child)));
    process.off('exit', killAll);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return await inFolder(folder, { root: unpacked.root, running, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

async function inFolder(folder: string, { root, running, stop }: { readonly root: string; readonly running: Set<ChildProcess>; readonly stop: () => Promise<void> }): Promise<Site> {
  const [databasePort, port] = [await freePort(), await freePort()];
  const libraries = (await readdir(join(root, 'usr/lib'))).filter((name) => name.endsWith('-linux-gnu')).map((name) => join(root, 'usr/lib', name));
  const env = { ...process.env, LD_LIBRARY_PATH: libraries.join(':'), PHP_INI_SCAN_DIR: '' };
  const start = (command: string, args: readonly string[]): ChildProcess => {
    const child = spawn(command, args, { cwd: folder, env, stdio: 'ignore' });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };

  const cnf = join(folder, 'my.cnf');
  const socket = join(folder, 'db.sock');
  await writeFile(cnf, [
    '[mariadbd]', ...(process.getuid?.() === 0 ? ['user=root'] : []), `basedir=${root}/usr`, `lc-messages-dir=${root}/usr/share/mysql`, `datadir=${folder}/data`, `socket=${socket}`, `pid-file=${folder}/db.pid`,
    'bind-address=127.0.0.1', `port=${databasePort}`, `plugin-dir=${root}/usr/lib/mysql/plugin`, '',
  ].join('\n'));
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
  await execute(join(root, 'usr/bin/mariadb-install-db'), [`--defaults-file=${cnf}`, `--basedir=${root}/usr`, `--datadir=${folder}/data`, '--auth-root-authentication-method=normal', '--skip-test-db', ...asRoot], { cwd: folder, env });
  const sql = (statement: string): Promise<unknown> => execute(join(root, 'usr/bin/mariadb'), ['--no-defaults', `--socket=${socket}`, '-uroot', '-e', statement], { cwd: folder, env });
  let database: ChildProcess;
  const databaseUp = async (): Promise<void> => {
    database = start(join(root, 'usr/sbin/mariadbd'), [`--defaults-file=${cnf}`]);
    await until('the database', () => sql('SELECT 1').then(() => true));
  };
  await databaseUp();
  await sql("CREATE DATABASE wp CHARACTER SET utf8mb4; CREATE USER wp@localhost IDENTIFIED BY 'wp'; CREATE USER wp@127.0.0.1 IDENTIFIED BY 'wp'; GRANT ALL ON wp.* TO wp@localhost; GRANT ALL ON wp.* TO wp@127.0.0.1;");

  const site = join(folder, 'wp');
  const url = `http://127.0.0.1:${port}`;
  // Debian links parts of it to other packages; a few of those are scripts for browsers, which are not here: then `cp` says so, and goes on.
  await execute('cp', ['-rL', join(root, 'usr/share/wordpress'), site]).catch(() => undefined);
  await rm(join(site, 'wp-config.php'), { force: true });
  await writeFile(join(site, 'wp-config.php'), configOf(databasePort, url));
  await mkdir(join(folder, 'tmp'));
  const [apis = ''] = (await readdir(join(root, 'usr/lib/php'))).filter((name) => /^\d{8}$/.test(name));
  const ini = [`extension_dir=${root}/usr/lib/php/${apis}`, ...extensions.map((name) => `extension=${name}`), `upload_tmp_dir=${folder}/tmp`, `sys_temp_dir=${folder}/tmp`, 'upload_max_filesize=1M', 'post_max_size=2M', 'display_errors=0', 'log_errors=1', `error_log=${folder}/php.log`];
  await writeFile(join(folder, 'php.ini'), `${ini.join('\n')}\n`);
  const php = join(root, 'usr/bin/php8.2');
  const options = ['-n', '-c', join(folder, 'php.ini')];

  const server = start(php, [...options, '-S', `127.0.0.1:${port}`, '-t', site]); // no workers: one process, one id
  await until('the site', async () => (await fetch(`${url}/wp-admin/install.php`, { signal: AbortSignal.timeout(5_000) })).ok);
  const answers = new URLSearchParams({ weblog_title: 'The brand', user_name: 'admin', admin_password: 'trial-only-1', admin_password2: 'trial-only-1', pw_weak: '1', admin_email: 'admin@example.com' });
  const installed = await fetch(`${url}/wp-admin/install.php?step=2`, { method: 'POST', body: answers, signal: AbortSignal.timeout(START_MS) });
  const said = await installed.text(); // it goes on working while it writes the page
  if (!installed.ok) throw new Error(`WordPress did not install itself: ${installed.status} ${said}`);
  const setup = await execute(php, [...options, fileURLToPath(new URL('wordpress-setup.php', import.meta.url)), site], { cwd: folder, env });

  return {
    url, folder: site, stop, databaseUp,
    passwords: passwordsOf(setup.stdout),
    pause: () => server.kill('SIGSTOP'),
    resume: () => server.kill('SIGCONT'),
    databaseDown: () => end(database),
    php: async (code) => (await execute(php, [...options, '-r', `require '${site}/wp-load.php'; ${code}`], { cwd: folder, env })).stdout,
  };
}

/** As its documentation has it; application passwords over plain http for `local` only, and no way out to the world. */
function configOf(databasePort: number, url: string): string {
  const values = {
    DB_NAME: 'wp', DB_USER: 'wp', DB_PASSWORD: 'wp', DB_HOST: `127.0.0.1:${databasePort}`, DB_CHARSET: 'utf8mb4', DB_COLLATE: '', WP_ENVIRONMENT_TYPE: 'local', WP_HOME: url, WP_SITEURL: url,
    AUTH_KEY: 'a', SECURE_AUTH_KEY: 'b', LOGGED_IN_KEY: 'c', NONCE_KEY: 'd', AUTH_SALT: 'e', SECURE_AUTH_SALT: 'f', LOGGED_IN_SALT: 'g', NONCE_SALT: 'h',
  };
  const lines = Object.entries(values).map(([name, value]) => `define('${name}', '${value}');`);
  const flags = ['WP_HTTP_BLOCK_EXTERNAL', 'DISABLE_WP_CRON', 'AUTOMATIC_UPDATER_DISABLED'].map((name) => `define('${name}', true);`);
  return ['<?php', ...lines, ...flags, "$table_prefix = 'wp_';", "if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');", "require_once ABSPATH . 'wp-settings.php';", ''].join('\n');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await ended;
}

/** Asks again until it answers. @throws Error after a minute, with what it said last */
async function until(what: string, isThere: () => Promise<boolean>): Promise<void> {
  const startedAt = Date.now();
  for (;;) {
    let said: unknown = 'no';
    try {
      if (await isThere()) return;
    } catch (error) {
      said = error;
    }
    if (Date.now() - startedAt > START_MS) throw new Error(`waited ${START_MS} ms for ${what}: ${String(said)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function passwordsOf(said: string): Site['passwords'] {
  try {
    return JSON.parse(said) as Site['passwords'];
  } catch {
    throw new Error(`the set-up of the site failed: ${said.replace(/<style[^]*?<\/style>/g, '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 1_000)}`);
  }
}
