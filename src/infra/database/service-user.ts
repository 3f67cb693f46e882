import { execFileSync, spawnSync } from 'node:child_process';
import process from 'node:process';
import { DatabaseError } from './database-error.js';

export interface ServiceUser {
  readonly uid: number;
  readonly gid: number;
}

const own = 'postern-postgres';

/**
 * Postgres refuses to run as root, and initdb wants a user with a name: so root hands it to somebody.
 * An existing `postgres` user, else one made for it, else `nobody`.
 * @returns null when this process is not root: Postgres then runs as the same user.
 */
export function serviceUser(): ServiceUser | null {
  if (process.getuid?.() !== 0) return null;
  const found = lookUp('postgres') ?? lookUp(own);
  if (found) return found;
  spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', own], { stdio: 'ignore' });
  const made = lookUp(own) ?? lookUp('nobody');
  if (made) return made;
  throw new DatabaseError('Postgres does not run as root and no other user was found. Start Postern as an ordinary user, or set DATABASE_URL.');
}

function lookUp(name: string): ServiceUser | null {
  try {
    const id = (flag: '-u' | '-g'): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}
