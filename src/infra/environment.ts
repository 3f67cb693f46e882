import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Config, readConfig } from './config.js';

/** The folder Postern was cloned or installed into. */
export function homeFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'postern') return folder;
    if (folder === dirname(folder)) throw new Error('The package.json of Postern was not found above its own code: install it again.');
  }
}

/**
 * The only reader of the process's environment, and of `.env` in Postern's folder (what is set in both: the
 * environment wins). A relative DATA_DIR means: in Postern's folder, wherever it was started from.
 * @throws ConfigError with one sentence per wrong variable
 */
export function loadConfig(): Config {
  const home = homeFolder();
  const file = join(home, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
  const config = readConfig(process.env);
  return { ...config, DATA_DIR: resolve(home, config.DATA_DIR) };
}
