import { Injectable } from '@nestjs/common';
import type { Instant } from '../../core/instant.js';
import type { OutletTrouble } from '../../core/routes.js';

/** What stands in the way of a fallback there, by channel; a channel that is missing is ready. */
export type ReadinessSource = (workspaceId: string, channelIds: readonly string[], now: Instant) => Promise<ReadonlyMap<string, OutletTrouble>>;

/** Whether outlets could take a fallback now. For rooms to the right: a list may be cold, a budget used up. */
@Injectable()
export class OutletReadiness {
  private readonly sources = new Map<string, ReadinessSource>();

  /** Call it in `onModuleInit`. */
  register(connectorId: string, source: ReadinessSource): void {
    this.sources.set(connectorId, source);
  }

  async of(workspaceId: string, outlets: readonly { readonly channelId: string; readonly connectorId: string }[], now: Instant): Promise<ReadonlyMap<string, OutletTrouble>> {
    const found = await Promise.all([...this.sources].map(async ([connectorId, source]) => {
      const mine = outlets.filter((outlet) => outlet.connectorId === connectorId).map(({ channelId }) => channelId);
      return mine.length === 0 ? [] : [...(await source(workspaceId, mine, now))];
    }));
    return new Map(found.flat());
  }
}
