import { setTimeout as sleep } from 'node:timers/promises';
import { seedClient, seedPosts } from '../kit/seed.js';
import { dueTimes, latenesses, quantiles } from './lag.js';
import { readOptions, report, say, startGround, until } from './ground.js';

// Many due in the same second on one platform (one lane, its 50 slots), which answers in 20 ms; one process.
const { backend, json, posts } = readOptions({ posts: 5_000 });
const ground = await startGround(backend, { delayMs: 20 });
const client = await seedClient(ground.dataSource, { connectorIds: Array.from({ length: 500 }, () => 'sandbox-alpha'), url: ground.sink.url, seal: ground.seal });
const worker = await ground.ours('worker,watch', { settleMs: 3_600_000 });
await sleep(3_000); // what a start brings with it is over
const LEAD_MS = 20_000;
const ids = await seedPosts(ground.dataSource, client, Array.from({ length: posts }, (_, i) => ({
  channel: client.channels[i % client.channels.length]!, dueInMs: LEAD_MS + (i / posts) * 1000, text: `bench ${i}`,
})));
const arrived = ground.sink.expect(posts, true);
say(`${posts} due in the same second on ${backend}`);
const { arrivals } = await arrived;
await until('writing the outcomes', async () => (await ground.count(`state <> 'published'`)) === 0, { mostMs: 10_000 });
await worker.stop();
await report(ground, json, { bench: 'spike', backend, posts, ...quantiles(latenesses(await dueTimes(ground, ids), arrivals)), wanted: { p99Ms: 10_000 } });
