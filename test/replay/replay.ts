import { parseArgs } from 'node:util';
import { mean, rounded, spread } from './measure.js';
import { replayRow, type RowFigures, type Setting } from './outage.js';
import { BadFile, type OutageRow, readRows } from './rows.js';
import { replaySimply, simpleRules } from './simple-rules.js';

const full = new Set(['total', '5xx', 'dns']);
const present = (values: readonly (number | null)[]) => values.filter((value) => value !== null);

/** All rows and their sum, for the detector and for rules of a few lines. `downMs` and `suspectMs` are of full outages (total, 5xx, dns); `all` of all. */
export function replay(rows: readonly OutageRow[], setting: Setting) {
  const figures = rows.map((row) => replayRow(row, setting));
  return { rows: figures, sum: summed(figures), simple: Object.fromEntries(simpleRules.map((rule) => [rule, simply(rule, rows, setting)])) };
}

function summed(rows: readonly RowFigures[]) {
  const fulls = rows.filter((row) => full.has(row.kind));
  const total = (of: (row: RowFigures) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  return {
    heldShare: rounded(mean(present(rows.map((row) => row.heldShare)))),
    suspectMs: spread(present(fulls.map((row) => row.suspectMs))),
    downMs: spread(present(fulls.map((row) => row.downMs))),
    all: { suspectMs: spread(present(rows.map((row) => row.suspectMs))), downMs: spread(present(rows.map((row) => row.downMs))) },
    noticedMs: spread(present(rows.map((row) => row.noticedMs))),
    waitShare: rounded(mean(present(rows.map((row) => row.waitShare)))),
    falseDowns: total((row) => row.falseDowns), brownouts: total((row) => row.brownouts), missed: total((row) => Number(row.missed)),
    wrongCauses: total((row) => Number(row.wrongCause)), untoldWaits: total((row) => row.untoldWaits), endedFailed: total((row) => row.endedFailed),
    toldToReconnect: total((row) => row.toldToReconnect), canaries: total((row) => row.canaries), unconfirmedCanaries: total((row) => row.unconfirmedCanaries),
  };
}

function simply(rule: (typeof simpleRules)[number], rows: readonly OutageRow[], setting: Setting) {
  const found = rows.map((row) => ({ ...replaySimply(rule, row, setting), full: full.has(row.kind) }));
  return {
    heldShare: rounded(mean(present(found.map((row) => row.heldShare)))),
    downMs: spread(present(found.filter((row) => row.full).map((row) => row.downMs))),
    falseDowns: found.reduce((sum, row) => sum + row.falseDowns, 0), missed: found.filter((row) => row.missed).length,
  };
}

const usage = 'Say which file: npm run replay -- FILE [--posts-per-day N] [--tenants N] [--clients N] [--seed N] [--json]';

/** The command. Bad words or a bad file: one sentence, and the exit code 2. */
export function main(argv: readonly string[], out: (text: string) => void, complain: (text: string) => void): number {
  try {
    const { rows, setting, json } = asked(argv);
    const result = replay(rows, setting);
    out(json ? JSON.stringify({ replay: setting.size, seed: setting.seed, ...result }) : table(result));
    return 0;
  } catch (error) {
    if (!(error instanceof BadFile)) throw error;
    complain(error.message);
    return 2;
  }
}

function asked(argv: readonly string[]) {
  let values: Record<string, string | boolean | undefined>;
  let positionals: readonly string[];
  try {
    const number = { type: 'string' } as const;
    ({ values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: { 'posts-per-day': number, tenants: number, clients: number, seed: number, json: { type: 'boolean' } } }));
  } catch (error) {
    throw new BadFile(`${error instanceof Error ? error.message.split('.')[0] : String(error)}. ${usage}`);
  }
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) throw new BadFile(usage);
  const read = (name: string, preset: number, most: number) => {
    const value = values[name] === undefined ? preset : Number(values[name]);
    if (!Number.isInteger(value) || value < 1 || value > most) throw new BadFile(`--${name} must be a whole number from 1 to ${most}.`);
    return value;
  };
  const tenants = read('tenants', 60, 10_000);
  const size = { postsPerDay: read('posts-per-day', 2_000, 1_000_000), tenants, clients: read('clients', tenants === 1 ? 12 : 5, 10_000) };
  return { rows: readRows(file), setting: { size, seed: read('seed', 1, 2 ** 31) }, json: values['json'] === true };
}

function table({ rows, sum, simple }: ReturnType<typeof replay>): string {
  const seconds = (ms: number | null) => (ms === null ? '-' : `${Math.round(ms / 1_000)} s`);
  const share = (value: number | null) => (value === null ? '-' : value.toFixed(3));
  const lines = rows.map((row) => [row.id.padEnd(24), row.kind.padEnd(18), seconds(row.suspectMs).padStart(8), seconds(row.downMs).padStart(8), share(row.heldShare).padStart(7), share(row.waitShare).padStart(7), String(row.falseDowns).padStart(4), row.cause].join(' '));
  const head = ['outage'.padEnd(24), 'what'.padEnd(18), ' suspect', '    down', '   held', '  waits', 'false', 'cause'].join(' ');
  return [head, ...lines, '', JSON.stringify(sum, null, 1), ...Object.entries(simple).map(([name, figures]) => `${name}: ${JSON.stringify(figures)}`)].join('\n');
}
