import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Webhook as Signer } from 'standardwebhooks';
import { SECOND_MS } from '../../core/instant.js';
import { type Fetch, TransportError } from '../../core/transport.js';
import { Clock } from '../../infra/clock.js';
import { CONFIG, type Config } from '../../infra/config.js';
import { Outgoing } from '../../infra/http/outgoing.js';
import { Loop } from '../../infra/loop.js';
import { Metrics } from '../../infra/metrics.js';
import { scrub } from '../../infra/scrub.js';
import { Seal } from '../../infra/seal.js';
import { version } from '../../infra/version.js';
import { CLAIM_AT_MOST_MS, nextTry, REQUEST_MS } from './webhook-schedule.js';
import { type ClaimedMessage, type ReadyEndpoint, type SendResult, WebhookSendsRepository } from './webhook-sends.repository.js';

const everyMs = 500;
const lanesAtMost = 200;
const perLane = 4;
/** Enough for two requests in a row per slot within the lease. */
const perClaim = 2 * perLane;
/** How long requests on their way may go on when the process stops; cut off, they are sent again by the next one. */
const graceMs = 5 * SECOND_MS;
const answerBytes = 1_000_000;

/** Sends what waits. Each endpoint has a lane of its own, so that one that hangs delays nobody else. */
@Injectable()
export class WebhookSender implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(WebhookSender.name);
  private readonly lanes = new Map<string, Promise<void>>();
  private readonly cut = new AbortController();
  private readonly loop: Loop;
  private stopping = false;

  constructor(
    private readonly sends: WebhookSendsRepository,
    private readonly seal: Seal,
    private readonly outgoing: Outgoing,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.loop = new Loop('Webhooks', everyMs, clock, () => this.round());
  }

  onApplicationBootstrap(): void {
    if (this.config.ROLES.includes('worker')) this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    await this.loop.stop();
    const done = new AbortController();
    const grace = this.clock.sleep(graceMs, done.signal).then(() => this.cut.abort());
    await this.idle();
    done.abort();
    await grace;
  }

  /** Opens a lane for every endpoint that has something to be sent and none yet. */
  async round(): Promise<void> {
    const free = lanesAtMost - this.lanes.size;
    if (free <= 0) return;
    for (const endpoint of await this.sends.ready([...this.lanes.keys()], free)) {
      const lane = this.run(endpoint)
        .catch((error: unknown) => this.logger.warn(`The webhook ${endpoint.id} could not be served; tried again: ${String(error)}`))
        .finally(() => this.lanes.delete(endpoint.id));
      this.lanes.set(endpoint.id, lane);
    }
  }

  /** Resolves when no lane is open. */
  async idle(): Promise<void> {
    await Promise.all(this.lanes.values());
  }

  /** Until nothing is left. Of an endpoint that fails only one message at a time is tried. */
  private async run(endpoint: ReadyEndpoint): Promise<void> {
    while (!this.stopping) {
      const ageMs = this.clock.startAge();
      const claimed = [...(await this.sends.claim(endpoint.id, endpoint.failing ? 1 : perClaim))];
      if (claimed.length === 0) return;
      let setback = false;
      const slot = async (): Promise<void> => {
        for (let message = claimed.shift(); message; message = claimed.shift()) {
          const isGood = await this.deliver(endpoint, message, this.stopping || ageMs() > CLAIM_AT_MOST_MS);
          setback ||= !isGood;
        }
      };
      await Promise.all(Array.from({ length: perLane }, slot));
      if (setback || endpoint.failing) return; // the next round reads anew how it stands
    }
  }

  /** Answers whether it went well. */
  private async deliver(endpoint: ReadyEndpoint, message: ClaimedMessage, letGo: boolean): Promise<boolean> {
    const result: SendResult = letGo ? { kind: 'let-go', afterMs: 0 } : await this.send(endpoint, message);
    await this.sends.record(endpoint.id, message, result);
    return result.kind === 'delivered';
  }

  private async send(endpoint: ReadyEndpoint, message: ClaimedMessage): Promise<SendResult> {
    const { body, tries } = message;
    const fetch: Fetch = this.outgoing.fetch({ timeoutMs: REQUEST_MS, maxBytes: answerBytes, signal: this.cut.signal });
    try {
      const { status } = await fetch(endpoint.url, { method: 'POST', headers: this.headers(endpoint, message), body });
      const isGood = status >= 200 && status < 300;
      this.metrics.webhooks.inc({ result: isGood ? 'delivered' : 'refused' });
      if (isGood) return { kind: 'delivered', status };
      if (status === 410) return { kind: 'gone', status, detail: 'it answered 410: gone' };
      return failure(tries, status, status >= 300 && status < 400 ? `it answered ${status}: redirects are not followed` : `it answered ${status}`);
    } catch (error) {
      if (error instanceof TransportError && error.kind === 'aborted') return { kind: 'let-go', afterMs: 0 };
      if (error instanceof TransportError && error.kind === 'offline') return { kind: 'let-go', afterMs: 30 * SECOND_MS };
      this.metrics.webhooks.inc({ result: 'broken' });
      return failure(tries, null, scrub(error instanceof Error ? error.message : String(error)).slice(0, 500));
    }
  }

  /** https://www.standardwebhooks.com: id, timestamp of this try, a signature per secret. @throws SealError */
  private headers({ id: rowId, workspaceId, sealedSecret, sealedOldSecret }: ReadyEndpoint, { id, body }: ClaimedMessage): Record<string, string> {
    const now = new Date(this.clock.now());
    const secrets = [sealedSecret, sealedOldSecret].filter((sealed) => sealed !== null).map((sealed) => this.seal.open(sealed, { workspaceId, rowId }));
    return {
      'content-type': 'application/json',
      'user-agent': `Postern/${version}`,
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / SECOND_MS)),
      'webhook-signature': secrets.map((secret) => new Signer(secret).sign(id, now, body)).join(' '),
    };
  }
}

function failure(tries: number, status: number | null, detail: string): SendResult {
  const afterMs = nextTry(tries);
  return afterMs === null ? { kind: 'failed', status, detail } : { kind: 'again', status, detail, afterMs };
}
