import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Routes } from '../../core/failover-policy.js';
import { MINUTE_MS } from '../../core/instant.js';
import { Clock } from '../../infra/clock.js';

/** How long the longest of its own among these channels takes until everybody there has a message, ms; 0 = no time to speak of. */
export type NeedsSource = (manager: EntityManager, workspaceId: string, channelIds: readonly string[]) => Promise<number>;

/** Lists are counted anew this often: of one client hundreds of posts may ask at once. */
const KEPT_MS = MINUTE_MS;

interface Known {
  readonly ms: number;
  readonly age: () => number;
}

/** How long ways out take, so that what leaves by them is out in time. For rooms to the right. */
@Injectable()
export class OutletNeeds {
  private readonly logger = new Logger(OutletNeeds.name);
  private readonly sources: NeedsSource[] = [];
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Call it in `onModuleInit`. */
  register(source: NeedsSource): void {
    this.sources.push(source);
  }

  /** Of the first set, by which it goes if it can, ms. */
  async of(workspaceId: string, [first]: Routes, manager: EntityManager = this.dataSource.manager): Promise<number> {
    if (first === undefined) return 0;
    const key = [workspaceId, ...first].join(' ');
    const known = this.known.get(key);
    if (known && known.age() < KEPT_MS) return known.ms;
    let ms = 0;
    for (const source of this.sources) ms = Math.max(ms, await this.orNone(source(manager, workspaceId, first)));
    for (const [old, { age }] of this.known) if (age() >= KEPT_MS) this.known.delete(old);
    this.known.set(key, { ms, age: this.clock.startAge() });
    return ms;
  }

  /** What cannot be counted keeps no post from being decided about. */
  private orNone(needs: Promise<number>): Promise<number> {
    return needs.catch((error: unknown) => {
      this.logger.warn(`How long a way out takes is not known, it is given five minutes: ${String(error)}`);
      return 0;
    });
  }
}
