import { pauseSentence, readInstallation } from '../installation.js';
import { Workers } from '../workers.js';
import { type Finding, green, type Ground, red, yellow } from './finding.js';

const roundNames = ['planner', 'sweeper', 'watch'] as const;
/** The slowest of them goes round every 15 s. */
const ROUND_LATE_S = 60;

/** Does it run, and do its rounds really go round? */
export async function lookAtHeartbeat({ database }: Ground): Promise<readonly Finding[]> {
  const alive = await new Workers(database).alive();
  if (alive.length === 0) return [red('heartbeat', 'Postern is not running, so nothing goes out.', 'Start it with npm start.')];
  const working = alive.filter(({ roles }) => roles.includes('worker')).length;
  const watching = alive.some(({ roles }) => roles.includes('watch'));
  const workers = working > 0
    ? green('heartbeat', `${alive.length} ${alive.length === 1 ? 'process lives' : 'processes live'}, ${working} of them send.`)
    : red('heartbeat', 'No process with the role worker lives, so nothing goes out.', 'Start one with ROLES=worker, or unset ROLES.');
  if (!watching) return [workers, red('rounds', 'No process with the role watch lives, so nothing is planned.', 'Start one with ROLES=watch, or unset ROLES.')];
  const rows: { name: string; age: number }[] = await database.query('SELECT name, extract(epoch FROM now() - at)::float8 AS age FROM rounds');
  const late = roundNames.filter((name) => (rows.find((row) => row.name === name)?.age ?? Infinity) > ROUND_LATE_S);
  if (late.length === 0) return [workers, green('rounds', 'Planner, sweeper and watch did their rounds within the last minute.')];
  return [workers, red('rounds', `No round within the last minute: ${late.join(', ')}.`, 'Look for warnings of it in the log; if it was started just now, ask again in a minute.')];
}

export async function lookAtPause({ database }: Ground): Promise<readonly Finding[]> {
  const installation = await readInstallation(database);
  if (!installation) return [yellow('installation', 'It was never started.', 'Start it with npm start.')];
  const { paused } = installation;
  if (!paused) return [green('installation', `Armed; started ${installation.counter} times.`)];
  const tell = paused.reason === 'operator' ? yellow : red;
  return [tell('installation', pauseSentence(paused.reason).en, 'Look at what is due, then run: npm run postern -- arm')];
}

/** Deliveries that should have been looked at, and were not. */
export async function lookAtBacklog({ database }: Ground): Promise<readonly Finding[]> {
  const [row]: { late: number; oldest: number | null }[] = await database.query(
    `SELECT count(*)::int AS late, extract(epoch FROM now() - min(ready_at))::float8 AS oldest
       FROM deliveries WHERE state = 'scheduled' AND ready_at < now() - interval '1 minute'`,
  );
  const late = row?.late ?? 0;
  if (late === 0) return [green('backlog', 'Nothing that is due waits for more than a minute.')];
  return [yellow('backlog', `${late} due deliveries were not looked at, the oldest for ${Math.round((row?.oldest ?? 0) / 60)} min.`, 'If Postern is stopped or paused, start or arm it; else look at the queue and the log.')];
}
