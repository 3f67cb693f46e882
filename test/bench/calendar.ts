import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { v7 as uuid } from 'uuid';
import { hashToken } from '../../src/features/workspaces/tokens.js';
import { seedClient } from '../kit/seed.js';
import { seedCrowd } from './crowd.js';
import { quantiles } from './lag.js';
import { readOptions, report, round, say, startGround } from './ground.js';

// A month of ten thousand posts over the API: from the request to the last byte of the answer, one after the other.
const { backend, json, posts, requests } = readOptions({ posts: 10_000, requests: 60 });
const DAY_MS = 86_400_000;
const ground = await startGround(backend);
const client = await seedClient(ground.dataSource, { connectorIds: Array.from({ length: 24 }, () => 'sandbox-alpha'), url: ground.sink.url, seal: ground.seal });
await seedCrowd(ground, client, { count: posts, fromMs: DAY_MS, toMs: 31 * DAY_MS });
const key = 'pk_the-calendar-bench-alone-uses-this';
const userId = uuid();
await ground.dataSource.query(`INSERT INTO users (id, email, name) VALUES ($1, 'bench@example.org', 'Bench')`, [userId]);
await ground.dataSource.query(
  `INSERT INTO api_keys (id, workspace_id, name, token_hash, hint, scopes, created_by) VALUES ($1, $2, 'bench', $3, 'this', '{posts:read}', $4)`,
  [uuid(), client.workspaceId, hashToken(key), userId],
);

const house = spawn(process.execPath, [fileURLToPath(new URL('../../src/start.mjs', import.meta.url))], {
  env: { ...process.env, DATA_DIR: ground.dataDir, DATABASE_URL: ground.databaseUrl, ROLES: 'api', PORT: '0', LOG_LEVEL: 'error' }, stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise<string>((resolve, reject) => {
  let told = '';
  house.stdout.on('data', (text: Buffer) => {
    told += text.toString();
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(told);
    if (found && told.includes('Started in')) resolve(found[0]);
  });
  house.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
});

const now = Date.now();
const query = new URLSearchParams({ from: new Date(now).toISOString(), to: new Date(now + 32 * DAY_MS).toISOString() }).toString();
const took: number[] = [];
let bytes = 0;
for (let i = -5; i < requests; i += 1) {
  const startedAt = performance.now();
  const answer = await fetch(`${url}/api/v1/calendar?${query}`, { headers: { authorization: `Bearer ${key}` } });
  const body = await answer.text();
  if (i >= 0) took.push(performance.now() - startedAt);
  bytes = body.length;
  if (i === -5 && (JSON.parse(body) as { items: unknown[] }).items.length !== posts) throw new Error(`the month does not hold ${posts} posts: ${body.slice(0, 300)}`);
}
say(`${posts} posts, ${round(bytes / 1e6)} MB an answer`);
house.removeAllListeners('exit');
house.kill('SIGTERM');
await report(ground, json, { bench: 'calendar', posts, ...quantiles(took), wanted: { p95Ms: 100 } });
