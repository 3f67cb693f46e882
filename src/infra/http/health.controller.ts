import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Inject, Req, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CONFIG, type Config } from '../config.js';
import { Metrics } from '../metrics.js';
import { Readiness } from '../readiness.js';
import { Rounds } from '../rounds.js';
import { Workers } from '../workers.js';
import { Public } from './access.js';
import { problems } from './problem.js';

const fail = problems({
  'metrics-closed': {
    status: 401,
    en: 'The figures are open to this machine only. From elsewhere, or behind a proxy, set METRICS_TOKEN and send it as a bearer token.',
    it: 'Le metriche sono aperte solo a questa macchina. Da altrove, o dietro un proxy, imposta METRICS_TOKEN e invialo come bearer token.',
  },
});

/** For probes and Prometheus; outside `/api/v1`, and without a word on any workspace. */
@ApiExcludeController()
@Controller({ version: VERSION_NEUTRAL })
export class HealthController {
  constructor(
    private readonly readiness: Readiness,
    private readonly workers: Workers,
    private readonly rounds: Rounds,
    private readonly metrics: Metrics,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The process answers; says nothing about what it stands on, so that a restart is not asked for when Postgres is away. */
  @Public()
  @Get('health/live')
  live(): { state: 'ok' } {
    return { state: 'ok' };
  }

  @Public()
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) response: Response): Promise<object> {
    const checks = await this.readiness.ask();
    return answer(response, Object.values(checks).every(Boolean), { checks });
  }

  /** Red when no worker has been heard for 60 s: then nothing goes out. */
  @Public()
  @Get('health/workers')
  async alive(@Res({ passthrough: true }) response: Response): Promise<object> {
    const [alive, rounds] = await Promise.all([this.workers.alive(), this.rounds.ages()]).catch(() => [[], {}] as const);
    const workers = alive.map(({ id, roles, startedAt, silentS }) => ({ id, roles, startedAt, silentS }));
    return answer(response, alive.some((worker) => worker.roles.includes('worker')), { workers, rounds });
  }

  @Public()
  @Get('metrics')
  async figures(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (!this.mayScrape(request)) throw fail('metrics-closed');
    response.set('Content-Type', this.metrics.contentType).send(await this.metrics.text());
  }

  /** Behind a proxy everybody comes from loopback, so there loopback counts for nothing. */
  private mayScrape(request: Request): boolean {
    const { METRICS_TOKEN: token, TRUST_PROXY: proxied } = this.config;
    if (token !== undefined && isSame(request.headers.authorization ?? '', `Bearer ${token}`)) return true;
    const forwarded = proxied || 'x-forwarded-for' in request.headers || 'forwarded' in request.headers;
    return !forwarded && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(request.socket.remoteAddress ?? '');
  }
}

function answer(response: Response, good: boolean, rest: object): object {
  response.status(good ? 200 : 503).set('Cache-Control', 'no-store');
  return { state: good ? 'ok' : 'red', ...rest };
}

function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
