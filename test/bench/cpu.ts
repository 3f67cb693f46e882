import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10; // USER_HZ is 100 on every Linux we meet

/** CPU time a process and its children, ended ones too, have used, in ms. NaN where there is no /proc. */
export function cpuMs(pid: number): number {
  const own = stat(pid);
  if (!own) return Number.NaN;
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => stat(Number(name)) ?? []).filter(({ parent }) => parent === pid);
  return (own.own + own.ended + children.reduce((sum, child) => sum + child.own, 0)) * TICK_MS;
}

/** Memory of a process and its children, shared pages counted once (PSS), in MB. */
export function memoryMb(pid: number): number {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && stat(Number(name))?.parent === pid).map(Number);
  return pssMb(pid) + children.reduce((sum, child) => sum + memoryMb(child), 0);
}

function pssMb(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? Number.NaN) / 1024;
  } catch {
    return 0;
  }
}

function stat(pid: number): { readonly parent: number; readonly own: number; readonly ended: number } | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ').map(Number);
    return { parent: fields[1] ?? 0, own: (fields[11] ?? 0) + (fields[12] ?? 0), ended: (fields[13] ?? 0) + (fields[14] ?? 0) };
  } catch {
    return null;
  }
}
