import { Injectable } from '@nestjs/common';
import type { Instant } from '../../core/instant.js';
import type { ToBeReady } from './outlet-readiness.service.js';

/** What saying something there would cost. */
export interface OutletCost {
  readonly people: number;
  /** In hundredths of the currency. */
  readonly minor: number;
  readonly currency: string;
}

/** At the moment at which it would leave; null = nobody knows, or it costs nothing. */
export type CostSource = (workspaceId: string, asked: ToBeReady, at: Instant) => Promise<OutletCost | null>;

/** What a fallback would cost on outlets that cost something. For rooms to the right. */
@Injectable()
export class OutletCosts {
  private readonly sources = new Map<string, CostSource>();

  /** Call it in `onModuleInit`. */
  register(connectorId: string, source: CostSource): void {
    this.sources.set(connectorId, source);
  }

  async of(workspaceId: string, asked: ToBeReady, at: Instant): Promise<OutletCost | null> {
    return (await this.sources.get(asked.connectorId)?.(workspaceId, asked, at)) ?? null;
  }
}
