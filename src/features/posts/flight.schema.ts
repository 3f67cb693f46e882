import type { PartContent } from '../../core/part.js';

/** A delivery in our hands under one epoch, with the part whose turn it is. */
export interface Flight {
  readonly id: string;
  readonly epoch: number;
  readonly arming: number;
  readonly tries: number;
  readonly failingSince: number | null;
  readonly dueAt: number;
  readonly intentAt: number;
  readonly workspaceId: string;
  readonly clientId: string;
  readonly postId: string;
  readonly channelId: string;
  readonly connectorId: string;
  readonly componentId: string;
  readonly partId: string;
  readonly position: number;
  readonly kind: 'post' | 'reply';
  readonly content: PartContent;
  readonly stampAt: number;
  readonly before: readonly { readonly remoteId: string; readonly url: string | null }[] | null;
  readonly kept: Readonly<Record<string, { readonly ref: string; readonly expiresAt: number | null }>> | null;
}

/** What every fact about a delivery tells. */
export function deliveryFact(row: Pick<Flight, 'id' | 'postId' | 'channelId' | 'clientId'>, more: Readonly<Record<string, unknown>> = {}) {
  return { deliveryId: row.id, postId: row.postId, channelId: row.channelId, clientId: row.clientId, ...more };
}
