import type { DeliveryState, HoldReason } from '../../core/delivery.js';
import type { ClientDay } from '../../core/day.js';
import type { PartContent } from '../../core/part.js';
import type { Choice, Policy } from '../../core/policy.js';
import type { Actor } from '../../infra/http/access.js';

/** Rows as the statements of this room read and write them. Instants are ms, wall times text. */

export interface ClientRow {
  readonly id: string;
  readonly zone: string;
  readonly day: ClientDay;
}

export interface ChannelRow {
  readonly id: string;
  readonly clientId: string;
  readonly name: string;
  readonly connectorId: string;
  readonly componentId: string;
  readonly learned: unknown;
}

export interface Content {
  readonly parts: readonly PartContent[];
}

export type Editing = 'draft' | 'in-review' | 'ready';

export interface PostRow {
  readonly id: string;
  readonly clientId: string;
  readonly seriesId: string | null;
  readonly occurrence: string | null;
  readonly editing: Editing;
  readonly choice: Choice;
  readonly policy: Policy;
  readonly content: Content;
  readonly zone: string | null;
  readonly wallAt: string | null;
  readonly dueAt: number | null;
  readonly evergreen: boolean;
  readonly labels: readonly string[];
  readonly version: number;
  readonly cancelledAt: number | null;
}

export interface DeliveryRow {
  readonly id: string;
  readonly channelId: string;
  readonly origin: string;
  readonly state: DeliveryState;
  readonly holdReason: HoldReason | null;
  readonly dueAt: number;
  /** Parts that are out, and parts in all. */
  readonly out: number;
  readonly parts: number;
  /** Was it ever claimed, tried, or sent another way? Then it stays as history. */
  readonly touched: boolean;
  /** It goes another way and is not out there yet: it may still come back to its own channel. */
  readonly comesBack: boolean;
  /** Of a fallback: it says the post's own words, for nobody wrote others for its channel. */
  readonly ownWords: boolean;
}

/** A post about to be written, with its rows beneath it. */
export interface PlannedPost {
  readonly id: string;
  readonly clientId: string;
  readonly seriesId: string | null;
  readonly occurrence: string | null;
  readonly editing: Editing;
  readonly choice: Choice;
  readonly policy: Policy;
  readonly content: Content;
  readonly zone: string | null;
  readonly wallAt: string | null;
  readonly dueAt: number | null;
  readonly evergreen: boolean;
  readonly labels: readonly string[];
  readonly version: number;
  readonly createdBy: Actor;
  readonly channels: readonly PlannedChannel[];
}

export interface PlannedChannel {
  readonly channelId: string;
  readonly variant: Content | null;
  /** null for drafts: nothing is planned yet. */
  readonly delivery: PlannedDelivery | null;
}

export interface PlannedDelivery {
  readonly id: string;
  readonly channelId: string;
  readonly connectorId: string;
  readonly componentId: string;
  readonly origin: string;
  readonly choice: Choice;
  readonly dueAt: number;
  readonly deadlineAt: number;
  readonly approved: boolean;
  readonly parts: readonly PartContent[];
}
