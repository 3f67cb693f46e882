import { spawn } from 'node:child_process';

/**
 * Cleans up when this process is gone, however it went (end, Ctrl-C, kill −9): a shell in a session of its own waits
 * for the end of the pipe we hold, then ends `pid` with `signal` and removes the folder.
 * @returns ends the keeping: cleans up now, and waits for it
 */
export function keepUntilWeEnd(pid: number, signal: 'QUIT' | 'TERM', folder: string): () => Promise<void> {
  const script = `
    cat >/dev/null
    kill -${signal} ${pid} 2>/dev/null
    n=0; while kill -0 ${pid} 2>/dev/null && [ $n -lt 100 ]; do sleep 0.05; n=$((n+1)); done
    rm -rf "$1"`;
  const shell = spawn('sh', ['-c', script, 'sh', folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.unref();
  (shell.stdin as unknown as { unref?: () => void }).unref?.();
  return async () => {
    shell.ref();
    const ended = new Promise((resolve) => shell.once('exit', resolve));
    shell.stdin.end();
    await ended;
  };
}
