import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/**
 * The Postgres that runs on this cluster folder, left by a Postern that was killed (or that still lives). A lock file
 * whose process is gone, or is something else by now (numbers are used again, in containers at once), is removed:
 * Postgres itself would take it for another server and refuse.
 */
export async function findPostmaster(folder: string): Promise<Postmaster | null> {
  const file = join(folder, 'postmaster.pid');
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  if (await runsOn(pid, folder)) return { pid, port: Number(lines[3]) };
  await rm(file, { force: true });
  return null;
}

async function runsOn(pid: number, folder: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  // A Postgres stands in its data folder for as long as it lives.
  if (existsSync('/proc/self/cwd')) return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === (await realpath(folder));
  if (process.platform === 'win32') return true;
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', 'comm='], { encoding: 'utf8' }).includes('postgres');
  } catch {
    return false;
  }
}

/** Fast shutdown, and a hard one after 30 s. */
export async function stopPostmaster({ pid }: Postmaster): Promise<void> {
  for (const [signal, patienceMs] of [['SIGINT', 30_000], ['SIGQUIT', 10_000], ['SIGKILL', 5_000]] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (let waited = 0; waited < patienceMs; waited += 50) {
      if (!isAlive(pid)) return;
      await sleep(50);
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
