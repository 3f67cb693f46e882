import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { connectors } from '../../connectors/registry.js';
import { canaryNews } from '../../core/canary.js';
import { partsOf } from '../../core/component.js';
import { step } from '../../core/detector.js';
import { wants } from '../../core/wants.js';
import { Clock } from '../../infra/clock.js';
import { OutagesService } from '../posts/outages.service.js';
import type { Kept } from './component-rows.service.js';

interface Chosen {
  readonly kept: Kept;
  /** The delivery to ring once this is written. */
  readonly ring: string | null;
}

/** Lets one held delivery go first, when the detector wants it, and sees what becomes of it (DESIGN §7). */
@Injectable()
export class CanariesService {
  constructor(
    private readonly outages: OutagesService,
    private readonly clock: Clock,
  ) {}

  /** Sees how canaries ended and lets the next ones go; changes `components` in place. @returns deliveries to ring after the commit */
  async tend(manager: EntityManager, components: Map<string, Kept>): Promise<readonly string[]> {
    const underWay = await this.follow(manager, components);
    const rings: string[] = [];
    for (const [id, kept] of components) {
      if (underWay.has(id)) continue;
      const chosen = await this.choose(manager, id, kept);
      if (chosen) components.set(id, chosen.kept);
      if (chosen?.ring) rings.push(chosen.ring);
    }
    return rings;
  }

  /**
   * What the rows say of canaries whose end is waited for. A reconciler, a person, the sweeper or a late limit may end
   * one, and the process that would tell may die with it: so it is asked at each tick. @returns the components that have one on its way
   */
  private async follow(manager: EntityManager, components: Map<string, Kept>): Promise<ReadonlySet<string>> {
    const awaited = [...components].flatMap(([componentId, kept]) => {
      const { sentAt, only } = kept.state.canary;
      const id = only ?? (sentAt === null ? null : kept.canary);
      return id === null ? [] : [{ componentId, id, kept }];
    });
    if (awaited.length === 0) return new Set();
    const rows = await this.outages.canaries(manager, awaited.map(({ id }) => id));
    const now = this.clock.now();
    for (const { componentId, id, kept } of awaited) {
      const row = rows.get(id);
      const result = row ? canaryNews(kept.state, row) : null;
      if (row && result !== null) {
        const news = { kind: 'canary', result, delivery: id, media: row.media, readBack: true, jitter: 0, at: now, process: '' } as const;
        components.set(componentId, { ...kept, state: step(kept.state, news, now) });
      }
    }
    return new Set(awaited.filter(({ id }) => rows.get(id)?.now === 'sending').map(({ componentId }) => componentId));
  }

  /** null = nothing changes. */
  private async choose(manager: EntityManager, componentId: string, kept: Kept): Promise<Chosen | null> {
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
    const sent = { kind: 'canary', result: 'sent', delivery: ready.id, media: ready.media, readBack, at: now, process: '', jitter: 2 * Math.random() - 1 } as const;
    return { kept: { ...kept, state: step(state, sent, now), canary: ready.id }, ring: ready.id };
  }
}
