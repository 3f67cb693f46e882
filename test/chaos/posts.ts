import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { defaultTimes } from '../../src/core/times.js';
import { dataSourceOptions } from '../../src/infra/database/database.module.js';
import { Seal } from '../../src/infra/seal.js';
import { seedClient, seedPosts } from '../kit/seed.js';
import { type Backend, startDurablePostgres, startQueue, startSandboxProcess, wipeQueue } from '../kit/server-house.js';
import { chanceOf, Crew, say } from './crew.js';

// Real worker processes killed with -9 and stopped for longer than the lease at random moments, while posts flow to the
// sandbox under the terms of DESIGN §10; the queue is wiped and Postgres crashed midway. `--scale 0.1` shrinks every
// duration of the protocol and of the platforms' misbehaviour alike.
const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'postgres' },
    kills: { type: 'string', default: '20' },
    stops: { type: 'string' },
    scale: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '4' },
    rate: { type: 'string', default: '10' },
    late: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});
const backend = values.backend as Backend;
const kills = Number(values.kills);
const stops = Number(values.stops ?? Math.ceil(kills / 4));
const scale = Number(values.scale);
const workers = Number(values.workers);
const rate = Number(values.rate);
const late = Number(values.late);
const secret = 'chaos needs a secret of thirty-two characters';

const chance = chanceOf(Number(values.seed));
const between = (least: number, most: number): number => least + chance() * (most - least);

const postgres = await startDurablePostgres();
const queue = await startQueue(backend);
const sandbox = await startSandboxProcess(['--seed', values.seed]);
const dataDir = await mkdtemp(join(tmpdir(), 'postern-chaos-'));
const dataSource = await new DataSource(dataSourceOptions(postgres.url)).initialize();
const environment: Record<string, string> = {
  DATA_DIR: dataDir, ROLES: 'worker,watch', ALLOW_HOSTS: new URL(sandbox.url).host, CONTROL_TARGETS: sandbox.url, LOG_LEVEL: 'error',
  CHAOS_DATABASE_URL: postgres.url, CHAOS_SECRET: secret, CHAOS_SCALE: values.scale, CHAOS_LATE_HOUR_MS: late > 0 ? '3000' : '', ...(queue.redisUrl !== null && { REDIS_URL: queue.redisUrl }),
};

const control = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
  const answer = await fetch(`${sandbox.url}/control/${path}`, {
    method, headers: { 'content-type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Answer;
};
const scaled = (ms: number): number => Math.round(ms * scale);
// Platforms that remember a key once its post is there, as Mastodon did before 2026.
await control('PUT', 'terms', { finishedKeysOnly: true });
// Read-back lags 0–30 s; acceptance comes up to 60 s after our timeout; resets, 5xx, refused connections and hangs.
await control('POST', 'faults', [
  { kind: 'lag', minMs: 0, ms: scaled(30_000) },
  { kind: 'late', minMs: 0, ms: scaled(defaultTimes.requestMs + 60_000), probability: 0.02 },
  { kind: 'reset', taken: true, on: ['post'], probability: 0.02 },
  { kind: 'reset', taken: false, on: ['post'], probability: 0.02 },
  { kind: 'status', status: 503, on: ['post'], probability: 0.02 },
  { kind: 'status', status: 502, taken: true, on: ['post'], probability: 0.01 },
  { kind: 'hang', on: ['read'], probability: 0.01 },
  { kind: 'slow', minMs: 0, ms: scaled(3_000), on: ['post'], probability: 0.1 },
]);

const crew = new Crew(environment, chance);
await crew.start(workers);
say('workers are up');

// A stop lasts a little over a lease, and two may stand at once.
const stopMs = () => scaled(between(1.1, 1.6) * defaultTimes.leaseMs);
// Posts flow until every kill and stop is done: a killed process takes a few seconds to be replaced, on a busy machine more.
const killEveryMs = Math.max(2_000, scaled(8_000));
const stopEveryMs = (1.5 * scaled(defaultTimes.leaseMs)) / 2;
const plannedMs = Math.max(kills * killEveryMs, stops * stopEveryMs, 20_000);
const endAt = Date.now() + 6 * plannedMs + 120_000;
const client = await seedClient(dataSource, {
  connectorIds: Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 'sandbox-alpha' : i % 4 === 1 ? 'sandbox-gamma' : 'sandbox-beta')),
  url: sandbox.url, seal: new Seal(secret),
});
const LEAD_MS = 3_000;
const BATCH_MS = 20_000;
let numbered = 0;
/** The posts of the next twenty seconds. */
const seedMore = async (): Promise<void> => {
  const count = Math.round((BATCH_MS / 1000) * rate);
  const from = numbered;
  numbered += count;
  await seedPosts(dataSource, client, Array.from({ length: count }, (_, i) => ({
    channel: client.channels[(from + i) % client.channels.length]!, dueInMs: LEAD_MS + (i / count) * BATCH_MS, text: `chaos ${from + i}`,
  })));
};
// Held by an outage that is over: they leave by the drain while processes die, the drain's leader among them.
let held = 0;
const holdMore = async (count: number): Promise<void> => {
  const from = held;
  held += count;
  const ids = await seedPosts(dataSource, client, Array.from({ length: count }, (_, i) => ({ channel: client.channels[i % client.channels.length]!, dueInMs: -7_200_000 + i, text: `held ${from + i}` })));
  await dataSource.query(`UPDATE deliveries SET state = 'held', hold_reason = 'outage', reason = '{"code":"platform-down"}', ready_at = deadline_at WHERE id = ANY($1::uuid[]) AND state = 'scheduled'`, [ids]);
};
/** How many still wait for the drain. */
const waitingForDrain = async (): Promise<number> => {
  const rows = await dataSource.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM deliveries WHERE state IN ('held', 'scheduled') AND due_at < now() - interval '1 hour'`);
  return rows[0]?.n ?? 0;
};
if (late > 0) {
  await dataSource.query(`UPDATE clients SET late_pace = '{"perHour":3,"clearMinutes":0}'`); // not an hour's distance from what flows
  await holdMore(late);
}
say(`${rate} posts a second on ${backend}, ${kills} kills, ${stops} stops, scale ${scale}: about ${Math.round(plannedMs / 1000)} s`);

const { done } = crew;
/** With a drain to be met, only kills in the middle of one count. */
let inDrain = 0;
const struck = (): number => (late > 0 ? inDrain : done.kills);
const isDone = (): boolean => (struck() >= kills && done.stops >= stops && Date.now() >= leastAt) || Date.now() > endAt;
const leastAt = Date.now() + BATCH_MS;
let midway = false;
const flowing = (async () => {
  for (let at = Date.now(); !isDone(); ) {
    // Postgres may be recovering: what was not planned is planned a second later.
    const seeded = await seedMore().then(() => true, () => false);
    if (seeded) at += BATCH_MS;
    if (seeded && late > 0 && (await waitingForDrain().catch(() => late)) < late / 2) await holdMore(late).catch(() => undefined);
    await sleep(seeded ? Math.max(0, at - Date.now()) : 1_000);
  }
})();
const killing = (async () => {
  while (struck() < kills && !isDone()) {
    await sleep(between(0.2, 1.6) * killEveryMs);
    const draining = late > 0 && (await waitingForDrain().catch(() => 0)) > 0;
    const killed = await crew.kill();
    if (killed && draining) inDrain += 1;
    if (killed && done.kills % 25 === 0) say(JSON.stringify({ ...done, ...(late > 0 && { inDrain }) }));
    if (!midway && struck() >= kills / 2) {
      midway = true;
      await wipeQueue(queue.redisUrl, postgres.url);
      say('the queue is wiped');
      await postgres.crash();
      say('Postgres crashed and is back');
    }
  }
})();
const stopping = (async () => {
  while (done.stops < stops && !isDone()) {
    await sleep(between(0.4, 1) * stopEveryMs);
    crew.stop(stopMs());
  }
})();
await Promise.all([flowing, killing, stopping]);
await crew.whole();
say(`done: ${JSON.stringify(done)}; waiting for the rest to settle`);

const waiting = async (): Promise<number> => {
  const rows = await dataSource.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM deliveries WHERE state IN ('scheduled', 'held', 'sending', 'unconfirmed')`);
  return rows[0]?.n ?? 0;
};
const giveUpAt = Date.now() + scaled(20 * 60_000) + 120_000;
for (let left = await waiting(), round = 0; left > 0 && Date.now() < giveUpAt; left = await waiting().catch(() => 1), round += 1) {
  if (round % 10 === 0) say(`${left} not ended yet`);
  await sleep(2_000);
}
await sleep(scaled(90_000)); // the latest acceptance a platform may still spring on us

const counts = await control<{ contents: { text: string; visible: number }[] }>('GET', 'counts');
const visible = new Map<string, number>();
for (const { text, visible: times } of counts.contents) visible.set(text, (visible.get(text) ?? 0) + times);
// What is planned stands in the database: of a batch that the crash met, nobody else knows.
const planned = await dataSource.query<{ text: string }[]>(`SELECT content ->> 'text' AS text FROM parts`);
const lost = planned.map(({ text }) => text).filter((text) => (visible.get(text) ?? 0) === 0);
const duplicated = [...visible].filter(([, times]) => times > 1).map(([text]) => text);
const states = await dataSource.query<{ state: string; hold: string | null; code: string | null; n: number }[]>(
  `SELECT state, hold_reason AS hold, reason ->> 'code' AS code, count(*)::int AS n FROM deliveries GROUP BY 1, 2, 3 ORDER BY 4 DESC`,
);
const [{ n: unconfirmed } = { n: 0 }] = await dataSource.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM deliveries WHERE state = 'unconfirmed'`);
const [{ n: everUnconfirmed } = { n: 0 }] = await dataSource.query<{ n: number }[]>(`SELECT count(DISTINCT delivery_id)::int AS n FROM attempts WHERE outcome IS NULL OR outcome = 'uncertain'`);
say(`states: ${JSON.stringify(states)}; deliveries that were unconfirmed for a while: ${everUnconfirmed}`);
if (lost.length > 0) say(`lost: ${lost.slice(0, 20).join(', ')}`);
if (duplicated.length > 0) say(`duplicated: ${duplicated.slice(0, 20).join(', ')}`);

crew.end();
await dataSource.destroy();
sandbox.stop();
await queue.stop();
await postgres.stop();
const result = { posts: planned.length, ...(late > 0 && { late: held, killsInDrain: inDrain }), kills: done.kills, stops: done.stops, lost: lost.length, duplicated: duplicated.length, unconfirmed };
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${Object.entries(result).map(([name, value]) => `${name}: ${value}`).join('\n')}\n`);
if (struck() < kills || done.stops < stops) say(`only ${struck()} of ${kills} kills and ${done.stops} of ${stops} stops struck in time`);
process.exit(lost.length + duplicated.length + unconfirmed > 0 || struck() < kills || done.stops < stops ? 1 : 0);
