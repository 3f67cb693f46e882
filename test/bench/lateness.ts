import { setTimeout as sleep } from 'node:timers/promises';
import { seedClient, seedPosts } from '../kit/seed.js';
import { dueTimes, latenesses, quantiles } from './lag.js';
import { readOptions, report, say, startGround, until } from './ground.js';

// A steady flow, by one process with the roles worker and watch: from the due instant in the database to the first byte
// at the platform, one clock for both.
const { backend, json, rate, seconds } = readOptions({ rate: 50, seconds: 60 });
const ground = await startGround(backend, { delayMs: 20 });
const connectorIds = Array.from({ length: 120 }, (_, i) => (['sandbox-alpha', 'sandbox-beta', 'sandbox-gamma'] as const)[i % 3] ?? 'sandbox-alpha');
const client = await seedClient(ground.dataSource, { connectorIds, url: ground.sink.url, seal: ground.seal });
const worker = await ground.ours('worker,watch', { settleMs: 3_600_000 });
await sleep(3_000); // what a start brings with it is over
const LEAD_MS = 10_000;
const posts = rate * seconds;
const ids = await seedPosts(ground.dataSource, client, Array.from({ length: posts }, (_, i) => ({
  channel: client.channels[i % client.channels.length]!, dueInMs: LEAD_MS + (i / rate) * 1000, text: `bench ${i}`,
})));
const arrived = ground.sink.expect(posts, true);
say(`${posts} posts, ${rate}/s, on ${backend}`);
const { arrivals } = await arrived;
await until('writing the outcomes', async () => (await ground.count(`state <> 'published'`)) === 0, { mostMs: 10_000 });
await worker.stop();
await report(ground, json, { bench: 'lateness', backend, posts, perSecond: rate, ...quantiles(latenesses(await dueTimes(ground, ids), arrivals)), wanted: { p50Ms: 100, p99Ms: 1_000 } });
