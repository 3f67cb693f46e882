import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { connectors } from '../../connectors/registry.js';
import { partsOf } from '../../core/component.js';
import { step } from '../../core/detector.js';
import { wants } from '../../core/wants.js';
import { Clock } from '../../infra/clock.js';
import { Heartbeat } from '../../infra/heartbeat.js';
import { OutagesService } from '../posts/outages.service.js';
import type { Kept } from './component-rows.service.js';

interface Chosen {
  readonly kept: Kept;
  /** The delivery to ring once this is written. */
  readonly ring: string | null;
}

/** Lets one held delivery go first, when the detector wants it (DESIGN §7). */
@Injectable()
export class CanariesService {
  constructor(
    private readonly outages: OutagesService,
    private readonly heartbeat: Heartbeat,
    private readonly clock: Clock,
  ) {}

  /** null = nothing changes. */
  async choose(manager: EntityManager, componentId: string, kept: Kept): Promise<Chosen | null> {
    const { state } = kept;
    const now = this.clock.now();
    const { canary: wanted } = wants(state);
    // Done with: it was told how it ended, and it is not the only one allowed.
    const isDone = kept.canary !== null && state.canary.sentAt === null && state.canary.only === null;
    const clear = isDone || (kept.canary !== null && state.phase !== 'down') ? { kept: { ...kept, canary: null }, ring: null } : null;
    if (wanted === null) return clear;
    const connector = connectors.find(({ id }) => id === partsOf(componentId).platform);
    if (!connector) return clear; // a connector this version lacks: nothing can go out by it
    const readBack = connector.find !== undefined || connector.resendWindowMs !== null;
    if (now < (readBack ? wanted.at : wanted.blindAt)) return clear;
    const ready = await this.outages.readyCanary(manager, { componentId, only: wanted.only, media: wanted.media });
    if (ready === null) return clear;
    const sent = { kind: 'canary', result: 'sent', delivery: ready.id, media: ready.media, readBack, at: now, process: this.heartbeat.workerId, jitter: 2 * Math.random() - 1 } as const;
    return { kept: { ...kept, state: step(state, sent, now), canary: ready.id }, ring: ready.id };
  }
}
