import type { Address } from './letter.js';

/** A letter as a road takes it. */
export interface Parcel {
  /** Message-ID without its brackets: the same for every try on every road, so that a mail that arrives twice shows once. */
  readonly id: string;
  readonly to: Address;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly fromName: string;
  readonly replyTo?: Address;
  /** Shown in the html as `cid:logo`. */
  readonly logo?: { readonly content: Buffer; readonly mime: string };
  readonly attachment?: { readonly content: Buffer; readonly mime: string; readonly name: string };
}

/**
 * `refused`: this mail to this address will never go. `later`: this mail not now (greylisting, a full box), which says
 * nothing of the road. `unavailable`: the road took nothing, or we do not know whether it did.
 */
export type RoadResult = { readonly kind: 'sent' } | { readonly kind: 'refused' | 'later' | 'unavailable'; readonly detail: string };

/** `local`: we have no way out ourselves. */
export type ProbeResult = { readonly kind: 'ok' } | { readonly kind: 'failed' | 'local'; readonly detail: string };

/** A way for letters to people. */
export interface Road {
  readonly place: 'first' | 'second';
  readonly kind: 'smtp' | 'https';
  /** With its port, where that is an unusual one. */
  readonly host: string;
  /** The sender's address; null: the road has its own. */
  readonly from: string | null;
  /** Letters on their way at once, in one process. */
  readonly lanes: number;
  /** False: letters to members only. */
  readonly carriesClients: boolean;
  /** Never throws; gives up when `signal` aborts. */
  send(parcel: Parcel, signal: AbortSignal): Promise<RoadResult>;
  /** Does it answer at all? Sends no credential and no mail. Never throws. */
  probe(signal: AbortSignal): Promise<ProbeResult>;
  /** For `doctor`: null when it lets us in, else what is wrong. */
  check(): Promise<string | null>;
  close(): void;
}

/** Errors of a machine without a way out, whatever it wanted to reach. */
const ours = new Set(['ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EMFILE', 'ENFILE']);

export function probeFailure(error: unknown): ProbeResult {
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  const detail = String((error as Error).cause ?? error);
  return { kind: ours.has(code ?? cause?.code ?? '') ? 'local' : 'failed', detail };
}
