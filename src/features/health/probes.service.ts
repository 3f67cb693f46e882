import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import type { Probe, ProbeWorld } from '../../connectors/connector.js';
import { connectorById, connectors } from '../../connectors/registry.js';
import { partsOf } from '../../core/component.js';
import { type Edge, edgeAtFault } from '../../core/edge.js';
import type { Instant } from '../../core/instant.js';
import type { Signal } from '../../core/signal.js';
import type { Fetch } from '../../core/transport.js';
import { Clock } from '../../infra/clock.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { Outgoing } from '../../infra/http/outgoing.js';
import type { UsedComponent } from '../channels/channel-components.service.js';

/** Of one probe (DESIGN §7). */
const TIMEOUT_MS = 5_000;
const MOST_BYTES = 1_000_000;
/** On their way at a time. */
const AT_ONCE = 20;
/** A shadow that told nothing of the platform (too fast, our own network) is not made again before this. */
const SHADOW_AGAIN_MS = 30_000;
/** §7: ± 5 %, so that not all installations ask in the same second. */
const JITTER = 0.05;

/** Read probes, and writes that nobody sees: does the API answer in its own format? Costs nothing and uses nobody's credential. */
@Injectable()
export class ProbesService {
  private readonly limit = pLimit(AT_ONCE);
  private readonly nextAt = new Map<string, Instant>();
  /** By the monotonic clock. */
  private readonly noShadowBefore = new Map<string, number>();

  constructor(
    private readonly outgoing: Outgoing,
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
  ) {}

  /** Is it time, by what the detector wants now? Turning suspicious shortens the wait that is going on. */
  isDue(componentId: string, everyMs: number | null): boolean {
    if (everyMs === null) return false;
    const now = this.clock.monotonic();
    const next = Math.min(this.nextAt.get(componentId) ?? now, now + everyMs);
    this.nextAt.set(componentId, next);
    if (next > now) return false;
    this.nextAt.set(componentId, now + everyMs * (1 - JITTER + 2 * JITTER * Math.random()));
    return true;
  }

  /** null = it says nothing of the platform. */
  async probe({ connectorId, host }: UsedComponent, signal: AbortSignal): Promise<Signal | null> {
    return this.ask('probe', signal, (world) => connectorById(connectorId).probe(host, world));
  }

  /** Has its platform a write that nobody sees? */
  hasShadow(componentId: string): boolean {
    const { platform } = partsOf(componentId);
    return connectors.some((connector) => connector.id === platform && connector.shadow !== undefined);
  }

  /** @param at as the detector wants it; null = not now */
  isShadowDue(componentId: string, at: Instant | null): boolean {
    return at !== null && at <= this.clock.now() && (this.noShadowBefore.get(componentId) ?? -Infinity) <= this.clock.monotonic();
  }

  /** A write that nobody sees; null = it says nothing of the platform. */
  async shadow({ id, connectorId, host }: UsedComponent, signal: AbortSignal): Promise<Signal | null> {
    const seen = await this.ask('shadow', signal, async (world) => (await connectorById(connectorId).shadow?.(host, world)) ?? null);
    if (seen === null) this.noShadowBefore.set(id, this.clock.monotonic() + SHADOW_AGAIN_MS);
    return seen;
  }

  private ask(kind: 'probe' | 'shadow', signal: AbortSignal, make: (world: ProbeWorld) => Promise<Probe | null>): Promise<Signal | null> {
    return this.limit(async () => {
      const at = this.clock.now();
      const late = AbortSignal.timeout(TIMEOUT_MS);
      const limit = AbortSignal.any([signal, late]);
      const ears = listening(this.outgoing.fetch({ timeoutMs: TIMEOUT_MS, maxBytes: MOST_BYTES, signal: limit }));
      const world = { fetch: ears.fetch, now: () => this.clock.now(), signal: limit, log: () => undefined };
      const probe = await make(world).catch(() => null);
      if (signal.aborted) return null;
      const seen = { kind, at, process: this.heartbeat.workerId } as const;
      // Given up for want of an answer: that is the platform's silence, not our doing.
      if (late.aborted && probe?.kind !== 'ok') return { ...seen, ok: false };
      if (probe === null || probe.kind === 'local') return null;
      const edge = probe.kind === 'fault' ? ears.edge() : null;
      return { ...seen, ok: probe.kind === 'ok', ...(edge && { edge }) };
    });
  }
}

/** Hears along which edge gave the last answer itself; the connector need know nothing of edges. */
function listening(fetch: Fetch): { readonly fetch: Fetch; readonly edge: () => Edge | null } {
  let edge: Edge | null = null;
  return {
    fetch: async (url, init) => {
      edge = null;
      const answer = await fetch(url, init);
      if (answer.status >= 500) edge = edgeAtFault({ status: answer.status, headers: answer.headers, text: await answer.clone().text() });
      return answer;
    },
    edge: () => edge,
  };
}
