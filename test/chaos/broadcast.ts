import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { defaultTimes } from '../../src/core/times.js';
import { dataSourceOptions } from '../../src/infra/database/database.module.js';
import { Seal } from '../../src/infra/seal.js';
import { type Brand, seedBrand, seedFrozen, seedList } from '../features/broadcast/broadcast-seed.js';
import { openPostOffice } from '../kit/post-office.js';
import { startDurablePostgres } from '../kit/server-house.js';
import { chanceOf, Crew, say } from './crew.js';

// Newsletters of several brands flow while the processes that send them are killed with -9 and stopped for longer than their
// lease; Postgres is crashed midway. The mail server needs up to 300 ms for each mail, so that nearly every kill meets mails
// that were sent and not yet answered. No recipient may be missed, none mailed twice, and a kill may leave at most as many
// unconfirmed as there are connections (DESIGN §8).
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    stops: { type: 'string' },
    scale: { type: 'string', default: '0.1' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '3' },
    brands: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
const stops = Number(values.stops ?? Math.ceil(kills / 10));
const scale = Number(values.scale);
const CONNECTIONS = 4;
const PEOPLE = 2_000;
/** Fewer still to be mailed, and the brand's next issue is frozen. */
const FEW = 400;
const secret = 'chaos needs a secret of thirty-two characters';
const chance = chanceOf(Number(values.seed));
const between = (least: number, most: number): number => least + chance() * (most - least);

const postgres = await startDurablePostgres();
const office = await openPostOffice();
/** What arrived, a line for each mail: subject and addressee. Their texts are let go. */
const arrived: string[] = [];
office.arriving = async () => {
  for (const { subject, to } of office.letters.splice(0)) arrived.push(`${subject} ${Array.isArray(to) ? '' : to?.text}`);
  await sleep(between(0, 300));
};
const dataSource = await new DataSource(dataSourceOptions(postgres.url)).initialize();
const query = <Row>(sql: string, ...params: unknown[]): Promise<Row[]> => dataSource.query<Row[]>(sql, params);
const crew = new Crew({
  DATA_DIR: await mkdtemp(join(tmpdir(), 'postern-chaos-')), ROLES: 'worker', CONTROL_TARGETS: 'http://127.0.0.1:9', LOG_LEVEL: 'error',
  PUBLIC_URL: 'https://postern.example', SMTP_URL: `smtp://127.0.0.1:${office.port}`, CHAOS_DATABASE_URL: postgres.url, CHAOS_SECRET: secret, CHAOS_SCALE: values.scale,
}, chance);
await crew.start(Number(values.workers));

const workspaceId = uuid();
await query(`INSERT INTO workspaces (id, name) VALUES ($1, 'Agency')`, workspaceId);
const brands: (Brand & { readonly listId: string })[] = [];
for (let nr = 0; nr < Number(values.brands); nr += 1) {
  const brand = await seedBrand(dataSource, { workspaceId, name: `Bar ${nr}`, seal: new Seal(secret), sender: { connections: CONNECTIONS } });
  brands.push({ ...brand, listId: await seedList(dataSource, brand, { people: PEOPLE }) });
}
let issues = 0;
/** The brands always have something to send. */
async function freezeMore(): Promise<void> {
  for (const brand of brands) {
    const [left] = await query<{ n: number }>(`SELECT count(*)::int AS n FROM recipients r JOIN broadcasts b ON b.id = r.broadcast_id WHERE b.client_id = $1 AND r.state = 'waiting'`, brand.clientId);
    if ((left?.n ?? PEOPLE) >= FEW) continue;
    await seedFrozen(dataSource, brand, brand.listId, { subject: `Issue-${issues}-`, html: '<p>Ciao</p>', plain: 'Ciao' });
    issues += 1;
  }
}

/** Of one process and one broadcast, mails that may be out: what an earlier one left is not this one's. */
async function mostUncertain(): Promise<number> {
  const rows = await query<{ n: number }>(`SELECT count(*)::int AS n FROM recipients WHERE state = 'sending' GROUP BY lease_by, broadcast_id`);
  return Math.max(0, ...rows.map(({ n }) => n));
}

say(`${kills} kills, ${stops} stops, ${brands.length} brands with ${CONNECTIONS} connections each`);
const { done } = crew;
const uncertain: number[] = [];
const leaseMs = defaultTimes.leaseMs * scale;
const endAt = Date.now() + (kills * 20_000 + 120_000);
const isOver = (): boolean => (done.kills >= kills && done.stops >= stops) || Date.now() > endAt;
let idle = 0;
const orLater = async <T>(what: () => Promise<T>): Promise<T | null> => what().catch(() => null); // Postgres may be recovering

const flowing = (async () => {
  for (; !isOver(); await sleep(500)) await orLater(freezeMore);
})();
const killing = (async () => {
  let hasCrashed = false;
  while (done.kills < kills && !isOver()) {
    const before = arrived.length;
    await sleep(between(1_000, 4_000));
    // A kill of processes that send nothing shows nothing.
    if (arrived.length === before && (idle += 1)) continue;
    if (!(await crew.kill())) continue;
    uncertain.push((await orLater(mostUncertain)) ?? 0);
    if (done.kills % 10 === 0) say(`${JSON.stringify(done)}, ${arrived.length} mails`);
    if (!hasCrashed && done.kills >= kills / 2) {
      hasCrashed = true;
      await postgres.crash();
      say('Postgres crashed and is back');
    }
  }
})();
const stopping = (async () => {
  for (; done.stops < stops && !isOver(); await sleep(between(1, 3) * leaseMs)) crew.stop(between(1.1, 4) * leaseMs);
})();
await Promise.all([flowing, killing, stopping]);
await crew.whole();
say(`done: ${JSON.stringify(done)} (${idle} times nothing was under way); waiting for the rest`);

const giveUpAt = Date.now() + 600_000;
const openOnes = async (): Promise<number> => (await query(`SELECT FROM broadcasts WHERE state <> 'sent'`)).length;
while ((await orLater(openOnes)) !== 0 && Date.now() < giveUpAt) await sleep(1_000);

const rows = await query<{ subject: string; address: string; state: string }>('SELECT b.subject, r.address, r.state FROM recipients r JOIN broadcasts b ON b.id = r.broadcast_id');
const times = new Map<string, number>();
for (const one of arrived) times.set(one, (times.get(one) ?? 0) + 1);
for (const { subject, to } of office.letters) times.set(`${subject} ${Array.isArray(to) ? '' : to?.text}`, (times.get(`${subject} ${Array.isArray(to) ? '' : to?.text}`) ?? 0) + 1);
const cameTo = ({ subject, address }: { readonly subject: string; readonly address: string }): boolean => times.has(`${subject} ${address}`);
const twice = [...times].filter(([, n]) => n > 1).map(([mail]) => mail);
// Told as sent and never arrived, or not ended at all; what is uncertain is shown as such.
const missed = rows.filter((row) => (row.state === 'sent' ? !cameTo(row) : row.state !== 'unconfirmed'));
const unconfirmed = rows.filter(({ state }) => state === 'unconfirmed');
if (twice.length > 0) say(`twice: ${twice.slice(0, 20).join(', ')}`);
if (missed.length > 0) say(`missed: ${JSON.stringify(missed.slice(0, 20))}`);

crew.end();
await office.close();
await dataSource.destroy();
await postgres.stop();
const mostPerKill = Math.max(0, ...uncertain);
const result = {
  newsletters: issues, recipients: rows.length, kills: done.kills, stops: done.stops, missed: missed.length, twice: twice.length,
  unconfirmed: unconfirmed.length, unconfirmedThatArrived: unconfirmed.filter(cameTo).length, mostUnconfirmedPerKill: mostPerKill, connections: CONNECTIONS,
};
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${Object.entries(result).map(([name, value]) => `${name}: ${value}`).join('\n')}\n`);
process.exit(missed.length + twice.length > 0 || mostPerKill > CONNECTIONS || done.kills < kills ? 1 : 0);
