import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unpack } from './debian.js';
import { freePort } from './machine.js';

const packages = ['exim4-daemon-light', 'exim4-base', 'libidn12', 'libnss-wrapper'];
const START_MS = 30_000;
/** It says good-bye after so many mails of a connection, as many servers do. */
export const MAILS_PER_CONNECTION = 5;

/** A running exim that delivers into files of its own, on loopback; stopped by process id. */
export interface Exim {
  readonly port: number;
  /** What was delivered, a mail each, headers and all, by the address it went to. */
  mails(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Of the daemon and what it started: they stand still, or go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  up(): Promise<void>;
  down(): Promise<void>;
  stop(): Promise<void>;
}

/** @returns the reason where this machine cannot have one */
export async function startExim(): Promise<Exim | { readonly missing: string }> {
  const unpacked = await unpack('exim', packages);
  if ('missing' in unpacked) return unpacked;
  const folder = await mkdtemp(join(tmpdir(), 'postern-exim-')); // 0700
  const port = await freePort();
  const program = await prepare(folder, unpacked.root, port);
  let daemon: ChildProcess | null = null;
  const up = async (): Promise<void> => {
    daemon = spawn(program, ['-bdf', '-q1m'], { cwd: folder, stdio: 'ignore' });
    await greeting(port);
  };
  const family = async (): Promise<readonly number[]> => (daemon?.pid === undefined ? [] : [daemon.pid, ...(await childrenOf(daemon.pid))]);
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    for (const pid of await family()) {
      try {
        process.kill(pid, name);
      } catch {
        // it has ended by itself
      }
    }
  };
  const down = async (): Promise<void> => {
    const gone = new Promise((resolve) => (daemon === null || daemon.exitCode !== null || daemon.signalCode !== null ? resolve(null) : daemon.once('exit', resolve)));
    await signal('SIGKILL');
    await gone;
    daemon = null;
  };
  await up();
  return {
    port, up, down,
    mails: async () => byAddress(await readFile(join(folder, 'mail', 'all'), 'utf8').catch(() => '')),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    stop: async () => {
      await down();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Settings, and a program that runs without being installed: its libraries, and a user of its own that this machine does not have. */
async function prepare(folder: string, root: string, port: number): Promise<string> {
  const { uid, gid } = userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : userInfo(); // it refuses to be root
  for (const name of ['spool', 'log', 'mail']) {
    await mkdir(join(folder, name));
    await chown(join(folder, name), uid, gid);
  }
  await chown(folder, uid, gid);
  await writeFile(join(folder, 'passwd'), `root:x:0:0::/root:/bin/sh\nDebian-exim:x:${uid}:${gid}::${folder}:/bin/sh\n`);
  await writeFile(join(folder, 'group'), `root:x:0:\nDebian-exim:x:${gid}:\n`);
  // Where its own user may read it. Without a change of user on execution, which would forget the libraries.
  await cp(join(root, 'usr'), join(folder, 'usr'), { recursive: true, verbatimSymlinks: true });
  await chmod(join(folder, 'usr/sbin/exim4'), 0o755);
  const libraries = (await readdir(join(folder, 'usr/lib'))).filter((name) => name.endsWith('-linux-gnu')).map((name) => join(folder, 'usr/lib', name));
  const wrapper = libraries.map((library) => join(library, 'libnss_wrapper.so'));
  const program = join(folder, 'exim.sh');
  await writeFile(program, [
    '#!/bin/sh', `export LD_LIBRARY_PATH='${libraries.join(':')}' LD_PRELOAD='${wrapper[0] ?? ''}' NSS_WRAPPER_PASSWD='${folder}/passwd' NSS_WRAPPER_GROUP='${folder}/group'`,
    `exec '${folder}/usr/sbin/exim4' -C '${folder}/exim.conf' "$@"`, '',
  ].join('\n'), { mode: 0o755 });
  await writeFile(join(folder, 'exim.conf'), settings(folder, port, program));
  return program;
}

/** By the mailbox: `busy…` is put off, `nobody…` is not there, `full…` is full; a subject with REFUSE is not taken. */
const settings = (folder: string, port: number, program: string): string => `
primary_hostname = mail.example.com
exim_path = ${program}
exim_user = Debian-exim
exim_group = Debian-exim
never_users =
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/exim.pid
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
smtp_accept_max = 0
smtp_accept_max_per_connection = ${MAILS_PER_CONNECTION}
check_spool_space = 0
check_log_space = 0
acl_smtp_rcpt = rcpt
acl_smtp_data = content
begin acl
rcpt:
  defer local_parts = ^busy
        message = 4.2.0 Greylisted, try again later
  deny  local_parts = ^nobody
        message = 5.1.1 There is no such mailbox
  deny  local_parts = ^full
        message = 552 5.2.2 The mailbox is full
  accept
content:
  deny  condition = \${if match{$h_subject:}{REFUSE}}
        message = 5.7.1 This content is not wanted here
  accept
begin routers
everybody:
  driver = accept
  transport = mailbox
begin transports
mailbox:
  driver = appendfile
  file = ${folder}/mail/all
  user = Debian-exim
  group = Debian-exim
  check_owner = false
  return_path_add
  envelope_to_add
begin retry
* * F,10m,10s
begin authenticators
`;

function byAddress(mbox: string): ReadonlyMap<string, readonly string[]> {
  const mails = new Map<string, string[]>();
  for (const mail of mbox.split(/^(?=From \S)/m).filter((one) => one.trim() !== '')) {
    const address = /^Envelope-to: (\S+)$/m.exec(mail)?.[1] ?? '';
    mails.set(address, [...(mails.get(address) ?? []), mail]);
  }
  return mails;
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const listed = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const own = listed.split(' ').filter((one) => one !== '').map(Number);
  return (await Promise.all(own.map(async (child) => [child, ...(await childrenOf(child))]))).flat();
}

async function greeting(port: number): Promise<void> {
  const greets = (): Promise<boolean> => new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1').setTimeout(1_000, () => resolve(false)).once('error', () => resolve(false));
    socket.once('data', (line) => {
      socket.end('QUIT\r\n');
      resolve(line.toString().startsWith('220'));
    });
  });
  for (const endAt = Date.now() + START_MS; !(await greets()); await sleep(100)) if (Date.now() > endAt) throw new Error('exim does not greet.');
}
