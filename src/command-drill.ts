import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import { AppModule } from './app.module.js';
import { HOUR_MS, MINUTE_MS } from './core/instant.js';
import type { Frame } from './features/drill/drill-cast.js';
import { DrillRun } from './features/drill/drill-run.service.js';
import { DrillEyes } from './features/drill/drill-eyes.service.js';
import { DrillLines } from './features/drill/drill-lines.js';
import { type Breakage, breakages, DrillStart, type DrillTally, type Scenario, type StoredStep } from './features/drill/drill.schema.js';
import { PutGateway } from './features/phone/gateway.schema.js';
import { GatewaySettings } from './features/phone/gateway-settings.service.js';
import { SmsCapWrite } from './features/phone/sms.schema.js';
import { SmsCaps } from './features/phone/sms-caps.service.js';
import { type Config, readConfig } from './infra/config.js';
import { EmbeddedPostgres } from './infra/database/embedded-postgres.js';
import { migrate } from './infra/database/migrate.js';
import { BuiltInSandbox } from './sandbox.module.js';
import { Log } from './infra/log.js';
import { startPhoneCatcher } from './infra/rehearsal/phone-catcher.js';
import { startMailCatcher } from './infra/rehearsal/mail-catcher.js';
import { RehearsedClock } from './infra/rehearsal/rehearsed-clock.js';
import { RehearsedDatabase } from './infra/rehearsal/rehearsed-database.js';
import { RehearsedTime } from './infra/rehearsal/rehearsed-time.js';
import { rehearsedQueue } from './infra/rehearsal/rehearsed-queue.js';

export interface Rehearsal {
  readonly scenarios: readonly Scenario[];
  readonly broken: readonly Breakage[];
  /** An own folder is made in it, and removed at the end. */
  readonly dataDir: string;
  readonly say: (line: string) => void;
  readonly tell: (step: StoredStep) => void;
  readonly signal: AbortSignal;
}

/** A Tuesday in winter in Rome: no clock changes near it. The platforms fall three minutes later, and are back at 00:50. */
const STARTS_AT = Date.parse('2031-03-04T17:27:00+01:00');
const frame: Frame = {
  fallsAt: Date.parse('2031-03-04T17:30:00+01:00'), downMs: Date.parse('2031-03-05T00:50:00+01:00') - Date.parse('2031-03-04T17:30:00+01:00'),
  firstAt: 0.02, waits: { from: 0.02, to: 0.9 }, patience: { back: HOUR_MS, drain: 10 * HOUR_MS }, held: 40, seesMorning: true, day: { from: '08:00', to: '21:00' }, policy: {},
};
/** To see that the tally finds what goes wrong, an outage of twenty minutes does. */
const shortFrame: Frame = { ...frame, downMs: 20 * MINUTE_MS, firstAt: 0.13, waits: { from: 0.13, to: 0.16 }, held: 5, policy: { onOutage: 'reroute-now', lateLimitMinutes: 30 } };
/** Where the story is told from: the clients live wherever their clocks suit their scenario. */
const zone = 'Europe/Rome';
/**
 * How far the clock goes at once, ms. Every loop wakes at each hop. More than a minute the detector would take for a stop, and
 * trust nothing it had seen; `asleep`, while no platform is in trouble and until the next is due, there is nothing to trust.
 */
const hops = { closely: 1_000, loosely: 55_000, asleep: 240_000 } as const;

/** Each brand's ordinary newsletter of a week ago, to one of its people: nobody gets a fallback from a sender whom the list does not know. */
const LAST_WEEKS_NEWSLETTERS = `
  WITH brands AS (
    SELECT h.id AS channel_id, h.client_id, ARRAY(SELECT l.id FROM lists l WHERE l.client_id = h.client_id AND l.kind = 'email' ORDER BY l.id) AS list_ids, gen_random_uuid() AS post_id, gen_random_uuid() AS issue_id
      FROM channels h WHERE h.workspace_id = $1 AND h.connector_id = 'newsletter'),
  written AS (
    INSERT INTO posts (id, workspace_id, client_id, editing, choice, content, created_by) SELECT post_id, $1, client_id, 'draft', 'can-wait', '{"parts":[]}', '{}' FROM brands),
  issues AS (
    INSERT INTO broadcasts (id, workspace_id, client_id, channel_id, post_id, part_key, list_ids, purpose, language, subject, content, state, web_token, recipients, created_at, frozen_at, ended_at, created_by)
    SELECT issue_id, $1, client_id, channel_id, post_id, issue_id::text, list_ids, 'issue', 'en', 'Last week', '{"text":"","media":[],"link":null}', 'sent', issue_id::text, 1, now() - interval '7 days', now() - interval '7 days', now() - interval '7 days', '{}' FROM brands)
  INSERT INTO recipients (broadcast_id, subscriber_id, list_id, address, address_key, state, intent_at, sent_at)
  SELECT b.issue_id, p.id, b.list_ids[1], p.address, p.address_key, 'sent', now() - interval '7 days', now() - interval '7 days'
    FROM brands b CROSS JOIN LATERAL (SELECT p.id, p.address, p.address_key FROM subscribers p JOIN subscriptions s ON s.subscriber_id = p.id AND s.list_id = b.list_ids[1] WHERE p.client_id = b.client_id ORDER BY p.id LIMIT 1) AS p`;

/**
 * The whole house with all its roles, on a database, a clock, a doorbell and a mail server of its own: hours pass in
 * seconds, and nothing it sends can leave this machine, whatever the environment says.
 */
export async function rehearse({ scenarios, broken, dataDir: home, say, tell, signal }: Rehearsal): Promise<DrillTally> {
  const dataDir = join(home, 'drill');
  const clock = new RehearsedClock(STARTS_AT);
  const ends: (() => Promise<unknown>)[] = [];
  try {
    const postgres = await emptyPostgres(dataDir, say);
    ends.push(() => rm(dataDir, { recursive: true, force: true }), () => postgres.stop());
    const database = await RehearsedDatabase.prepare(postgres.url, clock.ahead);
    ends.push(() => database.close());
    await migrate(postgres.url);
    const catcher = await startMailCatcher(() => clock.now());
    ends.push(() => catcher.close());
    const phones = await startPhoneCatcher();
    ends.push(() => phones.close());

    const config = readConfig({ PORT: '0', DATA_DIR: dataDir, PUBLIC_URL: 'https://drill.example', SMTP_URL: catcher.url, ALLOW_HOSTS: phones.host, CONTROL_TARGETS: 'http://sandbox.invalid', LOG_LEVEL: 'error' });
    const logger = new Log({ level: config.LOG_LEVEL, readable: true, clock, correlation: () => undefined, write: (line) => say(line.trimEnd()) });
    const app = await NestFactory.create(AppModule.forRoot({ config, databaseUrl: postgres.url, secret: 'of a rehearsal, and of nothing else', clock, queue: rehearsedQueue(clock) }), { logger, abortOnError: false });
    ends.push(() => app.close());
    await app.init();
    if (app.get(BuiltInSandbox, { strict: false }).url === null) throw new Error('The sandbox platforms did not start: see above.');

    const rows = app.get(DataSource);
    const eyes = app.get(DrillEyes, { strict: false });
    const time = new RehearsedTime(clock, database, () => eyes.isInFlight());
    const quietMs = async (): Promise<number> => {
      const [until] = await rows.query<{ ms: number | null }[]>(
        `SELECT (extract(epoch FROM min(at) - now()) * 1000)::float8 AS ms FROM (
           SELECT now() AS at FROM incidents WHERE closed_at IS NULL UNION ALL SELECT now() FROM letters WHERE state = 'waiting'
           UNION ALL SELECT CASE WHEN isfinite(ready_at) THEN ready_at ELSE now() END FROM deliveries WHERE state IN ('scheduled', 'held', 'sending', 'unconfirmed')) AS wakes`);
      return until?.ms ?? hops.asleep;
    };
    return await app.get(DrillRun, { strict: false }).play({
      id: uuid(), kind: 'live', scenarios, frame: () => (broken.length === 0 ? frame : shortFrame), watcherId: null, broken, signal,
      staged: async () => Promise.resolve(),
      dressed: async ({ caller, workspaceId, clients }) => {
        // No DNS knows its domain: that its mails may leave is true here alone, where they end in the catcher.
        await rows.query('UPDATE senders SET verified_at = now() WHERE workspace_id = $1', [workspaceId]);
        await rows.query(LAST_WEEKS_NEWSLETTERS, [workspaceId]);
        await app.get(GatewaySettings, { strict: false }).put(caller, PutGateway.parse({ account: { kind: 'http', url: phones.url, token: 'of a rehearsal' }, currency: 'EUR', priceMinor: 7 }));
        for (const { id } of clients) await app.get(SmsCaps, { strict: false }).write(caller, id, SmsCapWrite.parse({ version: 0, capMinor: 10_000, currency: 'EUR' }));
      },
      tell: (steps) => steps.forEach(tell),
      arrived: () => [...catcher.mails.filter(({ isToList }) => isToList).flatMap(({ to }) => to), ...phones.texts.map(({ to }) => to)],
      pass: async (how, mostMs) => time.pass(Math.min(mostMs, how === 'closely' ? hops.closely : Math.max(hops.loosely, Math.min(hops.asleep, await quietMs())))),
    });
  } finally {
    for (const end of ends.reverse()) await end().catch((error: unknown) => say(String(error)));
  }
}

/** What a drill that was killed left there is ended and thrown away. @throws InUseError while another one plays */
async function emptyPostgres(dataDir: string, say: (line: string) => void): Promise<EmbeddedPostgres> {
  if (existsSync(dataDir)) {
    await (await EmbeddedPostgres.start(dataDir, say)).stop();
    await rm(dataDir, { recursive: true, force: true });
  }
  return EmbeddedPostgres.start(dataDir, say);
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const Broken = z.array(z.enum(breakages));
const named = (list: string): readonly string[] => list.split(',').map((one) => one.trim());

/** For the command line. `play`: for tests. @returns whether nothing was lost, twice, told twice or left in the night */
export async function drill(config: Pick<Config, 'DATA_DIR'>, { scenario, broken, json, say, print }: {
  readonly scenario: string; readonly broken: string | undefined; readonly json: boolean; readonly say: (line: string) => void; readonly print: (line: string) => void;
}, play: (rehearsal: Rehearsal) => Promise<DrillTally> = rehearse): Promise<boolean> {
  const asked = DrillStart.parse({ scenarios: named(scenario) });
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  for (const signal of signals) process.once(signal, stop);
  const lines = new DrillLines(zone, 'en');
  print(`All of it is made up, the day as well. Times are those of ${zone}.`);
  const tally = await play({
    scenarios: [...new Set(asked.scenarios)], broken: broken === undefined ? [] : Broken.parse(named(broken)), dataDir: config.DATA_DIR, say, signal: stopping.signal,
    tell: (step) => lines.of(step).forEach(print),
  }).finally(() => signals.forEach((signal) => process.off(signal, stop)));
  for (const { kind, scenario: of, what } of tally.troubles.slice(0, 20)) print(`!! ${kind}${of === null ? '' : ` (${of})`}: ${what}`);
  if (json) print(JSON.stringify(tally));
  else print(summary(tally));
  return tally.troubles.length === 0;
}

function summary({ seconds, troubles, ...counts }: DrillTally): string {
  const second = (value: number | null): string => (value === null ? 'never' : `${value} s`);
  return [
    `${counts.held + counts.rerouted} were caught by the outage, counted by channel. ${counts.rerouted} went out elsewhere (${counts.mails} mails, ${counts.articles} articles, ${counts.texts} SMS); ${counts.held} waited: published late ${counts.publishedLate}, by hand ${counts.byHand}, missed ${counts.missed}.`,
    `Suspect after ${second(seconds.suspect)}, down after ${second(seconds.down)}, somebody told after ${second(seconds.notice)}; back, and known to be, after ${second(seconds.recovered)}.`,
    troubles.length === 0 ? 'Nothing lost, nothing twice, nobody told twice, nothing in the night.' : `FAILED: ${counts.lost} lost, ${counts.duplicated} twice, ${counts.leftInNight} in the night, ${troubles.length} troubles in all.`,
  ].join('\n');
}
