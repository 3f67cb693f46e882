#!/usr/bin/env node
// The one entry of Postern, plain JavaScript without a package: `npm start`, `npm run postern -- …` and `npm test`.
// Brings the folder into a state that runs (packages, compiled code), then runs what was asked for.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => join(home, ...parts);
const hash = (text) => createHash('sha256').update(text).digest('hex');
const say = (line) => process.stderr.write(`${line}\n`);
const stop = (sentence) => {
  say(sentence);
  process.exit(1);
};

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(`Postern needs Node 20.19 or newer, and this is Node ${process.versions.node}: install a current one from https://nodejs.org and start again.`);
}

/** Packages: installed by us from this lock file, or by somebody after the lock file was last changed. */
function install() {
  const stamp = at('node_modules', '.postern-lock');
  const lock = at('package-lock.json');
  if (!existsSync(lock)) return; // an image that brings its packages
  const want = hash(readFileSync(lock));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return;
  const installed = at('node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;

  // npm empties what a linked node_modules points to: somebody else's packages.
  if (lstatSync(at('node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) stop('node_modules is a link and its packages are older than package-lock.json: run npm ci where it points to, or remove the link.');

  say('Installing packages (once, and after an update; about a minute) …');
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
  const { status } = spawnSync(npm[0], [...npm.slice(1), 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: home,
    stdio: ['ignore', process.stderr, process.stderr],
    shell: npm.length === 1 && process.platform === 'win32',
  });
  if (status !== 0) stop('The packages could not be installed (see above): check the network connection, then start again.');
  writeFileSync(stamp, want);
}

function filesOf(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) =>
    entry.isDirectory() ? filesOf(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/** Compiles src and migrations into dist when they are not what dist was made from. Types are checked elsewhere. */
async function build() {
  const sources = [...filesOf(at('src')), ...filesOf(at('migrations'))].filter((file) => !file.endsWith('.mjs'));
  const texts = new Map(sources.map((file) => [relative(home, file), readFileSync(file)]));
  const fingerprint = createHash('sha256');
  texts.forEach((text, name) => fingerprint.update(`${name} ${text.length} `).update(text));
  fingerprint.update(readFileSync(fileURLToPath(import.meta.url)));
  const want = fingerprint.digest('hex');
  const stamp = at('dist', '.stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return;

  say('Building …');
  const { transform } = await import('@swc/core').catch(() => stop('The compiler is not installed: run npm ci (with development packages), then start again.'));
  rmSync(stamp, { force: true });
  const made = new Set();
  const write = (name, text) => {
    made.add(at('dist', name));
    mkdirSync(dirname(at('dist', name)), { recursive: true });
    writeFileSync(at('dist', name), text);
  };
  await Promise.all([...texts].map(async ([name, text]) => {
    if (!name.endsWith('.ts')) return write(name, text);
    const out = name.replace(/\.ts$/, '.js');
    const { code, map } = await transform(text.toString(), { ...compiler, filename: at(name), sourceFileName: relative(dirname(at('dist', out)), at(name)) });
    write(out, `${code}\n//# sourceMappingURL=${out.split(/[\\/]/).at(-1)}.map\n`);
    write(`${out}.map`, map);
  }));
  for (const folder of ['src', 'migrations']) {
    for (const file of filesOf(at('dist', folder))) if (!made.has(file)) rmSync(file);
  }
  writeFileSync(stamp, want);
}

/** As test/jest.config.mjs has it; `nest build` makes the same with tsc. */
const compiler = {
  configFile: false,
  swcrc: false,
  sourceMaps: true,
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: 'es2023',
    keepClassNames: true,
  },
  module: { type: 'es6' },
};

function test(args) {
  const { status } = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', at('node_modules', 'jest', 'bin', 'jest.js'), '-c', at('test', 'jest.config.mjs'), ...args],
    { cwd: home, stdio: 'inherit' },
  );
  process.exit(status ?? 1);
}

checkNode();
install();
await build();
const [what, ...rest] = process.argv.slice(2);
if (what === '--test') test(rest);
process.setSourceMapsEnabled(true);
const program = at('dist', 'src', what === undefined ? 'main.js' : 'cli.js');
if (!existsSync(program)) stop(`Postern has no commands in this version; npm start starts it.`);
// In this very process: Ctrl-C and SIGTERM reach it once, and there is nobody in between to lose them.
await import(pathToFileURL(program).href);
