import { Injectable } from '@nestjs/common';
import { connectors } from '../../connectors/registry.js';
import { componentId, partsOf } from '../../core/component.js';
import type { Signal } from '../../core/signal.js';
import { Clock } from '../../infra/clock.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import type { UsedComponent } from '../channels/channel-components.service.js';

/** Of one probe, as for platforms (DESIGN §7). */
const TIMEOUT_MS = 5_000;

/** `local`: it could not be asked because of us, and that says nothing of the outlet. */
export interface OutletProbe {
  readonly kind: 'ok' | 'failed' | 'local';
  readonly detail?: string;
}

/** A way out that is no platform and has no channel: a mail road, later an SMS gateway. */
export interface Outlet {
  /** The kind of it: `smtp`. */
  readonly connectorId: string;
  /** For people: "Mail by mail.example.org". */
  readonly name: string;
  /** With port if not the default. */
  readonly host: string;
  /** What falls together with it; null = its host alone. */
  readonly infraGroup: string | null;
  /** Does it answer? Costs nothing and sends nothing. May throw: then it did not answer. */
  probe(signal: AbortSignal): Promise<OutletProbe>;
  /** Is something waiting to leave by it, or soon to? Only then, or while it is down, it is probed. */
  isWanted(): Promise<boolean>;
  /** Which workspaces see how it stands; absent = all: it is the installation's. */
  isOf?(workspaceId: string): Promise<boolean>;
}

export interface Platform {
  readonly connectorId: string;
  readonly host: string;
  /** For people. */
  readonly name: string;
  readonly infraGroup: string | null;
}

/** Outlets are components too (DESIGN §1): the watch judges them as it does platforms, from probes and from what `HealthService.report` tells. */
@Injectable()
export class OutletsService {
  private readonly outlets = new Map<string, Outlet>();

  constructor(
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
  ) {}

  /**
   * Call it in `onModuleInit`, in every process: whichever leads the watch probes.
   * @returns the id of its component, for `HealthService.verdict` and `report`
   */
  register(outlet: Outlet): string {
    const id = componentId(outlet.connectorId, 'publish', outlet.host);
    if (this.outlets.has(id)) throw new Error(`The outlet ${id} is registered twice: one way out is one component.`);
    this.outlets.set(id, outlet);
    return id;
  }

  has(id: string): boolean {
    return this.outlets.has(id);
  }

  list(): readonly (UsedComponent & { readonly name: string })[] {
    return [...this.outlets].map(([id, { connectorId, host, name }]) => ({ id, connectorId, host: host.toLowerCase(), name, clients: 0 }));
  }

  /** Those a workspace sees: the installation's, and its own. */
  async seenBy(workspaceId: string): Promise<readonly { readonly id: string; readonly name: string }[]> {
    const seen = await Promise.all([...this.outlets].map(async ([id, outlet]) => ((await outlet.isOf?.(workspaceId)) ?? true ? [{ id, name: outlet.name }] : [])));
    return seen.flat();
  }

  /** Those with something to send. One that cannot say so counts: a probe too many does no harm. */
  async wanted(): Promise<readonly string[]> {
    const asked = await Promise.all([...this.outlets].map(async ([id, outlet]) => ((await outlet.isWanted().catch(() => true)) ? [id] : [])));
    return asked.flat();
  }

  /**
   * What a component is called and what falls with it, outlet or platform. Of one that is neither any more (another mail
   * server since the restart, a connector this version lacks) its id says it: it is still judged until it is forgotten.
   */
  platformOf(id: string): Platform {
    const { platform: connectorId, host } = partsOf(id);
    const known = this.outlets.get(id) ?? connectors.find((one) => one.id === connectorId);
    return { connectorId, host, name: known?.name ?? connectorId, infraGroup: known?.infraGroup ?? null };
  }

  /** null = it says nothing of the outlet. */
  async probe(id: string, stopping: AbortSignal): Promise<Signal | null> {
    const outlet = this.outlets.get(id);
    if (!outlet) return null;
    const at = this.clock.now();
    const late = AbortSignal.timeout(TIMEOUT_MS);
    const { kind } = await Promise.race([
      outlet.probe(AbortSignal.any([stopping, late])).catch(() => ({ kind: 'failed' }) as const),
      aborted(late), // also one that does not listen
    ]);
    return kind === 'local' || stopping.aborted ? null : { kind: 'probe', at, process: this.heartbeat.workerId, ok: kind === 'ok' };
  }
}

function aborted(signal: AbortSignal): Promise<OutletProbe> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ kind: 'failed' }), { once: true });
  });
}
