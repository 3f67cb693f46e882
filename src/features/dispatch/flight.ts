import { v7 as uuid } from 'uuid';
import type { Instant } from '../../core/instant.js';
import type { Setback } from '../../core/outcome.js';
import type { Part } from '../../core/part.js';
import type { Reason } from '../../core/reason.js';
import { contentHashOf, partKey } from '../../infra/part-key.js';
import type { Flight } from '../posts/flight.schema.js';
import type { Tried } from '../posts/outcomes.service.js';

/** The part whose turn it is, as a connector gets it. */
export function partOf(flight: Flight): Part {
  const before = flight.before ?? [];
  return {
    partId: flight.partId,
    key: partKey(flight.partId, flight.arming),
    position: flight.position,
    kind: flight.kind,
    content: flight.content,
    stampAt: flight.stampAt,
    parent: before.at(-1) ?? null,
    root: before[0] ?? null,
  };
}

/** Why it is not taken. @param detail as it may be shown */
export function refusal({ scope, detailIt }: Extract<Setback, { kind: 'refused' }>, detail: string): Reason {
  if (scope !== 'house') return { code: 'refused', detail };
  return { code: 'not-taken', detail, ...(detailIt !== undefined && { detailIt }) };
}

interface Try {
  /** Of an attempt whose row was written before it left; else a new one. */
  readonly attemptId?: string;
  readonly kind: Tried['kind'];
  readonly workerId: string;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
}

export function tried(flight: Flight, { attemptId = uuid(), kind, workerId, startedAt, finishedAt }: Try): Tried {
  return {
    attemptId,
    deliveryId: flight.id,
    partId: flight.partId,
    workspaceId: flight.workspaceId,
    kind,
    arming: flight.arming,
    epoch: flight.epoch,
    workerId,
    startedAt,
    finishedAt,
    contentHash: contentHashOf(flight.content),
    stampAt: flight.stampAt,
  };
}
