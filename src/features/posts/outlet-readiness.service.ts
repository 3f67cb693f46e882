import { Injectable } from '@nestjs/common';
import { type ClientDay, isInside } from '../../core/day.js';
import type { Instant } from '../../core/instant.js';
import type { Outlet, OutletTrouble } from '../../core/routes.js';
import { timeWordOf } from '../../core/time-words.js';
import type { PossibleOutlet } from './outlets.service.js';

/** A fallback: which post says what, where. */
export type ToBeReady = Pick<PossibleOutlet, 'channelId' | 'connectorId' | 'parts'> & { readonly postId: string };

/** What stands in the way of each of these at that moment, which may be to come; null = nothing. In their order. */
export type ReadinessSource = (workspaceId: string, asked: readonly ToBeReady[], at: Instant) => Promise<readonly (OutletTrouble | null)[]>;

/** A post that looks for another way. */
export interface Leaving {
  readonly postId: string;
  readonly dueAt: Instant;
  readonly day: ClientDay;
  readonly outlets: readonly PossibleOutlet[];
}

export type Way = PossibleOutlet & Outlet;

export interface Moment {
  readonly at: Instant;
  /** So long after its time a word of time is no longer true. */
  readonly absentMs: number;
  /** How the outlet itself does at that moment; left out: nobody knows. */
  readonly verdictOn?: (outlet: PossibleOutlet) => OutletTrouble | null;
}

/** Whether outlets can take a fallback at some moment: the one answer for all who ask. Rooms to the right know more: a list may be cold, a budget used up. */
@Injectable()
export class OutletReadiness {
  private readonly sources = new Map<string, ReadinessSource>();

  /** Call it in `onModuleInit`. */
  register(connectorId: string, source: ReadinessSource): void {
    this.sources.set(connectorId, source);
  }

  /** The outlets of each of these posts of one workspace, with what stands in their way then. */
  async judged(workspaceId: string, posts: readonly Leaving[], { at, absentMs, verdictOn = () => null }: Moment): Promise<readonly (readonly Way[])[]> {
    const seen = posts.map(({ postId, dueAt, day, outlets }) => {
      const night: OutletTrouble | null = isInside(day, at) ? null : 'night';
      const spoken = ({ parts }: PossibleOutlet): OutletTrouble | null => (at - dueAt > absentMs && timeWordOf(parts.map(({ text }) => text)) !== null ? 'words-of-time' : null);
      return outlets.map((outlet) => ({ ...outlet, postId, trouble: outlet.trouble ?? spoken(outlet) ?? verdictOn(outlet) ?? night }));
    });
    const open = seen.flat().filter(({ trouble }) => trouble === null);
    const troubles = await this.of(workspaceId, open, at);
    const unready = new Map(open.map((outlet, n) => [outlet, troubles[n] ?? null]));
    return seen.map((outlets) => outlets.map((outlet) => ({ ...outlet, trouble: outlet.trouble ?? unready.get(outlet) ?? null })));
  }

  async of(workspaceId: string, asked: readonly ToBeReady[], at: Instant): Promise<readonly (OutletTrouble | null)[]> {
    const found = new Map<ToBeReady, OutletTrouble | null>();
    await Promise.all([...this.sources].map(async ([connectorId, source]) => {
      const mine = asked.filter((one) => one.connectorId === connectorId);
      const troubles = mine.length === 0 ? [] : await source(workspaceId, mine, at);
      for (const [n, one] of mine.entries()) found.set(one, troubles[n] ?? null);
    }));
    return asked.map((one) => found.get(one) ?? null);
  }
}
