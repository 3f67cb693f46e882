import type { CommandBus } from '../queue/command-bus.js';
import type { Road } from '../mail/road.js';
import { type Finding, green, type Ground, red, yellow } from './finding.js';

const WITHIN_MS = 8_000;

/** The doorbell: reachable, not wiped, and (Redis) not one that drops jobs when it is full. */
export async function lookAtQueue(bus: Pick<CommandBus, 'kind' | 'ready' | 'isWiped'>): Promise<readonly Finding[]> {
  const where = bus.kind === 'redis' ? 'Redis at REDIS_URL' : 'the queue in Postgres';
  try {
    await before(WITHIN_MS, bus.ready());
    const wiped = await before(WITHIN_MS, bus.isWiped());
    if (wiped) return [yellow('queue', `${where} answers, and it is empty or was wiped.`, 'While Postern runs everything is rung again within seconds; if it happens again, turn on AOF in Redis.')];
    return [green('queue', `${where} answers and has what was put into it.`)];
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return [red('queue', `${where} does not do: ${what}`, bus.kind === 'redis' ? 'Check that it runs and that REDIS_URL has the right name and password.' : 'Check the database.')];
  }
}

/** Letters need two roads of different providers: the one that is down is the one that should tell of it. */
export async function lookAtRoads({ database }: Pick<Ground, 'database'>, roads: readonly Pick<Road, 'place' | 'host' | 'carriesClients' | 'check'>[]): Promise<readonly Finding[]> {
  const tell = await inEarnest(database);
  const [first, second] = roads;
  if (!first) return [tell('mail', 'SMTP_URL is not set: letters end in the built-in mail catcher, and people are told in the app only.', 'Set SMTP_URL, e.g. smtps://user:password@mail.example.org?from=postern@example.org, and SECOND_ROAD_URL.')];
  const looked = await Promise.all(roads.map(async (road) => {
    const { place, host } = road;
    const [name, variable] = place === 'first' ? ['mail', 'SMTP_URL'] : ['second road', 'SECOND_ROAD_URL'];
    const problem = await road.check();
    return problem === null ? green(name, `${host} lets us in.`) : red(name, `${host} does not let us in: ${problem}`, `Check the host, port, user and password in ${variable}.`);
  }));
  if (!second) return [...looked, tell('second road', 'There is only one road for letters: if it is down, nobody is told of anything by mail.', 'Set SECOND_ROAD_URL to a mail server of another provider, or to an https:// address that takes messages.')];
  return looked;
}

/** A trial reaches nobody anyway; a live workspace speaks to clients. */
async function inEarnest(database: Ground['database']): Promise<typeof red> {
  const [row]: { live: boolean }[] = await database.query(`SELECT EXISTS (SELECT FROM workspaces WHERE kind = 'live') AS live`);
  return row?.live === true ? red : yellow;
}

/** PUBLIC_URL: does what answers there know the processes of this installation? */
export async function lookAtPublicUrl({ config, database, ask }: Ground): Promise<readonly Finding[]> {
  const name = 'public address';
  const { PUBLIC_URL: url } = config;
  if (url === undefined) {
    const tell = await inEarnest(database);
    return [tell(name, 'PUBLIC_URL is not set: links in mails, those to clients too, lead to this machine only, platforms cannot fetch media from here, and nobody else can open the desk.', 'For more than a trial, put Postern behind https and set PUBLIC_URL to that address.')];
  }
  const answer = await ask(`${url.replace(/\/+$/, '')}/health/workers`, AbortSignal.timeout(WITHIN_MS)).catch((error: unknown) => String(error));
  if (typeof answer === 'string') return [red(name, `${url} does not answer: ${answer}.`, 'Check that Postern runs, and the name, certificate and proxy of that address.')];
  const body = (await answer.json().catch(() => null)) as { workers?: readonly { id?: unknown }[] } | null;
  const ids = (body?.workers ?? []).flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
  const known: unknown[] = await database.query('SELECT FROM workers WHERE id::text = ANY($1)', [ids]);
  if (known.length === 0) return [red(name, `${url} answers, but it is not this installation (or this one does not run).`, 'Start Postern, and let that address lead to it.')];
  if (!url.startsWith('https:')) return [yellow(name, `${url} is this installation, without encryption: passwords and keys cross the network in the open.`, 'Put it behind https and set PUBLIC_URL to that address.')];
  return [green(name, `${url} is this installation.`)];
}

async function before<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms).unref());
  work.catch(() => undefined); // when it is late nobody waits for it any more
  return Promise.race([work, late]);
}
