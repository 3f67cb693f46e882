import type { Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Global, type INestApplication, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { Clock } from '../../../src/infra/clock.js';
import { CONFIG, readConfig } from '../../../src/infra/config.js';
import { ProblemFilter } from '../../../src/infra/http/problem.filter.js';
import { Metrics } from '../../../src/infra/metrics.js';
import { Readiness } from '../../../src/infra/readiness.js';
import { WatchModule } from '../../../src/infra/watch.module.js';
import { createDatabase, type TestDatabase } from '../../kit/database.js';

let database: TestDatabase;
let app: INestApplication<Server>;

/** The app as far as it watches itself. */
async function start(environment: Record<string, string>): Promise<INestApplication<Server>> {
  @Global()
  @Module({
    providers: [Clock, { provide: DataSource, useValue: database.dataSource }, { provide: CONFIG, useValue: readConfig(environment) }],
    exports: [Clock, DataSource, CONFIG],
  })
  class Ground {}
  const made = (await Test.createTestingModule({ imports: [Ground, WatchModule] }).compile()).createNestApplication<INestApplication<Server>>();
  made.useGlobalFilters(new ProblemFilter());
  return made.init();
}

beforeAll(async () => {
  database = await createDatabase();
  app = await start({ ROLES: 'api' });
});
afterAll(async () => {
  await app.close();
  await database.drop();
});
beforeEach(() => database.dataSource.query(`DELETE FROM workers WHERE 'worker' = ANY(roles)`));

const worker = (silentS: number): Promise<unknown> =>
  database.dataSource.query(
    `INSERT INTO workers (id, host, pid, roles, version, heartbeat_at) VALUES ($1, 'secret-host-name', 1, '{worker}', '0', now() - make_interval(secs => $2))`,
    [uuid(), silentS],
  );

describe('Health', () => {
  it('live answers while the process does', async () => {
    await request(app.getHttpServer()).get('/health/live').expect(200, { state: 'ok' });
  });

  it('ready answers 200 with the database, 503 when anything it stands on is away', async () => {
    await request(app.getHttpServer()).get('/health/ready').expect(200, { state: 'ok', checks: { database: true } });
    app.get(Readiness).register('queue', async () => Promise.reject(new Error('gone')));
    await request(app.getHttpServer()).get('/health/ready').expect(503, { state: 'red', checks: { database: true, queue: false } });
  });

  it('workers is green with a heartbeat within the last 60 s', async () => {
    await worker(50);
    const { body, text } = await request(app.getHttpServer()).get('/health/workers').expect(200);
    expect(body).toMatchObject({ state: 'ok', workers: [{ roles: ['api'] }, { roles: ['worker'] }] });
    expect(text).not.toContain('secret-host-name');
  });

  it('workers is red after 60 s without one, though other roles live', async () => {
    await worker(61);
    await request(app.getHttpServer()).get('/health/workers').expect(503);
  });
});

describe('Metrics', () => {
  it('answer loopback with figures and no workspace', async () => {
    app.get(Metrics).attempts.inc({ connector: 'mastodon', outcome: 'delivered' });
    const { text } = await request(app.getHttpServer()).get('/metrics').expect(200);
    expect(text).toContain('postern_attempts_total{connector="mastodon",outcome="delivered"} 1');
    expect(text).toContain('postern_workers_alive{role="api"} 1');
    expect(text).toContain('postern_process_resident_memory_bytes');
    expect(text).not.toMatch(/workspace/);
  });

  it('are closed to what came through a proxy, and open again with the token', async () => {
    await request(app.getHttpServer()).get('/metrics').set('X-Forwarded-For', '203.0.113.9').expect(401);
    const proxied = await start({ ROLES: 'api', TRUST_PROXY: 'true', METRICS_TOKEN: 'a-long-enough-token' });
    try {
      await request(proxied.getHttpServer()).get('/metrics').expect(401);
      await request(proxied.getHttpServer()).get('/metrics').set('Authorization', 'Bearer another-long-token').expect(401);
      await request(proxied.getHttpServer()).get('/metrics').set('Authorization', 'Bearer a-long-enough-token').expect(200);
    } finally {
      await proxied.close();
    }
  });

  it('ask for a figure at most every 10 s, and do without one that fails', async () => {
    let asked = 0;
    app.get(Metrics).sampled({ name: 'postern_asked', help: 'x', sample: async () => ({ all: ++asked }) });
    app.get(Metrics).sampled({ name: 'postern_broken', help: 'x', sample: async () => Promise.reject(new Error('no')) });
    await request(app.getHttpServer()).get('/metrics').expect(200);
    const { text } = await request(app.getHttpServer()).get('/metrics').expect(200);
    expect(text).toContain('postern_asked 1');
    expect(asked).toBe(1);
  });
});
