import { Injectable } from '@nestjs/common';
import type { PartContent } from '../../core/part.js';

/** What saying something there would cost. */
export interface OutletCost {
  readonly people: number;
  /** In hundredths of the currency. */
  readonly minor: number;
  readonly currency: string;
}

/** null = nobody knows, or it costs nothing. */
export type CostSource = (workspaceId: string, channelId: string, parts: readonly PartContent[], postId: string) => Promise<OutletCost | null>;

/** What a fallback would cost on outlets that cost something. For rooms to the right. */
@Injectable()
export class OutletCosts {
  private readonly sources = new Map<string, CostSource>();

  /** Call it in `onModuleInit`. */
  register(connectorId: string, source: CostSource): void {
    this.sources.set(connectorId, source);
  }

  async of(workspaceId: string, { channelId, connectorId, parts, postId }: { readonly channelId: string; readonly connectorId: string; readonly parts: readonly PartContent[]; readonly postId: string }): Promise<OutletCost | null> {
    return (await this.sources.get(connectorId)?.(workspaceId, channelId, parts, postId)) ?? null;
  }
}
