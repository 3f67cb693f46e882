import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { dkimKey, seedBrand, seedFrozen, seedList } from '../features/broadcast/broadcast-seed.js';
import { type Rendered, render, tokens } from '../../src/features/broadcast/issue.js';
import { defaultTemplate } from '../../src/features/broadcast/default-template.js';
import { spawnOurs } from '../kit/server-house.js';
import { cpuMs } from './cpu.js';
import { median, readOptions, report, round, say, startGround, until } from './ground.js';

// A newsletter to so many people by a real worker process of ours ÷ the same mails by a bare nodemailer pool, alternating, to the
// same mail server with the same number of connections; each from the first to the last mail that server has taken. Ours has a
// durable row per recipient, with the intent before and the outcome after. Both sign (DKIM, RSA 2048).
const { backend, json, rows, rounds, connections, start } = readOptions({ rows: 100_000, rounds: 3, connections: 10, start: 10_000 });
const subject = 'Aperitivo a metà prezzo: da venerdì a domenica';
const ground = await startGround(backend);
const office = await openOffice();
const { dataSource } = ground;
const workspaceId = uuid();
await dataSource.query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency')`, [workspaceId]);
const bare = await spawnOurs('../bench/bare-mail.mjs', { BARE_SMTP_PORT: String(office.port), BARE_CONNECTIONS: String(connections), BARE_DKIM_KEY: dkimKey });
const mail = await issue();

const worker = await spawnOurs('../bench/worker.mjs', {
  DATA_DIR: ground.dataDir, ROLES: 'worker', PORT: '0', CONTROL_TARGETS: ground.sink.url, ALLOW_HOSTS: '127.0.0.1', LOG_LEVEL: 'error',
  PUBLIC_URL: 'https://postern.example', SMTP_URL: `smtp://127.0.0.1:${office.port}`,
  BENCH_DATABASE_URL: ground.databaseUrl, BENCH_SECRET: 'benches need a secret of thirty-two letters', ...(ground.redisUrl !== null && { REDIS_URL: ground.redisUrl }),
});
const memory = async (): Promise<number> => {
  const answer = new Promise<{ rssMb: number }>((resolve) => worker.once('message', resolve as (message: unknown) => void));
  worker.send({ ask: 'memory' });
  return (await answer).rssMb;
};

interface BareRound {
  readonly perSecond: number;
  readonly cpu: number;
}

interface Round {
  readonly perSecond: number;
  readonly peakMb: number;
  /** CPU per mail, ms: on a busy machine it tells more than the clock. */
  readonly cpu: { readonly worker: number; readonly postgres: number };
  readonly unsent: number;
}

/** The audience is frozen beforehand, as it is when a newsletter is taken. */
async function ours(people: number): Promise<Round> {
  const brand = await seedBrand(dataSource, { workspaceId, name: 'Bar Sport', seal: ground.seal, sender: { connections, rest_until: 'infinity' } });
  const list = await seedList(dataSource, brand, { people });
  await dataSource.query('ANALYZE subscribers, subscriptions'); // as an import does
  const id = await seedFrozen(dataSource, brand, list, { subject, html: mail.html, plain: mail.plain });
  await dataSource.query('ANALYZE recipients, subscribers, subscriptions, broadcasts');
  const arrived = office.expect(people);
  const before = await cpu();
  await dataSource.query(`UPDATE senders SET rest_until = '-infinity' WHERE id = $1`, [brand.senderId]);
  let peakMb = 0;
  let isDone = false;
  const watching = (async () => {
    while (!isDone) {
      peakMb = Math.max(peakMb, await memory());
      await sleep(500);
    }
  })();
  const { firstAt, lastAt } = await arrived;
  isDone = true;
  const after = await cpu();
  await watching;
  await until('writing the outcomes', async () => (await dataSource.query<unknown[]>(`SELECT 1 FROM broadcasts WHERE id = $1 AND state = 'sent'`, [id])).length > 0, { mostMs: 30_000 });
  const [{ unsent } = { unsent: -1 }] = await dataSource.query<{ unsent: number }[]>(`SELECT count(*)::int AS unsent FROM recipients WHERE broadcast_id = $1 AND state <> 'sent'`, [id]);
  return { perSecond: (people / (lastAt - firstAt)) * 1_000, peakMb, unsent, cpu: { worker: (after.worker - before.worker) / people, postgres: (after.postgres - before.postgres) / people } };
}

async function byBare(people: number): Promise<BareRound> {
  const before = cpuMs(bare.pid ?? 0);
  const arrived = office.expect(people);
  bare.send({ people, subject, html: mail.html.replaceAll(tokens.unsubscribe, '{{unsubscribe}}').replaceAll(tokens.preferences, '{{unsubscribe}}'), text: mail.plain.replaceAll(tokens.unsubscribe, '{{unsubscribe}}') });
  const { firstAt, lastAt } = await arrived;
  return { perSecond: (people / (lastAt - firstAt)) * 1_000, cpu: (cpuMs(bare.pid ?? 0) - before) / people };
}

/** Of the worker, and of Postgres with all its children. */
async function cpu(): Promise<{ readonly worker: number; readonly postgres: number }> {
  const [{ pid } = { pid: '0' }] = await dataSource.query<{ pid: string }[]>(`SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid`);
  return { worker: cpuMs(worker.pid ?? 0), postgres: cpuMs(Number(pid)) };
}

async function issue(): Promise<Rendered> {
  const paragraph = 'Da venerdì a domenica il nostro aperitivo costa la metà: più spritz, meno pensieri, e la musica è dal vivo. ';
  const rendered = await render({
    language: 'it', brand: 'Bar Sport', subject, preheader: 'Da venerdì a domenica', imprint: 'Bar Sport, via Roma 1, Roma', mjml: defaultTemplate, id: 'bench', utm: null,
    webUrl: 'https://postern.example/public/n/bench', pictureUrl: () => 'https://postern.example/public/n/bench/pictures/0',
    content: { text: Array.from({ length: 6 }, () => paragraph.repeat(3)).join('\n\n'), media: [{ mediaId: uuid(), mime: 'image/jpeg', alt: 'Il banco del bar, di sera' }], link: { url: 'https://bar.example/menu', title: 'Il menu' } },
  });
  if ('faults' in rendered) throw new Error(JSON.stringify(rendered.faults));
  return rendered;
}

async function openOffice() {
  const child: ChildProcess = fork(new URL('./mail-sink.mjs', import.meta.url));
  const told = <T>(): Promise<T> => new Promise((resolve) => child.once('message', resolve as (message: unknown) => void));
  const { port } = await told<{ port: number }>();
  return {
    port,
    expect: (expected: number): Promise<{ firstAt: number; lastAt: number }> => {
      child.send({ expected });
      return told();
    },
    close: () => void child.kill('SIGKILL'),
  };
}

const done = { ours: [] as Round[], bare: [] as BareRound[] };
await ours(Math.min(rows, start)); // both warm
await byBare(Math.min(rows, start));
const beforeMb = await memory();
for (let at = 0; at < rounds; at += 1) {
  const us = await ours(rows);
  const them = await byBare(rows);
  done.ours.push(us);
  done.bare.push(them);
  say(`round ${at + 1}: ours ${round(us.perSecond, 0)}/s, bare ${round(them.perSecond, 0)}/s, ratio ${round(us.perSecond / them.perSecond, 2)}, CPU a mail ${JSON.stringify({ worker: round(us.cpu.worker, 2), postgres: round(us.cpu.postgres, 2), bare: round(them.cpu, 2) })} ms, peak ${round(us.peakMb, 0)} MB, not sent ${us.unsent}`);
}
office.close();
bare.kill('SIGKILL');
const ended = new Promise((resolve) => worker.once('exit', resolve));
worker.kill('SIGTERM');
await ended;
const perSecond = round(median(done.ours.map((one) => one.perSecond)), 0);
const barePerSecond = round(median(done.bare.map((one) => one.perSecond)), 0);
const figures = {
  bench: 'broadcast', backend, recipients: rows, rounds, connections, perSecond, barePerSecond, ratio: round(perSecond / barePerSecond, 3),
  cpuMsPerMail: { worker: round(median(done.ours.map((one) => one.cpu.worker)), 2), postgres: round(median(done.ours.map((one) => one.cpu.postgres)), 2), bare: round(median(done.bare.map((one) => one.cpu)), 2) },
  memoryMb: { before: round(beforeMb, 0), peak: round(Math.max(...done.ours.map(({ peakMb }) => peakMb)), 0) }, notSent: done.ours.reduce((sum, { unsent }) => sum + unsent, 0),
  wanted: { ratio: 0.8, memoryGrowth: 1.5, notSent: 0 },
};
const { ratio, memoryMb, notSent, wanted } = figures;
await report(ground, json, figures, { ratio: ratio >= wanted.ratio, memoryMb: memoryMb.peak <= memoryMb.before * wanted.memoryGrowth, notSent: notSent === 0 });
