import { setTimeout as sleep } from 'node:timers/promises';
import { defaultTimes } from '../../src/core/times.js';
import { seedClient, type SeededChannel, type SeededClient, seedPosts } from '../kit/seed.js';
import { startSandboxProcess } from '../kit/server-house.js';
import { readOptions, report, round, say, startGround, until } from './ground.js';

// What an outage held leaves when it is over: 20 tenants, 50 accounts, one of the tenants with as much as all others. The
// platform declares a limit for the app and answers 429 beyond it. The drain's steps run twice as fast as
// in life, its rounds four times, and the hour of "one late post an hour" is a third of a second: the platform's limit is to be the narrow place.
const { backend, json, rows } = readOptions({ rows: 10_000 });
const LIMIT = 75; // a second: sandbox-alpha's 750 in ten, src/connectors/sandbox/profiles.ts
const ALLOWED = 0.8 * LIMIT;
const SCALE = 0.5;
// Of a channel one post a round: rounds as often as its accounts allow, or they would be the narrow place.
const times = { drainEveryMs: 250, drainStepMs: defaultTimes.drainStepMs * SCALE, drainFirstMs: defaultTimes.drainFirstMs * SCALE, lateGapMs: 50, lateHourMs: 300 };
const HOUR_MS = 3_600_000;
const INFEASIBLE = 50;
const SLACK_S = 20;

const sandbox = await startSandboxProcess();
const control = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
  const answer = await fetch(`${sandbox.url}/control/${path}`, { method, headers: { 'content-type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }) });
  return (await answer.json()) as Answer;
};
await control('PUT', 'terms', { keepLimits: true });
const ground = await startGround(backend, { hosts: [new URL(sandbox.url).host] });

interface Tenant {
  readonly name: string;
  readonly client: SeededClient;
  readonly posts: number;
}
const tenants: Tenant[] = [];
for (let i = 0; i < 20; i += 1) {
  const accounts = i === 0 ? 31 : 1;
  const client = await seedClient(ground.dataSource, { connectorIds: Array.from({ length: accounts }, () => 'sandbox-alpha'), url: sandbox.url, seal: ground.seal, latePace: { perHour: 3, clearMinutes: 0 } });
  tenants.push({ name: i === 0 ? 'biggest' : i === 19 ? 'smallest' : `tenant ${i}`, client, posts: i === 0 ? rows / 2 : i === 19 ? rows / 500 : Math.round((rows / 2 - rows / 500) / 18) });
}

/** When the n-th post of each tenant leaves if all that is allowed leaves and tenants share alike, s from the first turn. */
function fairTimes(): ReadonlyMap<Tenant, readonly number[]> {
  const done = new Map<Tenant, number[]>(tenants.map((tenant) => [tenant, []]));
  const owed = new Map<Tenant, number>(tenants.map((tenant) => [tenant, 0]));
  const STEP_S = 0.05;
  let rate = 0.05 * LIMIT;
  for (let t = 0, stepAt = 0; [...done].some(([tenant, out]) => out.length < tenant.posts); t += STEP_S) {
    if (t - stepAt >= times.drainStepMs / 1000) {
      rate = Math.min(ALLOWED, rate * 2);
      stepAt = t;
    }
    const active = tenants.filter((tenant) => (done.get(tenant)?.length ?? 0) < tenant.posts);
    for (const tenant of active) {
      const most = tenant.client.channels.length * (1000 / times.drainEveryMs); // a channel has a turn a round at most
      const due = (owed.get(tenant) ?? 0) + Math.min(most, rate / active.length) * STEP_S;
      owed.set(tenant, due);
      for (const out = done.get(tenant) ?? []; out.length < Math.min(due, tenant.posts); ) out.push(t);
    }
  }
  return done;
}

const fair = fairTimes();
const deadlines = new Map<string, number>(); // by text, s from the first turn
for (const tenant of tenants) {
  await seedPosts(ground.dataSource, tenant.client, Array.from({ length: tenant.posts }, (_, i) => {
    // Every second one has a limit that fair shares keep, with a little to spare.
    const text = `${tenant.name} ${i}`;
    if (i % 2 === 0) deadlines.set(text, 1.25 * (fair.get(tenant)?.[i] ?? 0) + SLACK_S);
    return { channel: tenant.client.channels[i % tenant.client.channels.length] as SeededChannel, dueInMs: -3 * HOUR_MS + i, text };
  }));
}
const doomed = await seedPosts(ground.dataSource, (tenants[0] as Tenant).client, Array.from({ length: INFEASIBLE }, (_, i) => ({
  channel: (tenants[0] as Tenant).client.channels[i % 31] as SeededChannel, dueInMs: -3 * HOUR_MS + i, text: `too late ${i}`,
})));
const total = tenants.reduce((sum, { posts }) => sum + posts, 0);
// Held by an outage; what waits for it is let go by the watch once the platform is judged.
const HELD = `state = 'held', hold_reason = 'outage', reason = '{"code":"platform-down"}'`;
const startS = 15; // starting, and the first release
await ground.dataSource.query(
  `UPDATE deliveries d SET ${HELD}, deadline_at = now() + w.in_s * interval '1 second', ready_at = now() + w.in_s * interval '1 second'
     FROM parts p JOIN unnest($1::text[], $2::float8[]) AS w (text, in_s) ON w.text = p.content ->> 'text' WHERE p.delivery_id = d.id`,
  [[...deadlines.keys()], [...deadlines.values()].map((s) => s + startS)],
);
await ground.dataSource.query(`UPDATE deliveries SET ${HELD}, deadline_at = now() + interval '1 second', ready_at = now() + interval '1 second' WHERE id = ANY($1::uuid[])`, [doomed]);
await ground.dataSource.query(`UPDATE deliveries SET ${HELD}, ready_at = deadline_at WHERE state = 'scheduled'`);
await ground.dataSource.query('VACUUM ANALYZE deliveries, parts');
say(`${total} held over 50 accounts of 20 tenants on ${backend}; ${LIMIT} a second declared`);

const worker = await ground.ours('worker,watch', times);
const out = () => ground.count(`state = 'published'`);
await until('the first one leaves', async () => (await out()) > 0, { everyMs: 50 });
const firstAt = Date.now();
const turnsOpen = async (): Promise<number> => (await ground.dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM drain_turns'))[0]?.n ?? 0;
/** The rate in force and what is out, every half second. */
const samples: { readonly s: number; readonly rate: number; readonly out: number; readonly state: string }[] = [];
const END = 0.97 * total; // then accounts are the narrow place, and no more the platform
for (let last = 0; ; ) {
  const [row] = await ground.dataSource.query<{ rate: number | null; state: string | null }[]>(`SELECT (SELECT max(rate) FROM drains) AS rate, (SELECT max(state) FROM components) AS state`);
  const now = await out();
  samples.push({ s: (Date.now() - firstAt) / 1000, rate: row?.rate ?? 0, out: now, state: row?.state ?? 'unknown' });
  if (samples.length % 20 === 0) say(`${now} out, ${await turnsOpen()} under way, ${round(row?.rate ?? 0)} a second allowed, ${row?.state ?? 'unknown'}`);
  const left = await ground.count(`state IN ('scheduled', 'sending', 'unconfirmed') OR state = 'held' AND hold_reason <> 'late'`);
  if (left === 0 || (now === last && samples.length > 600)) break;
  last = now;
  await sleep(500);
}
await worker.stop();

const window = samples.filter((sample) => sample.out <= END);
const [from, to] = [window[0], window.at(-1)];
const span = (to?.s ?? 0) - (from?.s ?? 0);
const allowed = window.reduce((sum, { s, rate }, i) => sum + rate * (s - (window[i - 1]?.s ?? s)), 0) / span;
const perSecond = ((to?.out ?? 0) - (from?.out ?? 0)) / span;
const full = window.filter(({ rate }) => rate >= ALLOWED - 0.001);
const fullSpan = (full.at(-1)?.s ?? 0) - (full[0]?.s ?? 0);
const { posts } = await control<{ posts: { text: string; takenAt: number; account: string }[] }>('GET', 'posts');
const count = async (sql: string): Promise<number> => (await ground.dataSource.query<{ n: number }[]>(sql))[0]?.n ?? 0;
const lagOf = (name: string): number => {
  const taken = posts.filter(({ text }) => text.startsWith(`${name} `)).map(({ takenAt }) => takenAt - firstAt);
  return taken.reduce((sum, ms) => sum + ms, 0) / taken.length / 1000;
};
const texts = new Set(posts.map(({ text }) => text));
const fiercest = (atMs: readonly number[], windowMs: number): number => {
  const sorted = [...atMs].sort((a, b) => a - b);
  let [most, first] = [0, 0];
  for (const [i, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - windowMs) first += 1;
    most = Math.max(most, i - first + 1);
  }
  return most;
};
const own429 = await count(`SELECT count(*)::int AS n FROM attempts WHERE outcome = 'throttled'`);
const missedFeasible = [...deadlines.keys()].filter((text) => !texts.has(text)).length;
const sentAfterLimit = await count(`SELECT count(*)::int AS n FROM deliveries WHERE state = 'published' AND intent_at > deadline_at AND NOT released`);
const figures = {
  bench: 'drain', backend, rows: total, seconds: round(samples.at(-1)?.s ?? 0), declaredPerSecond: LIMIT,
  allowedPerSecond: round(allowed, 2), perSecond: round(perSecond, 2), share: round(perSecond / allowed, 3),
  atCap: { allowedPerSecond: ALLOWED, perSecond: round(((full.at(-1)?.out ?? 0) - (full[0]?.out ?? 0)) / fullSpan, 2), seconds: round(fullSpan) },
  mostInTenSeconds: fiercest(posts.map(({ takenAt }) => takenAt), 10_000), own429, missedFeasible, sentAfterLimit, notUpS: samples.filter(({ state }) => state !== 'up').length / 2,
  tooLateForReview: await count(`SELECT count(*)::int AS n FROM deliveries WHERE state = 'held' AND hold_reason = 'late'`),
  lost: total - new Set([...texts].filter((text) => !text.startsWith('too late'))).size, duplicated: posts.length - texts.size,
  smallestTenantLagRatio: round(lagOf('smallest') / lagOf('biggest'), 3), meanLagS: { smallest: round(lagOf('smallest')), biggest: round(lagOf('biggest')) },
  wanted: { share: 0.95, own429: 0, missedFeasible: 0, smallestTenantLagRatio: 1 },
};
sandbox.stop();
await report(ground, json, figures, {
  share: figures.share >= figures.wanted.share, own429: own429 === 0, missedFeasible: missedFeasible === 0, sentAfterLimit: sentAfterLimit === 0,
  lost: figures.lost === 0, duplicated: figures.duplicated === 0, smallestTenantLagRatio: figures.smallestTenantLagRatio <= 1,
});
