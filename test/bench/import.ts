import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { hashToken } from '../../src/features/workspaces/tokens.js';
import { inManyPeople, manyPeople } from '../features/audience/many-people.js';
import { memoryMb } from './cpu.js';
import { readOptions, report, round, say, startGround } from './ground.js';

// A list of so many rows, a tenth of them twice and two in a hundred broken, over the API: from the first byte of the file to the
// answer. The process has taken a small list before; the memory of the big one is flat if it needs hardly more than that.
const { backend, json, rows, start } = readOptions({ rows: 1_000_000, start: 50_000 });
const most = 1.25;
const ground = await startGround(backend);
const { dataSource } = ground;
const [workspaceId, clientId, userId] = [uuid(), uuid(), uuid()];
const key = 'pk_the-import-bench-alone-uses-this';
await dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency')`, [workspaceId]);
await dataSource.query(`INSERT INTO clients (id, workspace_id, name, zone, language) VALUES ($1, $2, 'Bar Sport', 'Europe/Rome', 'it')`, [clientId, workspaceId]);
await dataSource.query(`INSERT INTO users (id, email, name) VALUES ($1, 'bench@example.org', 'Bench')`, [userId]);
await dataSource.query(`INSERT INTO members (workspace_id, user_id, role) VALUES ($1, $2, 'manager')`, [workspaceId, userId]);
await dataSource.query(`INSERT INTO api_keys (id, workspace_id, name, token_hash, hint, scopes, created_by) VALUES ($1, $2, 'bench', $3, 'this', '{audience:read,audience:write}', $4)`, [uuid(), workspaceId, hashToken(key), userId]);

const house = spawn(process.execPath, [fileURLToPath(new URL('../../src/start.mjs', import.meta.url))], {
  // V8 lets garbage lie where it has room. In so much (MB) the application runs, and a list that somebody held would not fit.
  env: { ...process.env, NODE_OPTIONS: '--max-old-space-size=192', DATA_DIR: ground.dataDir, DATABASE_URL: ground.databaseUrl, ROLES: 'api', PORT: '0', LOG_LEVEL: 'error', ...(ground.redisUrl !== null && { REDIS_URL: ground.redisUrl }) }, stdio: ['ignore', 'pipe', 'inherit'],
});
let told = '';
const url = await new Promise<string>((resolve, reject) => {
  house.stdout.on('data', (line: Buffer) => {
    told += line.toString();
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(told);
    if (found && told.includes('Started in')) resolve(found[0]);
  });
  house.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
});

interface Taken {
  readonly seconds: number;
  readonly peakMb: number;
  readonly isRight: boolean;
}

async function ask(path: string, type: string, body: Readable): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const asked = request(`${url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': type } }); // fetch gives up after five minutes
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
  await pipeline(body, asked);
  const [response] = await answered;
  return { status: response.statusCode ?? 0, body: JSON.parse(await text(response)) as Record<string, unknown> };
}

/** On an own list: to it all are new. */
async function take(count: number, name: string): Promise<Taken> {
  const list = await ask('/api/v1/lists', 'application/json', Readable.from([JSON.stringify({ clientId, name, purpose: 'News', consentText: 'I want to get the news by e-mail.' })]));
  if (list.status !== 201) throw new Error(`The list was not made: ${JSON.stringify(list.body)}`);
  let [peakMb, isDone] = [0, false];
  const watching = (async () => {
    for (; !isDone; await sleep(500)) peakMb = Math.max(peakMb, memoryMb(house.pid ?? 0));
  })();
  const startedAt = performance.now();
  const query = new URLSearchParams({ preview: 'false', leaveOutBroken: 'true', consentSource: 'Paper cards at the till', consentOn: '2026-01-15', consentVersion: '1' }).toString();
  const { status, body } = await ask(`/api/v1/lists/${String(list.body['id'])}/imports?${query}`, 'text/csv', Readable.from(manyPeople(count)));
  const seconds = (performance.now() - startedAt) / 1_000;
  isDone = true;
  await watching;
  if (status !== 200) say(told.slice(-3_000));
  if (status !== 200) house.kill('SIGTERM');
  if (status !== 200) throw new Error(`The import was refused: ${JSON.stringify(body).slice(0, 500)}`);
  const [kept] = await dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM subscriptions WHERE list_id = $1', [list.body['id']]);
  const wanted = inManyPeople(count);
  return { seconds, peakMb, isRight: kept?.n === wanted.added && Object.entries(wanted).every(([what, n]) => body[what] === n) };
}

const small = await take(start, 'Small');
say(`${start} rows: ${round(small.seconds)} s, at most ${round(small.peakMb, 0)} MB`);
const big = await take(rows, 'Big');
say(`${rows} rows: ${round(big.seconds)} s, at most ${round(big.peakMb, 0)} MB`);
house.removeAllListeners('exit');
const ended = once(house, 'exit');
house.kill('SIGTERM');
await ended;
const growth = round(big.peakMb / small.peakMb, 2);
await report(ground, json, {
  bench: 'import', rows, seconds: round(big.seconds), perSecond: round(rows / big.seconds, 0), memoryMb: { small: round(small.peakMb, 0), peak: round(big.peakMb, 0) }, growth, countedRight: small.isRight && big.isRight, wanted: { growth: most },
}, { 'flat memory': growth <= most, 'every row counted': small.isRight && big.isRight });
