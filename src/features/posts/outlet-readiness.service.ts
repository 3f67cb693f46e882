import { Injectable } from '@nestjs/common';
import { type ClientDay, isInside } from '../../core/day.js';
import { type Instant, MINUTE_MS } from '../../core/instant.js';
import type { Outlet, OutletTrouble } from '../../core/routes.js';
import { timeWordOf } from '../../core/time-words.js';
import type { PossibleOutlet } from './outlets.service.js';

const QUARTER_MS = 15 * MINUTE_MS;

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
  async judged(workspaceId: string, posts: readonly Leaving[], { at, ...moment }: Moment): Promise<readonly (readonly Way[])[]> {
    return this.judgedEach(workspaceId, posts.map((post) => ({ ...post, at })), moment);
  }

  /** As `judged`, each post at its own moment. */
  async judgedEach(workspaceId: string, posts: readonly (Leaving & { readonly at: Instant })[], { absentMs, verdictOn = () => null }: Omit<Moment, 'at'>): Promise<readonly (readonly Way[])[]> {
    const seen = posts.map(({ postId, dueAt, day, outlets, at }) => {
      const night: OutletTrouble | null = isInside(day, at) ? null : 'night';
      const spoken = ({ parts }: PossibleOutlet): OutletTrouble | null => (at - dueAt > absentMs && timeWordOf(parts.map(({ text }) => text)) !== null ? 'words-of-time' : null);
      return outlets.map((outlet) => ({ ...outlet, postId, at, trouble: outlet.trouble ?? spoken(outlet) ?? verdictOn(outlet) ?? night }));
    });
    const unready = new Map<object, OutletTrouble | null>();
    for (const open of byQuarter(seen.flat().filter(({ trouble }) => trouble === null))) {
      const troubles = await this.of(workspaceId, open, Math.min(...open.map(({ at }) => at)));
      for (const [n, outlet] of open.entries()) unready.set(outlet, troubles[n] ?? null);
    }
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

/** Rooms are asked once for all that leave within a quarter of an hour: hours of day begin and end with one in every zone. */
function byQuarter<O extends { readonly at: Instant }>(outlets: readonly O[]): readonly (readonly O[])[] {
  const groups = new Map<number, O[]>();
  for (const outlet of outlets) {
    const quarter = Math.floor(outlet.at / QUARTER_MS);
    const group = groups.get(quarter);
    if (group) group.push(outlet);
    else groups.set(quarter, [outlet]);
  }
  return [...groups.values()];
}
