import { Injectable } from '@nestjs/common';
import type { Instant } from '../../core/instant.js';
import type { OutcomeKind } from '../../core/outcome.js';
import { hasMedia } from '../../core/part.js';
import type { CanarySignal } from '../../core/signal.js';
import { Clock } from '../../infra/clock.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { HealthService } from '../health/health.service.js';
import type { Flight } from '../posts/flight.schema.js';

/** Under which terms a delivery goes out. */
export interface Terms {
  /** It is late: somebody may have put it out by hand, or an older copy of this installation did. */
  readonly lookFirst: boolean;
  /** From when on it may be out, if that is before it was due, ms. */
  readonly lookSince: number | null;
  /** It goes first, to see whether the platform is back. */
  readonly canary: boolean;
  /** Its account was in order within the last 24 h. */
  readonly healthy: boolean;
}

interface Attempted {
  readonly outcome: OutcomeKind;
  readonly startedAt: Instant;
  readonly firstByteAt: Instant | null;
  /** Of ours, through which the account works; null = it brings its own credential. */
  readonly app: string | null;
}

type Sent = Pick<Flight, 'id' | 'componentId' | 'channelId' | 'clientId' | 'workspaceId' | 'content'>;

/** Tells the health of platforms what was seen on the way (DESIGN §7). */
@Injectable()
export class EvidenceService {
  constructor(
    private readonly health: HealthService,
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
  ) {}

  attempted(flight: Sent, { canary, healthy }: Terms, { outcome, startedAt, firstByteAt, app }: Attempted): void {
    const seen = { at: startedAt, process: this.heartbeat.workerId, media: hasMedia(flight.content) };
    if (canary) {
      this.health.report(flight.componentId, { kind: 'canary', ...seen, result: canaryResult(outcome), delivery: flight.id, readBack: true, jitter: 0 });
      return;
    }
    this.health.report(flight.componentId, {
      kind: 'write', ...seen, account: flight.channelId, client: flight.clientId, workspace: flight.workspaceId, app, outcome, healthy,
      latencyMs: firstByteAt === null ? null : this.clock.now() - firstByteAt,
    });
  }

  readBack(flight: Sent, { ok, app }: { readonly ok: boolean; readonly app: string | null }): void {
    this.health.report(flight.componentId, {
      kind: 'read-back', ok, at: this.clock.now(), process: this.heartbeat.workerId, account: flight.channelId, client: flight.clientId, workspace: flight.workspaceId, app, clients: 0,
    });
  }
}

/** A refusal or our own fault says nothing of an outage: the canary is free to go again. */
function canaryResult(outcome: OutcomeKind): CanarySignal['result'] {
  switch (outcome) {
    case 'delivered':
      return 'ok';
    case 'uncertain':
      return 'uncertain';
    case 'unavailable':
    case 'unauthorized':
    case 'throttled':
      return 'failed';
    case 'refused':
    case 'local':
      return 'absent';
  }
}
