import { spawnSync } from 'node:child_process';
import { type Browser, chromium } from 'playwright-core';

/** The machine's Chromium; null where none is installed (then say what was left out: `describe.skip`). Under CI=true a missing one is a failure. */
export function chromiumPath(): string | null {
  const path = ['chromium', 'chromium-browser', 'google-chrome'].find((name) => spawnSync(name, ['--version']).status === 0) ?? null;
  if (path === null && process.env['CI'] === 'true') throw new Error('CI=true, and no Chromium is installed: the pages would go untested.');
  if (path === null) process.stderr.write('\n!! LEFT OUT: everything that needs a browser (no chromium on the PATH).\n\n');
  return path && spawnSync('sh', ['-c', `command -v ${path}`]).stdout.toString().trim();
}

export function openBrowser(path: string): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    timeout: 100_000,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}
