import { type Finding, green, type Ground, red, yellow } from './finding.js';

const WITHIN_MS = 5_000;
/** What leases and claims bear without a thought. */
const SLIGHT_MS = 2_000;
/** A Date header has whole seconds. */
const SLIGHT_HEADER_MS = 5_000;
const GRAVE_MS = 60_000;
const remedy = 'Turn on time synchronisation on that machine (Linux: timedatectl set-ntp true).';

/** This machine against the database's; and so every machine where a process of ours lives, whose evidence would not count. */
export async function lookAtDatabaseClock({ database, clock }: Ground): Promise<readonly Finding[]> {
  const before = clock.now();
  const [row]: { at: number }[] = await database.query('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at');
  const after = clock.now();
  const apart = Math.abs((row?.at ?? NaN) - (before + after) / 2);
  const others: { host: string; apart: number }[] = await database.query(
    `SELECT host, max(abs(ahead_ms))::float8 AS apart FROM workers
      WHERE heartbeat_at > now() - interval '1 minute' AND stopped_at IS NULL AND abs(ahead_ms) > $1 GROUP BY host ORDER BY host`, [SLIGHT_MS],
  );
  return [
    judge('clock of the database', apart, SLIGHT_MS, 'this machine and the database'),
    ...others.map((other) => judge(`clock of ${other.host}`, other.apart, SLIGHT_MS, 'that machine and the database')),
  ];
}

/**
 * Control targets: can we reach the internet, and does it agree on the time? With fewer than three that answer the self
 * guard cannot tell our own outage from a platform's (DESIGN §7).
 */
export async function lookAtControls({ config, clock, ask }: Ground): Promise<readonly Finding[]> {
  const asked = await Promise.all(config.CONTROL_TARGETS.map(async (url) => {
    const before = clock.now();
    const answer = await ask(url, AbortSignal.timeout(WITHIN_MS)).catch(() => null);
    if (!answer) return { url, apart: null };
    const at = Date.parse(answer.headers.get('date') ?? '') + 500;
    return { url, apart: Number.isNaN(at) ? NaN : Math.abs(at - (before + clock.now()) / 2) };
  }));
  const silent = asked.filter(({ apart }) => apart === null).map(({ url }) => url);
  const reached = asked.length - silent.length;
  const aparts = asked.flatMap(({ apart }) => (apart === null || Number.isNaN(apart) ? [] : [apart])).sort((a, b) => a - b);
  const middle = aparts[Math.floor(aparts.length / 2)];
  return [
    controls(reached, silent),
    ...(middle === undefined ? [] : [judge('clock of the world', middle, SLIGHT_HEADER_MS, 'this machine and the control targets')]),
  ];
}

function controls(reached: number, silent: readonly string[]): Finding {
  const name = 'control targets';
  const guard = 'our own outage cannot be told from a platform’s';
  if (reached === 0) return red(name, `None answers; ${guard}.`, 'Check this machine’s network and DNS, or set CONTROL_TARGETS to addresses it can reach.');
  if (reached < 3) return yellow(name, `Only ${reached} answer, and three are needed; ${guard}.`, `Set CONTROL_TARGETS to three or more addresses on different networks${silent.length > 0 ? ` (silent: ${silent.join(', ')})` : ''}.`);
  if (silent.length > 0) return yellow(name, `${reached} answer; silent: ${silent.join(', ')}.`, 'Check that the silent ones can be reached from here, or name others in CONTROL_TARGETS.');
  return green(name, `All ${reached} answer.`);
}

function judge(name: string, apartMs: number, slightMs: number, between: string): Finding {
  const says = `${(apartMs / 1000).toFixed(1)} s between ${between}.`;
  if (!(apartMs < GRAVE_MS)) return red(name, says, remedy);
  return apartMs > slightMs ? yellow(name, says, remedy) : green(name, says);
}
